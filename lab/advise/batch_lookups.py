"""One query for many keys, where the workload asks for them one by one.

A page that lists twenty orders and then asks for each order's customer waits for twenty answers in turn, each with its
way there and back ("N+1 selects"; Fowler, "Patterns of Enterprise Application Architecture", Lazy Load). It shows in
the mix: a lookup by a key runs about as often as a list that refers to it returns rows. The lookup with all keys of a
page at once is measured beside it, and held against as many of the single ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from lab.advise.accesses import find_accesses
from lab.advise.queries import Query, queries
from lab.advise.scripts import named, with_index
from lab.model.run import OperationRun, Proposal, Run
from lab.model.schema import Schema
from lab.model.workload import FromColumn, Operation, Parameter

RULE = "batch_lookups"
_FEWEST, _MOST = 5, 50
"""Keys of a batch."""
_SHARE = 0.5
"""Of the rows a list returns, how many lookups must follow each for it to be taken for their cause."""
_RISK = "the caller must collect the keys first, and find each key's rows among those that come back"
_WHOLE = ("group", "having", "distinct", "limit", "offset", "order", "windows", "with_")


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    base = run.engines[-1].variants[0] if run.engines and run.engines[-1].variants else None
    measured = {operation.name: operation for operation in base.operations} if base else {}
    found = list(queries(run, engine))
    for lookup in found:
        condition = _key_condition(lookup)
        if condition is None or lookup.operation.name not in measured:
            continue
        for page in found:
            rows = _rows_of_page(page, lookup, measured, engine)
            if rows and _refers(run.design.schema, page, condition, lookup, engine):
                yield _proposal(lookup, condition, page, min(rows, _MOST))
                break


def _key_condition(query: Query) -> exp.EQ | None:
    """`key = :parameter`, in a plain SELECT from one table; None where there is no such."""
    select, parameters = query.selects()[0], query.operation.parameters
    plain = select.node is query.tree and len(select.tables) == 1 and select.is_closed
    if not plain or any(select.node.args.get(key) for key in _WHOLE) or select.node.find(exp.AggFunc):
        return None
    held = [c for c in select.conditions() if isinstance(c, exp.EQ) and isinstance(c.right, exp.Placeholder)]
    is_single = len(held) == 1 == len(parameters) == len(list(query.tree.find_all(exp.Placeholder)))
    is_drawn = is_single and isinstance(parameters[0].rule, FromColumn)
    return held[0] if is_drawn and select.owner(held[0].left) else None


def _rows_of_page(page: Query, lookup: Query, measured: dict[str, OperationRun], engine: str) -> int:
    """How many rows a list returns, when about as many of the lookups run for each of it; else 0."""
    listed = measured.get(page.operation.name)
    if listed is None or page is lookup or listed.rows < _FEWEST:
        return 0
    each = lookup.operation.weight / page.operation.weight if page.operation.weight else 0.0
    return round(listed.rows) if each >= _SHARE * listed.rows else 0


def _refers(schema: Schema, page: Query, condition: exp.EQ, lookup: Query, engine: str) -> bool:
    """Whether the rows of the list hold, or are held by, the key that is looked up."""
    (table,) = lookup.selects()[0].tables.values()
    key = condition.left.name
    listed = {access.table for access in find_accesses(page.operation, engine, schema)}
    for owner, reference in schema.foreign_keys():
        if owner.name in listed and (reference.table, reference.referenced) == (table.name, (key,)):
            return True
        if owner.name == table.name and reference.columns == (key,) and reference.table in listed:
            return True
    return False


def _proposal(lookup: Query, condition: exp.EQ, page: Query, count: int) -> Proposal:
    name = named(lookup.operation.name, "of", str(count))
    reason = (
        f"`{lookup.operation.name}` runs about as often as `{page.operation.name}` returns rows: one query for the "
        f"{count} keys of a page in place of {count}"
    )
    batch = _batch(lookup, condition, count, name)
    return Proposal(RULE, with_index(name), reason, (lookup.operation.name,), risk=_RISK, batch=batch, batch_size=count)


def _batch(lookup: Query, condition: exp.EQ, count: int, name: str) -> Operation:
    again = lookup.again()
    select = again.selects()[0]
    ours = next(c for c in select.conditions() if c == condition)
    assert isinstance(ours, exp.EQ)
    column = ours.left.copy()
    (parameter,) = lookup.operation.parameters
    assert isinstance(parameter.rule, FromColumn)
    drawn = tuple(
        Parameter(f"{parameter.name}_{n}", replace(parameter.rule, row=n), parameter.position) for n in range(count)
    )
    ours.replace(exp.In(this=column.copy(), expressions=[exp.Placeholder(this=p.name) for p in drawn]))
    if not any(item.unalias() == column or isinstance(item, exp.Star) for item in select.node.expressions):
        select.node.append("expressions", column)
    return replace(again.rewritten(), name=name, parameters=drawn, weight=lookup.operation.weight / count)
