"""A policy of row-level security is in force.

Problem: CREATE POLICY on a table for which row-level security was never enabled.

Why: such a policy is kept and does nothing: everybody reads every row, and the schema looks as if they did not
(PostgreSQL manual, 5.9 "Row Security Policies").

Remedy: ENABLE ROW LEVEL SECURITY.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import POSTGRES, statements_on
from lab.audit.sql import alter
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "error"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        enabled = [
            each for each in statements_on(schema, "row level security", table) if "DISABLE" not in each.sql.upper()
        ]
        policies = statements_on(schema, "policy", table)
        if policies and not any("ENABLE" in each.sql.upper() for each in enabled):
            yield Finding(
                RULE,
                SEVERITY,
                table.name,
                f"{table.name} has {'a policy' if len(policies) == 1 else 'policies'}, but row-level security is off",
                "the policy does nothing, and everybody reads every row",
                alter(table, "ENABLE ROW LEVEL SECURITY"),
                policies[0].position or table.position,
            )
