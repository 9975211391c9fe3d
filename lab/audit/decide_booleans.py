"""A boolean is true or false.

Problem: a boolean column may be NULL.

Why: it then has three values, and both `WHERE is_active` and `WHERE NOT is_active` leave out the third.

Remedy: NOT NULL, with a default. Where NULL means something ("not answered yet"), say so in the column's comment (with
the word NULL), and this rule is silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import matching, of_columns
from lab.audit.shapes import is_scalar
from lab.audit.sql import alter, qualified, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_undecided):
        said = ("is a boolean that may be NULL", "are booleans that may be NULL")
        why = "neither WHERE x nor WHERE NOT x finds the rows in which it is NULL"
        fix = "\n".join(_decision(table, column) for column in columns)
        yield of_columns(RULE, SEVERITY, table, columns, said, why, fix)


def _is_undecided(_: Table, column: Column) -> bool:
    is_open = is_scalar(column, frozenset(("boolean",))) and column.is_nullable and column.generated is None
    return is_open and "null" not in column.comment.lower()


def _decision(table: Table, column: Column) -> str:
    name, default = quote(column.name), column.default or "false"
    actions = [] if column.default else [f"ALTER COLUMN {name} SET DEFAULT {default}"]
    filled = f"UPDATE {qualified(table)} SET {name} = {default} WHERE {name} IS NULL;"
    return f"{filled}\n{alter(table, *actions, f'ALTER COLUMN {name} SET NOT NULL')}"
