"""No table or column has a reserved word for a name.

Problem: a table `user`, a column `order` or `end`.

Why: written without quotes it is a syntax error, or worse: `SELECT * FROM user` is no error in PostgreSQL, but answers
with the name of the role that asks (PostgreSQL manual, appendix C, "SQL Key Words").

Remedy: a longer name, such as the plural for a table. Words count that PostgreSQL reserves; those other databases
reserve beside them (`key`, `rank`, `groups`) do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.naming import column_subject, is_plural, last_word, listed, plural, rule_name, snake_case
from lab.audit.sql import rename_column, rename_table
from lab.model.finding import Finding, Severity
from lab.model.reserved import RESERVED
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_WHY = "without double quotes it is a syntax error, or means something else"


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        if table.relation.lower() in RESERVED:
            yield _table(table)
        columns = [column for column in table.columns if column.name.lower() in RESERVED]
        if columns:
            yield _columns(table, columns)


def _table(table: Table) -> Finding:
    fix = rename_table(table, plural(table.relation.lower()))
    message = f"table {table.name} has the name of a reserved word"
    return Finding(RULE, SEVERITY, table.name, message, _WHY, fix, table.position)


def _columns(table: Table, columns: Sequence[Column]) -> Finding:
    names = [column.name for column in columns]
    nouns = "columns {} of {} have the names of reserved words"
    message = nouns if len(names) > 1 else "column {} of {} has the name of a reserved word"
    return Finding(
        RULE,
        SEVERITY,
        column_subject(table.name, names) if len(names) == 1 else table.name,
        message.format(listed(names), table.name),
        _WHY,
        "\n".join(_rename(table, name) for name in names),
        columns[0].position or table.position,
    )


def _rename(table: Table, name: str) -> str:
    """`events.end` becomes `event_end`."""
    owner = snake_case(table.relation)
    owner = owner[:-1] if is_plural(last_word(owner)) and owner.endswith("s") else owner
    return rename_column(table, name, f"{owner}_{snake_case(name)}")
