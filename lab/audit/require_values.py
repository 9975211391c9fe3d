"""A row says something.

Problem: every column of a table but its key and references may be NULL.

Why: a row of nothing is accepted, each reader must allow for NULL in every column, and a form that lost its fields is
found out by a customer.

Remedy: NOT NULL for what a row cannot do without. Said of tables of at least five such columns.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import of_table
from lab.audit.shapes import payload
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_FEWEST = 5


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        columns = payload(table)
        if len(columns) >= _FEWEST and all(column.is_nullable for column in columns) and not table.checks:
            first = columns[0]
            why = "a row of nothing is accepted, and each reader must allow for NULL everywhere"
            fix = alter(table, f"ALTER COLUMN {quote(first.name)} SET NOT NULL")
            yield of_table(RULE, SEVERITY, table, f"requires none of its {len(columns)} columns", why, fix)
