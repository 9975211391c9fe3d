"""A moment is a timestamp, not a number.

Problem: `created_at bigint`.

Why: whether it counts seconds or milliseconds since 1970 is written nowhere; no date function takes it, no tool shows
it, and a day or a month cannot be asked for without arithmetic in every query.

Remedy: `timestamptz`. The conversion below takes seconds; divide by 1000 for milliseconds. Where the number is wanted
(an event's clock at the source), say which unit it has in the column's comment, and this rule is silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_column
from lab.audit.shapes import foreign_key_columns, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_MOMENTS = frozenset("at timestamp datetime".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_epoch):
        for column in columns:
            name = quote(column.name)
            actions = [f"ALTER COLUMN {name} DROP DEFAULT"] if column.default else []
            fix = alter(table, *actions, f"ALTER COLUMN {name} TYPE timestamptz USING to_timestamp({name})")
            why = "its unit is written nowhere, and no date function takes it"
            yield of_column(RULE, SEVERITY, table, column, f"holds a moment as {column.type}", why, fix)


def _is_epoch(table: Table, column: Column) -> bool:
    named = words(column.name)
    is_number = is_scalar(column, frozenset(("integer", "bigint", "double precision"))) and column.identity is None
    is_named = len(named) > 1 and named[-1] in _MOMENTS
    return is_number and is_named and column.name not in foreign_key_columns(table) and not column.comment
