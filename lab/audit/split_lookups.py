"""A list of codes is a table of its own.

Problem: one table `lookups (type, code, label)` for statuses, countries and units alike.

Why: a foreign key to it cannot say which of the lists is meant, so that an order's status may be a country; and a
column one list needs is NULL for all others (Celko, "One True Lookup Table").

Remedy: a table, or an enum, for each list.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name, words
from lab.audit.places import of_table
from lab.audit.shapes import TEXTS, is_scalar
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_NAMES = (
    *(("lookup",), ("lookups",), ("lookup", "values"), ("lookup", "codes"), ("code", "values"), ("reference", "data")),
    *(("code", "tables"), ("ref", "codes"), ("list", "values"), ("enum", "values"), ("generic", "codes"), ("lov",)),
)
_LISTS = frozenset("type kind category list domain group class table".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        is_sorted = any(last_word(c.name) in _LISTS and is_scalar(c, TEXTS) for c in table.columns)
        if words(table.name) in _NAMES and is_sorted:
            what = "holds several lists of codes"
            why = "a foreign key to it cannot say which list is meant"
            yield of_table(RULE, SEVERITY, table, what, why, "a table, or an enum, for each list")
