"""JSON is stored as `jsonb`.

Problem: a column is `json`.

Why: `json` keeps the text, and parses all of it again at every access; it has no equality, so neither DISTINCT nor
GROUP BY takes it, and no GIN index (PostgreSQL manual, 8.14 "JSON Types").

Remedy: `jsonb`. Keep `json` where the exact text matters, such as a document that was signed: it alone keeps spaces,
the order of keys and keys that occur twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.naming import column_subject, listed, rule_name
from lab.audit.shapes import is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        columns = [column for column in table.columns if is_scalar(column, frozenset(("json",)))]
        if columns:
            yield _finding(table, columns)


def _finding(table: Table, columns: Sequence[Column]) -> Finding:
    names = [column.name for column in columns]
    return Finding(
        RULE,
        "note",
        column_subject(table.name, names) if len(names) == 1 else table.name,
        f"{listed(names)} of {table.name} {'is' if len(names) == 1 else 'are'} json, not jsonb",
        "json is parsed again at every access, and can be neither compared nor indexed by what is in it",
        alter(table, *(f"ALTER COLUMN {quote(name)} TYPE jsonb" for name in names)),
        columns[0].position or table.position,
    )
