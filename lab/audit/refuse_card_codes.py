"""A card's security code is never stored.

Problem: `cvv`, `cvc`, `card_pin`, or a whole `card_number`.

Why: to store the code after the payment was authorized is forbidden to everybody, encrypted or not, and the number may
only be stored unreadable (PCI DSS 4.0, requirements 3.3 and 3.5).

Remedy: the payment service's token, the last four digits and the month of expiry are enough to show a card. A
`card_number` counts beside an expiry or a code, and in tables of cards and payments: a library's card has one as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_column
from lab.audit.shapes import INTEGERS, TEXTS, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "error"
_CODES = frozenset("cvv cvv2 cvc cvc2".split())
_PHRASES = (("card", "pin"), ("card", "security", "code"), ("credit", "card"), ("cc", "number"), ("pan",))
_NUMBERS = (("card", "number"), ("security", "code"))
_OF_PAYMENT = frozenset("card cards payment payments billing wallet wallets checkout checkouts".split())
_BESIDE = frozenset("expiry expires expiration cvv cvc cvv2 cvc2 exp brand".split())
_SAFE = frozenset("last4 last four masked token hash encrypted brand type".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_card):
        for column in columns:
            fix = alter(table, f"DROP COLUMN {quote(column.name)}")
            why = "who stores it may not take cards"
            yield of_column(RULE, SEVERITY, table, column, "holds what of a payment card may not be stored", why, fix)


def _is_card(table: Table, column: Column) -> bool:
    named = words(column.name)
    is_code = bool(set(named) & _CODES) or any(named[-len(phrase) :] == phrase for phrase in _PHRASES)
    is_card = is_code or (named[-2:] in _NUMBERS and _is_of_payment(table))
    return is_card and is_scalar(column, TEXTS | INTEGERS) and not set(named) & _SAFE


def _is_of_payment(table: Table) -> bool:
    beside = {word for column in table.columns for word in words(column.name)}
    return bool(set(words(table.name)) & _OF_PAYMENT or beside & _BESIDE)
