"""When a row was made is written by the database.

Problem: `created_at` without a default, or one that may be NULL.

Why: each writer sets it by its own clock, or forgets it; a row without it is in no report by month.

Remedy: NOT NULL DEFAULT now(). Columns that date what the row tells of (`placed_at`, `recorded_at`) are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_columns
from lab.audit.shapes import TEMPORAL, has_current_default, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_MADE = frozenset("created inserted".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_open):
        changes = []
        for column in columns:
            changes += (
                [f"ALTER COLUMN {quote(column.name)} SET DEFAULT now()"] if not has_current_default(column) else []
            )
            changes += [f"ALTER COLUMN {quote(column.name)} SET NOT NULL"] if column.is_nullable else []
        said = "is left to each writer" if all(not c.is_nullable for c in columns) else "may be NULL"
        yield of_columns(
            RULE, SEVERITY, table, columns, said, "a writer that forgets it leaves no trace", alter(table, *changes)
        )


def _is_open(_: Table, column: Column) -> bool:
    is_making = set(words(column.name)) <= _MADE | {"at", "on", "date"} and bool(set(words(column.name)) & _MADE)
    is_open = column.is_nullable or not (has_current_default(column) or column.default)
    return is_making and is_scalar(column, TEMPORAL) and is_open and column.generated is None
