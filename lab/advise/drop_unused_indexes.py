"""Drop an index that no operation of the workload uses.

Every plan of the base was looked at; an index that is in none of them only costs room, and time at every write. Those
that keep a key unique stay, and so do those a foreign key is checked by when a row it refers to is deleted (PostgreSQL
manual, 5.5.5 "Foreign Keys"). The workload may not be all there is: the server's own counters over some weeks say more
(`pg_stat_user_indexes.idx_scan`, `sys.schema_unused_indexes`, `$indexStats`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.model.change import DropIndex
from lab.model.run import Proposal, Run, VariantRun
from lab.model.schema import Index, Table

RULE = "drop_unused_indexes"
_RISK = (
    "a query outside the workload (a report once a month, an import) may need it: see that the server's own counters "
    "of index scans stay at zero over the longest cycle of the business before dropping it"
)


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    base = run.engines[-1].variants[0] if run.engines and run.engines[-1].variants else None
    if base is None or not _knows_every_plan(base):
        return
    plans = "\n".join(operation.plan for operation in base.operations)
    for table in run.design.schema.tables:
        for index in table.indexes:
            if not index.is_unique and not _serves_reference(table, index) and not _is_named(index.name, plans):
                reason = f"no plan of the workload's {len(base.operations)} operations uses it"
                yield Proposal(RULE, DropIndex(index), reason, risk=_RISK)


def _knows_every_plan(base: VariantRun) -> bool:
    """A write's plan says little of indexes, and some engines show none."""
    reads = [operation for operation in base.operations if not operation.is_write]
    return bool(reads) and all(operation.plan for operation in reads)


def _serves_reference(table: Table, index: Index) -> bool:
    return any(index.columns[: len(key.columns)] == key.columns for key in table.foreign_keys)


def _is_named(name: str, plans: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", plans) is not None
