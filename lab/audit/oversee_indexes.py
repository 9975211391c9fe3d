"""A table has no more indexes than its writes can bear.

Problem: more than 12 indexes, those of keys included.

Why: every insert, and every update of an indexed column, writes each of them; and the planner weighs each for every
query.

Remedy: drop those nothing asks for (`pg_stat_user_indexes.idx_scan`), merge those with a common beginning.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import of_table
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema, most_indexes: int = 12) -> Iterator[Finding]:
    for table in schema.tables:
        count = len(table.keys) + len(table.indexes)
        if count > most_indexes:
            why = "every insert writes each of them"
            fix = "drop those with idx_scan = 0 in pg_stat_user_indexes, and merge those that begin alike"
            yield of_table(RULE, SEVERITY, table, f"has {count} indexes, those of its keys included", why, fix)
