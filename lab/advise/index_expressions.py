"""Index what a query compares when that is no column: lower(email), data ->> 'kind', placed_at AT TIME ZONE 'UTC'.

An index on the column is of no use to a condition on something worked out from it; one on the expression is, as long as
the query spells it the same way and its value depends on the row alone (PostgreSQL manual, 11.7 "Indexes on
Expressions"; MySQL manual, 15.1.15 "Functional Key Parts"; SQLite manual, "Indexes On Expressions"). Where a range over
the column says the same, that is the better way: see `widen_to_ranges`. Where the engine indexes no such expression, a
generated column holds it: see `generated_columns`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from lab.advise.generated_columns import by_generated_column, takes_text_of_document
from lab.advise.queries import Query, Select, bare, compared, own_queries, queries
from lab.advise.scripts import named
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run
from lab.model.schema import Index, IndexPart

RULE = "index_expressions"
_BY_ZONE = (exp.Cast, exp.TimestampTrunc, exp.Date, exp.Extract, exp.TimeToStr, exp.TsOrDsToDate)
"""What depends on the session's time zone when it is asked of a moment in time."""
_UNFIT = (
    exp.Query,
    exp.Placeholder,
    exp.AggFunc,
    exp.Window,
    exp.Rand,
    exp.CurrentTimestamp,
    exp.CurrentDate,
    exp.CurrentTime,
    exp.Tuple,
    exp.Any,
)
_BY_COLUMN = ("mysql", "mariadb")
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine in _BY_COLUMN:
        yield from _by_columns(run, engine)
    for query in queries(run, engine) if engine != "mariadb" else ():
        for select in query.selects():
            yield from _compared(query, select)
            yield from _ordered(query, select)


def _by_columns(run: Run, engine: str) -> Iterator[Proposal]:
    for query in own_queries(run, engine):
        for number, select in enumerate(query.selects()):
            for condition in select.conditions():
                for side, _ in compared(condition):
                    alias = _indexable(select, side)
                    is_wanted = engine == "mariadb" or takes_text_of_document(side)
                    if not alias or not is_wanted or select.aliases_of(condition) != {alias}:
                        continue
                    equal = _held_equal(select, alias)
                    if proposal := by_generated_column(RULE, query, number, alias, side, equal):
                        yield proposal


def _compared(query: Query, select: Select) -> Iterator[Proposal]:
    for condition in select.conditions():
        for side, _ in compared(condition):
            alias = _indexable(select, side)
            if query.engine == "mysql" and takes_text_of_document(side) and not isinstance(side, exp.Cast):
                continue
            if alias and not isinstance(side, _ARITHMETIC) and select.aliases_of(condition) == {alias}:
                keys = [IndexPart(column) for column in _held_equal(select, alias)]
                keys.append(IndexPart(bare(side), is_expression=True))
                yield _proposal(query, select, alias, keys, f"compares {bare(side)}")


def _ordered(query: Query, select: Select) -> Iterator[Proposal]:
    """The order of the rows, where that is by an expression and only the first few are wanted."""
    order = select.node.args.get("order")
    if order is None or not select.node.args.get("limit") or select.node.args.get("group"):
        return
    aliases = {_indexable(select, key.this) or _alias_of(select, key.this) for key in order.expressions}
    alias = aliases.pop() if len(aliases) == 1 else None
    if alias is None or all(isinstance(key.this, exp.Column) for key in order.expressions):
        return
    keys = [IndexPart(column) for column in _held_equal(select, alias)]
    keys += [
        IndexPart(bare(key.this), not isinstance(key.this, exp.Column), bool(key.args.get("desc")))
        for key in order.expressions
    ]
    yield _proposal(query, select, alias, keys, "takes the first rows in an order that no column has")


def _indexable(select: Select, side: exp.Expr) -> str | None:
    """The table whose index could hold an expression; None for a plain column, and for what no index may hold."""
    if isinstance(side, exp.Column) or side.find(*_UNFIT):
        return None
    alias = select.only_table(side)
    moments = (owner for c in side.find_all(exp.Column) if (owner := select.owner(c)))
    if any(column.type.name == "timestamptz" for _, column in moments):
        zoned = side.find(exp.AtTimeZone)
        return alias if zoned or not side.find(*_BY_ZONE) else None
    return alias


def _alias_of(select: Select, node: exp.Expr) -> str | None:
    owner = select.owner(node)
    return owner[0] if owner else None


def _held_equal(select: Select, alias: str) -> list[str]:
    """Columns of a table that are held equal to what is not of this SELECT's tables."""
    found: dict[str, None] = {}
    for condition in select.conditions():
        for side, is_equal in compared(condition):
            owner = select.owner(side)
            if owner and owner[0] == alias and is_equal and select.aliases_of(condition) == {alias}:
                found[owner[1].name] = None
    return list(found)


def _proposal(query: Query, select: Select, alias: str, keys: list[IndexPart], what: str) -> Proposal:
    table = select.tables[alias].name
    name = named(table, *(part.value for part in keys), "idx")
    reason = f"`{query.operation.name}` {what} of {table}"
    return Proposal(RULE, AddIndex(Index(name, table, tuple(keys))), reason, (query.operation.name,))
