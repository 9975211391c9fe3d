"""A length of time is a number or an interval.

Problem: `duration varchar(20)`.

Why: '1h 30', '90 min' and '1:30' are three values, none of which can be added up or compared.

Remedy: `interval`, or a whole number with its unit in the name (`duration_seconds`).
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name
from lab.audit.places import matching, of_column
from lab.audit.shapes import TEXTS, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_SPANS = frozenset("duration timeout ttl elapsed runtime uptime".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_span):
        for column in columns:
            name = quote(column.name)
            actions = [f"ALTER COLUMN {name} DROP DEFAULT"] if column.default else []
            fix = alter(table, *actions, f"ALTER COLUMN {name} TYPE interval USING {name}::interval")
            why = "spellings of one length of time are several values, which cannot be added up or compared"
            yield of_column(RULE, SEVERITY, table, column, f"holds a length of time as {column.type}", why, fix)


def _is_span(_: Table, column: Column) -> bool:
    return is_scalar(column, TEXTS) and last_word(column.name) in _SPANS
