"""A pair stands in a join table once.

Problem: a table that relates two others has a key of its own (`id`), and nothing keeps the same pair from being there
twice.

Why: a user who has a role twice still has it when it was taken away once, and every join counts it double.

Remedy: UNIQUE over the pair, or, better, make the pair the primary key. A table counts as a join table when it holds
two references and nothing but dates or a place in an order beside them, or is named after both; what is named after
events (visits, messages), is referred to itself (copies of a film in a shop), or says when it ended (loans), may
well repeat a pair.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import is_same_noun, listed, rule_name, snake_case, words
from lab.audit.shapes import (
    INTEGERS,
    TEMPORAL,
    is_journal,
    is_scalar,
    payload,
    referenced_columns,
    surrogate,
)
from lab.audit.sql import alter, quote_all
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"

_ENDS = frozenset("returned ended ends end left revoked until to finished completed".split())
_ORDERS = frozenset("position sort order rank ordinal sequence".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        pair = [] if referenced_columns(schema, table) else _pair(table)
        if pair and surrogate(table) and _relates_only(table) and not _is_keyed(table, pair):
            yield _finding(table, pair)


def _pair(table: Table) -> list[str]:
    """The columns of both references; empty when there are not two, or one may be NULL."""
    names = list(dict.fromkeys(name for key in table.foreign_keys for name in key.columns))
    is_required = not any(table.column(name).is_nullable for name in names)
    return names if len(table.foreign_keys) == 2 and is_required else []


def _relates_only(table: Table) -> bool:
    columns = payload(table)
    is_bare = all(is_scalar(column, TEMPORAL) or _is_order(column) for column in columns)
    is_ended = any(is_scalar(column, TEMPORAL) and set(words(column.name)) & _ENDS for column in columns)
    return not is_journal(table) and not is_ended and (is_bare or _is_named_after_both(table))


def _is_order(column: Column) -> bool:
    return is_scalar(column, INTEGERS) and bool(set(words(column.name)) & _ORDERS)


def _is_named_after_both(table: Table) -> bool:
    """`user_roles` of `users` and `roles`, whichever comes first."""
    first, second = (snake_case(key.table) for key in table.foreign_keys)
    name = snake_case(table.name)
    for one, other in ((first, second), (second, first)):
        for place in [place for place, letter in enumerate(name) if letter == "_"]:
            if is_same_noun(name[:place], one) and is_same_noun(name[place + 1 :], other):
                return True
    return False


def _is_keyed(table: Table, pair: list[str]) -> bool:
    """Whether a key or a unique index, be it a partial one, forbids the same pair twice."""
    unique = [set(index.columns) for index in table.indexes if index.is_unique]
    return any(columns <= set(pair) for columns in [*unique, *(set(key.columns) for key in table.keys)] if columns)


def _finding(table: Table, pair: list[str]) -> Finding:
    return Finding(
        RULE,
        SEVERITY,
        table.name,
        f"{table.name} may hold the same {listed(pair)} twice",
        "a pair that is there twice is counted double, and is still there when it was removed once",
        alter(table, f"ADD UNIQUE ({quote_all(pair)})"),
        table.position,
    )
