"""A boolean is true or false.

Problem: a boolean column may be NULL.

Why: it then has three values, and both `WHERE is_active` and `WHERE NOT is_active` leave out the third.

Remedy: NOT NULL, with a default. Where NULL means something ("not answered yet"), say so in the column's comment (with
the word NULL), and this rule is silent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.naming import column_subject, listed, rule_name
from lab.audit.shapes import is_scalar
from lab.audit.sql import alter, qualified, quote
from lab.model.finding import Finding
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        columns = [column for column in table.columns if _is_undecided(column)]
        if columns:
            yield _finding(table, columns)


def _is_undecided(column: Column) -> bool:
    is_open = is_scalar(column, frozenset(("boolean",))) and column.is_nullable and column.generated is None
    return is_open and "null" not in column.comment.lower()


def _finding(table: Table, columns: Sequence[Column]) -> Finding:
    names = [column.name for column in columns]
    return Finding(
        RULE,
        "note",
        column_subject(table.name, names) if len(names) == 1 else table.name,
        f"{listed(names)} of {table.name} {'is a boolean' if len(names) == 1 else 'are booleans'} that may be NULL",
        "neither WHERE x nor WHERE NOT x finds the rows in which it is NULL",
        "\n".join(_decision(table, column) for column in columns),
        columns[0].position or table.position,
    )


def _decision(table: Table, column: Column) -> str:
    name, default = quote(column.name), column.default or "false"
    actions = [] if column.default else [f"ALTER COLUMN {name} SET DEFAULT {default}"]
    filled = f"UPDATE {qualified(table)} SET {name} = {default} WHERE {name} IS NULL;"
    return f"{filled}\n{alter(table, *actions, f'ALTER COLUMN {name} SET NOT NULL')}"
