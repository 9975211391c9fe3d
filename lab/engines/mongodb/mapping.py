"""Tables as collections: a document for each row, `_id` for the primary key, a field for every other column.

A key of one column is `_id` itself; a key of several is a document of them, `_id.order_id`. References are values.
NULL is kept as null, so that every row of a table has the same fields. What a column is called in its table is said
in the collection's validator (the `title` of `_id`), so that a database explains itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.model.schema import Column, Schema, Table, Type

KEY = "_id"

_BSON_TYPES: Mapping[str, tuple[str, ...]] = {
    "smallint": ("int", "long"),
    "integer": ("int", "long"),
    "bigint": ("int", "long"),
    "oid": ("int", "long"),
    "numeric": ("decimal",),
    "money": ("decimal",),
    "real": ("double", "int", "long"),
    "double precision": ("double", "int", "long"),
    "boolean": ("bool",),
    "timestamptz": ("date",),
    "timestamp": ("date",),
    "date": ("date",),
    "uuid": ("binData",),
    "bytea": ("binData",),
    "json": (),
    "jsonb": (),
}
"""What a document may hold for a column of each type; nothing for anything, and text for all other types."""


def path(table: Table, column: str) -> str:
    """Where a row's document holds a column."""
    key = table.primary_key
    if key is None or column not in key.columns:
        return column
    return KEY if len(key.columns) == 1 else f"{KEY}.{column}"


def validator(table: Table, schema: Schema) -> dict[str, Any]:
    """The $jsonSchema of a table's documents: types, required fields, values of enums, lengths."""
    key = table.primary_key.columns if table.primary_key else ()
    properties = {c.name: _property(c, schema) for c in table.columns if c.name not in key}
    required = [c.name for c in table.columns if c.name not in key and not c.is_nullable]
    if len(key) == 1:
        properties = {KEY: {"title": key[0], **_property(table.column(key[0]), schema)}, **properties}
    elif key:
        parts = {name: _property(table.column(name), schema) for name in key}
        whole = {"bsonType": "object", "required": list(key), "properties": parts, "additionalProperties": False}
        properties = {KEY: whole, **properties}
    found: dict[str, Any] = {"bsonType": "object", "properties": properties}
    return found | ({"required": required} if required else {})


def _property(column: Column, schema: Schema) -> dict[str, Any]:
    if column.type.dimensions:
        found: dict[str, Any] = {"bsonType": _one_or_all(("array",), column)}
        element = _scalar(column.type, schema)
        return found | ({"items": element} if element else {})
    found = _scalar(column.type, schema)
    types = found.get("bsonType", ())
    if types:
        found["bsonType"] = _one_or_all((types,) if isinstance(types, str) else tuple(types), column)
    if "enum" in found and column.is_nullable:
        found["enum"] = [*found["enum"], None]
    return found


def _one_or_all(types: tuple[str, ...], column: Column) -> str | list[str]:
    allowed = (*types, "null") if column.is_nullable else types
    return allowed[0] if len(allowed) == 1 else list(allowed)


def _scalar(type_: Type, schema: Schema) -> dict[str, Any]:
    if enum := schema.enum(type_.name):
        return {"enum": list(enum.values)}
    types = _BSON_TYPES.get(type_.name, ("string",))
    found: dict[str, Any] = {"bsonType": types[0] if len(types) == 1 else list(types)} if types else {}
    if type_.name in ("varchar", "char") and type_.arguments:
        found["maxLength"] = type_.arguments[0]
    return found


def places(schema: Mapping[str, Any]) -> dict[str, str]:
    """Where documents hold each column, read back from a collection's $jsonSchema."""
    found = {}
    for name, what in schema.get("properties", {}).items():
        if name != KEY:
            found[name] = name
        elif "title" in what:
            found[what["title"]] = KEY
        else:
            found |= {part: f"{KEY}.{part}" for part in what.get("properties", {})}
    return found
