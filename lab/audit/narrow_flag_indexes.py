"""An index tells rows apart.

Problem: an index on a boolean alone, or on an enum of a few values.

Why: it leads to a half or a third of the table, which the planner would rather read through; so it is written at every
insert and read at none.

Remedy: a partial index over the rare value (`WHERE NOT is_sent`), keyed by what such rows are then sorted or looked up
by; or none. Partial and unique indexes, and those with further columns, are left alone, and so is MySQL's index of a
foreign key.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import POSTGRES, enum_values, is_scalar
from lab.audit.sql import drop_index
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Index, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES | {"sqlite"}


def check(schema: Schema, few_values: int = 3) -> Iterator[Finding]:
    for table in schema.tables:
        for index in table.indexes:
            column = _only_column(table, index)
            if column and _has_few_values(schema, column, few_values):
                yield _finding(table, index, column)


def _only_column(table: Table, index: Index) -> Column | None:
    is_plain = len(index.parts) == 1 and index.columns and index.method in ("btree", "hash")
    return table.column(index.columns[0]) if is_plain and not (index.where or index.is_unique) else None


def _has_few_values(schema: Schema, column: Column, few_values: int) -> bool:
    return is_scalar(column, frozenset(("boolean",))) or 0 < len(enum_values(schema, column)) <= few_values


def _finding(table: Table, index: Index, column: Column) -> Finding:
    return Finding(
        RULE,
        SEVERITY,
        f"{table.name}.{index.name}",
        f"index {index.name} of {table.name} holds {column.name} alone, which has a few values",
        "the planner rather reads the whole table, so that it is written at every insert and read at none",
        drop_index(table, index),
        index.position or table.position,
    )
