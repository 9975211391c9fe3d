"""A foreign key has the type of what it refers to.

Problem: an `integer` refers to a `bigint`, or a `text` to a `uuid`.

Why: types without a common equality cannot be compared, and PostgreSQL refuses the constraint. Where only the width
differs it is accepted, and fails at the first key that does not fit. Which types go together was tried on
PostgreSQL 18, pair by pair.

Remedy: give the foreign key the key's type. A foreign key that is wider than its key loses nothing, which is worth a
note. Types the schema makes itself (domains) are taken to fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import FLOATS, INTEGERS, TEMPORAL
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table, Type

RULE = rule_name(__name__)
SEVERITY: Severity = "error"

_FAMILIES = (
    INTEGERS,
    FLOATS,
    frozenset(("text", "varchar", "char", "bpchar")),
    TEMPORAL,
    frozenset(("inet", "cidr")),
)
_ALSO_FIT = {
    **dict.fromkeys(INTEGERS, frozenset(("numeric", "oid")) | FLOATS),
    "numeric": FLOATS,
    "citext": frozenset(("text", "varchar")),
}
_BUILT_IN = frozenset.union(*_FAMILIES) | {
    *("numeric", "money", "oid", "citext", "uuid", "boolean", "bytea", "json", "jsonb", "time", "timetz", "interval"),
}
_WIDTHS = {"smallint": 2, "integer": 4, "bigint": 8, "real": 4, "double precision": 8}
_UNBOUNDED = 1 << 30


def check(schema: Schema) -> Iterator[Finding]:
    for table, foreign_key in schema.foreign_keys():
        parent = schema.table(foreign_key.table)
        for name, referenced in zip(foreign_key.columns, foreign_key.referenced, strict=True):
            column, key = table.column(name), parent.column(referenced)
            severity = _severity(column.type, key.type, schema)
            if severity:
                yield _finding(severity, table, column, parent, key)


def _severity(own: Type, key: Type, schema: Schema) -> Severity | None:
    if own == key:
        return None
    if own.dimensions != key.dimensions:
        return "error"
    known = _BUILT_IN | {enum.name for enum in schema.enums}
    if own.name not in known or key.name not in known:
        return None
    if own.name == key.name or any({own.name, key.name} <= family for family in _FAMILIES):
        return "note" if _width(own) >= _width(key) else "warning"
    return "warning" if key.name in _ALSO_FIT.get(own.name, ()) else "error"


def _width(type_: Type) -> int:
    if type_.name in _WIDTHS:
        return _WIDTHS[type_.name]
    return type_.arguments[0] if type_.arguments else _UNBOUNDED


def _finding(severity: Severity, table: Table, column: Column, parent: Table, key: Column) -> Finding:
    subject, referenced = f"{table.name}.{column.name}", f"{parent.name}.{key.name}"
    why = {
        "error": "the two cannot be compared, so the foreign key cannot be made",
        "warning": f"a value of {referenced} that does not fit cannot be referred to",
        "note": "both hold the same values, so a difference only misleads",
    }
    action = f"ALTER COLUMN {quote(column.name)} TYPE {_type_sql(key.type)}"
    if severity == "error":
        action += f" USING {quote(column.name)}::{_type_sql(key.type)}"
    return Finding(
        RULE,
        severity,
        subject,
        f"{subject} is {column.type}, but refers to {referenced}, which is {key.type}",
        why[severity],
        alter(table, action),
        column.position or table.position,
    )


def _type_sql(type_: Type) -> str:
    return str(type_) if type_.name in _BUILT_IN else f"{quote(type_.name)}{'[]' * type_.dimensions}"
