"""@Column and its kin -> columns, those of embedded classes among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lab.model.schema import Column, Enum, Key, Position, Type
from lab.readers.dialects import in_postgres
from lab.readers.expressions import literal, quoted
from lab.readers.typeorm.declared import Decorator, Property
from lab.readers.typeorm.naming import hashed
from lab.readers.typeorm.reading import Reading
from lab.readers.typeorm.types import JAVASCRIPT, is_bytes, javascript_type, sql_type
from lab.readers.typescript import (
    Class,
    Constant,
    Function,
    Items,
    Place,
    Record,
    Symbol,
    Template,
    Undefined,
    Unknown,
    Value,
    call,
    constant_text,
    entry,
    json_of,
    number_of,
    texts_of,
    truth_of,
)

COLUMNS = (
    "Column",
    "PrimaryColumn",
    "PrimaryGeneratedColumn",
    "CreateDateColumn",
    "UpdateDateColumn",
    "DeleteDateColumn",
    "VersionColumn",
    "ObjectIdColumn",
    "TreeLevelColumn",
)
_NUMBERED = ("increment", "rowid", "identity")
_NOW = {"postgres": "now()"}


@dataclass(slots=True)
class Draft:
    """A column in the making. `path` is its property's, `bare_name` its name without an embedded class's prefix."""

    path: str
    bare_name: str
    column: Column
    place: Place
    is_primary: bool = False
    is_unique: bool = False
    key_name: str | None = None
    """What the primary key is called, where a column of it says so."""

    def put(self, **changes: object) -> None:
        self.column = replace(self.column, **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class Drafts:
    """A table's columns in the making, and the keys that stand on them; `columns_of` maps a property's path to its
    columns."""

    table: str
    columns: list[Draft] = field(default_factory=list)
    columns_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    relation_keys: list[tuple[tuple[str, ...], Position]] = field(default_factory=list)
    """Columns of one-to-one relations, which are unique."""
    discriminator: str | None = None
    """The column that says of which class a row is."""

    def add(self, draft: Draft) -> None:
        """Twice the same column is one, as TypeORM has it."""
        if all(other.column.name != draft.column.name for other in self.columns):
            self.columns.append(draft)
        self.columns_of.setdefault(draft.path, (draft.column.name,))

    def uniques(self) -> Iterator[Key]:
        for draft in self.columns:
            if draft.is_unique:
                single = (draft.column.name,)
                yield Key(single, hashed("UQ", self.table, single), draft.place.position)
        for names, position in self.relation_keys:
            yield Key(names, hashed("REL", self.table, names), position)


@dataclass(frozen=True, slots=True)
class Inside:
    """Where a property stands: in a table, and in which embedded classes."""

    drafts: Drafts
    prefixes: tuple[str, ...] = ()
    path: str = ""
    is_nullable: bool = False
    """Whether it may be NULL whatever it says itself: in a table shared by several classes."""


def add_columns(property_: Property, inside: Inside, reading: Reading) -> None:
    """Adds what one property makes; a relation makes none here."""
    decorator = property_.decorator(*COLUMNS)
    if decorator is None:
        return
    embedded = _embedded(decorator)
    if embedded is not None:
        _add_embedded(embedded, property_, decorator, inside, reading)
        return
    draft = _draft(property_, decorator, inside, reading)
    if draft is not None:
        inside.drafts.add(draft)


def _embedded(decorator: Decorator) -> Value | None:
    """The class a `@Column(() => Name)` embeds; None for a plain column."""
    first = decorator.argument(0)
    if isinstance(first, Function):
        return call(first, [], decorator.place)
    return first if isinstance(first, Class) or (isinstance(first, Record) and decorator.argument(1)) else None


def _add_embedded(embedded: Value, property_: Property, decorator: Decorator, inside: Inside, reading: Reading) -> None:
    declared = reading.declared(embedded)
    if declared is None:
        reason = embedded.reason if isinstance(embedded, Unknown) else "its class is not in the files read"
        reading.lose(f"embedded {inside.drafts.table}.{property_.name}", f"left out: {reason}", decorator.place)
        return
    options = decorator.argument(1)
    if truth_of(entry(options, "array")):
        reading.lose(f"embedded list {property_.name} of {inside.drafts.table}", "left out: no table", decorator.place)
    said = entry(options, "prefix")
    prefix = constant_text(said)
    own: tuple[str, ...] = (prefix,) if prefix else ()
    if said is None or (isinstance(said, Constant) and said.value is True):
        own = (property_.name,)
    path = f"{inside.path}{property_.name}."
    below = Inside(inside.drafts, (*inside.prefixes, *own), path, inside.is_nullable)
    for inner in declared.all_properties():
        add_columns(inner, below, reading)
        reading.embedded.append((inner, below))


def _draft(property_: Property, decorator: Decorator, inside: Inside, reading: Reading) -> Draft | None:
    options = decorator.options
    given = constant_text(entry(options, "name"))
    name = reading.naming.column(property_.name, given, inside.prefixes)
    where = f"{inside.drafts.table}.{name}"
    type_ = _type(property_, decorator, where, inside.drafts.table, name, reading)
    if type_ is None:
        return None
    column = Column(
        name,
        type_,
        is_nullable=bool(truth_of(entry(options, "nullable"))) or inside.is_nullable,
        comment=constant_text(entry(options, "comment")) or property_.doc,
        position=property_.place.position,
    )
    bare = reading.naming.column(property_.name, given, ())
    draft = Draft(f"{inside.path}{property_.name}", bare, column, decorator.place)
    draft.key_name = constant_text(entry(options, "primaryKeyConstraintName"))
    collation = constant_text(entry(options, "collation"))
    if collation and reading.provider == "postgres":
        draft.put(collation=quoted(collation))
    draft.is_primary = decorator.name.startswith("Primary") or bool(truth_of(entry(options, "primary")))
    draft.is_unique = bool(truth_of(entry(options, "unique")))
    if decorator.name == "ObjectIdColumn":
        draft.is_primary = True
    _set_default(draft, property_, decorator, where, reading)
    _set_generated(draft, property_, decorator, where, reading)
    if draft.is_primary:
        draft.put(is_nullable=False)
    return draft


def _type(
    property_: Property, decorator: Decorator, where: str, table: str, name: str, reading: Reading
) -> Type | None:
    options = decorator.options
    said = _said_type(property_, decorator, reading)
    if said is None:
        reason = 'its type cannot be known from the text: write it, as in @Column({ type: "varchar" })'
        reading.lose(f"column {where}", f"kept as text: {reason}", decorator.place)
        return Type("text", dimensions=1 if truth_of(entry(options, "array")) else 0)
    if said in ("enum", "simple-enum", "set") and entry(options, "enum") is not None:
        return _enum(said, options, where, table, name, decorator, reading)
    type_, loss = sql_type(said, options, reading.provider)
    if loss:
        reading.lose(f"{loss[0]} of {where}", loss[1], decorator.place)
    return type_


def _said_type(property_: Property, decorator: Decorator, reading: Reading) -> str | None:
    """The type's name: as it is written, by the decorator, or by the property's type in TypeScript."""
    options = decorator.options
    said = entry(options, "type")
    written = constant_text(said)
    if written is None and decorator.name != "PrimaryGeneratedColumn":
        written = constant_text(decorator.argument(0))
    if written is not None:
        return written
    if entry(options, "enum") is not None and decorator.name == "Column":
        return "enum"
    fixed = _fixed_type(decorator, reading)
    if fixed is not None:
        return fixed
    constructor = said.name if isinstance(said, Symbol) else None
    constructor = constructor or javascript_type(property_.annotation, property_.initial, property_.scope)
    if constructor is not None and is_bytes(constructor):
        return "bytea"
    return JAVASCRIPT[reading.provider].get(constructor or "")


def _fixed_type(decorator: Decorator, reading: Reading) -> str | None:
    match decorator.name:
        case "CreateDateColumn" | "UpdateDateColumn" | "DeleteDateColumn":
            return "timestamp" if reading.provider == "postgres" else "datetime"
        case "VersionColumn" | "TreeLevelColumn":
            return "integer"
        case "ObjectIdColumn":
            return "char(24)"
        case "PrimaryGeneratedColumn":
            return "uuid" if _strategy(decorator) == "uuid" else "integer"
    return "uuid" if _strategy(decorator) == "uuid" else None


def _strategy(decorator: Decorator) -> str | None:
    """How a value comes about: `increment`, `uuid`, `identity`, `rowid`; None when the client gives it."""
    if decorator.name == "PrimaryGeneratedColumn":
        return constant_text(decorator.argument(0)) or "increment"
    generated = entry(decorator.options, "generated")
    return constant_text(generated) or ("increment" if truth_of(generated) else None)


def _enum(
    said: str, options: Value | None, where: str, table: str, name: str, decorator: Decorator, reading: Reading
) -> Type | None:
    values = texts_of(entry(options, "enum"))
    is_list = bool(truth_of(entry(options, "array")))
    if values is None:
        shown = entry(options, "enum")
        what = f"values of {where}"
        why = shown.reason if isinstance(shown, Unknown) else "they are not in the files read"
        reading.lose(what, f"kept as text: {why}", decorator.place)
        return Type("text", dimensions=int(is_list))
    if said == "set":
        reading.lose(f"values of the set {where}", "kept as text", decorator.place)
        return Type("text")
    enum_name = constant_text(entry(options, "enumName")) or f"{table}_{name.lower()}_enum"
    reading.enums.setdefault(enum_name, Enum(enum_name, values, position=decorator.place.position))
    return Type(enum_name, dimensions=int(is_list))


def _set_default(draft: Draft, property_: Property, decorator: Decorator, where: str, reading: Reading) -> None:
    value = entry(decorator.options, "default")
    match decorator.name:
        case "CreateDateColumn" | "UpdateDateColumn" if value is None:
            draft.put(default=_NOW.get(reading.provider, "CURRENT_TIMESTAMP"))
        case "DeleteDateColumn":
            draft.put(is_nullable=True)
    if decorator.name == "UpdateDateColumn":
        draft.put(is_updated_by_client=True)
    if entry(decorator.options, "onUpdate") is not None and decorator.name != "UpdateDateColumn":
        reading.lose(f"ON UPDATE of {where}", "not set when a row changes", decorator.place)
    is_kept_time = decorator.name in ("CreateDateColumn", "UpdateDateColumn", "DeleteDateColumn")
    is_unsaid = number_of(entry(decorator.options, "precision")) is None and draft.column.type.arguments == (0,)
    if reading.provider == "mysql" and is_kept_time and is_unsaid:
        draft.put(type=Type(draft.column.type.name, (6,)))
    if value is None or (isinstance(value, Constant) and value.value is None):
        return
    sql = default_sql(value, draft.column.type, reading)
    if sql is None:
        what = f"default {value.place.text} of {where}"
        reading.lose(what, "not set: it is not known as SQL of PostgreSQL", decorator.place)
    elif sql != "NULL":
        draft.put(default=sql)


def default_sql(value: Value, type_: Type, reading: Reading) -> str | None:
    """What `default:` sets, as PostgreSQL says it; None when that is unknown."""
    if isinstance(value, Function):
        said = constant_text(call(value, [], value.place))
        return in_postgres(said, reading.provider) if said is not None else None
    match value:
        case Constant(value=bool() as truth):
            return str(truth).lower()
        case Constant(value=int() | float()):
            if type_.name == "boolean":
                return str(bool(value.value)).lower()
            return value.digits or str(value.value)
        case Constant(value=str() as text):
            return literal(text)
        case Items() if type_.dimensions:
            texts = texts_of(value)
            return literal("{" + ",".join(texts) + "}") if texts is not None else None
        case Record() | Items():
            json = json_of(value)
            return literal(json) if json is not None else None
        case Template() | Undefined() | Unknown():
            return None
    return None


def _set_generated(draft: Draft, property_: Property, decorator: Decorator, where: str, reading: Reading) -> None:
    strategy = _strategy(decorator)
    separate = property_.decorator("Generated")
    if separate is not None:
        strategy = constant_text(separate.argument(0)) or "increment"
        if strategy == "uuid" and draft.column.type.name != "uuid":
            draft.put(type=Type("uuid") if reading.provider == "postgres" else draft.column.type)
    if strategy in _NUMBERED:
        is_always = constant_text(entry(decorator.options, "generatedIdentity")) == "ALWAYS"
        draft.put(identity="always" if is_always else "by default", is_nullable=False)
    elif strategy == "uuid" and reading.provider == "postgres" and draft.column.default is None:
        draft.put(default="gen_random_uuid()")
    expression = constant_text(entry(decorator.options, "asExpression"))
    if expression is None:
        return
    sql = in_postgres(expression, reading.provider)
    if sql is None:
        reading.lose(f"expression of generated column {where}", "a plain column: it is not known", decorator.place)
        return
    if constant_text(entry(decorator.options, "generatedType")) != "STORED":
        reading.lose(f"VIRTUAL of generated column {where}", "stored, as every version can", decorator.place)
    draft.put(generated=sql)
