"""A GiST index for ranges that overlap or contain, and for what lies nearest.

A B-tree orders values along a line; it cannot find the ranges that hold a moment, nor the points next to one. GiST can
(PostgreSQL manual, 8.17.10 "Indexing" of range types; 11.2 "Index Types"). Two columns that begin and end a period are
a range as well: a query that holds one below and the other above a moment is rewritten to ask the range that an
expression index keeps, which a B-tree on either column serves for the nearer end alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from lab.advise.queries import Query, Select, queries
from lab.advise.scripts import listed, named, with_index
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run
from lab.model.schema import Column, Index, IndexPart

RULE = "index_ranges"
_RANGES = {
    "timestamptz": "tstzrange",
    "timestamp": "tsrange",
    "date": "daterange",
    "integer": "int4range",
    "bigint": "int8range",
    "numeric": "numrange",
}
_SPATIAL = ("point", "box", "circle", "polygon", "inet", "cidr")
_ASKED = (exp.ArrayContainsAll, exp.ArrayOverlaps)
_PERIOD_RISK = (
    "a row whose end lies before its beginning can no longer be written, and the query must keep asking for the range"
)
_Bound = tuple[exp.Binary, str, Column, exp.Expr, bool]
"""The condition, the table's alias, the column, what it is compared with, and whether it may equal that."""


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine != "postgres":
        return
    for query in queries(run, engine):
        for number, select in enumerate(query.selects()):
            yield from _contained(query, select)
            yield from _nearest(query, select)
            yield from _periods(query, number)


def _contained(query: Query, select: Select) -> Iterator[Proposal]:
    for condition in select.conditions():
        if isinstance(condition, _ASKED):
            for side in (condition.this.unnest(), condition.expression.unnest()):
                if owner := select.owner(side):
                    yield from _gist(query, select, *owner, "asks what overlaps or contains")


def _nearest(query: Query, select: Select) -> Iterator[Proposal]:
    order = select.node.args.get("order")
    first = order.expressions[0].this if order and select.node.args.get("limit") else None
    if isinstance(first, exp.Distance):
        for side in (first.left.unnest(), first.right.unnest()):
            if owner := select.owner(side):
                yield from _gist(query, select, *owner, "takes the rows nearest by")


def _gist(query: Query, select: Select, alias: str, column: Column, what: str) -> Iterator[Proposal]:
    type_ = column.type.name
    if type_ not in (*_RANGES.values(), *_SPATIAL) or column.type.dimensions:
        return
    table = select.tables[alias].name
    operator_class = "inet_ops" if type_ in ("inet", "cidr") else None
    part = IndexPart(column.name, operator_class=operator_class)
    index = Index(named(table, column.name, "gist_idx"), table, (part,), method="gist")
    reason = f"`{query.operation.name}` {what} {column.name} of {table}"
    yield Proposal(RULE, AddIndex(index), reason, (query.operation.name,))


def _periods(query: Query, number: int) -> Iterator[Proposal]:
    """`begin <= :at AND finish > :at` as `range(begin, finish) @> :at`."""
    again = query.again()
    select = again.selects()[number]
    bounds = [bound for condition in select.conditions() if (bound := _bound(select, condition))]
    for low in bounds:
        for high in bounds:
            if _is_period(low, high):
                yield _asked_as_range(query, again, select, low, high)
                return


def _bound(select: Select, condition: exp.Expr) -> _Bound | None:
    """A comparison with a column on the smaller side first: `below` is told by which side the column is on."""
    if isinstance(condition, exp.LT | exp.LTE | exp.GT | exp.GTE):
        owner = select.owner(condition.left)
        if owner and not condition.right.find(exp.Column, exp.Query):
            return condition, *owner, condition.right, isinstance(condition, exp.LTE | exp.GTE)
    return None


def _is_period(low: _Bound, high: _Bound) -> bool:
    (first, alias, begin, at, may_equal), (second, other, finish, until, _) = low, high
    return (
        isinstance(first, exp.LT | exp.LTE)
        and isinstance(second, exp.GT | exp.GTE)
        and alias == other
        and begin.name != finish.name
        and at == until
        and may_equal
        and begin.type.name == finish.type.name
        and begin.type.name in _RANGES
        and not begin.is_nullable
        and not finish.is_nullable
        and isinstance(second.parent, exp.And)
    )


def _drop(condition: exp.Expr) -> None:
    """Takes one of several conditions out."""
    both = condition.parent
    assert isinstance(both, exp.And)
    both.replace(both.right if both.left is condition else both.left)


def _asked_as_range(query: Query, again: Query, select: Select, low: _Bound, high: _Bound) -> Proposal:
    (first, alias, begin, at, _), (second, _, finish, _, may_end) = low, high
    table, function, ends = select.tables[alias].name, _RANGES[begin.type.name], "[]" if may_end else "[)"
    call = f"{function}({listed((begin.name, finish.name))}, '{ends}')"
    index = Index(named(table, begin.name, finish.name, "gist_idx"), table, (IndexPart(call, True),), method="gist")
    columns = [first.left.copy(), second.left.copy(), exp.Literal.string(ends)]
    moment = exp.cast(at.copy(), begin.type.name, dialect="postgres")
    _drop(second)
    first.replace(exp.ArrayContainsAll(this=exp.func(function, *columns, dialect="postgres"), expression=moment))
    reason = f"`{query.operation.name}` asks which periods of {table} hold a moment"
    name = f"{query.operation.name}_by_period"
    return Proposal(RULE, with_index(name, index), reason, (query.operation.name,), (again.rewritten(),), _PERIOD_RISK)
