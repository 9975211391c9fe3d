"""Row-level security lets somebody read.

Problem: row-level security is enabled on a table that has no policy.

Why: without a policy nobody but the owner sees a row, and no error says so: every query answers with nothing
(PostgreSQL manual, 5.9 "Row Security Policies").

Remedy: a policy for each role that is to read or write. Where only the owner is to see the rows, say so in the table's
comment (with the word "policy"), and this rule is silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import of_table
from lab.audit.shapes import POSTGRES, statements_on
from lab.audit.sql import qualified
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        made = [each.sql.upper() for each in statements_on(schema, "row level security", table)]
        is_enabled = any(" ENABLE " in sql for sql in made) and "polic" not in table.comment.lower()
        if is_enabled and not statements_on(schema, "policy", table):
            fix = f"write one for each role: CREATE POLICY … ON {qualified(table)} TO … USING (…)"
            why = "nobody but its owner sees a row, and no error says so"
            yield of_table(RULE, SEVERITY, table, "has row-level security, but no policy", why, fix)
