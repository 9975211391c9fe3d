"""Types of columns: which change in place, how values get from one to another, what is lost on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lab.engines.engine import literal
from lab.engines.postgres.definitions import type_sql
from lab.model.schema import Column, Schema, Type

_TEXTS = ("text", "varchar", "char", "citext")
_WHOLE = ("smallint", "integer", "bigint")
_TIMES = ("timestamp", "timestamptz", "time", "timetz", "interval")


def is_in_place(old: Type, new: Type) -> bool:
    """Whether ALTER TYPE reads and writes no row (PostgreSQL manual, ALTER TABLE, "Notes"; the support functions of
    varchar, numeric, timestamp and their like say when a length coercion changes nothing)."""
    if old == new:
        return True
    if old.dimensions or new.dimensions:
        return False
    if old.name == "varchar" and new.name in ("varchar", "text"):
        return not new.arguments or (bool(old.arguments) and new.arguments[0] >= old.arguments[0])
    if old.name == "text" and new.name == "varchar":
        return not new.arguments
    if old.name == new.name == "numeric":
        return not new.arguments or (bool(old.arguments) and _grows(old.arguments, new.arguments))
    if old.name == new.name and old.name in _TIMES:
        return (new.arguments or (6,))[0] >= (old.arguments or (6,))[0]
    return (old.name, new.name) == ("cidr", "inet")


def _grows(old: tuple[int, ...], new: tuple[int, ...]) -> bool:
    (before, scale), (after, other) = ((*arguments, 0)[:2] for arguments in (old, new))
    return scale == other and after >= before


def convert(value: str, old: Type, new: Type, schema: Schema, names: Mapping[str, str]) -> str:
    """`value`, of type `old`, as one of `new`; `names` calls enums otherwise for the time being. To a text of a length
    nothing is cast, since a cast would cut off in silence what an assignment refuses."""
    target = type_sql(new, schema) if new.name not in names else '"' + names[new.name] + '"' + "[]" * new.dimensions
    if old == new and new.name not in names:
        return value
    if new.name in ("varchar", "char", "text") and not new.dimensions:
        return f"({value} #>> '{{}}')" if old.name in ("json", "jsonb") and not old.dimensions else f"{value}::text"
    if new.name in ("json", "jsonb") and not new.dimensions and not _holds_json(old):
        return f"to_{new.name}({value})"
    if schema.enum(new.name) or new.name in names or old.name not in _WHOLE + _TEXTS + _TIMES + ("numeric", "date"):
        text = "text" + "[]" * min(old.dimensions, new.dimensions)
        return f"{value}::{text}::{target}" if not _is_number(old, new) else f"{value}::{target}"
    return f"{value}::{target}"


def _holds_json(type_: Type) -> bool:
    return type_.name in ("json", "jsonb", "text") and not type_.dimensions


def _is_number(*types: Type) -> bool:
    known = (*_WHOLE, "numeric", "real", "double precision")
    return all(type_.name in known and not type_.dimensions for type_ in types)


def loss(old: Type, new: Type) -> str:
    """What of values a conversion destroys; empty when each can be had back, or is refused."""
    if old.dimensions != new.dimensions:
        return ""
    ours, theirs = old.name, new.name
    if _is_number(old) and theirs in _WHOLE and ours not in _WHOLE:
        return "digits after the point"
    if ours == theirs == "numeric" and new.arguments:
        return "digits after the point" if (*old.arguments, 99)[1:2] > (*new.arguments, 0)[1:2] else ""
    if ours in ("numeric", "bigint", "double precision") and theirs in ("real", "double precision") and ours != theirs:
        return "digits beyond the precision"
    if ours in ("timestamp", "timestamptz") and theirs in ("date", "time", "timetz"):
        return "the time of day" if theirs == "date" else "the date"
    if ours == theirs and ours in _TIMES and (new.arguments or (6,))[0] < (old.arguments or (6,))[0]:
        return "fractions of a second"
    if (ours, theirs) == ("json", "jsonb"):
        return "the order of keys, repeated keys and blanks"
    return ""


def stand_in(column: Column, schema: Schema, is_unique: bool) -> str:
    """A value for a column that must not be NULL, where the real one was dropped."""
    if column.type.dimensions:
        return "'{}'"
    enum = schema.enum(column.type.name)
    if enum:
        return f"{literal(enum.values[0])}::{type_sql(column.type, schema)}"
    name = column.type.name
    found = _UNIQUE.get(name) if is_unique else None
    if found is None:
        found = next((value for names, value in _PLAIN if re.fullmatch(names, name)), None)
    return found or f"NULL::{type_sql(column.type, schema)}"


_PLAIN = (
    (r"smallint|integer|bigint|numeric|real|double precision|money|oid", "0"),
    (r"text|varchar|char|citext|name", "''"),
    (r"boolean", "false"),
    (r"uuid", "gen_random_uuid()"),
    (r"timestamptz|timestamp|date", "'epoch'"),
    (r"time|timetz", "'00:00'"),
    (r"interval", "'0'"),
    (r"json|jsonb", "'{}'"),
    (r"bytea", "''"),
    (r"inet|cidr", "'0.0.0.0'"),
    (r"tsvector", "''"),
)
_UNIQUE = {
    "integer": "(hashtext(ctid::text))",
    "bigint": "(hashtextextended(ctid::text, 0))",
    "numeric": "(hashtextextended(ctid::text, 0))",
    "text": "gen_random_uuid()::text",
    "citext": "gen_random_uuid()::text",
    "varchar": "left(gen_random_uuid()::text, 36)",
    "timestamptz": "'epoch'::timestamptz + hashtextextended(ctid::text, 0) % 1000000000 * interval '1 s'",
}
