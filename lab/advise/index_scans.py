"""Index what a plan is seen to read in vain.

What a query does to a table behind a view, or in a function the planner takes apart, does not stand in its text, but in
its plan as it was executed (PostgreSQL manual, 14.1 "Using EXPLAIN"): a sequential scan that throws most rows away, a
sort of what a scan found, a join that reads a table whole for each row of another. Their conditions name the columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.advise.propose import new_index
from lab.advise.queries import compared, conjuncts
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run
from lab.model.schema import Table

RULE = "index_scans"
_SCAN = re.compile(
    r'Seq Scan on (?:\w+\.)?("[^"]+"|\w+)(?: ("[^"]+"|\w+))?'
    r"  \(.*?\brows=([\d.]+) loops=(\d+)\)\n((?: +(?! |->).*\n?)*)"
)
"""Its table, alias, rows and loops, and the lines about it."""
_CONDITION = re.compile(r"(?:Hash Cond|Merge Cond|Join Filter): (.+)")
_SORT = re.compile(r"Sort Key: (.+)")
_LEAST_READ = 1000
"""Rows: a scan of fewer is as fast as any index."""
_MOST_KEPT = 0.1
"""Of the rows a scan reads: where it keeps more, an index is for a join or an order."""


@dataclass(frozen=True, slots=True)
class _Scan:
    table: str
    alias: str
    read: float
    kept: float
    condition: str


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine != "postgres" or not run.engines or not run.engines[-1].variants:
        return
    tables = {table.name: table for table in run.design.schema.tables}
    for operation in run.engines[-1].variants[0].operations:
        for scan in _scans(operation.plan):
            if scan.table in tables and scan.read >= _LEAST_READ:
                for keys, why in _wanted(scan, tables[scan.table], operation.plan):
                    if index := new_index(tables[scan.table], keys):
                        reason = f"the plan of `{operation.name}` reads {scan.read:,.0f} rows of {scan.table} {why}"
                        yield Proposal(RULE, AddIndex(index), reason, (operation.name,))


def _scans(plan: str) -> Iterator[_Scan]:
    for table, alias, rows, loops, lines in _SCAN.findall(plan):
        removed = re.search(r"Rows Removed by (?:Join )?Filter: (\d+)", lines)
        filtered = re.search(r"^ +Filter: (.+)", lines, re.MULTILINE)
        kept = float(rows) * int(loops)
        read = kept + (int(removed[1]) * int(loops) if removed else 0)
        name = table.strip('"')
        yield _Scan(name, alias.strip('"') or name, read, kept, filtered[1] if filtered else "")


def _wanted(scan: _Scan, table: Table, plan: str) -> Iterator[tuple[list[tuple[str, bool]], str]]:
    equal, ranged = _looked_up(scan, table)
    if (equal or ranged) and scan.kept <= _MOST_KEPT * scan.read:
        yield [*equal, *ranged[:1]], f"and keeps {scan.kept:,.0f}"
    for text in _CONDITION.findall(plan):
        for column in _joined(text, scan, table):
            yield [(column, False)], f"to join it by {column}"
    for text in _SORT.findall(plan):
        if order := _order(text, scan, table):
            yield [*equal, *order], "and sorts them"


def _looked_up(scan: _Scan, table: Table) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Columns held equal, and columns ranged over, by the scan's own condition."""
    equal: dict[str, bool] = {}
    ranged: dict[str, bool] = {}
    for condition in _conditions(scan.condition):
        for side, is_equal in compared(condition):
            if column := _own(side, scan, table):
                (equal if is_equal else ranged)[column] = False
    return list(equal.items()), [item for item in ranged.items() if item[0] not in equal]


def _joined(text: str, scan: _Scan, table: Table) -> Iterator[str]:
    for condition in _conditions(text):
        if isinstance(condition, exp.EQ):
            for side in (condition.left, condition.right):
                is_named = any(column.table == scan.alias for column in side.find_all(exp.Column))
                if is_named and (column := _own(side, scan, table)):
                    yield column


def _order(text: str, scan: _Scan, table: Table) -> list[tuple[str, bool]]:
    """The keys, when all are columns of the table; empty otherwise."""
    try:
        keys = sqlglot.parse_one(f"SELECT 1 ORDER BY {text}", read="postgres").args["order"].expressions
    except SqlglotError:
        return []
    found = [(_own(key.this, scan, table), bool(key.args.get("desc"))) for key in keys]
    order = [(name, is_descending) for name, is_descending in found if name]
    return order if len(order) == len(found) else []


def _conditions(text: str) -> Iterator[exp.Expr]:
    try:
        if text:
            yield from conjuncts(sqlglot.parse_one(text, read="postgres").unnest())
    except SqlglotError:
        return  # a plan's words for something that is not SQL: (hashed SubPlan 1)


def _own(node: exp.Expr, scan: _Scan, table: Table) -> str | None:
    """The column, perhaps under a cast, when it is one of the scanned table."""
    bare = node.unnest()
    while isinstance(bare, exp.Cast):
        bare = bare.this.unnest()
    if not isinstance(bare, exp.Column) or bare.table not in ("", scan.alias):
        return None
    return next((column.name for column in table.columns if column.name == bare.name), None)
