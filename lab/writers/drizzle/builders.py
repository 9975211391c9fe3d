"""The model's types -> Drizzle's column builders.

Source: Drizzle's manual, "PostgreSQL / MySQL / SQLite column types".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lab.model.schema import Type
from lab.writers.typescript import listed, text

_POSTGRES = {
    "smallint": "smallint",
    "integer": "integer",
    "boolean": "boolean",
    "text": "text",
    "uuid": "uuid",
    "json": "json",
    "jsonb": "jsonb",
    "real": "real",
    "double precision": "doublePrecision",
    "date": "date",
    "inet": "inet",
    "cidr": "cidr",
    "macaddr": "macaddr",
    "macaddr8": "macaddr8",
    "varchar": "varchar",
    "numeric": "numeric",
    "interval": "interval",
}
_MYSQL = {
    "SMALLINT": "smallint",
    "INT": "int",
    "BOOLEAN": "boolean",
    "FLOAT": "float",
    "DOUBLE": "double",
    "DATE": "date",
    "JSON": "json",
    "TEXT": "text",
    "MEDIUMTEXT": "mediumtext",
}
_SQLITE = {
    "smallint": ("integer", ""),
    "integer": ("integer", ""),
    "bigint": ("integer", ""),
    "oid": ("integer", ""),
    "boolean": ("integer", '{ mode: "boolean" }'),
    "real": ("real", ""),
    "double precision": ("real", ""),
    "numeric": ("numeric", ""),
    "money": ("numeric", ""),
    "bytea": ("blob", ""),
    "json": ("text", '{ mode: "json" }'),
    "jsonb": ("text", '{ mode: "json" }'),
}
_EXACT_IN_SQLITE = frozenset(("integer", "bigint", "smallint", "boolean", "double precision", "text", "bytea", "jsonb"))


@dataclass(frozen=True, slots=True)
class Builder:
    """`name` is imported and called with the column's name and `options`; or `data_type` is what a customType says."""

    name: str = ""
    options: str = ""
    data_type: str = ""
    loss: str = ""


def postgres(type_: Type) -> Builder:
    """The builder of a type that is no enum; its array dimensions are not its matter."""
    numbers = type_.arguments
    if type_.name in _POSTGRES and not numbers:
        return Builder(_POSTGRES[type_.name])
    match type_.name, numbers:
        case "bigint", ():
            return Builder("bigint", '{ mode: "number" }')
        case "varchar" | "char", (length,):
            return Builder(type_.name, f"{{ length: {length} }}")
        case "numeric", (precision,):
            return Builder("numeric", f"{{ precision: {precision} }}")
        case "numeric", (precision, scale):
            return Builder("numeric", f"{{ precision: {precision}, scale: {scale} }}")
        case "timestamp" | "timestamptz" | "time" | "timetz", (*digits,):
            said = ["withTimezone: true"] if type_.name.endswith("tz") else []
            said += [f"precision: {digits[0]}"] if digits else []
            return Builder(type_.name.removesuffix("tz"), f"{{ {', '.join(said)} }}" if said else "")
        case "vector", (size,):
            return Builder("vector", f"{{ dimensions: {size} }}")
    return Builder(data_type=str(Type(type_.name, numbers)))


def mysql(sql: str, loss: str, values: Sequence[str]) -> Builder:
    """By the type MySQL's SQL has for the column; `values` are its enum's."""
    if values:
        return Builder("mysqlEnum", listed(values), loss=loss)
    found = re.match(r"(\w+)(?:\(([\d, ]+)\))?(.*)", sql)
    kind, arguments, rest = found.groups() if found else (sql, None, "")
    if kind in _MYSQL and not rest:
        return Builder(_MYSQL[kind], loss=loss)
    match kind:
        case "BIGINT":
            return Builder("bigint", '{ mode: "number" }', loss=loss)
        case "DECIMAL":
            precision, scale = (arguments or "10, 0").split(", ")
            return Builder("decimal", f"{{ precision: {precision}, scale: {scale} }}", loss=loss)
        case "DATETIME" | "TIME":
            options = f"{{ fsp: {arguments} }}" if arguments and arguments != "0" else ""
            return Builder(kind.lower(), options, loss=loss)
        case "CHAR" | "VARCHAR" | "VARBINARY" if not rest:
            return Builder(kind.lower(), f"{{ length: {arguments} }}", loss=loss)
    return Builder(data_type=sql.lower(), loss=loss)


def sqlite(type_: Type, values: Sequence[str]) -> Builder:
    """SQLite keeps five kinds of values; what a type says beyond them is lost."""
    if type_.dimensions:
        return Builder("text", '{ mode: "json" }', loss="kept as JSON text: no element is typed")
    if values:
        return Builder("text", f"{{ enum: {listed(values)} }}")
    if type_.name in ("varchar", "char") and type_.arguments:
        return Builder("text", f"{{ length: {type_.arguments[0]} }}", loss="its length is not enforced")
    name, options = _SQLITE.get(type_.name, ("text", ""))
    loss = "" if type_.name in _EXACT_IN_SQLITE or type_.name == "varchar" else f"kept as {name}"
    return Builder(name, options, loss=loss)


def named(builder: Builder, name: str) -> str:
    """The call that makes a column."""
    if builder.data_type:
        said = text(builder.data_type)
        return f"customType<{{ data: unknown }}>({{ dataType: () => {said} }})({text(name)})"
    return f"{builder.name}({text(name)}{f', {builder.options}' if builder.options else ''})"
