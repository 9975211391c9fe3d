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

from lab.audit.naming import last_word, rule_name, words
from lab.audit.shapes import FLOATS, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)

_MONEY = frozenset(
    "price prices cost costs fee fees salary wage wages subtotal revenue income refund payment discount tax vat "
    "earnings deposit payout commission surcharge".split()
)
_PERHAPS = frozenset("amount total balance value sum net gross".split())
_TABLES = frozenset(
    "order orders invoice invoices payment payments cart carts account accounts wallet wallets refund refunds item "
    "items line lines sale sales purchase purchases billing transaction transactions bill bills payroll".split()
)
_CURRENCIES = frozenset("currency usd eur gbp chf jpy cad aud".split())
_FLOATS_BY_RIGHT = frozenset("rate ratio percent percentage pct share factor score index multiplier weight".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for column in table.columns:
            if is_scalar(column, frozenset(("money",))):
                why = "its fraction and format depend on the server's locale, and it holds no currency"
                yield _finding(table, column, "is of type money", why)
            elif is_scalar(column, FLOATS) and _is_money(column, table):
                what = f"holds money as {column.type}"
                yield _finding(table, column, what, "a binary fraction cannot hold 0.10, so sums drift by cents")


def _is_money(column: Column, table: Table) -> bool:
    named = set(words(column.name))
    if named & _FLOATS_BY_RIGHT:
        return False
    if last_word(column.name) in _MONEY or named & _CURRENCIES:
        return True
    is_of_money = last_word(table.name) in _TABLES or any(set(words(c.name)) & _CURRENCIES for c in table.columns)
    return is_of_money and last_word(column.name) in _PERHAPS


def _finding(table: Table, column: Column, what: str, why: str) -> Finding:
    subject = f"{table.name}.{column.name}"
    return Finding(
        RULE,
        "warning",
        subject,
        f"{subject} {what}",
        why,
        alter(table, f"ALTER COLUMN {quote(column.name)} TYPE numeric(12,2)"),
        column.position or table.position,
    )
