"""Row-level security holds for the table's owner as well.

Problem: ENABLE without FORCE ROW LEVEL SECURITY.

Why: policies do not hold for the role that owns the table, and an application that runs its own migrations mostly signs
in as that role: it then reads every tenant's rows (PostgreSQL manual, 5.9 "Row Security Policies").

Remedy: FORCE ROW LEVEL SECURITY, or let the application sign in as a role that owns nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import of_table
from lab.audit.shapes import POSTGRES, statements_on
from lab.audit.sql import alter
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        made = [each.sql.upper() for each in statements_on(schema, "row level security", table)]
        if any(" ENABLE " in sql for sql in made) and not any(_forces(sql) for sql in made):
            what = "has row-level security that does not hold for its owner"
            why = "an application that signs in as the owner reads every row"
            yield of_table(RULE, SEVERITY, table, what, why, alter(table, "FORCE ROW LEVEL SECURITY"))


def _forces(sql: str) -> bool:
    return re.search(r"(?<!NO) FORCE ROW", sql) is not None
