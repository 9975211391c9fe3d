"""A default of the present moment is computed when a row is made.

Problem: DEFAULT 'now', in quotes.

Why: PostgreSQL turns the word into a moment when the table is made: every row from then on has the moment of the
migration (PostgreSQL manual, 8.5.1.4 "Special Values").

Remedy: now(), without quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import matching, of_column
from lab.audit.shapes import POSTGRES, TEMPORAL, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "error"
ENGINES = POSTGRES
_WORDS = re.compile(
    r"'\s*(now|today|tomorrow|yesterday|current_timestamp|current_date)\s*(\(\s*\))?\s*'", re.IGNORECASE
)


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_fixed):
        for column in columns:
            fix = alter(table, f"ALTER COLUMN {quote(column.name)} SET DEFAULT now()")
            why = "every row gets the moment the table was made at"
            yield of_column(RULE, SEVERITY, table, column, f"has DEFAULT {column.default}, in quotes", why, fix)


def _is_fixed(_: Table, column: Column) -> bool:
    return is_scalar(column, TEMPORAL) and _WORDS.match(column.default or "") is not None
