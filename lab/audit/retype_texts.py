"""A date is a `date`, a UUID a `uuid`, a yes or no a `boolean`.

Problem: a text (or, for a boolean, a number) holds what its name says is of a type of its own: `birth_date text`,
`order_uuid varchar(36)`, `payload_json text`, `is_active integer`.

Why: the database takes '2024-02-30' and 'n/a' for dates, sorts and compares them as text, and needs more room: a UUID
is 16 bytes, and 37 as text.

Remedy: the type the name promises. Nothing is said of UUIDs in schemas of databases that have no such type.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.shapes import TEXTS, foreign_key_columns, is_scalar, referenced_columns
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"

_WHY = {
    "date": "it takes dates that do not exist, and sorts them as text",
    "timestamptz": "it takes moments that do not exist, and sorts them as text",
    "uuid": "it takes what is no UUID, and needs more than twice the room in the table and each index",
    "jsonb": "it takes what is no JSON, and cannot be queried by what is in it",
    "boolean": "it takes a third and a fourth value",
}
_NUMBERS = frozenset(("smallint", "integer"))
_TRUTHS = {"0": "false", "1": "true", "'0'": "false", "'1'": "true", "'N'": "false", "'Y'": "true"}
_WITHOUT_UUID = ("mysql", "sqlite", "mongodb")


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for column in table.columns:
            meant = _meant(column)
            if meant and not (meant == "uuid" and schema.provider in _WITHOUT_UUID) and not _is_usual(column, schema):
                yield _finding(table, column, meant, schema)


def _is_usual(column: Column, schema: Schema) -> bool:
    """SQLite has no booleans, dates and moments: its own SQL keeps them as numbers and texts. Prisma has them."""
    is_prisma = column.position is not None and column.position.file.endswith(".prisma")
    return schema.provider == "sqlite" and not is_prisma and column.position is not None


def _meant(column: Column) -> str | None:
    """The type the column's name promises, unless it has it."""
    named = words(column.name)
    is_question = len(named) > 1 and named[0] in ("is", "has")
    if is_question and is_scalar(column, TEXTS | _NUMBERS):
        return "boolean"
    return _meant_by_text(named) if named and is_scalar(column, TEXTS) else None


def _meant_by_text(named: tuple[str, ...]) -> str | None:
    last = named[-1]
    if last in ("uuid", "guid"):
        return "uuid"
    if last in ("json", "jsonb"):
        return "jsonb"
    if last in ("date", "birthday", "birthdate") or named == ("date", "of", "birth"):
        return "date"
    return "timestamptz" if last in ("timestamp", "datetime") or (last == "at" and len(named) > 1) else None


def _finding(table: Table, column: Column, meant: str, schema: Schema) -> Finding:
    subject = f"{table.name}.{column.name}"
    return Finding(
        RULE,
        SEVERITY,
        subject,
        f"{subject} is {column.type}, though by its name it holds a {meant}",
        _WHY[meant],
        _fix(table, column, meant, schema),
        column.position or table.position,
    )


def _fix(table: Table, column: Column, meant: str, schema: Schema) -> str:
    if column.name in foreign_key_columns(table) | referenced_columns(schema, table):
        return f"change it to {meant} together with the columns it refers to, or that refer to it"
    name = quote(column.name)
    value = f"{name} <> 0" if column.type.name in _NUMBERS else f"{name}::{meant}"
    actions = [f"ALTER COLUMN {name} TYPE {meant} USING {value}"]
    if column.default is not None:
        actions.insert(0, f"ALTER COLUMN {name} DROP DEFAULT")
        default = _TRUTHS.get(column.default, column.default) if meant == "boolean" else column.default
        actions.append(f"ALTER COLUMN {name} SET DEFAULT {default}")
    return alter(table, *actions)
