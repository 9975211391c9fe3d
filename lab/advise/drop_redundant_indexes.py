"""Drop an index that another one, or a key, begins with.

A B-tree over (a, b) finds rows by a as well as one over (a) does, nearly; the shorter one costs room, and time at
every write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.advise.propose import is_served
from lab.model.change import DropIndex
from lab.model.run import Proposal, Run
from lab.model.schema import Index, Table

RULE = "drop_redundant_indexes"


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    for table in run.design.schema.tables:
        kept = table
        for index in sorted(table.indexes, key=lambda index: len(index.parts)):
            if _is_redundant(kept, index):
                kept = replace(kept, indexes=tuple(other for other in kept.indexes if other is not index))
                reason = f"another index or key of {table.name} begins with ({', '.join(index.columns)})"
                yield Proposal(RULE, DropIndex(index), reason)


def _is_redundant(table: Table, index: Index) -> bool:
    others = tuple(other for other in table.indexes if other is not index)
    plain = not index.is_unique and index.method == "btree" and not index.include
    plain = plain and index.where is None and not any(part.is_expression for part in index.parts)
    return plain and is_served(replace(table, indexes=others), index)
