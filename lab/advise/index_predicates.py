"""Index what a query filters, joins and orders by.

A B-tree serves conditions of equality on its first columns, then one range, or else the order of the rows (Winand,
"SQL Performance Explained", chapters 2 and 6). So for each table a query reads: the columns held equal, then the first
range column, or then the ORDER BY; and for each column it is joined by, that column alone and with the order behind it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.advise.accesses import Access
from lab.advise.propose import accesses, new_index
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run

RULE = "index_predicates"


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    for access in accesses(run, engine):
        table = run.design.schema.table(access.table)
        for keys, reason in _wanted(access):
            if index := new_index(table, keys):
                yield Proposal(RULE, AddIndex(index), f"`{access.operation}` {reason}", (access.operation,))


def _wanted(access: Access) -> Iterator[tuple[list[tuple[str, bool]], str]]:
    filters = [*access.equal, *(column for column, condition in access.fixed if " = " in condition)]
    equal = [(column, False) for column in filters]
    tail = [(column, False) for column in access.ranges[:1] if column not in filters]
    order = [key for key in access.order if key[0] not in filters]
    listed = ", ".join(filters)
    if access.equal and order:
        yield [*equal, *order], f"filters {access.table} by {listed} and orders by {_names(order)}"
    if access.equal or tail:
        what = [f"filters {access.table} by {listed}"] if listed else []
        what += [f"ranges over {tail[0][0]} of {access.table}"] if tail else []
        yield [*equal, *tail], " and ".join(what)
    elif order:
        yield order, f"orders {access.table} by {_names(order)}"
    for column in access.joins:
        yield [(column, False)], f"joins {access.table} by {column}"


def _names(keys: list[tuple[str, bool]]) -> str:
    return ", ".join(f"{name}{' DESC' if descending else ''}" for name, descending in keys)
