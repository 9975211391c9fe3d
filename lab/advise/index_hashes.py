"""A hash index on a long key that is only ever asked for whole.

A hash index keeps four bytes of a value however long it is, so one over addresses, tokens or paths is a fraction of the
B-tree's size; it serves `=` and nothing else: no range, no order, no uniqueness (PostgreSQL manual, 11.2.2 "Hash").
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.advise.accesses import Access
from lab.advise.propose import accesses, new_index
from lab.advise.scripts import named
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run
from lab.model.schema import Column, Index, IndexPart

RULE = "index_hashes"
_LONG = 64
"""Characters a column may hold for its B-tree to be called large."""


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine != "postgres":
        return
    found = list(accesses(run, engine))
    for access in found:
        table = run.design.schema.table(access.table)
        for name in access.equal:
            if _is_long(table.column(name)) and _is_asked_whole(found, access.table, name):
                # Where a B-tree begins with the column there is nothing to add.
                if new_index(table, [(name, False)]) is None:
                    continue
                index = Index(named(table.name, name, "hash_idx"), table.name, (IndexPart(name),), method="hash")
                reason = f"`{access.operation}` looks for whole values of {name} of {table.name}, which may be long"
                yield Proposal(RULE, AddIndex(index), reason, (access.operation,))


def _is_long(column: Column) -> bool:
    arguments = column.type.arguments
    is_text = column.type.name in ("text", "varchar", "char", "bytea")
    return is_text and not column.type.dimensions and (not arguments or arguments[0] >= _LONG)


def _is_asked_whole(found: list[Access], table: str, column: str) -> bool:
    return not any(
        access.table == table and (column in access.ranges or column in dict(access.order)) for access in found
    )
