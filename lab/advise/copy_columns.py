"""Keep a copy of a parent's column where its children are looked for by it.

A query that filters or orders children by a column of their parent cannot use one index for both: it joins first and
discards afterwards. With the column copied to the child, kept the same by triggers, one index on the child answers, and
the join falls away (denormalization; Date, "Database Design and Relational Theory", chapter 8, on what it costs). Each
new child reads its parent, and a change of the parent's column changes all of its children: both are measured where the
workload has such writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from lab.advise.copy_scripts import Copy, copy_script
from lab.advise.propose import is_small
from lab.advise.queries import Query, Select, compared, conjuncts, queries
from lab.advise.scripts import free_name, named
from lab.model.run import Proposal, Run
from lab.model.schema import Index, IndexPart, Table

RULE = "copy_columns"
_MOST_COPIED = 2
_CHANGING = ("cascade", "set null", "set default")
_RISK = (
    "an update of the parent's column writes all of its children and waits for those being written; a bulk load that "
    "switches triggers off leaves the copies empty"
)
_BOTH = "a statement that changes the parent's column may not read its children (error 1442)"


@dataclass(frozen=True, slots=True)
class _Join:
    """A child joined to its one parent by a declared reference."""

    parent: str
    """Its alias in the query, as `child`'s."""
    child: str
    key: str
    """The parent's key."""
    reference: str
    """The child's column that holds it."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """Where a query reads a parent's columns through a join: in which of its SELECTs."""

    query: Query
    number: int
    join: _Join
    columns: Sequence[str]

    @property
    def tables(self) -> tuple[Table, Table]:
        tables = self.query.selects()[self.number].tables
        return tables[self.join.child], tables[self.join.parent]


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    readings: dict[tuple[str, str], list[_Reading]] = {}
    for query in queries(run, engine):
        for number, select in enumerate(query.selects()):
            for join in _joins(select):
                if columns := _copied(select, join):
                    place = select.tables[join.child].name, join.reference
                    readings.setdefault(place, []).append(_Reading(query, number, join, columns))
    yield from (_proposal(each, engine) for each in readings.values())


def _joins(select: Select) -> Iterator[_Join]:
    if select.node.find(exp.Star) and any(isinstance(item, exp.Star) for item in select.node.expressions):
        return
    for node in select.node.args.get("joins") or ():
        on, alias = node.args.get("on"), node.this.alias_or_name
        if on is None or alias not in select.inner:
            continue
        for condition in conjuncts(on):
            if isinstance(condition, exp.EQ):
                yield from _references(select, condition, alias)


def _references(select: Select, condition: exp.EQ, joined: str) -> Iterator[_Join]:
    """The join read as one of a child to its parent, whichever of the two was written first."""
    left, right = select.owner(condition.left), select.owner(condition.right)
    if left is None or right is None or joined not in (left[0], right[0]):
        return
    for (child, ours), (parent, theirs) in ((left, right), (right, left)):
        if child == parent or not {child, parent} <= select.inner or ours.is_nullable:
            continue
        for key in select.tables[child].foreign_keys:
            if (key.columns, key.table, key.referenced) == ((ours.name,), select.tables[parent].name, (theirs.name,)):
                yield _Join(parent, child, theirs.name, ours.name)


def _copied(select: Select, join: _Join) -> list[str]:
    """The parent's columns the query reads; none when they are too many, or none of them decides which rows it reads
    and in what order."""
    table = select.tables[join.parent]
    read = {o[1].name for c in select.node.find_all(exp.Column) if (o := select.owner(c)) and o[0] == join.parent}
    columns = [column for column in sorted(read) if column != join.key]
    has_stars = any(c.table == join.parent for c in select.node.find_all(exp.Column) if isinstance(c.this, exp.Star))
    if has_stars or not 0 < len(columns) <= _MOST_COPIED or not all(is_small(table, column) for column in columns):
        return []
    order = select.node.args.get("order")
    first = order.expressions if order and select.node.args.get("limit") else ()
    if not first and not any(_is_filter(select, condition) for condition in select.conditions()):
        return []
    deciding = [*select.conditions(), *first]
    return columns if any(_is_about(select, node, join, columns) for node in deciding) else []


def _is_filter(select: Select, condition: exp.Expr) -> bool:
    """Whether a condition keeps rows of one table for what they are, and not for what they are joined with."""
    return len(select.aliases_of(condition)) == 1


def _is_about(select: Select, node: exp.Expr, join: _Join, columns: Sequence[str]) -> bool:
    owners = (select.owner(column) for column in node.find_all(exp.Column))
    return any(owner and owner[0] == join.parent and owner[1].name in columns for owner in owners)


def _proposal(readings: Sequence[_Reading], engine: str) -> Proposal:
    """One change for all queries that go the same way from a child to its parent."""
    join, (child, parent) = readings[0].join, readings[0].tables
    prefix = join.reference.removesuffix(f"_{join.key}")
    columns = dict.fromkeys(column for reading in readings for column in reading.columns)
    names = {column: free_name(child, f"{prefix}_{column}") for column in columns}
    trees: dict[str, Query] = {}
    indexes: dict[str, Index] = {}
    for reading in readings:
        again = trees.setdefault(reading.query.operation.name, reading.query.again())
        select = again.selects()[reading.number]
        if keys := _keys(select, reading.join, names):
            index = Index(named(child.name, *(part.value for part in keys), "idx"), child.name, tuple(keys))
            indexes[index.name] = index
        _without_parent(select, reading.join, names)
    copy = Copy(named(child.name, "with", *names.values()), child, parent, join.key, join.reference, names)
    script = copy_script(copy, indexes.values(), engine)
    asked = ", ".join(f"`{operation}`" for operation in trees)
    reason = f"{asked}: rows of {child.name} are picked by {', '.join(columns)} of {parent.name}, by a join"
    rewrites = tuple(again.rewritten() for again in trees.values())
    risk = _RISK if engine in ("postgres", "sqlite") else f"{_RISK}; {_BOTH}"
    return Proposal(RULE, script, reason, tuple(trees), rewrites, risk, obstacle=_obstacle(copy, engine))


def _obstacle(copy: Copy, engine: str) -> str:
    """What InnoDB changes by a foreign key's action, it tells no trigger of (MySQL manual, 15.1.20.5)."""
    if engine in ("postgres", "sqlite"):
        return ""
    if copy.parent.name == copy.child.name:
        return f"a trigger of {copy.child.name} may not change {copy.child.name}"
    for key in copy.parent.foreign_keys:
        changing = key.on_update in _CHANGING or key.on_delete in ("set null", "set default")
        if changing and set(key.columns) & set(copy.names):
            return (
                f"{', '.join(key.columns)} of {copy.parent.name} changes with {key.table}, and no trigger hears of it"
            )
    return ""


def _keys(select: Select, join: _Join, names: dict[str, str]) -> list[IndexPart]:
    """An index on the child over what both are held equal to, then the order, or one range."""

    def ours(node: exp.Expr) -> str | None:
        owner = select.owner(node)
        if owner is None or owner[0] not in (join.child, join.parent):
            return None
        return owner[1].name if owner[0] == join.child else names.get(owner[1].name, join.reference)

    equal: dict[str, None] = {}
    ranges: dict[str, None] = {}
    for condition in select.conditions():
        if select.aliases_of(condition) <= {join.child, join.parent}:
            for side, is_equal in compared(condition):
                if (name := ours(side)) and len(list(condition.find_all(exp.Column))) == 1:
                    (equal if is_equal else ranges)[name] = None
    order = select.node.args.get("order")
    ordered = [(ours(k.this), bool(k.args.get("desc"))) for k in order.expressions] if order else []
    tail = [(name, down) for name, down in ordered if name and name not in equal]
    if not all(name for name, _ in ordered) or not tail:
        tail = [(name, False) for name in list(ranges)[:1]]
    return [IndexPart(name) for name in equal] + [IndexPart(name, is_descending=down) for name, down in tail]


def _without_parent(select: Select, join: _Join, names: dict[str, str]) -> None:
    node, joins = select.node, select.node.args["joins"]
    placed = [(c, o[1].name) for c in node.find_all(exp.Column) if (o := select.owner(c)) and o[0] == join.parent]
    is_first = node.args["from_"].this.alias_or_name == join.parent
    gone = next(j for j in joins if j.this.alias_or_name == (join.child if is_first else join.parent))
    if is_first:
        node.args["from_"].set("this", gone.this)
    for column, name in placed:
        is_item = column.parent is node
        ours = select.column(join.reference if name == join.key else names[name], join.child)
        column.replace(exp.alias_(ours, name) if is_item else ours)
    node.set("joins", [other for other in joins if other is not gone])
    rest = [c for c in conjuncts(gone.args["on"]) if not _is_same(c)]
    if rest:
        node.where(*rest, copy=False)


def _is_same(condition: exp.Expr) -> bool:
    """The join's own condition, now that both sides are the child's reference."""
    return isinstance(condition, exp.EQ) and condition.left == condition.right
