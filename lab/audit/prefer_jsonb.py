"""JSON is stored as `jsonb`.

Problem: a column is `json`.

Why: `json` keeps the text, and parses all of it again at every access; it has no equality, so neither DISTINCT nor
GROUP BY takes it, and no GIN index (PostgreSQL manual, 8.14 "JSON Types").

Remedy: `jsonb`. Keep `json` where the exact text matters, such as a document that was signed: it alone keeps spaces,
the order of keys and keys that occur twice.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import matching, of_columns
from lab.audit.shapes import is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, lambda _, column: is_scalar(column, frozenset(("json",)))):
        said = ("is json, not jsonb", "are json, not jsonb")
        why = "json is parsed again at every access, and can be neither compared nor indexed by what is in it"
        fix = alter(table, *(f"ALTER COLUMN {quote(column.name)} TYPE jsonb" for column in columns))
        yield of_columns(RULE, SEVERITY, table, columns, said, why, fix)
