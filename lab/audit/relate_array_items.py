"""What refers to rows is a foreign key.

Problem: `member_ids bigint[]`.

Why: PostgreSQL has no foreign keys of array elements: rows that are gone stay in the arrays, and "which teams is this
person in" reads every array, or needs a GIN index the join cannot use.

Remedy: a join table.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name
from lab.audit.places import matching, of_column
from lab.audit.shapes import INTEGERS, POSTGRES
from lab.audit.sql import quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _holds_keys):
        for column in columns:
            why = "nothing keeps it from naming rows that are gone, and no join uses an index on it"
            singular = column.name.removesuffix("s")
            fix = f"a join table: CREATE TABLE {quote(f'{table.relation}_{singular}s')} (…, {quote(singular)} …)"
            yield of_column(RULE, SEVERITY, table, column, f"holds references as {column.type}", why, fix)


def _holds_keys(_: Table, column: Column) -> bool:
    types = INTEGERS | {"uuid", "text", "varchar"}
    return column.type.dimensions > 0 and column.type.name in types and last_word(column.name) in ("ids", "uuids")
