"""A block range index where rows lie in the order of what is asked for.

BRIN keeps the smallest and the largest value of each run of pages, so it takes some kilobytes where a B-tree takes
megabytes, and a write rarely touches it. It is only as good as the order of the rows on disk: columns that grow as rows
are appended (PostgreSQL manual, 71.1 "BRIN Introduction"). How well they are ordered (`pg_stats.correlation`) the
planner knows, and whether it takes the index is found by building it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.advise.propose import accesses
from lab.advise.scripts import named
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run
from lab.model.schema import Column, Index, IndexPart, Table

RULE = "index_blocks"
_LEAST_BYTES = 8_000_000
"""Some sixty ranges of 128 pages: in a smaller table there is little to leave out."""
_GROWING = ("timestamptz", "timestamp", "date")


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine != "postgres":
        return
    sizes = table_bytes(run)
    for access in accesses(run, engine):
        table = run.design.schema.table(access.table)
        if sizes.get(table.name, 0) < _LEAST_BYTES:
            continue
        for name in access.ranges:
            if _grows(table, table.column(name)):
                index = Index(named(table.name, name, "brin_idx"), table.name, (IndexPart(name),), method="brin")
                size = f"{sizes[table.name] / 1e6:,.0f} MB"
                reason = f"`{access.operation}` ranges over {name} of {table.name} ({size}), which rows are appended by"
                yield Proposal(RULE, AddIndex(index), reason, (access.operation,), risk=_RISK)


_RISK = "loses its use when rows are updated or loaded out of order; new pages are summarised by VACUUM only"


def table_bytes(run: Run) -> dict[str, int]:
    """Bytes of each table of the base, as measured; nothing where it was not."""
    base = run.engines[-1].variants[0] if run.engines and run.engines[-1].variants else None
    return {relation.name: relation.table_bytes for relation in base.relations} if base else {}


def _grows(table: Table, column: Column) -> bool:
    is_counted = column.identity is not None or "nextval" in (column.default or "")
    return column.type.name in _GROWING or is_counted
