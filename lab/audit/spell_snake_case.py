"""Tables and columns are named in snake case.

Problem: `"Order"`, `"userId"`, `"first name"`.

Why: PostgreSQL folds a name without quotes to lower case, so such a name must be quoted wherever it is written, and
`SELECT userId` fails with a column that is plainly there (PostgreSQL manual, 4.1.1 "Identifiers and Key Words").

Remedy: rename. In Prisma the client keeps its names: write `@@map` and `@map` beside them, and rename in a migration of
your own, since Prisma's would drop the table and make a new one. Join tables Prisma makes and names are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.naming import column_subject, is_snake_case, listed, plural, rule_name, snake_case
from lab.audit.shapes import is_implicit_join_table, is_in_prisma
from lab.audit.sql import rename_column, rename_table
from lab.model.finding import Finding, Severity
from lab.model.reserved import RESERVED
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
IS_HABIT = True
_WHY = "they must be in double quotes wherever they are written, since PostgreSQL folds other names to lower case"


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        columns = [column for column in table.columns if not is_snake_case(column.name)]
        if (columns or not is_snake_case(table.relation)) and not is_implicit_join_table(table):
            yield _finding(table, columns)


def _finding(table: Table, columns: Sequence[Column]) -> Finding:
    names = [column.name for column in columns]
    if is_snake_case(table.relation):
        subject = column_subject(table.name, names) if len(names) == 1 else table.name
        what, position = f"{_noun(names)} of {table.name}", columns[0].position
    else:
        subject, position = table.name, table.position
        what = f"table {table.name}{f' with its {_noun(names)}' if names else ''}"
    are = "are" if is_snake_case(table.relation) and len(names) > 1 else "is"
    message = f"{what} {are} not named in snake case"
    return Finding(RULE, SEVERITY, subject, message, _WHY, _fix(table, columns), position or table.position)


def _noun(names: Sequence[str]) -> str:
    return f"column{'s' * (len(names) > 1)} {listed(names)}"


def _fix(table: Table, columns: Sequence[Column]) -> str:
    name = _new_name(table.relation)
    lines = [rename_column(table, column.name, snake_case(column.name)) for column in columns]
    lines += [rename_table(table, name)] if name != table.relation else []
    if is_in_prisma(table.position):
        maps = [f'@@map("{name}")'] if name != table.relation else []
        maps += [f'@map("{snake_case(column.name)}")' for column in columns]
        lines.append(f"-- and in the Prisma schema: {', '.join(maps)}")
    return "\n".join(lines)


def _new_name(table: str) -> str:
    """`User` becomes `users`: `user` is reserved."""
    if is_snake_case(table):
        return table
    name = snake_case(table)
    return plural(name) if name in RESERVED else name
