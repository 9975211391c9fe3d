"""A materialized view can be refreshed while it is read.

Problem: a materialized view without a unique index.

Why: REFRESH MATERIALIZED VIEW CONCURRENTLY needs one; without it every refresh locks out all readers until it is done
(PostgreSQL manual, "REFRESH MATERIALIZED VIEW").

Remedy: a unique index over the columns that identify its rows, without WHERE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import POSTGRES
from lab.audit.sql import quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    made = [statement.sql for statement in schema.statements if statement.what.startswith("index ")]
    for statement in schema.statements:
        name = statement.what.removeprefix("materialized view ")
        if name != statement.what and not any(_is_unique_on(name, sql) for sql in made):
            yield Finding(
                RULE,
                SEVERITY,
                name,
                f"materialized view {name} has no unique index",
                "each refresh locks out all readers until it is done",
                f"make a unique index over its key: CREATE UNIQUE INDEX {quote(f'{name}_key')} ON {quote(name)} (…)",
                statement.position,
            )


def _is_unique_on(name: str, sql: str) -> bool:
    return (
        re.search(rf"UNIQUE\s+INDEX.*\bON\s+(?:\w+\.)?\"?{re.escape(name)}\b", sql, re.IGNORECASE | re.DOTALL)
        is not None
    )
