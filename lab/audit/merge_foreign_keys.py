"""A column refers to a table once.

Problem: two foreign keys over the same columns to the same table.

Why: each is checked at every insert and every delete; where their actions differ, which of them wins is for the
database to say.

Remedy: drop the later one, once its action is known to be the wrong one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from lab.audit.naming import column_subject, rule_name
from lab.audit.sql import alter, drop_constraint
from lab.model.finding import Finding, Severity
from lab.model.schema import ForeignKey, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for first, second in combinations(table.foreign_keys, 2):
            if _pairs(first) == _pairs(second):
                yield _finding(table, first, second)


def _pairs(key: ForeignKey) -> tuple[str, frozenset[tuple[str, str]]]:
    return key.table, frozenset(zip(key.columns, key.referenced, strict=True))


def _finding(table: Table, first: ForeignKey, second: ForeignKey) -> Finding:
    subject = column_subject(table.name, second.columns)
    differ = "" if first.on_delete == second.on_delete else f", ON DELETE {first.on_delete} and {second.on_delete}"
    return Finding(
        RULE,
        SEVERITY,
        subject,
        f"{subject} refers to {second.table} twice{differ}",
        "each is checked at every write, and only one of their actions can be meant",
        alter(table, drop_constraint(table, second, is_sure=second.name is not None)),
        second.position or table.position,
    )
