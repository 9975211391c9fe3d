"""What varies in length is not `char(n)`.

Problem: a name, a city or an address is `char(n)`.

Why: every value is filled up with spaces to n characters, which take room, come back to the client and vanish in
comparisons and casts (PostgreSQL manual, 8.3 "Character Types").

Remedy: `varchar(n)` or `text`. Codes of one length (currencies, countries, hashes) are left alone: there `char(n)`
says what is meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name, words
from lab.audit.shapes import is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"

_VARYING = frozenset(
    "name firstname lastname title email mail phone mobile city town address street line1 line2 description comment "
    "note notes label url website username login company subject message text body content zip zipcode postcode "
    "nickname surname remark remarks".split()
)


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for column in table.columns:
            if _is_padded(column):
                yield _finding(table, column)


def _is_padded(column: Column) -> bool:
    is_long = is_scalar(column, frozenset(("char",))) and (column.type.arguments or (1,))[0] > 1
    return is_long and (last_word(column.name) in _VARYING or words(column.name) == ("postal", "code"))


def _finding(table: Table, column: Column) -> Finding:
    subject = f"{table.name}.{column.name}"
    return Finding(
        RULE,
        SEVERITY,
        subject,
        f"{subject} is {column.type}, though by its name it varies in length",
        f"every value is filled up with spaces to {column.type.arguments[0]} characters",
        alter(table, f"ALTER COLUMN {quote(column.name)} TYPE varchar({column.type.arguments[0]})"),
        column.position or table.position,
    )
