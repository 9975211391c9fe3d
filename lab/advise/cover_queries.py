"""A covering index: the query is answered without visiting the table.

Where the columns a query reads beside its keys are few and small, they can travel in the index (PostgreSQL manual,
11.9 "Index-Only Scans and Covering Indexes"). It takes more room, and more time whenever one of them changes.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.advise.propose import accesses, is_small, new_index
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run

RULE = "cover_queries"
_MOST_INCLUDED = 4


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    for access in accesses(run, engine):
        table = run.design.schema.table(access.table)
        keys = [(column, False) for column in (*access.equal, *access.joins[:1])]
        keys += [(column, False) for column in access.ranges[:1]] or list(access.order)
        included = [column for column in access.used if column not in dict(keys)]
        if not keys or not 0 < len(included) <= _MOST_INCLUDED or not all(is_small(table, c) for c in included):
            continue
        if index := new_index(table, keys, include=included, suffix="covering_idx"):
            reason = f"`{access.operation}` reads nothing of {table.name} beside {', '.join((*dict(keys), *included))}"
            yield Proposal(RULE, AddIndex(index), reason, (access.operation,))
