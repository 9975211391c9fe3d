"""A partial index where a query always asks for the same few rows.

An index with a WHERE holds only the rows its condition keeps, so it is smaller, and cheaper to keep up (PostgreSQL
manual, 11.8 "Partial Indexes"; SQLite manual, "Partial Indexes").
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.advise.propose import accesses, new_index
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run

RULE = "narrow_to_rows"


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    for access in accesses(run, engine):
        if not access.fixed:
            continue
        table = run.design.schema.table(access.table)
        keys = [(column, False) for column in (*access.equal, *access.joins[:1])]
        keys += access.order or [(column, False) for column in access.ranges[:1]]
        where = " AND ".join(condition for _, condition in access.fixed)
        if index := new_index(table, keys, where=where, suffix="partial_idx"):
            reason = f"`{access.operation}` only asks for rows of {table.name} with {where}"
            yield Proposal(RULE, AddIndex(index), reason, (access.operation,))
