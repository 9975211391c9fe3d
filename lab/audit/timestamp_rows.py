"""A table says when its rows were made, and, where they change, when they last did.

Problem: no `created_at`, or no `updated_at` beside a `status`, a flag or another column that changes.

Why: "since when?" is the first question asked of a wrong row, and what is not recorded is not to be had later. A sync
or an export that takes only what changed needs `updated_at` to find it.

Remedy: `timestamptz NOT NULL DEFAULT now()`; a trigger or the client keeps `updated_at`. Any column that dates the row
counts (`placed_at`, `ordered_on`), whatever its name. Not asked of join tables, of parts of another table's
rows and of short lists of names; journals are not asked for `updated_at`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.audit.naming import last_word, like, rule_name
from lab.audit.shapes import (
    INTEGERS,
    TEXTS,
    dates_change,
    dates_making,
    deletion_mark,
    is_join_table,
    is_journal,
    is_part,
    is_scalar,
    names_moment,
    payload,
)
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table, Type

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
IS_HABIT = True

_CHANGING = frozenset("status state stage stock balance".split())
_NAMES = frozenset("name code label title slug".split())
_SMALL = 2


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        if not (is_join_table(table) or is_part(table) or _is_list(table)):
            columns = list(map(_as_moment, table.columns))
            missing = [] if any(map(dates_making, columns)) else ["created_at"]
            if _changes(table) and not any(map(dates_change, columns)):
                missing.append("updated_at")
            if missing:
                yield _finding(table, missing)


def _as_moment(column: Column) -> Column:
    """The column as a timestamp where it holds a moment as text or as a number, as SQLite's do: the row is dated."""
    is_stored = is_scalar(column, TEXTS | INTEGERS) and names_moment(column)
    return replace(column, type=Type("timestamptz")) if is_stored else column


def _is_list(table: Table) -> bool:
    """Whether it lists names, such as labels or countries, with little beside them."""
    keyed = {name for key in table.keys for name in key.columns}
    is_named = any(last_word(name) in _NAMES for name in keyed)
    is_short = len(payload(table)) <= _SMALL and (is_named or not table.foreign_keys)
    return is_short and not _changes(table)


def _changes(table: Table) -> bool:
    """Whether a column says that rows are changed after they were made."""
    if is_journal(table):
        return False
    is_flagged = any(column.type.name == "boolean" and column.default is not None for column in table.columns)
    states = [column for column in table.columns if last_word(column.name) in _CHANGING]
    return is_flagged or bool(states) or deletion_mark(table) is not None


def _finding(table: Table, missing: list[str]) -> Finding:
    names = [like(name, (column.name for column in table.columns)) for name in missing]
    what = f"neither {names[0]} nor {names[1]}" if len(names) > 1 else f"no {names[0]}"
    return Finding(
        RULE,
        SEVERITY,
        table.name,
        f"{table.name} has {what}",
        f"when a row {'was made' if 'created_at' in missing else 'last changed'} cannot be found out later",
        alter(table, *(f"ADD COLUMN {quote(name)} timestamptz NOT NULL DEFAULT now()" for name in names)),
        table.position,
    )
