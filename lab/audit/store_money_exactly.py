"""Money is stored in `numeric`, or in whole cents.

Problem: a price is `double precision` or `real`; or it is `money`.

Why: a binary fraction cannot hold 0.10, so sums are off by cents and equal amounts compare as different. `money` holds
no currency, and its fraction depends on the server's `lc_monetary` (PostgreSQL manual, 8.2 "Monetary Types"; wiki,
"Don't Do This").

Remedy: `numeric(12,2)`, with the currency beside it where there may be more than one. A column counts as money by its
name (`price`, `fee`, `salary`, …); words that may mean other things as well (`amount`, `total`) count where the table
has a currency or is one of money.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.money import is_money
from lab.audit.naming import rule_name
from lab.audit.shapes import FLOATS, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for column in table.columns:
            if is_scalar(column, frozenset(("money",))):
                why = "its fraction and format depend on the server's locale, and it holds no currency"
                yield _finding(table, column, "is of type money", why)
            elif is_scalar(column, FLOATS) and is_money(table, column):
                what = f"holds money as {column.type}"
                yield _finding(table, column, what, "a binary fraction cannot hold 0.10, so sums drift by cents")


def _finding(table: Table, column: Column, what: str, why: str) -> Finding:
    subject = f"{table.name}.{column.name}"
    return Finding(
        RULE,
        SEVERITY,
        subject,
        f"{subject} {what}",
        why,
        alter(table, f"ALTER COLUMN {quote(column.name)} TYPE numeric(12,2)"),
        column.position or table.position,
    )
