"""A moment is not rounded up.

Problem: `timestamptz(0)`.

Why: fractions are rounded, not cut, so that half of all rows date from the second that has not come yet, and
`WHERE created_at <= now()` misses the row just written (PostgreSQL wiki, "Don't Do This").

Remedy: `timestamptz`, and `date_trunc` where seconds are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import matching, of_columns
from lab.audit.shapes import MOMENTS, POSTGRES, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(
        schema, lambda _, column: is_scalar(column, MOMENTS) and column.type.arguments == (0,)
    ):
        changes = [f"ALTER COLUMN {quote(column.name)} TYPE {column.type.name}" for column in columns]
        said = "is rounded to seconds", "are rounded to seconds"
        why = "half of all rows date from a second that has not come yet"
        yield of_columns(RULE, SEVERITY, table, columns, said, why, alter(table, *changes))
