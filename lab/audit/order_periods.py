"""A period does not end before it begins.

Problem: `starts_at` and `ends_at`, and no CHECK that compares them.

Why: a booking that ends before it begins overlaps nothing, so that no later check ever sees it, and sums of lengths go
below zero.

Remedy: CHECK (ends_at > starts_at); or one column of a range type (`tstzrange`), which cannot be turned round.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import of_column
from lab.audit.shapes import TEMPORAL, is_scalar, names_column
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_PAIRS = {
    "starts": "ends",
    "start": "end",
    "started": "ended",
    "begins": "ends",
    "begin": "end",
    "from": "to",
    "since": "until",
    "opens": "closes",
}
_VALID: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    ("valid", "from"): (("valid", "to"), ("valid", "until")),
    ("check", "in"): (("check", "out"),),
}


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for first, last in _periods(table):
            if not any(_compares(check.expression, first, last) for check in table.checks):
                names = f"{quote(first.name)}", f"{quote(last.name)}"
                fix = alter(table, f"ADD CHECK ({names[1]} >= {names[0]})")
                why = "a period that is turned round overlaps nothing, and no query notices it"
                yield of_column(RULE, SEVERITY, table, last, f"may come before {first.name}", why, fix)


def _compares(expression: str, first: Column, last: Column) -> bool:
    return names_column(expression, first.name) and names_column(expression, last.name)


def _periods(table: Table) -> Iterator[tuple[Column, Column]]:
    moments = {words(column.name): column for column in table.columns if is_scalar(column, TEMPORAL | {"time"})}
    for named, column in moments.items():
        for other in _ends(named):
            if other in moments and moments[other].type == column.type:
                yield column, moments[other]


def _ends(named: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """`("valid", "from")` -> `("valid", "to")`, `("valid", "until")`."""
    yield from _VALID.get(named, ())
    for place, word in enumerate(named):
        if word in _PAIRS and named not in _VALID:
            yield (*named[:place], _PAIRS[word], *named[place + 1 :])
