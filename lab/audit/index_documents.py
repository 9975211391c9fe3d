"""A document that is searched has an index.

Problem: a view or a function asks what a `jsonb` column contains (`@>`, `?`, `@@`), and the column has no GIN index.

Why: each such question reads and takes apart every document of the table.

Remedy: GIN with `jsonb_path_ops` for `@>`, which is about all applications ask for. Said only where the schema itself
holds such a query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import matching, of_column
from lab.audit.shapes import POSTGRES, indexes_on, is_scalar
from lab.audit.sql import qualified, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    searched = "\n".join(statement.sql for statement in schema.statements)
    for table, columns in matching(schema, lambda _, column: is_scalar(column, frozenset(("jsonb",)))):
        for column in columns:
            if _is_searched(column.name, searched) and not indexes_on(table, column.name, frozenset(("gin",))):
                yield _finding(table, column)


def _is_searched(name: str, sql: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\"?\s*(@>|\?[|&]?|@\?|@@)", sql) is not None


def _finding(table: Table, column: Column) -> Finding:
    index = quote(f"{table.relation}_{column.name}_idx")
    fix = f"CREATE INDEX {index} ON {qualified(table)} USING gin ({quote(column.name)} jsonb_path_ops);"
    why = "each search takes apart every document of the table"
    return of_column(RULE, SEVERITY, table, column, "is searched by what is in it, without a GIN index", why, fix)
