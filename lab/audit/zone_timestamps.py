"""A moment is stored with its time zone.

Problem: a column is `timestamp`, that is, without time zone.

Why: it holds what a clock on a wall showed, not when; which moment that was depends on whoever wrote it, and an hour a
year is ambiguous. `timestamptz` takes the same 8 bytes and holds the moment (PostgreSQL wiki, "Don't Do This").

Remedy: `timestamptz`. The conversion below takes the stored values for UTC, which is what Prisma and most frameworks
write; put the right zone in where that is not so. Columns named after local time are left alone, and so are schemas of
databases that have no such type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.naming import column_subject, listed, rule_name, words
from lab.audit.shapes import is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)


def check(schema: Schema) -> Iterator[Finding]:
    if schema.provider not in ("postgres", "cockroachdb"):
        return
    for table in schema.tables:
        columns = [column for column in table.columns if _is_bare(column)]
        if columns:
            yield _finding(table, columns)


def _is_bare(column: Column) -> bool:
    return is_scalar(column, frozenset(("timestamp",))) and "local" not in words(column.name)


def _finding(table: Table, columns: Sequence[Column]) -> Finding:
    names = [column.name for column in columns]
    is_one = len(names) == 1
    return Finding(
        RULE,
        "warning",
        column_subject(table.name, names) if is_one else table.name,
        f"{listed(names)} of {table.name} {'is a timestamp' if is_one else 'are timestamps'} without time zone",
        "which moment it means depends on the time zone of whoever wrote it",
        _fix(table, columns),
        columns[0].position or table.position,
    )


def _fix(table: Table, columns: Sequence[Column]) -> str:
    fixed = table.partitioning.keys if table.partitioning else ()
    changed = [column for column in columns if quote(column.name) not in fixed]
    return alter(table, *map(_conversion, changed)) if changed else "make the partitioned table anew with timestamptz"


def _conversion(column: Column) -> str:
    precision = f"({column.type.arguments[0]})" if column.type.arguments else ""
    name = quote(column.name)
    return f"ALTER COLUMN {name} TYPE timestamptz{precision} USING {name} AT TIME ZONE 'UTC'"
