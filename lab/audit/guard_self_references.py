"""A row is not its own parent.

Problem: a table refers to itself, and no CHECK says that a row cannot refer to itself.

Why: such a row is a circle of one: a recursive query over it does not end, and the branch vanishes from every tree.

Remedy: CHECK (parent_id <> id). Longer circles take a trigger; a recursive query finds them with CYCLE (PostgreSQL 14).
Where a trigger of the table is there already, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import of_column
from lab.audit.shapes import is_checked, statements_on
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema) -> Iterator[Finding]:
    for table, key in schema.foreign_keys():
        is_tree = key.table == table.name and len(key.columns) == 1
        if is_tree and not is_checked(table, key.columns[0]) and not statements_on(schema, "trigger", table):
            column = table.column(key.columns[0])
            check_ = f"ADD CHECK ({quote(column.name)} <> {quote(key.referenced[0])})"
            why = "a row that is its own parent is a circle: a recursive query over it does not end"
            yield of_column(RULE, SEVERITY, table, column, "may refer to its own row", why, alter(table, check_))
