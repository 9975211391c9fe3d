"""A percentage lies between 0 and 100.

Problem: nothing keeps `discount_percent` from being 150, or 0.15.

Why: whether 0.15 or 15 is meant is decided by each writer anew, and a discount above 100 pays the customer.

Remedy: CHECK (… BETWEEN 0 AND 100). Changes and growth, which may exceed it, are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_columns
from lab.audit.shapes import NUMBERS, is_checked, is_journal, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_SHARES = frozenset("percent percentage pct".split())
_OPEN = frozenset("change growth delta diff increase".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_unbounded):
        fix = alter(table, *(f"ADD CHECK ({quote(column.name)} BETWEEN 0 AND 100)" for column in columns))
        why = "whether 0.15 or 15 is meant is decided by each writer anew"
        yield of_columns(RULE, SEVERITY, table, columns, "may lie outside 0 to 100", why, fix)


def _is_unbounded(table: Table, column: Column) -> bool:
    named = set(words(column.name))
    is_share = bool(named & _SHARES) and not named & _OPEN
    return is_share and is_scalar(column, NUMBERS) and not is_checked(table, column.name) and not is_journal(table)
