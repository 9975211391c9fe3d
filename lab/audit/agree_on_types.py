"""One thing has one type.

Problem: `email` is `varchar(255)` in one table and `varchar(100)` in another; `price` is `numeric(10,2)` here and
`numeric(12,4)` there.

Why: what fits in one place is refused or rounded in the other, and a join compares two types.

Remedy: the wider one for all. Counts for addresses, codes, numbers of phones and amounts of money; names and titles may
well differ. One finding for each name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from lab.audit.money import is_money
from lab.audit.naming import rule_name, snake_case
from lab.audit.places import matching
from lab.audit.sql import qualified, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_THINGS = frozenset("email phone currency currency_code country country_code locale timezone ip_address iban".split())


def check(schema: Schema) -> Iterator[Finding]:
    found: dict[str, list[tuple[Table, Column]]] = {}
    for table, columns in matching(schema, lambda t, c: snake_case(c.name) in _THINGS or is_money(t, c)):
        for column in columns:
            found.setdefault(column.name, []).append((table, column))
    for name, places in found.items():
        types = Counter(str(column.type) for _, column in places)
        if len(types) > 1 and not any(column.type.name == "text" for _, column in places):
            yield _finding(name, places, types)


def _finding(name: str, places: Sequence[tuple[Table, Column]], types: Mapping[str, int]) -> Finding:
    usual = max(types, key=lambda each: types[each])
    table, column = next((table, column) for table, column in places if str(column.type) != usual)
    subject = f"{table.name}.{name}"
    message = f"{subject} is {column.type}, {name} elsewhere {usual}"
    fix = f"ALTER TABLE {qualified(table)} ALTER COLUMN {quote(name)} TYPE {usual};"
    why = "what fits in one place is refused or rounded in the other"
    return Finding(RULE, SEVERITY, subject, message, why, fix, column.position or table.position)
