"""The next page from the last row of the one before, in place of OFFSET.

OFFSET reads and throws away all rows before the page, so each page costs more than the last. A caller that remembers
the last row it was given asks for what comes after it, and an index on the order leads straight there, however deep the
page lies ("keyset pagination", or the seek method: Winand, "SQL Performance Explained", chapter 7). The order must be
total, so it has to hold a key; columns that may be NULL, and texts from their end, have no value that comes before all
others, and are left alone. Both texts are asked for the same pages, the second with the last row of the page before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from lab.advise.propose import new_index
from lab.advise.queries import Query, Select, compared, queries
from lab.advise.scripts import named, with_index
from lab.model.run import Proposal, Run
from lab.model.schema import Column, Table
from lab.model.workload import Held, Value

RULE = "page_by_key"
_RISK = (
    "pages can no longer be jumped to by number; the caller must keep the last row's key and send it with the next "
    "request, and rows that were added before it meanwhile no longer shift the pages, which is mostly wanted"
)
_WHOLE = ("group", "having", "distinct", "windows")
_MOMENTS = ("timestamptz", "timestamp", "date")
_BITS = {"smallint": 15, "integer": 31, "bigint": 63}


@dataclass(frozen=True, slots=True)
class _Key:
    """One column the rows are ordered by."""

    node: exp.Column
    column: Column
    is_descending: bool

    @property
    def name(self) -> str:
        return f"after_{self.column.name}"


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    for query in queries(run, engine):
        select = query.selects()[0]
        node = select.node
        offset = node.args["offset"].expression if node is query.tree and node.args.get("offset") else None
        if isinstance(offset, exp.Placeholder) and not any(node.args.get(key) for key in _WHOLE):
            alias, keys = _order(select)
            if alias and _is_total(select, alias, keys) and all(_first(key) is not None for key in keys):
                yield _proposal(query, select, alias, keys, offset.name)


def _order(select: Select) -> tuple[str, list[_Key]]:
    """The table whose columns order the rows, and those; an empty name when they are of several, or no columns."""
    order = select.node.args.get("order")
    named_items = {i.alias: i.this for i in select.node.expressions if isinstance(i, exp.Alias)}
    keys, aliases = [], set()
    for item in order.expressions if order else ():
        node = named_items.get(item.this.name, item.this) if isinstance(item.this, exp.Column) else item.this
        owner = select.owner(node)
        if owner is None or owner[1].is_nullable or owner[0] not in select.inner:
            return "", []
        aliases.add(owner[0])
        keys.append(_Key(node, owner[1], bool(item.args.get("desc"))))
    return (aliases.pop(), keys) if len(aliases) == 1 else ("", [])


def _is_total(select: Select, alias: str, keys: Sequence[_Key]) -> bool:
    """Whether no two rows are equal in the order: it holds a key of its table, and nothing joined multiplies rows."""
    known = {key.column.name for key in keys} | set(_held_equal(select, alias))
    if not _holds_key(select.tables[alias], known) or not select.is_closed:
        return False
    return all(_holds_key(table, _joined_by(select, other)) for other, table in select.tables.items() if other != alias)


def _holds_key(table: Table, columns: set[str]) -> bool:
    return any(set(key.columns) <= columns for key in table.keys)


def _held_equal(select: Select, alias: str) -> list[str]:
    return [
        owner[1].name
        for condition in select.conditions()
        for side, is_equal in compared(condition)
        if is_equal and (owner := select.owner(side)) and owner[0] == alias and not isinstance(condition, exp.In)
        if select.aliases_of(condition) == {alias}
    ]


def _joined_by(select: Select, alias: str) -> set[str]:
    """Columns of a table that are held equal to something, in its join or in WHERE."""
    conditions = [*select.conditions()]
    conditions += [c for j in select.node.args.get("joins") or () if j.args.get("on") for c in j.args["on"].flatten()]
    sides = (s for c in conditions if isinstance(c, exp.EQ) for s in (c.left, c.right))
    return {owner[1].name for side in sides if (owner := select.owner(side)) and owner[0] == alias}


def _proposal(query: Query, select: Select, alias: str, keys: Sequence[_Key], offset: str) -> Proposal:
    again = query.again()
    assert isinstance(again.tree, exp.Select)
    again.tree.set("offset", None)
    again.tree.where(_after(keys, query), copy=False)
    held = Held(tuple(key.name for key in keys), _last_row(query, keys).rewritten(), offset)
    rewritten = replace(again.rewritten(), held=held)
    wanted = [(name, False) for name in _held_equal(select, alias)]
    wanted += [(key.column.name, key.is_descending) for key in keys]
    index = new_index(select.tables[alias], wanted)
    script = with_index(named(query.operation.name, "by_key"), *([index] if index else []))
    reason = f"`{query.operation.name}` reads and throws away :{offset} rows before each page"
    return Proposal(RULE, script, reason, (query.operation.name,), (rewritten,), _RISK)


def _last_row(query: Query, keys: Sequence[_Key]) -> Query:
    last = query.again()
    columns = [exp.alias_(key.node.copy(), key.name) for key in keys]
    last.tree.set("expressions", columns)
    last.tree.set("limit", exp.Limit(expression=exp.Literal.number(1)))
    order = last.tree.args["order"]
    for item, key in zip(order.expressions, keys, strict=True):
        item.set("this", key.node.copy())
    return last


def _after(keys: Sequence[_Key], query: Query) -> exp.Expr:
    """`(a, b) > (:after_a, :after_b)`; spelled out where the directions differ, or the engine finds no way by it."""
    values = [_value(key, query) for key in keys]
    same_way = len({key.is_descending for key in keys}) == 1
    if same_way and query.engine in ("postgres", "sqlite"):
        ours = exp.Tuple(expressions=[key.node.copy() for key in keys])
        kind = exp.LT if keys[0].is_descending else exp.GT
        return kind(this=ours, expression=exp.Tuple(expressions=values))
    ways = []
    for number, key in enumerate(keys):
        equal = [exp.EQ(this=k.node.copy(), expression=v) for k, v in zip(keys[:number], values, strict=False)]
        kind = exp.LT if key.is_descending else exp.GT
        ways.append(exp.and_(*equal, kind(this=key.node.copy(), expression=values[number])))
    bound = exp.LTE if keys[0].is_descending else exp.GTE
    return exp.and_(bound(this=keys[0].node.copy(), expression=values[0].copy()), exp.or_(*ways))


def _value(key: _Key, query: Query) -> exp.Expr:
    """What the caller holds; what comes before all, when that is nothing yet."""
    first = exp.convert(_first(key))
    if query.engine == "postgres":
        first = exp.cast(first, key.column.type.name, dialect="postgres")
    return exp.Coalesce(this=exp.Placeholder(this=key.name), expressions=[first])


def _first(key: _Key) -> Value:
    """The value that comes before all others; None where there is none."""
    type_, is_high = key.column.type, key.is_descending
    name, arguments = type_.name, type_.arguments
    if name in _BITS:
        highest = (1 << _BITS[name]) - 1
        return highest if is_high else -highest - 1
    if name == "numeric" and arguments:
        beyond = int("1" + "0" * (arguments[0] - sum(arguments[1:])))
        return beyond if is_high else -beyond
    if name in _MOMENTS:
        time = "" if name == "date" else " 00:00:00"
        return f"9999-12-31{time}" if is_high else f"1000-01-01{time}"
    if name == "uuid":
        return "ffffffff-ffff-ffff-ffff-ffffffffffff" if is_high else "00000000-0000-0000-0000-000000000000"
    return "" if name in ("text", "varchar") and not is_high else None
