"""An address is one person's, in capitals or not.

Problem: `email` is unique, but `Ann@example.org` and `ann@example.org` are two.

Why: a person who once typed a capital has two accounts, and signs in to the wrong one.

Remedy: a CHECK that it is in lower case, a unique index over `lower(email)`, or `citext`. MySQL and MariaDB compare
without case by default, so nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name
from lab.audit.places import of_column
from lab.audit.shapes import POSTGRES, is_checked, names_column, uniquenesses
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES | {"sqlite"}


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for unique in uniquenesses(table):
            for column in map(table.column, unique.columns):
                if last_word(column.name) == "email" and not _is_folded(table, column):
                    name = quote(column.name)
                    fix = alter(table, f"ADD CHECK ({name} = lower({name}))")
                    why = "a person who once typed a capital has two accounts"
                    yield of_column(RULE, SEVERITY, table, column, "is unique only as far as capitals agree", why, fix)


def _is_folded(table: Table, column: Column) -> bool:
    is_lower = any(
        names_column(part.value, column.name) for index in table.indexes for part in index.parts if part.is_expression
    )
    return column.type.name == "citext" or is_checked(table, column.name) or is_lower or column.generated is not None
