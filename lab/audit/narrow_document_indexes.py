"""A GIN index over documents holds what is asked for.

Problem: a GIN index on `jsonb` with the default operator class.

Why: `jsonb_ops` indexes every key and value apart; `jsonb_path_ops` one hash for each path to a value, which is a
smaller index and fewer rows to look at again for `@>` (PostgreSQL manual, 8.14.4 "jsonb Indexing").

Remedy: `jsonb_path_ops`. Keep the default where a query asks whether a key is there (`?`, `?|`, `?&`); where the
schema itself holds such a query, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import is_scalar
from lab.audit.sql import drop_index, qualified, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Index, IndexPart, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = frozenset(("postgres",))


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for index in table.indexes:
            for part in index.parts if index.method == "gin" else ():
                if _is_default(table, part) and not _is_asked_for_keys(part.value, schema):
                    yield _finding(table, index, part)


def _is_default(table: Table, part: IndexPart) -> bool:
    is_document = not part.is_expression and is_scalar(table.column(part.value), frozenset(("jsonb",)))
    return is_document and part.operator_class in (None, "jsonb_ops")


def _is_asked_for_keys(name: str, schema: Schema) -> bool:
    pattern = rf"\b{re.escape(name)}\"?\s*\?[|&]?"
    return any(re.search(pattern, statement.sql) for statement in schema.statements)


def _finding(table: Table, index: Index, part: IndexPart) -> Finding:
    where = f" WHERE {index.where}" if index.where else ""
    made = f"CREATE INDEX {quote(index.name)} ON {qualified(table)} USING gin ({quote(part.value)} jsonb_path_ops)"
    return Finding(
        RULE,
        SEVERITY,
        f"{table.name}.{index.name}",
        f"index {index.name} of {table.name} has jsonb_ops, the default",
        "for @> it is larger and slower than jsonb_path_ops",
        f"{drop_index(table, index)}\n{made}{where};" if len(index.parts) == 1 else "give it jsonb_path_ops",
        index.position or table.position,
    )
