"""A row that counts as deleted does not hold on to its unique key.

Problem: `UNIQUE (email)` on a table whose rows are only marked as deleted (`deleted_at`).

Why: the deleted row still holds the address, so whoever closed an account cannot open one again, and nobody sees why:
the row is hidden from every query but the constraint's.

Remedy: a unique index over the rows that are left, `WHERE deleted_at IS NULL`. Where a key must never be used again (an
invoice number), say so in the column's comment ("also of deleted …", "never reused"), and this rule is silent. Keys
that never come again, such as tokens, hashes and the present moment, are left alone, and so are keys that foreign keys
refer to, for those must be whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import column_subject, last_word, rule_name
from lab.audit.shapes import Uniqueness, deletion_mark, has_current_default, uniquenesses
from lab.audit.sql import constraint_name, qualified, quote, quote_all
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Index, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_RANDOM = frozenset("uuid guid token hash secret digest nonce checksum fingerprint".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        mark = deletion_mark(table)
        for unique in uniquenesses(table) if mark else ():
            if mark and mark.name not in unique.columns and not _is_meant(unique, schema):
                yield _finding(unique, mark)


def _is_meant(unique: Uniqueness, schema: Schema) -> bool:
    table = unique.table
    is_random = any(last_word(name) in _RANDOM or has_current_default(table.column(name)) for name in unique.columns)
    is_explained = any(re.search(r"delet|re-?us", table.column(name).comment, re.IGNORECASE) for name in unique.columns)
    is_referenced = any(
        key.table == table.name and set(key.referenced) == set(unique.columns) for _, key in schema.foreign_keys()
    )
    return is_random or is_explained or is_referenced


def _finding(unique: Uniqueness, mark: Column) -> Finding:
    subject = column_subject(unique.table.name, unique.columns)
    return Finding(
        RULE,
        SEVERITY,
        subject,
        f"{subject} is unique among rows marked as deleted by {mark.name}, too",
        "what a deleted row held, such as a name or an address, cannot be taken again",
        f"{unique.drop_sql}\n{partial_index(unique.table, unique, mark)}",
        unique.position,
    )


def partial_index(table: Table, unique: Uniqueness, mark: Column) -> str:
    """The unique index over the rows that are not marked."""
    source = unique.source
    name = source.name if isinstance(source, Index) else constraint_name(table, source)
    condition = f"NOT {quote(mark.name)}" if mark.type.name == "boolean" else f"{quote(mark.name)} IS NULL"
    columns = quote_all(unique.columns)
    return f"CREATE UNIQUE INDEX {quote(name)} ON {qualified(table)} ({columns}) WHERE {condition};"
