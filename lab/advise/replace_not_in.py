"""NOT EXISTS in place of NOT IN, and of counting what need only be found.

`x NOT IN (SELECT y …)` is true of no row once one y is NULL, so PostgreSQL cannot plan it as an anti-join: it keeps the
subquery's rows in memory, or reads them again for each row. `NOT EXISTS` has no such rule (PostgreSQL wiki, "Don't Do
This": NOT IN). Where y may be NULL, the query asks beside whether there is one, so that it still says the same.
`(SELECT count(*) …) > 0` counts to the end what `EXISTS` stops at once found.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from lab.advise.queries import Query, Select, queries
from lab.advise.scripts import named, with_index
from lab.model.run import Proposal, Run

RULE = "replace_not_in"
_RISK = "none in what it answers; the new text must be deployed"


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    for query in queries(run, engine):
        again = query.again()
        done = [what for replace in (_anti_joins, _existence) for what in replace(again)]
        if done:
            reason = f"`{query.operation.name}` {' and '.join(dict.fromkeys(done))}"
            script = with_index(named(query.operation.name, "by_existence"))
            yield Proposal(RULE, script, reason, (query.operation.name,), (again.rewritten(),), _RISK)


def _anti_joins(query: Query) -> Iterator[str]:
    for outer in query.selects():
        for condition in list(outer.conditions()):
            within = condition.this.unnest() if isinstance(condition, exp.Not) else None
            if isinstance(within, exp.In) and (better := _anti_join(query, outer, within)) is not None:
                condition.replace(better)
                yield "holds NOT IN against a query's rows"


def _anti_join(query: Query, outer: Select, condition: exp.In) -> exp.Expr | None:
    """None where the two might differ: a NULL on the left is not in an empty list, and unknown in any other."""
    subquery = condition.args.get("query")
    node = subquery.this if isinstance(subquery, exp.Subquery) else None
    mine = outer.owner(condition.this.unnest())
    if not isinstance(node, exp.Select) or mine is None or mine[1].is_nullable or mine[0] not in outer.inner:
        return None
    inner = next(select for select in query.selects() if select.node is node)
    if len(node.expressions) != 1 or any(node.args.get(key) for key in ("group", "having", "limit", "distinct")):
        return None
    theirs = inner.owner(node.expressions[0].unalias())
    if theirs is None or mine[0] in inner.tables:
        return None
    left = outer.column(mine[1].name, mine[0])
    right = inner.column(theirs[1].name, theirs[0])
    absent: exp.Condition = exp.not_(exp.Exists(this=_asking(node, exp.EQ(this=right, expression=left))))
    if theirs[1].is_nullable or theirs[0] not in inner.inner:
        unknown = exp.Is(this=right.copy(), expression=exp.null())
        absent = exp.and_(absent, exp.not_(exp.Exists(this=_asking(node, unknown))))
    return absent


def _asking(node: exp.Select, condition: exp.Expr) -> exp.Select:
    asking = node.copy()
    asking.set("expressions", [exp.Literal.number(1)])
    return asking.where(condition, copy=False)


def _existence(query: Query) -> Iterator[str]:
    for comparison in list(query.tree.find_all(exp.GT, exp.GTE, exp.EQ)):
        counted = comparison.left.unnest()
        node = counted.this if isinstance(counted, exp.Subquery) else counted
        if not isinstance(node, exp.Select) or not _only_counts(node) or not isinstance(comparison.right, exp.Literal):
            continue
        kind, number = type(comparison), comparison.right.name
        if (kind, number) in ((exp.GT, "0"), (exp.GTE, "1"), (exp.EQ, "0")):
            asking = node.copy()
            asking.set("expressions", [exp.Literal.number(1)])
            exists = exp.Exists(this=asking)
            comparison.replace(exp.not_(exists) if kind is exp.EQ else exists)
            yield "counts rows to know whether there is one"


def _only_counts(node: exp.Select) -> bool:
    counts = len(node.expressions) == 1 and isinstance(node.expressions[0].unalias(), exp.Count)
    is_all = counts and isinstance(node.expressions[0].unalias().this, exp.Star)
    return is_all and not any(node.args.get(key) for key in ("group", "having", "limit"))
