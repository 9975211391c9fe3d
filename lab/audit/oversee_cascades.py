"""One DELETE does not empty the database.

Problem: deleting one row cascades into ten tables or more.

Why: it is one transaction that locks rows in all of them, writes as much log as they hold, and cannot be stopped half
way without losing what it did; a mistake in one WHERE is a restore from backup.

Remedy: RESTRICT on the first step, and delete by batches from the leaves; or mark the row as deleted. For tenants, say
in the table's comment how they are deleted ("deleted by …", "purged"), and this rule is silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lab.audit.naming import listed, rule_name
from lab.audit.places import of_table
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema, most_tables: int = 9) -> Iterator[Finding]:
    children: dict[str, list[str]] = {}
    for table, key in schema.foreign_keys():
        if key.on_delete == "cascade" and key.table != table.name:
            children.setdefault(key.table, []).append(table.name)
    for table in schema.tables:
        reached = _reached(table.name, children)
        if len(reached) > most_tables and not re.search(r"delet|purge|eras", table.comment, re.IGNORECASE):
            what = f"takes rows of {len(reached)} tables with it when a row is deleted: {listed(sorted(reached), 3)}"
            why = "it is one transaction over all of them, and a mistake is a restore from backup"
            fix = "ON DELETE RESTRICT on the first step, and deletion by batches from the leaves"
            yield of_table(RULE, SEVERITY, table, what, why, fix)


def _reached(start: str, children: Mapping[str, list[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in reached and child != start:
                reached.add(child)
                waiting.append(child)
    return reached
