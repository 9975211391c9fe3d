"""Values kept as they were on a day: the price of an order line follows from the product only until it changes.

Such a copy is deliberate, and moving it out would lose what was agreed. Rows can hardly tell, since a price that did
not change yet looks like any dependency; names and comments can. Nor is it an offence that an order bears its
customer's number beside that of an address which is the customer's: references to an owner are copied so that rows are
found by them. A dependency that is declared is believed.
"""

from __future__ import annotations

import re

from lab.model.schema import Column, Table
from lab.normalize.dependencies import Dependency

_SAID = re.compile(
    r"\b(snapshots?|as (it was|of|it stood)|at (the )?(time|moment|purchase|checkout|sale)|on (that|the) day|"
    r"when (it was )?(ordered|sold|placed|bought|booked|issued)|frozen|historical|at that time|kept as)\b",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(^|_)(snapshot|original|charged|agreed|quoted|billed|paid|sold)(_|$)|_at_(sale|purchase|order)$")
_MONEY = frozenset(
    "price amount cost fee rate tax vat discount currency total subtotal net gross value margin salary commission "
    "exchange fx".split()
)
_EVENTS = frozenset(
    "order orders invoice invoices line lines item items sale sales payment payments transaction transactions booking "
    "bookings reservation reservations shipment shipments receipt receipts quote quotes refund refunds ledger entry "
    "entries movement movements log logs history event events audit rental rentals trip trips visit visits".split()
)


def snapshot_reason(table: Table, dependency: Dependency) -> str:
    """Why the right side is taken for a copy that is meant; empty where nothing says so."""
    references = [set(key.columns) for key in table.foreign_keys]
    if set(dependency.left) in references and set(dependency.right) in references:
        return "both are references, and the one may be the owner of what the other names"
    for name in sorted(dependency.right):
        column = table.column(name)
        if _SAID.search(column.comment):
            return f"the comment of {name} says that it is kept as it was"
        if _NAMED.search(_snake(name)):
            return f"{name} is named as kept from then"
        if set(_snake(name).split("_")) & _MONEY and _is_event(table):
            return f"{name} is money of an event, and may be kept as it was on that day"
    return ""


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _is_event(table: Table) -> bool:
    """Whether its rows are things that happened, by its name or a moment of its own."""
    return bool(set(_snake(table.name).split("_")) & _EVENTS) or any(map(_is_moment, table.columns))


def _is_moment(column: Column) -> bool:
    is_time = column.type.name in ("timestamp", "timestamptz", "date")
    return (
        is_time and re.search(r"(order|sold|placed|paid|book|issue|invoice|bought|purchase)", column.name) is not None
    )
