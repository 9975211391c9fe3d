"""A table has no more columns than one can oversee.

Problem: more than 60 columns.

Why: such a table mostly holds several things at once, many of them NULL in most rows; every update writes the whole
row anew, and no reader knows which columns belong together.

Remedy: move what belongs together, or is read and written apart, to a table of its own with the same key; what differs
from row to row to `jsonb` or to rows of a child table.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema, most_columns: int = 60) -> Iterator[Finding]:
    for table in schema.tables:
        if len(table.columns) > most_columns:
            yield Finding(
                RULE,
                SEVERITY,
                table.name,
                f"{table.name} has {len(table.columns)} columns",
                "it holds several things at once, and every update writes all of them anew",
                "move columns that belong together to a table with the same key",
                table.position,
            )
