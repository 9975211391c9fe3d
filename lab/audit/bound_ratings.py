"""A rating lies on its scale.

Problem: nothing keeps `rating` from being 50.

Why: one wrong value moves every average, and the scale itself is written nowhere.

Remedy: CHECK (rating BETWEEN 1 AND 5). Averages the database computes are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_columns
from lab.audit.shapes import NUMBERS, is_checked, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_RATINGS = frozenset("rating stars".split())
_COMPUTED = frozenset("avg average mean count sum total".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_unbounded):
        fix = alter(table, *(f"ADD CHECK ({quote(column.name)} BETWEEN 1 AND 5)" for column in columns))
        yield of_columns(
            RULE, SEVERITY, table, columns, "may lie off its scale", "one wrong value moves every average", fix
        )


def _is_unbounded(table: Table, column: Column) -> bool:
    named = words(column.name)
    is_rating = named[-1:] and named[-1] in _RATINGS and not set(named) & _COMPUTED
    return bool(is_rating) and is_scalar(column, NUMBERS) and not is_checked(table, column.name)
