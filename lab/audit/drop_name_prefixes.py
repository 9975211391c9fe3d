"""A name does not repeat what it is part of.

Problem: `users.user_name`, `users.user_email`; `tbl_orders`.

Why: every query says everything twice, and a table that is renamed takes its old name along in each column.

Remedy: rename. A single such column (`orders.order_number`) is left alone, and so are keys, which join by their names
(`users.user_id`). Said where at least three columns, and half of those that are no reference, begin so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.naming import is_same_noun, like, rule_name, words
from lab.audit.places import of_columns, of_table
from lab.audit.shapes import payload
from lab.audit.sql import rename_column, rename_table
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_KINDS = ("tbl", "tab", "table", "t", "vw")
_FEWEST = 3


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        named = words(table.name)
        if len(named) > 1 and named[0] in _KINDS:
            name = table.name[len(named[0]) :].lstrip("_")
            why = "that it is a table shows wherever it is written"
            yield of_table(RULE, SEVERITY, table, f"begins with {named[0]}", why, rename_table(table, name))
        columns = [column for column in payload(table) if _repeats(table, column)]
        if len(columns) >= max(_FEWEST, len(payload(table)) / 2):
            yield _finding(table, columns)


def _repeats(table: Table, column: Column) -> bool:
    owner, named = words(table.name), words(column.name)
    start = named[: len(owner)]
    return len(named) > len(owner) and is_same_noun("_".join(start), table.name) and named[-1] != "id"


def _finding(table: Table, columns: Sequence[Column]) -> Finding:
    said = "repeats the table's name", "repeat the table's name"
    lines = []
    for column in columns:
        short = "_".join(words(column.name)[len(words(table.name)) :])
        lines.append(rename_column(table, column.name, like(short, [column.name])))
    return of_columns(RULE, SEVERITY, table, columns, said, "every query says everything twice", "\n".join(lines))
