"""A search vector has an index.

Problem: a `tsvector` column without a GIN or GiST index.

Why: it is kept for searching, and each search reads every row without one (PostgreSQL manual, 12.9 "Preferred Index
Types").

Remedy: GIN.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import matching, of_column
from lab.audit.shapes import POSTGRES, indexes_on, is_scalar
from lab.audit.sql import qualified, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
ENGINES = POSTGRES
_METHODS = frozenset(("gin", "gist", "rum"))


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, lambda _, column: is_scalar(column, frozenset(("tsvector",)))):
        for column in columns:
            if not indexes_on(table, column.name, _METHODS):
                index = quote(f"{table.relation}_{column.name}_idx")
                fix = f"CREATE INDEX {index} ON {qualified(table)} USING gin ({quote(column.name)});"
                why = "it is kept for searching, and each search reads every row"
                yield of_column(RULE, SEVERITY, table, column, "is a tsvector without a GIN index", why, fix)
