"""A column that is set to NULL can be NULL.

Problem: ON DELETE SET NULL, or SET DEFAULT without a default, on a column that is NOT NULL.

Why: PostgreSQL accepts the constraint, and then refuses every delete of a row that is referred to, with an error that
speaks of another table.

Remedy: let the column be NULL, or take RESTRICT where it is part of the primary key. A SET NULL may name
the columns it sets (PostgreSQL 15).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from lab.audit.naming import column_subject, listed, rule_name
from lab.audit.sql import alter, quote, with_actions
from lab.model.finding import Finding, Severity
from lab.model.schema import Action, Column, ForeignKey, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "error"

_Event = Literal["DELETE", "UPDATE"]


def check(schema: Schema) -> Iterator[Finding]:
    for table, foreign_key in schema.foreign_keys():
        events: list[tuple[_Event, Action]] = [("DELETE", foreign_key.on_delete), ("UPDATE", foreign_key.on_update)]
        for event, action in events:
            names = (foreign_key.set_columns if event == "DELETE" else ()) or foreign_key.columns
            columns = [column for column in map(table.column, names) if _is_refused(column, action)]
            if columns:
                yield _finding(table, foreign_key, event, columns, schema)


def _is_refused(column: Column, action: Action) -> bool:
    is_nulled = action == "set null" or (action == "set default" and column.default is None)
    return is_nulled and not column.is_nullable


def _finding(table: Table, foreign_key: ForeignKey, event: _Event, columns: list[Column], schema: Schema) -> Finding:
    subject = column_subject(table.name, foreign_key.columns)
    action = foreign_key.on_delete if event == "DELETE" else foreign_key.on_update
    names = [column.name for column in columns]
    be = "is" if len(names) == 1 else "are"
    without = " without a default" if action == "set default" else ""
    return Finding(
        RULE,
        SEVERITY,
        subject,
        f"{subject} has ON {event} {action.upper()}, but {listed(names)} {be} NOT NULL{without}",
        f"every {event} of a row of {foreign_key.table} that is referred to fails",
        _fix(table, foreign_key, event, names, schema),
        foreign_key.position or table.position,
    )


def _fix(table: Table, foreign_key: ForeignKey, event: _Event, names: list[str], schema: Schema) -> str:
    if table.primary_key and set(names) & set(table.primary_key.columns):
        is_delete = event == "DELETE"
        return with_actions(
            table, foreign_key, schema, "restrict" if is_delete else None, None if is_delete else "restrict"
        )
    return alter(table, *(f"ALTER COLUMN {quote(name)} DROP NOT NULL" for name in names))
