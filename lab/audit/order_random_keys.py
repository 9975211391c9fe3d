"""Keys arrive in order.

Problem: a primary key is a random UUID (`gen_random_uuid()`, `uuid_generate_v4()`, MySQL's `uuid()`) on a table that
only grows.

Why: each new row goes to another page of the index, so that all of it must be in memory, and a page written anew is
logged whole; in InnoDB the table itself lies in that order, and every other index holds the key once more.

Remedy: UUID version 7, which begins with the time (`uuidv7()` from PostgreSQL 18, or made by the client), or an
identity with a UUID beside it for the outside. A table counts as one that grows when it refers to another and dates its
rows, or is named after events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import of_column
from lab.audit.shapes import INNODB, dates_making, is_journal, surrogate
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_RANDOM = re.compile(r"\b(gen_random_uuid|uuid_generate_v4|uuid)\s*\(", re.IGNORECASE)


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        key = surrogate(table)
        if key and _RANDOM.search(key.default or "") and _grows(table):
            severity: Severity = "warning" if schema.provider in INNODB else "note"
            why = "each insert writes another page of the index, so that all of it must stay in memory"
            fix = "let keys begin with the time: DEFAULT uuidv7() from PostgreSQL 18, or made by the client"
            yield of_column(RULE, severity, table, key, "is a key in random order on a table that grows", why, fix)


def _grows(table: Table) -> bool:
    refers = any(foreign_key.table != table.name for foreign_key in table.foreign_keys)
    return is_journal(table) or (refers and any(map(dates_making, table.columns)))
