"""Booleans are named alike.

Problem: `is_active`, `is_admin`, `has_paid`, but `verified`.

Why: whoever writes a query must look each name up.

Remedy: rename those of the smaller party. Said where at least four, and four of five, begin with a verb (`is`, `has`,
`can`, `allows`). One finding for the whole schema.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import like, listed, rule_name, words
from lab.audit.places import matching, of_schema
from lab.audit.shapes import is_scalar
from lab.audit.sql import rename_column
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_VERBS = frozenset("is has can was should must allow allows does do are requires needs use uses".split())
_FEWEST = 4
_SHARE = 0.8


def check(schema: Schema) -> Iterator[Finding]:
    flags = [
        (table, column)
        for table, columns in matching(schema, lambda _, column: is_scalar(column, frozenset(("boolean",))))
        for column in columns
    ]
    found = [
        (table, column) for table, column in flags if words(column.name)[:1] and words(column.name)[0] not in _VERBS
    ]
    count = len(flags) - len(found)
    if found and count >= max(_FEWEST, _SHARE * len(flags)):
        names = listed([f"{table.name}.{column.name}" for table, column in found], 3)
        said = f"{names} {'begins' if len(found) == 1 else 'begin'} with no verb, unlike {count} other booleans"
        fix = "\n".join(
            rename_column(table, column.name, like(f"is_{column.name}", [column.name])) for table, column in found
        )
        yield of_schema(RULE, SEVERITY, [table for table, _ in found], said, "each name must be looked up", fix)
