"""@id, @unique, @@index and their kin -> keys and indexes, named as Prisma Migrate names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lab.errors import LabError, did_you_mean
from lab.model.schema import Index, IndexPart, Key, Loss
from lab.readers.expressions import deparse, literal, parse_expression, quoted
from lab.readers.prisma.attributes import bind, items, text
from lab.readers.prisma.catalog import Catalog, constraint_name, field_of, mapped_name
from lab.readers.prisma.syntax import Attribute, Call, Expression, Field, Model, Name, Record, String

_METHODS = {"BTree": "btree", "Hash": "hash", "Gist": "gist", "Gin": "gin", "SpGist": "spgist", "Brin": "brin"}
# Words PostgreSQL's operator classes write as one where Prisma's names begin a new one.
_JOINED = (
    ("min_max", "minmax"),
    ("var_bit", "varbit"),
    ("timestamp_tz", "timestamptz"),
    ("time_tz", "timetz"),
    ("bpchar_", "bpchar_"),
)


@dataclass(frozen=True, slots=True)
class Keys:
    primary_key: Key | None
    uniques: tuple[Key, ...]
    indexes: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """An attribute that makes a key or an index, its arguments, and the parts it is over; `labels` are what the parts
    add to its name."""

    attribute: Attribute
    arguments: Mapping[str, Expression]
    fields: tuple[Field, ...]
    parts: tuple[IndexPart, ...]
    labels: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(part.value for part in self.parts)

    @property
    def is_plain(self) -> bool:
        """Whether a constraint can say it: columns alone."""
        return "where" not in self.arguments and not any(
            part.is_expression or part.is_descending or part.operator_class for part in self.parts
        )


def read_keys(model: Model, catalog: Catalog, losses: list[Loss]) -> Keys:
    """Raises LabError for two primary keys, unknown fields, methods or arguments."""
    table = mapped_name(model)
    uniques: list[Key] = []
    indexes: list[Index] = []
    has_required = False
    for use in _uses(model, "unique", catalog, losses):
        has_required = has_required or all(field.arity == "required" for field in use.fields)
        if use.is_plain:
            name = text(use.arguments.get("map")) or constraint_name(table, use.labels, "_key")
            uniques.append(Key(use.columns, name, use.attribute.position))
        else:
            indexes.append(_index(use, model, catalog, "_key"))
    indexes += [_index(use, model, catalog, "_idx") for use in _uses(model, "index", catalog, losses)]
    indexes += [_full_text(use, table, losses) for use in _uses(model, "fulltext", catalog, losses)]
    key = _primary_key(model, table, catalog, losses)
    if key is None and not has_required and model.kind == "model" and not model.attribute("ignore"):
        raise LabError(
            f"{model.position}: model {model.name} has neither an @id nor a required unique field",
            "add a line like: id Int @id @default(autoincrement())",
        )
    return Keys(key, tuple(uniques), tuple(indexes))


def unique_sets(model: Model, catalog: Catalog) -> set[frozenset[str]]:
    """The sets of fields that identify a row, by their names in Prisma."""
    uses = (*_uses(model, "unique", catalog, []), *_uses(model, "id", catalog, []))
    return {frozenset(field.name for field in use.fields) for use in uses if "where" not in use.arguments}


def _primary_key(model: Model, table: str, catalog: Catalog, losses: list[Loss]) -> Key | None:
    uses = list(_uses(model, "id", catalog, losses))
    if len(uses) > 1:
        raise LabError(
            f"{uses[1].attribute.position}: model {model.name} has two primary keys",
            "keep one @id, or write @@id([…]) over both fields",
        )
    for use in uses:
        for field in use.fields:
            if field.arity != "required":
                raise LabError(
                    f"{field.position}: {model.name}.{field.name} is in the primary key and cannot be {field.arity}",
                    f"write {field.name} {field.type}",
                )
        name = text(use.arguments.get("map")) or constraint_name(table, (), "_pkey")
        return Key(use.columns, name, use.attribute.position)
    return None


def _uses(model: Model, name: str, catalog: Catalog, losses: list[Loss]) -> Iterator[Use]:
    """Every use of an attribute, on fields first and then on the model."""
    for field in model.fields:
        attribute = field.attribute(name)
        if attribute is not None:
            if catalog.is_relation(field):
                raise LabError(
                    f"{attribute.position}: @{name} stands on relation {field.name}, which is no column",
                    f"put @{name} on the field its `fields:` names",
                )
            yield _field_use(field, attribute, model, losses)
    for attribute in model.all_attributes(name):
        yield _model_use(attribute, model, catalog, losses)


def _field_use(field: Field, attribute: Attribute, model: Model, losses: list[Loss]) -> Use:
    arguments = bind(attribute)
    column = mapped_name(field)
    part = IndexPart(column, is_descending=_is_descending(arguments.get("sort")))
    _report_options(arguments, f"@{attribute.name} of {model.name}.{field.name}", attribute, losses)
    return Use(attribute, arguments, (field,), (part,), (column,))


def _model_use(attribute: Attribute, model: Model, catalog: Catalog, losses: list[Loss]) -> Use:
    arguments = bind(attribute)
    values = items(arguments.get("fields"))
    where = f"@@{attribute.name} of {model.name}"
    if not values:
        raise LabError(f"{attribute.position}: {where} names no fields", f"write @@{attribute.name}([{_first(model)}])")
    fields: list[Field] = []
    parts: list[IndexPart] = []
    labels: list[str] = []
    for value in values:
        if not isinstance(value, Name | Call):
            raise LabError(f"{value.position}: {where} takes fields", f"write @@{attribute.name}([{_first(model)}])")
        field, part, label = _part(value, model, catalog, where, losses)
        fields.append(field)
        parts.append(part)
        labels.append(label)
    _report_options(arguments, where, attribute, losses)
    return Use(attribute, arguments, tuple(fields), tuple(parts), tuple(labels))


def _first(model: Model) -> str:
    return model.fields[0].name


def _part(
    value: Name | Call, model: Model, catalog: Catalog, where: str, losses: list[Loss]
) -> tuple[Field, IndexPart, str]:
    options = {a.name: a.value for a in value.arguments} if isinstance(value, Call) else {}
    head, _, path = (value.text if isinstance(value, Name) else value.name).partition(".")
    field = field_of(model, Name(head, value.position), catalog.columns(model))
    column = mapped_name(field)
    if "length" in options:
        losses.append(Loss(f"length of {head} in {where}", "the whole value is indexed", value.position))
    is_descending = _is_descending(options.get("sort"))
    if path:
        inner = deparse(parse_expression(quoted(column) + f" #>> {literal('{' + path.replace('.', ',') + '}')}"))
        part = IndexPart(inner, is_expression=True, is_descending=is_descending)
        return field, part, "_".join((column, *path.split(".")))
    operator_class = _operator_class(options.get("ops"))
    return field, IndexPart(column, is_descending=is_descending, operator_class=operator_class), column


def _is_descending(value: Expression | None) -> bool:
    order = text(value)
    if value is not None and order not in ("Asc", "Desc"):
        raise LabError(f"{value.position}: sort cannot be {order}", "write sort: Asc or sort: Desc")
    return order == "Desc"


def _report_options(arguments: Mapping[str, Expression], where: str, attribute: Attribute, losses: list[Loss]) -> None:
    for name, consequence in (("length", "the whole value is indexed"), ("clustered", "the table is not clustered")):
        if name in arguments:
            losses.append(Loss(f"{name} in {where}", consequence, attribute.position))


def _operator_class(value: Expression | None) -> str | None:
    """`raw("jsonb_path_ops")` as it stands; Prisma's `JsonbPathOps` in PostgreSQL's spelling."""
    if isinstance(value, Call):
        return text(value.arguments[0].value) if value.arguments else None
    if not isinstance(value, Name):
        return None
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value.text).lower()
    for split, joined in _JOINED:
        snake = snake.replace(split, joined)
    return snake


def _index(use: Use, model: Model, catalog: Catalog, suffix: str) -> Index:
    arguments, table = use.arguments, mapped_name(model)
    # On @@index, `name` is the old word for `map`; on @@unique it names the key in the client.
    given = text(arguments.get("map")) or (text(arguments.get("name")) if suffix == "_idx" else None)
    return Index(
        given or constraint_name(table, use.labels, suffix),
        table,
        use.parts,
        is_unique=suffix == "_key",
        method=_method(arguments.get("type")),
        where=_condition(arguments["where"], use, model, catalog) if "where" in arguments else None,
        position=use.attribute.position,
    )


def _method(value: Expression | None) -> str:
    if value is None:
        return "btree"
    name = text(value) or ""
    if name not in _METHODS:
        raise LabError(f"{value.position}: there is no index type {name}", did_you_mean(name, _METHODS, "index types"))
    return _METHODS[name]


def _condition(value: Expression, use: Use, model: Model, catalog: Catalog) -> str:
    """An index's WHERE: SQL in the database's names, or a record in Prisma's."""
    if isinstance(value, Call) and value.name == "raw" and value.arguments:
        sql = text(value.arguments[0].value) or ""
    elif isinstance(value, Record):
        known = catalog.columns(model)
        fields = [field_of(model, Name(name, value.position), known) for name, _ in value.entries]
        entries = zip(fields, value.entries, strict=True)
        sql = " AND ".join(_comparison(quoted(mapped_name(field)), entry) for field, (_, entry) in entries)
    else:
        raise LabError(f"{value.position}: where takes raw(…) or a condition", 'write where: raw("deleted_at IS NULL")')
    try:
        return deparse(parse_expression(sql))
    except ValueError as error:
        raise LabError(
            f"{value.position}: where of @@{use.attribute.name} is no SQL expression: {error}",
            'write where: raw("deleted_at IS NULL")',
        ) from error


def _comparison(column: str, value: Expression) -> str:
    is_negated = isinstance(value, Record)
    if isinstance(value, Record):
        value = value.entries[0][1]
    if isinstance(value, Name) and value.text == "null":
        return f"{column} IS {'NOT ' if is_negated else ''}NULL"
    shown = literal(value.value) if isinstance(value, String) else text(value)
    return f"{column} {'<>' if is_negated else '='} {shown}"


def _full_text(use: Use, table: str, losses: list[Loss]) -> Index:
    """MySQL's and MongoDB's full-text index as PostgreSQL has it."""
    texts = [part.value if part.is_expression else quoted(part.value) for part in use.parts]
    words = " || ' ' || ".join(f"coalesce({value}, '')" for value in texts)
    vector = deparse(parse_expression(f"to_tsvector('simple'::regconfig, {words})"))
    name = text(use.arguments.get("map")) or constraint_name(table, use.labels, "_idx")
    losses.append(Loss(f"full-text index {name}", f"built as a GIN index over {vector}", use.attribute.position))
    return Index(name, table, (IndexPart(vector, is_expression=True),), method="gin", position=use.attribute.position)
