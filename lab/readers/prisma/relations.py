"""Relation fields -> foreign keys and the join tables of implicit many-to-many relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.errors import LabError, did_you_mean
from lab.model.schema import Action, Column, ForeignKey, Index, IndexPart, Key, Loss, Table
from lab.readers.prisma.attributes import bind, items, text
from lab.readers.prisma.catalog import Catalog, constraint_name, field_of, mapped_name, namespace, relation_name
from lab.readers.prisma.columns import column_type
from lab.readers.prisma.keys import unique_sets
from lab.readers.prisma.syntax import Call, Expression, Field, Model, Name

_ACTIONS: Mapping[str, Action] = {
    "Cascade": "cascade",
    "Restrict": "restrict",
    "NoAction": "no action",
    "SetNull": "set null",
    "SetDefault": "set default",
}


@dataclass(frozen=True, slots=True)
class _Side:
    """A relation field and what its @relation says; `fields` and `references` are fields in Prisma's terms."""

    model: Model
    field: Field
    name: str | None
    fields: tuple[Field, ...]
    references: tuple[Field, ...]
    arguments: Mapping[str, Expression]

    def __str__(self) -> str:
        return f"{self.model.name}.{self.field.name}"

    @property
    def other(self) -> str:
        return self.field.type

    @property
    def is_list(self) -> bool:
        return self.field.arity == "list"


@dataclass(frozen=True, slots=True)
class Relations:
    """Foreign keys by their model's name in Prisma, and join tables."""

    foreign_keys: Mapping[str, tuple[ForeignKey, ...]]
    join_tables: tuple[Table, ...]


def read_relations(catalog: Catalog, losses: list[Loss]) -> Relations:
    """Raises LabError for a relation without its other side, an ambiguous one, or one to unknown fields."""
    sides = [
        _side(field, model, catalog)
        for model in catalog.models.values()
        for field in model.fields
        if catalog.is_relation(field)
    ]
    groups: dict[tuple[frozenset[str], str | None], list[_Side]] = {}
    for side in sides:
        groups.setdefault((frozenset((side.model.name, side.other)), side.name), []).append(side)
    keys: dict[str, list[ForeignKey]] = {name: [] for name in catalog.models}
    tables: list[Table] = []
    for group in groups.values():
        first, second = _pair(group)
        if first.is_list and second.is_list:
            tables += _join_table(first, second, catalog, losses)
        elif "view" not in (first.model.kind, second.model.kind):
            owner, opposite = _owner(first, second)
            _check_owner(owner, opposite, catalog)
            keys[owner.model.name] += _foreign_key(owner, catalog, losses)
    order = {side.field.position: number for number, side in enumerate(sides)}
    found = {
        name: tuple(sorted(own, key=lambda key: order[key.position] if key.position else 0))
        for name, own in keys.items()
    }
    return Relations(found, tuple(tables))


def _side(field: Field, model: Model, catalog: Catalog) -> _Side:
    for other in field.attributes:
        if other.name in ("map", "default", "updatedAt"):
            raise LabError(
                f"{other.position}: @{other.name} stands on relation {field.name}, which is no column",
                "put it on the field its `fields:` names",
            )
    attribute = field.attribute("relation")
    arguments = bind(attribute) if attribute else {}
    fields = _fields(arguments.get("fields"), model, catalog)
    references = _fields(arguments.get("references"), catalog.models[field.type], catalog)
    return _Side(model, field, text(arguments.get("name")), fields, references, arguments)


def _fields(value: Expression | None, model: Model, catalog: Catalog) -> tuple[Field, ...]:
    names = [name for name in items(value) if isinstance(name, Name | Call)]
    return tuple(field_of(model, name, catalog.columns(model)) for name in names)


def _pair(group: list[_Side]) -> tuple[_Side, _Side]:
    """The two sides of a relation. Raises LabError when there are more or fewer."""
    first = group[0]
    is_self = first.model.name == first.other
    same_way = [side for side in group if side.model.name == first.model.name]
    other_way = [] if is_self else [side for side in group if side.model.name != first.model.name]
    is_named = first.name is not None
    if len(group) == 2 and (is_named if is_self else len(other_way) == 1):
        return group[0], group[1]
    for own in (same_way, other_way):
        if len(own) > (2 if is_self and is_named else 1):
            raise LabError(
                f"{own[1].field.position}: relations {own[0].field.name} and {own[1].field.name} of "
                f"{own[0].model.name} to {own[0].other} cannot be told apart",
                f'write @relation("{own[1].field.name}", …) on both sides of one relation'
                + (", another name on the others" if len(own) > 2 or not is_self else ""),
            )
    raise LabError(
        f"{first.field.position}: relation {first} has no opposite field in {first.other}",
        f"add to model {first.other}: {_missing(first)}",
    )


def _missing(side: _Side) -> str:
    """The field that is the other side; of a list, the one that holds the key, with its column."""
    model = side.model
    name = f"{model.name[:1].lower()}{model.name[1:]}"
    if not side.is_list:
        named = f' @relation("{side.name}")' if side.name else ""
        return f"{name}s {model.name}[]{named}"
    key = next((field for field in model.fields if field.attribute("id")), None)
    if key is None:
        return f"{name} {model.name}? @relation(fields: […], references: […])"
    named = f'"{side.name}", ' if side.name else ""
    column = f"{name}{key.name[:1].upper()}{key.name[1:]}"
    relation = f"@relation({named}fields: [{column}], references: [{key.name}])"
    return f"{name} {model.name}? {relation}, and {column} {key.type}?"


def _owner(first: _Side, second: _Side) -> tuple[_Side, _Side]:
    """The side that holds the columns, and the other."""
    owners = [side for side in (first, second) if side.fields or side.references]
    if len(owners) == 1 and not owners[0].is_list:
        return owners[0], second if owners[0] is first else first
    if len(owners) > 1:
        raise LabError(
            f"{owners[1].field.position}: both sides of relation {owners[0]} and {owners[1]} name fields",
            "keep fields and references on the side that holds the foreign key",
        )
    single = first if not first.is_list else second
    column = f"{single.field.name}Id"
    raise LabError(
        f"{single.field.position}: relation {single} does not say which columns hold it",
        f"write @relation(fields: [{column}], references: [id]) on it",
    )


def _check_owner(owner: _Side, opposite: _Side, catalog: Catalog) -> None:
    where = f"{owner.field.position}: relation {owner}"
    if not owner.fields or not owner.references:
        missing = "references" if owner.fields else "fields"
        raise LabError(f"{where} has no {missing}", "write @relation(fields: […], references: […])")
    if len(owner.fields) != len(owner.references):
        raise LabError(
            f"{where} has {len(owner.fields)} fields but {len(owner.references)} references", "name as many of each"
        )
    for field, referenced in zip(owner.fields, owner.references, strict=True):
        if field.type != referenced.type:
            raise LabError(
                f"{where}: {field.name} is {field.type} but {owner.other}.{referenced.name} is {referenced.type}",
                f"write {field.name} {referenced.type}",
            )
    if owner.field.arity == "required" and any(field.arity == "optional" for field in owner.fields):
        raise LabError(f"{where} is required but its field is optional", f"write {owner.field.name} {owner.other}?")
    if opposite.field.arity == "required":
        raise LabError(
            f"{opposite.field.position}: relation {opposite} is required, which no database can enforce",
            f"write {opposite.field.name} {opposite.other}?",
        )
    names = frozenset(field.name for field in owner.fields)
    if not opposite.is_list and names not in unique_sets(owner.model, catalog):
        column = owner.fields[0].name
        remedy = f"add @unique to {column}" if len(names) == 1 else f"add @@unique([{', '.join(sorted(names))}])"
        raise LabError(f"{where} is one to one, but its fields are not unique", f"{remedy}, or make {opposite} a list")


def _foreign_key(owner: _Side, catalog: Catalog, losses: list[Loss]) -> list[ForeignKey]:
    columns = tuple(mapped_name(field) for field in owner.fields)
    table, referenced = mapped_name(owner.model), mapped_name(catalog.models[owner.other])
    if not catalog.has_foreign_keys:
        what = f"foreign key {table} ({', '.join(columns)}) -> {referenced}"
        consequence = "not created: relationMode is prisma, where the client alone keeps references whole"
        losses.append(Loss(what, consequence, owner.field.position))
        return []
    is_required = any(field.arity == "required" for field in owner.fields)
    on_delete = _action("onDelete", owner) or ("restrict" if is_required else "set null")
    name = text(owner.arguments.get("map")) or constraint_name(relation_name(owner.model), columns, "_fkey")
    return [
        ForeignKey(
            columns,
            referenced,
            tuple(mapped_name(field) for field in owner.references),
            on_delete,
            _action("onUpdate", owner) or "cascade",
            name=name,
            position=owner.field.position,
        )
    ]


def _action(argument: str, owner: _Side) -> Action | None:
    value = owner.arguments.get(argument)
    if value is None:
        return None
    name = text(value) or ""
    if name not in _ACTIONS:
        raise LabError(
            f"{value.position}: {argument} of {owner} cannot be {name or 'that'}",
            did_you_mean(name, _ACTIONS, "actions"),
        )
    return _ACTIONS[name]


def _join_table(first: _Side, second: _Side, catalog: Catalog, losses: list[Loss]) -> list[Table]:
    """The table of an implicit many-to-many relation: columns A and B, for the models in alphabetical order."""
    if first.fields or second.fields or first.references or second.references or catalog.provider == "mongodb":
        what = f"many-to-many relation {first}"
        losses.append(Loss(what, "no join table: the documents hold arrays of keys", first.field.position))
        return []
    for side in (first, second):
        for argument in ("onDelete", "onUpdate", "map"):
            if argument in side.arguments:
                raise LabError(
                    f"{side.field.position}: many-to-many relation {side} takes no {argument}",
                    "remove it, or write the join table as a model",
                )
    left, right = sorted((first.model, second.model), key=lambda model: model.name)
    name = f"_{first.name or f'{left.name}To{right.name}'}"
    columns = tuple(_join_column(letter, side, first, catalog) for letter, side in (("A", left), ("B", right)))
    keys = tuple(
        ForeignKey(
            (letter,),
            mapped_name(model),
            (mapped_name(_identifier(model, first)),),
            "cascade",
            "cascade",
            name=f"{name}_{letter}_fkey",
            position=first.field.position,
        )
        for letter, model in (("A", left), ("B", right))
    )
    if not catalog.has_foreign_keys:
        consequence = "not created: relationMode is prisma, where the client alone keeps references whole"
        losses.append(Loss(f"foreign keys of {name}", consequence, first.field.position))
    position = first.field.position
    return [
        Table(
            name,
            columns,
            Key(("A", "B"), f"{name}_AB_pkey", position),
            foreign_keys=keys if catalog.has_foreign_keys else (),
            indexes=(Index(f"{name}_B_index", name, (IndexPart("B"),), position=position),),
            namespace=namespace(left),
            position=position,
        )
    ]


def _join_column(letter: str, model: Model, side: _Side, catalog: Catalog) -> Column:
    field = _identifier(model, side)
    return Column(letter, column_type(field, model, catalog, []), is_nullable=False, position=side.field.position)


def _identifier(model: Model, side: _Side) -> Field:
    """The one field a join table refers to. Raises LabError when the model has none."""
    for field in model.fields:
        if field.attribute("id"):
            return field
    raise LabError(
        f"{side.field.position}: many-to-many relation {side} needs a single @id field in {model.name}",
        "add one, or write the join table as a model",
    )
