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

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_columns
from lab.audit.shapes import POSTGRES, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
IS_HABIT = True
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_bare):
        said = ("is a timestamp without time zone", "are timestamps without time zone")
        why = "which moment it means depends on the time zone of whoever wrote it"
        yield of_columns(RULE, SEVERITY, table, columns, said, why, _fix(table, columns))


def _is_bare(_: Table, column: Column) -> bool:
    return is_scalar(column, frozenset(("timestamp",))) and "local" not in words(column.name)


def _fix(table: Table, columns: Sequence[Column]) -> str:
    fixed = table.partitioning.keys if table.partitioning else ()
    changed = [column for column in columns if quote(column.name) not in fixed]
    return alter(table, *map(_conversion, changed)) if changed else "make the partitioned table anew with timestamptz"


def _conversion(column: Column) -> str:
    precision = f"({column.type.arguments[0]})" if column.type.arguments else ""
    name = quote(column.name)
    return f"ALTER COLUMN {name} TYPE timestamptz{precision} USING {name} AT TIME ZONE 'UTC'"
