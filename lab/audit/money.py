"""What holds money, as far as names tell."""

from __future__ import annotations

from lab.audit.naming import last_word, words
from lab.audit.shapes import NUMBERS, is_scalar
from lab.model.schema import Column, Table

_MONEY = frozenset(
    "price prices cost costs fee fees salary wage wages subtotal revenue income refund payment discount tax vat "
    "earnings deposit payout commission surcharge".split()
)
_PERHAPS = frozenset("amount total balance value sum net gross".split())
_TABLES = frozenset(
    "order orders invoice invoices payment payments cart carts account accounts wallet wallets refund refunds item "
    "items line lines sale sales purchase purchases billing transaction transactions bill bills payroll".split()
)
CURRENCIES = frozenset("currency usd eur gbp chf jpy cad aud".split())
_FLOATS_BY_RIGHT = frozenset("rate ratio percent percentage pct share factor score index multiplier weight".split())


def is_money(table: Table, column: Column) -> bool:
    """Whether a number is an amount of money: by its own name, or by the table's where that may mean other things."""
    named = set(words(column.name))
    if not is_scalar(column, NUMBERS) or named & _FLOATS_BY_RIGHT:
        return False
    if last_word(column.name) in _MONEY or named & CURRENCIES:
        return True
    is_of_money = last_word(table.name) in _TABLES or any(set(words(c.name)) & CURRENCIES for c in table.columns)
    return is_of_money and last_word(column.name) in _PERHAPS
