"""PostgreSQL's types in the words of MySQL and MariaDB.

A uuid is CHAR(36) in ASCII, not BINARY(16): queries give and get its text form, as PostgreSQL's do, and it sorts as
PostgreSQL's does, which MariaDB's own UUID type does not. A timestamptz is DATETIME(6), in UTC since every session of
the lab is in UTC: TIMESTAMP ends in 2038. Text without a length is TEXT, which cannot be a key as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.engines.mysql.dialect import MOST_KEY_BYTES, Dialect, literal
from lab.model.schema import Column, Enum, Schema, Table, Type

LONGEST_VARCHAR = 4096
"""Characters; longer ones become TEXT, since a row holds no more than 65,535 bytes of VARCHAR."""
LONGEST_KEY_TEXT = 512
"""Characters: an expression over more is a TEXT, which no index holds, and so is the column in a temporary table."""
_ASCII = "CHARACTER SET ascii COLLATE ascii_bin"
_PLAIN = {
    "smallint": "SMALLINT",
    "integer": "INT",
    "bigint": "BIGINT",
    "oid": "BIGINT",
    "boolean": "BOOLEAN",
    "real": "FLOAT",
    "double precision": "DOUBLE",
    "money": "DECIMAL(19, 2)",
    "date": "DATE",
    "json": "JSON",
    "jsonb": "JSON",
    "uuid": f"CHAR(36) {_ASCII}",
}
_TIMES = {"timestamptz": "DATETIME", "timestamp": "DATETIME", "time": "TIME", "timetz": "TIME"}
_TEXTS = frozenset(("text", "citext", "varchar", "char", "xml", "name"))
_AS_TEXT = {
    "inet": f"VARCHAR(43) {_ASCII}",
    "cidr": f"VARCHAR(43) {_ASCII}",
    "macaddr": f"VARCHAR(17) {_ASCII}",
    "macaddr8": f"VARCHAR(23) {_ASCII}",
    "interval": "VARCHAR(64)",
    "bit": "VARCHAR(64)",
    "bit varying": "VARCHAR(64)",
    "varbit": "VARCHAR(64)",
}


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type as the engine spells it, and what it cannot hold or do that PostgreSQL's can."""

    sql: str
    loss: str = ""
    is_long: bool = False
    """Text or bytes that an index holds only the beginning of."""


def column_type(type_: Type, enum: Enum | None, dialect: Dialect, key_characters: int | None = None) -> ColumnType:
    """The engine's type for a column. `key_characters` bounds a text that has to be a key as a whole."""
    if type_.dimensions:
        return ColumnType("JSON", "kept as a JSON document", is_long=True)
    if enum:
        return ColumnType(f"ENUM({', '.join(map(literal, enum.values))})")
    if type_.name in _PLAIN:
        return ColumnType(_PLAIN[type_.name], is_long=type_.name in ("json", "jsonb"))
    if type_.name in _TIMES:
        digits = min(type_.arguments[0], 6) if type_.arguments else 6
        loss = "its zone is not kept" if type_.name == "timetz" else ""
        return ColumnType(f"{_TIMES[type_.name]}({digits})", loss)
    if type_.name == "numeric":
        return _decimal(type_)
    if type_.name == "bytea":
        return (
            ColumnType(f"VARBINARY({key_characters})", _at_most(key_characters, "bytes")) if key_characters else _BLOB
        )
    if type_.name in _TEXTS:
        return _text(type_, dialect, key_characters)
    if type_.name in _AS_TEXT:
        return ColumnType(_AS_TEXT[type_.name], "kept as text, and compared as text")
    return _unknown(type_, key_characters)


_BLOB = ColumnType("LONGBLOB", is_long=True)


def _decimal(type_: Type) -> ColumnType:
    if not type_.arguments:
        return ColumnType("DECIMAL(38, 10)", "holds 28 digits before the point and 10 after it")
    precision, scale = (*type_.arguments, 0)[:2]
    if precision > 65 or not 0 <= scale <= 30:
        return ColumnType(
            f"DECIMAL(65, {max(0, min(scale, 30))})", "holds 65 digits, at most 30 of them after the point"
        )
    return ColumnType(f"DECIMAL({precision}, {scale})")


def _text(type_: Type, dialect: Dialect, key_characters: int | None) -> ColumnType:
    collation = f" COLLATE {dialect.caseless_collation}" if type_.name == "citext" else ""
    length = type_.arguments[0] if type_.arguments and type_.name in ("varchar", "char") else None
    if type_.name == "char" and (length or 1) <= 255:
        return ColumnType(f"CHAR({length or 1})")
    if length is not None and length <= (key_characters or LONGEST_VARCHAR):
        return ColumnType(f"VARCHAR({length}){collation}")
    if key_characters:
        return ColumnType(f"VARCHAR({key_characters}){collation}", _at_most(key_characters, "characters"))
    if length is not None:
        return ColumnType(f"MEDIUMTEXT{collation}", f"its length of {length} is not enforced", is_long=True)
    return ColumnType(f"TEXT{collation}", is_long=True)


def _unknown(type_: Type, key_characters: int | None) -> ColumnType:
    kind = f"VARCHAR({key_characters})" if key_characters else "TEXT"
    return ColumnType(kind, f"{type_} is unknown here: kept as text", is_long=not key_characters)


def _at_most(count: int | None, unit: str) -> str:
    return f"holds at most {count} {unit}, since it is part of a key"


def key_bytes(sql: str) -> int | None:
    """The most bytes a column of the engine's type `sql` takes in an index; None for one without a bound."""
    sized = re.match(r"(VAR)?(CHAR|BINARY)\((\d+)\)(.*)", sql)
    if sized:
        width = 1 if sized[2] == "BINARY" or "ascii" in sized[4] else 4
        return int(sized[3]) * width
    return None if re.match(r"\w*(TEXT|BLOB)|JSON", sql) else 16


def key_limits(table: Table, schema: Schema, dialect: Dialect) -> dict[str, int]:
    """The most characters each text of the table may have that is a key, or part of one, as a whole."""
    keys = [key.columns for key in table.keys] + [key.columns for key in table.foreign_keys]
    keys += [index.columns for index in table.indexes if index.is_unique and not index.where]
    limits: dict[str, int] = {}
    for names in keys:
        columns = [table.column(name) for name in names]
        sizes = [_fixed_bytes(column, schema, dialect) for column in columns]
        unbounded = [column for column, size in zip(columns, sizes, strict=True) if size is None]
        room = MOST_KEY_BYTES - sum(size for size in sizes if size is not None)
        for column in unbounded:
            limit = max(1, min(room // (4 * len(unbounded)), LONGEST_KEY_TEXT))
            limits[column.name] = min(limit, limits.get(column.name, limit))
    return limits


def _fixed_bytes(column: Column, schema: Schema, dialect: Dialect) -> int | None:
    size = key_bytes(column_type(column.type, schema.enum(column.type.name), dialect).sql)
    return size if size is not None and size <= MOST_KEY_BYTES else None
