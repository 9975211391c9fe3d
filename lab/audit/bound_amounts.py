"""A price or a quantity cannot be negative.

Problem: nothing keeps `quantity`, `price` or `stock` from being -1.

Why: a wrong sign is a common mistake, it passes every query, and it turns into money: an order of -1 pieces is paid to
the customer.

Remedy: CHECK (… >= 0). Any CHECK that speaks of the column will do. Words for what may well be negative (`balance`,
`total`, `adjustment`) are left alone, and so are the amounts of ledgers and movements.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_columns
from lab.audit.shapes import NUMBERS, is_checked, is_journal, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"

_AMOUNTS = frozenset("price quantity qty amount cost fee stock".split())
_UNITS = frozenset("cents usd eur gbp minor net gross".split())
_SIGNED = frozenset("adjustment delta change diff difference balance variance".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_unbounded):
        why = "a wrong sign passes every query and turns into money or goods"
        yield of_columns(RULE, SEVERITY, table, columns, "may be negative", why, alter(table, *map(_check, columns)))


def _is_unbounded(table: Table, column: Column) -> bool:
    return _is_amount(column) and not is_checked(table, column.name) and not is_journal(table)


def _is_amount(column: Column) -> bool:
    named = [word for word in words(column.name) if word not in _UNITS]
    is_named = bool(named) and named[-1] in _AMOUNTS and not set(named) & _SIGNED
    return is_named and is_scalar(column, NUMBERS) and column.generated is None


def _check(column: Column) -> str:
    zero = "0::money" if column.type.name == "money" else "0"
    return f"ADD CHECK ({quote(column.name)} >= {zero})"
