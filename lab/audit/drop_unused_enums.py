"""Every enum is used.

Problem: no column is of the enum.

Why: it was left behind, or a column that was to have it is text, and takes anything.

Remedy: drop it, or give it to the column it was made for. Functions and views that name it count as use.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import names_column
from lab.audit.sql import quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema) -> Iterator[Finding]:
    used = {column.type.name for table in schema.tables for column in table.columns}
    for enum in schema.enums:
        is_named = any(names_column(statement.sql, enum.name) for statement in schema.statements)
        if enum.name not in used and not is_named:
            fix = f"DROP TYPE {quote(enum.name)};"
            message = f"no column is of enum {enum.name}"
            why = "it was left behind, or the column it was made for takes any text"
            yield Finding(RULE, SEVERITY, enum.name, message, why, fix, enum.position)
