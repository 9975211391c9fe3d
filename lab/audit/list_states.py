"""A column that holds one of a few words says which.

Problem: `status`, `type`, `kind`, `role` or `state` is text that takes anything.

Why: one writer says 'canceled' and the next 'cancelled', and every query that knows one spelling misses the other.

Remedy: a CHECK that lists the words, an enum, or a table to refer to. Left alone are columns that already refer to a
table or are the key of one, kinds of parent beside a key (`entity_type`, `entity_id`), content types and what OAuth
calls `token_type` and `session_state`, a country's states, and keys of list partitions.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name, words
from lab.audit.shapes import TEXTS, foreign_key_columns, is_checked, is_scalar
from lab.audit.sql import alter, literal, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"

_WORDS = frozenset("status type kind role state".split())
_OPEN = frozenset("content mime media file token session".split())
_PLACES = frozenset("city country zip zipcode postcode postal street address region county".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for column in table.columns:
            if last_word(column.name) in _WORDS and is_scalar(column, TEXTS) and not _is_limited(table, column):
                yield _finding(table, column)


def _is_limited(table: Table, column: Column) -> bool:
    """Whether something else says what it may hold, or it may hold anything."""
    is_key = any(key.columns == (column.name,) for key in table.keys)
    partitioning = table.partitioning
    is_partitioned = (
        partitioning is not None and partitioning.strategy == "list" and quote(column.name) in partitioning.keys
    )
    is_tied = column.name in foreign_key_columns(table) or is_checked(table, column.name)
    return is_key or is_partitioned or is_tied or column.generated is not None or _is_open(table, column)


def _is_open(table: Table, column: Column) -> bool:
    *stem, last = words(column.name)
    if set(stem) & _OPEN:
        return True
    if last == "state":
        return any(set(words(other.name)) & _PLACES for other in table.columns)
    return bool(stem) and any(words(other.name) == (*stem, "id") for other in table.columns)


def _finding(table: Table, column: Column) -> Finding:
    subject = f"{table.name}.{column.name}"
    is_text = column.default and column.default.startswith("'") and column.default.endswith("'")
    values = f"{column.default}, {literal('…')}" if is_text else literal("…")
    return Finding(
        RULE,
        SEVERITY,
        subject,
        f"{subject} takes any text, though by its name it holds one of a few words",
        "two spellings of one word count as two",
        alter(table, f"ADD CHECK ({quote(column.name)} IN ({values}))"),
        column.position or table.position,
    )
