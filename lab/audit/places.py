"""Where rules look, and how they speak of what they find there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lab.audit.naming import column_subject, listed
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table


def matching(schema: Schema, is_wrong: Callable[[Table, Column], object]) -> Iterator[tuple[Table, Sequence[Column]]]:
    """Tables with those of their columns that are wrong; only tables that have any."""
    for table in schema.tables:
        columns = [column for column in table.columns if is_wrong(table, column)]
        if columns:
            yield table, columns


def of_columns(
    rule: str,
    severity: Severity,
    table: Table,
    columns: Sequence[Column],
    is_or_are: str | tuple[str, str],
    why: str,
    fix: str,
) -> Finding:
    """One finding for a table's columns: `price of items may be negative`, `a and b of items are json`. `is_or_are`
    is the rest of the sentence, for one column and for several where they differ."""
    names = [column.name for column in columns]
    said = is_or_are if isinstance(is_or_are, str) else is_or_are[len(names) > 1]
    return Finding(
        rule,
        severity,
        column_subject(table.name, names) if len(names) == 1 else table.name,
        f"{listed(names)} of {table.name} {said}",
        why,
        fix,
        columns[0].position or table.position,
    )


def of_column(rule: str, severity: Severity, table: Table, column: Column, is_what: str, why: str, fix: str) -> Finding:
    """One finding for a column: `orders.total holds money as real`."""
    subject = f"{table.name}.{column.name}"
    return Finding(rule, severity, subject, f"{subject} {is_what}", why, fix, column.position or table.position)


def of_table(rule: str, severity: Severity, table: Table, is_what: str, why: str, fix: str) -> Finding:
    """One finding for a table: `visits has no primary key`."""
    return Finding(rule, severity, table.name, f"{table.name} {is_what}", why, fix, table.position)


def of_schema(rule: str, severity: Severity, tables: Sequence[Table], message: str, why: str, fix: str) -> Finding:
    """One finding for the whole schema, at the first of the tables it is about."""
    return Finding(rule, severity, "schema", message, why, fix, tables[0].position)
