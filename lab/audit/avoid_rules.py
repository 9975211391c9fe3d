"""Statements are not rewritten behind one's back.

Problem: CREATE RULE on a table.

Why: a rule rewrites the statement, not the row: an expression in it is evaluated twice, and what it does to a statement
of several rows surprises everybody (PostgreSQL wiki, "Don't Do This").

Remedy: a trigger. Views have rules by nature and do not count.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import POSTGRES
from lab.audit.sql import quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    names = {table.name for table in schema.tables}
    for statement in schema.statements:
        table = statement.what.rpartition(" on ")[2]
        if statement.what.startswith("rule ") and table in names:
            name = statement.what.removeprefix("rule ").rpartition(" on ")[0]
            yield Finding(
                RULE,
                SEVERITY,
                table,
                f"{statement.what} rewrites statements",
                "expressions in it are evaluated twice, and statements of several rows surprise",
                f"write a trigger, then: DROP RULE {quote(name)} ON {quote(table)};",
                statement.position,
            )
