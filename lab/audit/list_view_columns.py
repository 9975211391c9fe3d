"""A view names its columns.

Problem: CREATE VIEW … AS SELECT *.

Why: the star is written out when the view is made: a column added to the table later is not in it, and one that is
dropped takes the view along; what a reader sees depends on when it was made.

Remedy: name the columns.
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
ENGINES = POSTGRES | {"sqlite"}
_STAR = re.compile(r"\bAS\s+\(?\s*SELECT\s+(?:DISTINCT\s+)?(?:\w+\.)?\*", re.IGNORECASE)


def check(schema: Schema) -> Iterator[Finding]:
    for statement in schema.statements:
        if statement.what.startswith(("view ", "materialized view ")) and _STAR.search(statement.sql):
            yield Finding(
                RULE,
                SEVERITY,
                statement.what.rpartition(" ")[2],
                f"{statement.what} is SELECT *",
                "it holds the columns the table had when the view was made",
                "name the columns",
                statement.position,
            )
