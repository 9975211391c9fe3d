"""A list is rows, not text.

Problem: `tag_ids text`, `tags varchar(500)`, `emails text`: several values in one, with commas between them.

Why: none of them can be a foreign key, be found by an index or be counted; `LIKE '%1%'` finds 10 as well, and two
writers lose each other's changes. It is no first normal form (Codd 1970).

Remedy: a child table with a row for each value; an array or `jsonb` where nothing refers to the values.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name
from lab.audit.places import matching, of_column
from lab.audit.shapes import TEXTS, is_scalar
from lab.audit.sql import quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_LISTS = frozenset("ids tags keywords categories roles permissions emails phones recipients".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_list):
        for column in columns:
            why = "its values can be neither referred to nor found by an index, and LIKE '%1%' finds 10 as well"
            fix = f"a table with a row for each value: CREATE TABLE {quote(f'{table.relation}_{column.name}')} (…)"
            yield of_column(RULE, SEVERITY, table, column, f"is a list of values in one {column.type}", why, fix)


def _is_list(_: Table, column: Column) -> bool:
    return is_scalar(column, TEXTS) and last_word(column.name) in _LISTS and column.generated is None
