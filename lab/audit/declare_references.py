"""A column that refers to another table says so.

Problem: `orders.user_id` has the name of a reference to `users` and the type of its key, but is no foreign key.

Why: nothing keeps the database from holding orders of users that are gone; every reader must then allow for them, and
no tool can draw the relation.

Remedy: a foreign key. Where the row is to outlive what it refers to (a log), say "no foreign key, since …" in the
column's or the table's comment, and this rule is silent; so it is where the kind of the parent stands beside the
column (`entity_type`, `entity_id`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import has_lost_references, implied_parent
from lab.audit.sql import alter, qualified, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"


def check(schema: Schema) -> Iterator[Finding]:
    if has_lost_references(schema):
        return
    for table in schema.tables:
        for column in table.columns:
            parent = implied_parent(table, column, schema)
            if parent and not _is_explained(table, column):
                yield _finding(table, column, parent)


def _is_explained(table: Table, column: Column) -> bool:
    return re.search(r"foreign key|no reference", f"{table.comment} {column.comment}", re.IGNORECASE) is not None


def _finding(table: Table, column: Column, parent: Table) -> Finding:
    key = quote(parent.primary_key.columns[0]) if parent.primary_key else ""
    clause = f"FOREIGN KEY ({quote(column.name)}) REFERENCES {qualified(parent)} ({key}) ON DELETE RESTRICT"
    return Finding(
        RULE,
        SEVERITY,
        f"{table.name}.{column.name}",
        f"{table.name}.{column.name} looks like a reference to {parent.name}, but is no foreign key",
        f"nothing keeps it from naming rows of {parent.name} that are not there",
        alter(table, f"ADD {clause}"),
        column.position or table.position,
    )
