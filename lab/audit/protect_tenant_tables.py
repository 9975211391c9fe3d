"""Every table of tenants' rows is protected.

Problem: tables with `tenant_id` have row-level security, and one has not.

Why: tenants are then kept apart everywhere but there, which is where the next query leaks.

Remedy: ENABLE and FORCE ROW LEVEL SECURITY, with the policy the others have. Said where at least one table of the
schema has row-level security.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import listed, rule_name
from lab.audit.places import of_table
from lab.audit.shapes import POSTGRES, has_column, statements_on, tenant_column
from lab.audit.sql import alter
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    tenant = tenant_column(schema)
    protected = [table for table in schema.tables if statements_on(schema, "row level security", table)]
    for table in schema.tables if tenant and protected else ():
        if tenant and has_column(table, tenant) and table not in protected:
            why = f"tenants are kept apart in {listed([other.name for other in protected], 3)}, and not here"
            fix = alter(table, "ENABLE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY")
            what = f"holds {tenant}, but has no row-level security"
            yield of_table(RULE, SEVERITY, table, what, why, fix)
