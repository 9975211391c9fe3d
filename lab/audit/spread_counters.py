"""A counter is not a row all writers wait for.

Problem: a trigger adds one to a column of the parent (`comments_count = comments_count + 1`).

Why: every insert updates the same row of the parent, so that writers wait in line for it, each leaves a dead version of
it behind, and two that touch two parents in a different order deadlock.

Remedy: count when asked, with an index; or append to a table of differences that a job folds; or a materialized view.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import POSTGRES
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES
_COUNTS = re.compile(r"(\w*(?:count|total|_num|num_)\w*)\s*=\s*(?:\w+\.)?\1\s*[+-]\s*1", re.IGNORECASE)


def check(schema: Schema) -> Iterator[Finding]:
    for statement in schema.statements:
        match = _COUNTS.search(statement.sql) if statement.what.startswith("function ") else None
        if match and re.search(r"RETURNS\s+trigger", statement.sql, re.IGNORECASE):
            yield Finding(
                RULE,
                SEVERITY,
                statement.what.removeprefix("function "),
                f"{statement.what} keeps {match[1]} by adding one to it",
                "all writers wait for one row, and each leaves a dead version of it behind",
                "count when asked, or append differences to a table of their own that a job folds",
                statement.position,
            )
