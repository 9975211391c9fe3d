"""A unique index on what is looked up as if it named one row.

A query that holds a code, a slug or a token equal and gets one row at most, each time it is asked, believes in a key
that the schema does not declare. As a unique index the lookup stops at the first match, the planner knows that joins by
it multiply nothing, and a second row that would break the belief is refused. That the rows there are obey it is proved
by building the index: it fails on the first two that do not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.advise.accesses import Access, find_accesses
from lab.advise.scripts import named
from lab.model.change import AddIndex
from lab.model.run import OperationRun, Proposal, Run
from lab.model.schema import Index, IndexPart, Table
from lab.model.workload import Operation

RULE = "require_unique"
_RISK = "proved on the rows that were loaded: ask the real ones before, since the index fails to build on a duplicate"
_SAYS_MANY = ("_id", "status", "type", "kind", "state")
"""How columns end that many rows share, whatever one query may have found."""


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    base = run.engines[-1].variants[0] if run.engines and run.engines[-1].variants else None
    for operation in run.design.workload.for_variant("base"):
        measured = base.operation(operation.name) if base else None
        if measured and _finds_one(operation, measured):
            for access in find_accesses(operation, engine, run.design.schema):
                table = run.design.schema.table(access.table)
                if key := _believed(table, access):
                    parts = tuple(map(IndexPart, key))
                    index = Index(named(table.name, *key, "key"), table.name, parts, is_unique=True)
                    reason = f"`{operation.name}` finds at most one row of {table.name} by {', '.join(key)}"
                    yield Proposal(RULE, AddIndex(index), reason, (operation.name,), risk=_RISK)


def _finds_one(operation: Operation, measured: OperationRun) -> bool:
    """Whether it found one row at most each time, though nothing in it sees to that."""
    text = operation.text("").upper()
    is_cut = "LIMIT" in text or "FETCH" in text or "COUNT(" in text or "JOIN" in text
    return not operation.is_write and measured.status == "measured" and 0 < measured.rows <= 1 and not is_cut


def _believed(table: Table, access: Access) -> Sequence[str]:
    """The columns that are taken for a key; none when they are one, hold one, or do not look like one."""
    key = access.equal
    named_like_many = all(column.endswith(_SAYS_MANY) for column in key)
    keys = [set(known.columns) for known in table.keys]
    keys += [set(index.columns) for index in table.indexes if index.is_unique and not index.where]
    is_known = any(known <= set(key) for known in keys)
    return () if not key or access.joins or named_like_many or is_known else key
