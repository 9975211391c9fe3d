"""One query for each alternative, where an OR reaches over tables or columns that have an index each.

`o.user_id = :x OR u.email = :y` can be answered by no index of either table: the join is made whole and then filtered.
Each side alone has an index to go by, so the query is asked once a side, and rows the sides before have given are left
out of the later ones (Winand, "SQL Performance Explained", chapter 2, on OR; MySQL manual, 10.2.1.3 "Index Merge
Optimization", on what it does by itself: one table at a time).
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from lab.advise.propose import new_index
from lab.advise.queries import Query, Select, compared, conjuncts, queries
from lab.advise.scripts import named, with_index
from lab.model.run import Proposal, Run
from lab.model.schema import Index

RULE = "split_alternatives"
_RISK = "longer to read, and each side must be kept alike when the query changes; the new text must be deployed"
_WHOLE = ("group", "having", "distinct", "windows", "with_")
"""What is said of all rows together."""


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    for query in queries(run, engine):
        select = query.selects()[0]
        if select.node is not query.tree or not _is_plain(select):
            continue
        where = select.node.args["where"].this
        for condition in conjuncts(where):
            if isinstance(condition, exp.Or) and (indexes := _reached(select, condition)) is not None:
                yield _proposal(query, condition, indexes)
                break


def _is_plain(select: Select) -> bool:
    node = select.node
    is_listed = all(isinstance(item.unalias(), exp.Column) and item.alias_or_name for item in node.expressions)
    is_summed = any(node.args.get(key) for key in _WHOLE) or any(e.find(exp.AggFunc) for e in node.expressions)
    return bool(node.args.get("where")) and is_listed and not is_summed and _orders_by_columns(node)


def _orders_by_columns(node: exp.Select) -> bool:
    """Whether the rows are ordered by columns that are selected, which is all a union can be ordered by."""
    order = node.args.get("order")
    selected = {item.unalias().name for item in node.expressions}
    return order is None or all(isinstance(k.this, exp.Column) and k.this.name in selected for k in order.expressions)


def _reached(select: Select, condition: exp.Or) -> list[Index] | None:
    """The indexes the sides want that are not there yet; None when one side could use none, or one would serve all."""
    columns: list[tuple[str, str]] = []
    for side in condition.flatten():
        reached = [
            (owner[0], owner[1].name)
            for part in conjuncts(side.unnest())
            for held, is_equal in compared(part)
            if (owner := select.owner(held)) and is_equal and select.aliases_of(part) == {owner[0]}
        ]
        if not reached:
            return None
        columns.append(reached[0])
    if len(set(columns)) == 1:
        return None
    wanted = [new_index(select.tables[alias], [(name, False)]) for alias, name in dict.fromkeys(columns)]
    return [index for index in wanted if index]


def _proposal(query: Query, condition: exp.Or, indexes: list[Index]) -> Proposal:
    sides = list(condition.flatten())
    parts = [_one_side(query, condition, number) for number in range(len(sides))]
    union: exp.Expr = parts[0]
    for part in parts[1:]:
        union = exp.Union(this=union, expression=part, distinct=False)
    assert isinstance(query.tree, exp.Select)
    if order := query.tree.args.get("order"):
        union.set("order", _by_place(order, [item.unalias().name for item in query.tree.selects]))
    for key in ("limit", "offset"):
        if said := query.tree.args.get(key):
            union.set(key, said.copy())
    again = query.again()
    rewritten = type(again)(again.operation, again.engine, again.key, again.schema, union).rewritten()
    name = query.operation.name
    reason = f"`{name}` joins its alternatives by OR, which no single index answers"
    script = with_index(named(name, "by_alternative"), *indexes)
    return Proposal(RULE, script, reason, (name,), (rewritten,), _RISK)


def _one_side(query: Query, condition: exp.Or, number: int) -> exp.Select:
    tree = query.tree.copy()
    assert isinstance(tree, exp.Select)
    ours = next(c for c in conjuncts(tree.args["where"].this) if c == condition)
    sides = [side.unnest() for side in condition.flatten()]
    before = [exp.not_(exp.Is(this=exp.paren(side.copy()), expression=exp.true())) for side in sides[:number]]
    place = ours.parent if isinstance(ours.parent, exp.Paren) else ours
    place.replace(exp.and_(sides[number].copy(), *before))
    for key in ("order", "limit", "offset"):
        tree.set(key, None)
    return tree


def _by_place(order: exp.Expr, selected: list[str]) -> exp.Expr:
    """The order by the places of its columns in the list, which every engine takes of a union."""
    by_place = order.copy()
    for key in by_place.expressions:
        key.set("this", exp.Literal.number(selected.index(key.this.name) + 1))
    return by_place
