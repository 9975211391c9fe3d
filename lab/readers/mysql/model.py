"""What MySQL says of a column, an index or a reference -> the model's.

The rows are those of information_schema, whoever read them: a server's catalog, or the text of a script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lab.model.schema import (
    Action,
    Check,
    Column,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Loss,
    Position,
    Schema,
    Table,
    Type,
)
from lab.readers.names import with_own_names
from lab.readers.references import without_dangling
from lab.readers.spelling import with_own_spelling
from lab.readers.translated import postgres_expression
from lab.readers.types import parse_foreign_type

JSON_VALID = re.compile(r"(?i)\s*json_valid\s*\(\s*`?([^`()]+?)`?\s*\)\s*")
"""The check that makes MariaDB's LONGTEXT a JSON."""
ACTIONS: dict[str, Action] = {
    "CASCADE": "cascade",
    "RESTRICT": "restrict",
    "SET NULL": "set null",
    "SET DEFAULT": "set default",
}
_ENUM_VALUES = re.compile(r"'((?:[^']|'')*)'")
_DOUBLED = re.compile(r"([\\'])\1")
_SPATIAL = frozenset(
    "geometry point linestring polygon multipoint multilinestring multipolygon geometrycollection "
    "geomcollection".split()
)
_DECIMAL_DIGITS = 10
_PADDING = re.compile(r"(?:\x00|\\0)+'$")
_NUMBERS = frozenset(("smallint", "integer", "bigint", "numeric", "real", "double precision"))
_TEMPORAL = frozenset(("date", "timestamp", "timestamptz", "time"))


@dataclass(slots=True)
class Notes:
    """What is found on the way: what is lost, and the enums that columns define."""

    losses: list[Loss] = field(default_factory=list)
    enums: list[Enum] = field(default_factory=list)
    unsigned: list[ColumnRow] = field(default_factory=list)
    """Columns whose greatest numbers the model's types do not hold: thousands of schemas have nothing else as keys."""

    def lose(self, what: str, consequence: str, position: Position | None = None) -> None:
        self.losses.append(Loss(what, consequence, position))


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """`default` and `generated` are expressions of MySQL; `extra` is as the server words it."""

    table: str
    name: str
    declared: str
    is_nullable: bool = True
    default: str | None = None
    extra: str = ""
    generated: str = ""
    comment: str = ""
    collation: str = ""
    position: Position | None = None

    @property
    def where(self) -> str:
        return f"{self.table}.{self.name}"


@dataclass(frozen=True, slots=True)
class IndexRow:
    """`kind` is BTREE, HASH, FULLTEXT or SPATIAL, `PRIMARY` the name of a primary key."""

    name: str
    parts: tuple[PartRow, ...]
    is_unique: bool = False
    kind: str = "BTREE"
    position: Position | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(part.value for part in self.parts)


@dataclass(frozen=True, slots=True)
class PartRow:
    """`value` is a column, or an expression of MySQL; `length` that of a prefix."""

    value: str
    is_expression: bool = False
    is_descending: bool = False
    length: int | None = None


def schema_of(tables: Iterable[Table], notes: Notes) -> Schema:
    """The whole: its enums with names of their own, its indexes with names the model can tell apart."""
    spelled = with_own_spelling(Schema(tuple(tables)))
    if notes.unsigned:
        first, *more = notes.unsigned
        others = f" and of {len(more)} more columns" if more else ""
        notes.lose(f"BIGINT UNSIGNED of {first.where}{others}", "numbers above 2^63 do not fit", first.position)
    taken = {table.name for table in spelled.tables}
    renamed: dict[str, str] = {}
    for enum in notes.enums:
        name = enum.name
        while name in taken:
            name += "_enum"
        taken.add(name)
        renamed[enum.name] = name
    enums = tuple(replace(enum, name=renamed[enum.name]) for enum in notes.enums)
    made = tuple(_with_enums(table, renamed) for table in spelled.tables)
    found = Schema(made, enums, losses=tuple(notes.losses), provider="mysql")
    return with_own_names(without_dangling(found))


def _with_enums(table: Table, renamed: dict[str, str]) -> Table:
    def own(column: Column) -> Column:
        name = renamed.get(column.type.name)
        return column if name is None else replace(column, type=Type(name))

    return replace(table, columns=tuple(own(column) for column in table.columns))


def column_of(row: ColumnRow, notes: Notes, is_document: bool = False) -> Column:
    """`is_document` is true for MariaDB's JSON, which is LONGTEXT with a check."""
    type_ = Type("jsonb") if is_document else _type(row, notes)
    column = Column(row.name, type_, row.is_nullable, comment=row.comment, position=row.position)
    extra = row.extra.lower()
    if "invisible" in extra:
        notes.lose(f"INVISIBLE of {row.where}", "a column like the others: SELECT * shows it", row.position)
    if "auto_increment" in extra:
        return replace(column, identity="by default", is_nullable=False)
    if row.generated:
        sql = postgres_expression(row.generated, "mysql")
        if sql is None:
            notes.lose(f"generated column {row.where}", "a plain column: its expression is MySQL's own", row.position)
        elif "virtual" in extra:
            notes.lose(f"VIRTUAL of generated column {row.where}", "stored, as every version can", row.position)
        return replace(column, generated=sql)
    if "on update" in extra:
        notes.lose(f"ON UPDATE CURRENT_TIMESTAMP of {row.where}", "not set when a row changes", row.position)
    return replace(column, default=_default(row, type_, notes))


def _type(row: ColumnRow, notes: Notes) -> Type:
    declared = row.declared.strip()
    lowered = declared.lower()
    if lowered.startswith("enum("):
        values = tuple(_DOUBLED.sub(r"\1", value) for value in _ENUM_VALUES.findall(declared))
        notes.enums.append(Enum(f"{row.table}_{row.name}", values, position=row.position))
        return Type(f"{row.table}_{row.name}")
    if lowered.startswith("set("):
        notes.lose(f"values of the set {row.where}", "kept as text", row.position)
        return Type("text")
    if lowered == "char(36)" and row.collation.startswith("ascii"):
        return Type("uuid")
    base = re.split(r"\W", lowered, maxsplit=1)[0]
    if base in _SPATIAL or base == "vector":
        kind = "vectors" if base == "vector" else "places"
        notes.lose(f"type {declared} of {row.where}", f"kept as bytes: MySQL's {kind} are not read", row.position)
        return Type("bytea")
    type_, lost = parse_foreign_type(declared, "mysql")
    if lost and lowered.startswith("bigint"):
        notes.unsigned.append(row)
    elif lost:
        notes.lose(f"type of {row.where}", lost, row.position)
    if type_.name == "numeric" and len(type_.arguments) < 2:
        return replace(type_, arguments=(*(type_.arguments or (_DECIMAL_DIGITS,)), 0))
    return replace(type_, arguments=(0,)) if type_.name in ("timestamp", "time") and not type_.arguments else type_


def _default(row: ColumnRow, type_: Type, notes: Notes) -> str | None:
    if row.default is None or row.default.upper() == "NULL":
        return None
    said = _PADDING.sub("'", row.default) if type_.name == "bytea" else row.default
    sql = _bits(said) if type_.name in ("bit", "boolean") else None
    sql = sql or postgres_expression(said, "mysql")
    what = f"default {row.default} of {row.where}"
    if sql is None:
        notes.lose(what, "not set: PostgreSQL has no such expression", row.position)
        return None
    if type_.name in _TEMPORAL and re.search(r"0000-|-00", sql):
        notes.lose(what, "not set: it is no date", row.position)
        return None
    bare = re.sub(r"^'(-?[\d.]+)'$", r"\1", sql)
    if type_.name in ("numeric", "real", "double precision"):
        bare = re.sub(r"^(-?\d+)\.0*$|^(-?\d+\.\d*?)0+$", r"\1\2", bare)
    if type_.name == "boolean" and bare in ("0", "1"):
        return "true" if bare == "1" else "false"
    return bare if type_.name in _NUMBERS else sql


def _bits(default: str) -> str | None:
    found = re.fullmatch(r"(?i)b\s*'([01]+)'", default)
    return f"'{found[1]}'" if found else None


def action(rule: str) -> Action:
    """SET DEFAULT and NO ACTION are the same to InnoDB, which refuses the one and does the other."""
    return ACTIONS.get(rule.upper(), "no action")


def check_of(row: tuple[str, str | None, str], notes: Notes, position: Position | None = None) -> Check | None:
    """A row is a table, a constraint's name and an expression of MySQL."""
    table, name, clause = row
    sql = postgres_expression(clause, "mysql")
    if sql is None:
        notes.lose(f"check {name or f'({clause})'} of {table}", "not checked: it is MySQL's own", position)
        return None
    return Check(sql, name, position)


def with_index(table: Table, row: IndexRow, notes: Notes) -> Table:
    """The table with a key or an index more. One that InnoDB only makes for a foreign key is left out."""
    columns = tuple(part.value for part in row.parts)
    is_plain = not any(part.is_expression for part in row.parts)
    is_key = is_plain and row.is_unique and not any(part.is_descending for part in row.parts)
    if row.name == "PRIMARY":
        _lose_lengths(row, table, notes)
        return replace(table, primary_key=Key(columns, position=row.position))
    if row.kind not in ("BTREE", "HASH"):
        what = f"{row.kind.lower()} index {row.name} of {table.name}"
        notes.lose(what, "left out: PostgreSQL has it otherwise", row.position)
        return table
    if not row.is_unique and is_plain and any(k.name == row.name and k.columns == columns for k in table.foreign_keys):
        return table
    if is_key:
        _lose_lengths(row, table, notes)
        return replace(table, uniques=(*table.uniques, Key(columns, row.name, row.position)))
    return replace(table, indexes=(*table.indexes, *_index(table, row, notes)))


def _lose_lengths(row: IndexRow, table: Table, notes: Notes) -> None:
    for part in row.parts:
        if part.length:
            what = f"length {part.length} of {part.value} in index {row.name} of {table.name}"
            notes.lose(what, "the whole value is indexed", row.position)


def _index(table: Table, row: IndexRow, notes: Notes) -> list[Index]:
    parts = []
    _lose_lengths(row, table, notes)
    for part in row.parts:
        value = postgres_expression(part.value, "mysql") if part.is_expression else part.value
        if value is None:
            what = f"index {row.name} of {table.name}"
            notes.lose(what, "left out: its expression is MySQL's own", row.position)
            return []
        parts.append(IndexPart(value, part.is_expression, part.is_descending))
    return [Index(row.name, table.name, tuple(parts), row.is_unique, position=row.position)]


def reference(
    columns: tuple[str, ...],
    table: str,
    referenced: tuple[str, ...],
    rules: tuple[str, str] = ("", ""),
    name: str | None = None,
    position: Position | None = None,
) -> ForeignKey:
    """`rules` are those of ON DELETE and ON UPDATE."""
    return ForeignKey(columns, table, referenced, action(rules[0]), action(rules[1]), name=name, position=position)
