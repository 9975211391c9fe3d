"""The model's types -> TypeORM's, with the options that refine them and the type of the property.

Source: TypeORM's manual, "Column types"; `supportedDataTypes` of each driver.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lab.model.schema import Column, Schema, Table, Type
from lab.writers.mysql import MysqlWords
from lab.writers.typescript import text


@dataclass(frozen=True, slots=True)
class PropertyType:
    """`name` is what `type:` says, `options` what stands beside it, `script` the property's type in TypeScript."""

    name: str
    script: str
    options: dict[str, str] = field(default_factory=dict)
    loss: str = ""


_NUMBERS = frozenset(("smallint", "integer", "real", "double precision", "oid", "int", "float", "double"))
_MOMENTS = frozenset(("timestamp", "timestamptz", "datetime"))
_POSTGRES = frozenset(
    """smallint integer bigint numeric real money varchar char text citext hstore bytea bit varbit timetz timestamptz
    timestamp date time interval boolean point line lseg box path polygon circle cidr inet macaddr macaddr8 tsvector
    tsquery uuid xml json jsonb jsonpath int4range int8range numrange tsrange tstzrange daterange int4multirange
    int8multirange nummultirange tsmultirange tstzmultirange datemultirange cube ltree vector halfvec""".split()
) | {"double precision"}
_SQLITE = {
    "smallint": "smallint",
    "integer": "integer",
    "bigint": "bigint",
    "oid": "bigint",
    "boolean": "boolean",
    "real": "real",
    "double precision": "double precision",
    "numeric": "numeric",
    "money": "numeric",
    "varchar": "varchar",
    "char": "character",
    "text": "text",
    "date": "date",
    "time": "time",
    "timestamp": "datetime",
    "bytea": "blob",
    "jsonb": "json",
    "json": "json",
}
_EXACT_IN_SQLITE = frozenset(("integer", "bigint", "smallint", "boolean", "double precision", "real", "text", "bytea"))
_MYSQL = re.compile(r"(\w+)(?:\(([\d, ]+)\))?(?: CHARACTER SET (\w+))?(?: COLLATE (\w+))?")


class Types:
    """The types of one schema for one driver."""

    def __init__(self, schema: Schema, engine: str) -> None:
        self._engine = engine
        self._mysql = MysqlWords(schema) if engine == "mysql" else None

    def of(self, table: Table, column: Column) -> PropertyType:
        """The type of a column that is of no enum."""
        if self._mysql:
            found = self._mysql.type(table, column)
            return _mysql(found.sql, found.loss)
        return _sqlite(column.type) if self._engine == "sqlite" else _postgres(column.type)


def _postgres(type_: Type) -> PropertyType:
    name, loss = type_.name, ""
    if name not in _POSTGRES:
        name, loss = "text", "kept as text: TypeORM knows no such type"
    options = _sizes(name, type_.arguments) if not loss else {}
    script = _script(name)
    if type_.dimensions:
        options["array"] = "true"
        script = f"{script}[]"
        if type_.dimensions > 1:
            loss = loss or "a list of one dimension"
    return PropertyType(name, script, options, loss)


def _sizes(name: str, arguments: tuple[int, ...]) -> dict[str, str]:
    if not arguments:
        return {}
    if name in ("numeric", "decimal"):
        return dict(zip(("precision", "scale"), map(str, arguments), strict=False))
    if name in ("varchar", "char", "character", "bit", "varbit", "varbinary", "vector", "halfvec"):
        number = str(arguments[0])
        return {"length": number if name in ("vector", "halfvec") else text(number)}
    return {"precision": str(arguments[0])}


def _script(name: str) -> str:
    if name in _NUMBERS:
        return "number"
    if name in _MOMENTS:
        return "Date"
    if name == "boolean":
        return "boolean"
    if name in ("bytea", "blob", "longblob", "varbinary"):
        return "Buffer"
    return "unknown" if name in ("json", "jsonb", "point", "circle") else "string"


def _sqlite(type_: Type) -> PropertyType:
    if type_.dimensions:
        return PropertyType("json", "unknown", loss="kept as JSON text: no element is typed")
    name = _SQLITE.get(type_.name, "text")
    options = _sizes(name, type_.arguments) if name in ("numeric", "varchar", "character") else {}
    loss = "" if type_.name in _EXACT_IN_SQLITE else _loss_in_sqlite(type_, name)
    return PropertyType(name, _script(name), options, loss)


def _loss_in_sqlite(type_: Type, name: str) -> str:
    if type_.name in ("varchar", "char"):
        return "its length is not enforced" if type_.arguments else ""
    if type_.name in ("numeric", "money"):
        return "kept as binary floating point"
    return f"kept as {name}"


def _mysql(sql: str, loss: str) -> PropertyType:
    found = _MYSQL.match(sql)
    kind, arguments, charset, collation = found.groups() if found else ("TEXT", None, None, None)
    name = kind.lower()
    numbers = tuple(int(number) for number in (arguments or "").split(",") if number.strip())
    options = _sizes(name, numbers)
    if charset:
        options["charset"] = text(charset)
    if collation:
        options["collation"] = text(collation)
    return PropertyType(name, _script(name), options, loss)
