"""Which writes make which cached answers wrong, from the statements alone.

A read is cached under its parameters. A write changes rows of a table the read reads; which keys those rows bear on
follows from equalities: where the read holds a column equal to a parameter (through joins, too), and the write knows
that column's value, the key is known. Where one more table leads there, a query finds it (a delta query, as for the
incremental upkeep of a view: Gupta & Mumick, "Maintenance of Materialized Views", 1995). Otherwise every key of the
read is taken to be touched: too many, never too few. What triggers write is not in the text, and not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from lab.advise.names import qualified
from lab.advise.scripts import quote
from lab.model.caching import Reach, Touch
from lab.model.schema import Schema
from lab.model.workload import Operation

_Node = tuple[str, str]
"""(what, name): a column of one table's occurrence, or (":", a parameter)."""
_CHANGING = (
    "now random current_timestamp current_date clock_timestamp statement_timestamp gen_random_uuid nextval".split()
)


class Unreadable(ValueError):
    """A text that cannot be parsed, so that nothing follows from it."""


@dataclass
class _Equals:
    """Disjoint sets of things that are equal in every row."""

    parents: dict[_Node, _Node] = field(default_factory=dict)

    def find(self, node: _Node) -> _Node:
        while (parent := self.parents.get(node, node)) != node:
            node = parent
        return node

    def join(self, one: _Node, other: _Node) -> None:
        self.parents[self.find(one)] = self.find(other)

    def are_equal(self, one: _Node, other: _Node) -> bool:
        return self.find(one) == self.find(other)


class Read:
    """A read, parsed: the tables it reads, their columns, and what is equal in it. Raises Unreadable."""

    def __init__(self, operation: Operation, schema: Schema) -> None:
        self.operation = operation
        self.schema = schema
        tree = _parsed(operation, schema)
        self.occurrences: dict[str, str] = {}
        """Each occurrence of a table, and the table."""
        self.used: dict[str, set[str]] = {}
        self.equals = _Equals()
        self.changes_by_itself = next((f for f in map(_function, tree.find_all(exp.Func)) if f in _CHANGING), "")
        scopes = traverse_scope(tree)
        for scope in scopes:
            for alias, (_, source) in scope.selected_sources.items():
                if isinstance(source, exp.Table) and self._is_known(source):
                    self.occurrences[_occurrence(scope, alias)] = source.name
        for scope in scopes:
            self._take(scope)

    def _take(self, scope: Scope) -> None:
        for column in scope.find_all(exp.Column):
            if node := self._column(scope, column):
                self.used.setdefault(self.occurrences[node[0]], set()).add(node[1])
        if isinstance(scope.expression, exp.Select):
            for condition in _conditions(scope.expression):
                sides = [self._node(scope, side) for side in (condition.left, condition.right)]
                if sides[0] and sides[1]:
                    self.equals.join(sides[0], sides[1])

    def _is_known(self, source: exp.Table) -> bool:
        return any(table.name == source.name for table in self.schema.tables)

    def _node(self, scope: Scope, side: exp.Expr) -> _Node | None:
        plain = _bare(side)
        if isinstance(plain, exp.Placeholder):
            return ":", str(plain.this)
        return self._column(scope, plain) if isinstance(plain, exp.Column) else None

    def _column(self, scope: Scope | None, column: exp.Column) -> _Node | None:
        """The table's column it stands for, out of queries in FROM and of outer queries."""
        while scope is not None and column.table not in scope.selected_sources:
            scope = scope.parent
        if scope is None:
            return None
        _, source = scope.selected_sources[column.table]
        if isinstance(source, exp.Table):
            occurrence = _occurrence(scope, column.table)
            return (occurrence, column.name) if occurrence in self.occurrences else None
        if not isinstance(source, Scope) or not isinstance(source.expression, exp.Select):
            return None
        inner = next((item for item in source.expression.selects if item.alias_or_name == column.name), None)
        plain = inner.unalias() if inner is not None else None
        return self._column(source, plain) if isinstance(plain, exp.Column) else None

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.occurrences.values()))

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.operation.parameters)


@dataclass(frozen=True, slots=True)
class _Change:
    """What a statement does to rows of one table. `known` gives columns of the rows it changes, before and after, each
    as SQL of the write's parameters; `columns` are those it changes, None for whole rows; `made` those the database
    makes up for new rows, so that no answer was ever kept under their values."""

    table: str
    known: Mapping[str, str]
    columns: frozenset[str] | None
    made: frozenset[str] = frozenset()


class Write:
    """A write, parsed. Raises Unreadable."""

    def __init__(self, operation: Operation, schema: Schema) -> None:
        self.operation = operation
        self._schema = schema
        self._tree = _parsed(operation, schema, is_qualified=False)

    @cached_property
    def changes(self) -> tuple[_Change, ...]:
        found = tuple(self._changes(self._tree))
        deleted = {change.table for change in found if isinstance(self._tree, exp.Delete)}
        return found + tuple(_Change(table, {}, None) for table in _cascaded(self._schema, deleted))

    def _changes(self, tree: exp.Expr) -> Iterator[_Change]:
        for part in tree.find_all(exp.Insert, exp.Update, exp.Delete):
            if isinstance(part, exp.Insert):
                yield self._insertion(part)
            elif isinstance(part, exp.Update):
                columns = frozenset(s.left.name for s in part.expressions if isinstance(s, exp.EQ))
                known = {name: sql for name, sql in _known(part).items() if name not in columns}
                yield _Change(part.this.name, known, columns)
            else:
                yield _Change(part.this.name, _known(part), None)

    def _insertion(self, tree: exp.Insert) -> _Change:
        into = tree.this
        name = (into.this if isinstance(into, exp.Schema) else into).name
        columns = [part.name for part in into.expressions] if isinstance(into, exp.Schema) else []
        known = dict(_inserted(columns, tree.expression))
        conflict = tree.args.get("conflict")
        if conflict is not None:
            kept = {_bare(key).name for key in conflict.args.get("conflict_keys") or ()}
            known = {column: sql for column, sql in known.items() if column in kept}
        key = next((t.primary_key for t in self._schema.tables if t.name == name), None)
        is_made = key is not None and conflict is None and columns and not set(key.columns) & set(columns)
        return _Change(name, known, None, frozenset(key.columns) if key and is_made else frozenset())


def touch(read: Read, write: Write) -> Touch | None:
    """How a write bears on a read's answers; None when it does not."""
    found = [each for change in write.changes for each in _touched(read, change)]
    if not found:
        return None
    if any(lookups is None for lookups in found):
        return Touch(write.operation.name, "every key")
    sets = {tuple(sorted(lookups.items())) for lookups in found if lookups is not None}
    if len(sets) > 1:
        return Touch(write.operation.name, "every key")
    (lookups,) = sets
    reach: Reach = "key" if all(sql.startswith(":") for _, sql in lookups) else "looked up"
    return Touch(write.operation.name, reach, lookups)


def _touched(read: Read, change: _Change) -> Iterator[dict[str, str] | None]:
    """For each occurrence of the changed table, where the read's parameters come from; None where it is not known."""
    used = read.used.get(change.table, set())
    if change.columns is not None and not change.columns & used:
        return
    for occurrence, table in read.occurrences.items():
        if table == change.table and not _is_under_made_key(read, occurrence, change):
            sources = {name: _source(read, occurrence, change, name) for name in read.parameters}
            whole = {name: sql for name, sql in sources.items() if sql is not None}
            yield whole if len(whole) == len(sources) else None


def _is_under_made_key(read: Read, occurrence: str, change: _Change) -> bool:
    return any(
        read.equals.are_equal((occurrence, column), (":", parameter))
        for column in change.made
        for parameter in read.parameters
    )


def _source(read: Read, occurrence: str, change: _Change, parameter: str) -> str | None:
    """The parameter's value in the changed rows, as SQL."""
    wanted: _Node = (":", parameter)
    for column, sql in change.known.items():
        if read.equals.are_equal((occurrence, column), wanted):
            return sql
    for column, sql in change.known.items():
        for other, table in read.occurrences.items():
            near = [column] if other == occurrence else _equal(read, other, table, (occurrence, column))
            far = _equal(read, other, table, wanted)
            if change.columns is not None and other == occurrence:
                far = [name for name in far if name not in change.columns]
            if near and far:
                value = sql if sql.startswith(":") else f"({sql})"
                return f"SELECT {quote(far[0])} FROM {quote(table)} WHERE {quote(near[0])} = {value}"
    return None


def _equal(read: Read, occurrence: str, table: str, node: _Node) -> list[str]:
    """The columns of a table's occurrence that are equal to something else."""
    columns = (column.name for column in read.schema.table(table).columns)
    return [name for name in columns if read.equals.are_equal((occurrence, name), node)]


def _inserted(names: Sequence[str], values: exp.Expr | None) -> Iterator[tuple[str, str]]:
    if isinstance(values, exp.Values) and len(values.expressions) == 1:
        for name, value in zip(names, values.expressions[0].expressions, strict=False):
            if isinstance(plain := _bare(value), exp.Placeholder):
                yield name, f":{plain.this}"
    elif isinstance(values, exp.Select):
        for name, item in zip(names, values.expressions, strict=False):
            plain = _bare(item.unalias())
            if isinstance(plain, exp.Placeholder):
                yield name, f":{plain.this}"
            elif isinstance(plain, exp.Column):
                yield name, _text(values.select(item.copy(), append=False))


def _known(tree: exp.Expr) -> dict[str, str]:
    """Columns an UPDATE or DELETE holds equal to a parameter."""
    where = tree.args.get("where")
    found: dict[str, str] = {}
    for condition in _equalities([where.this] if where else []):
        for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
            column, value = _bare(one), _bare(other)
            if isinstance(column, exp.Column) and isinstance(value, exp.Placeholder):
                found[column.name] = f":{value.this}"
    return found


def _cascaded(schema: Schema, tables: set[str]) -> list[str]:
    """Tables whose rows go, or lose their reference, with rows of these."""
    found: list[str] = []
    pending = list(tables)
    while pending:
        parent = pending.pop()
        for table, key in schema.foreign_keys():
            follows = key.on_delete in ("cascade", "set null", "set default")
            if key.table == parent and follows and table.name not in found:
                found.append(table.name)
                pending.append(table.name)
    return found


def _parsed(operation: Operation, schema: Schema, is_qualified: bool = True) -> exp.Expr:
    text = operation.sql.get("", "")
    try:
        if is_qualified:
            return qualified(text, "postgres", "postgres", schema)
        return sqlglot.parse_one(text, read="postgres")
    except SqlglotError as error:
        raise Unreadable(str(error).splitlines()[0]) from error


def _conditions(select: exp.Select) -> Iterator[exp.EQ]:
    where = select.args.get("where")
    joins = [join.args["on"] for join in select.args.get("joins") or () if join.args.get("on")]
    return _equalities([*([where.this] if where else []), *joins])


def _equalities(conditions: Iterable[exp.Expr]) -> Iterator[exp.EQ]:
    for condition in conditions:
        for part in condition.flatten() if isinstance(condition, exp.And) else (condition,):
            if isinstance(plain := part.unnest(), exp.EQ):
                yield plain


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    return node


def _occurrence(scope: Scope, alias: str) -> str:
    return f"{alias}@{id(scope)}"


def _function(node: exp.Func) -> str:
    return str(node.name or node.sql_name()).lower() if isinstance(node, exp.Anonymous) else node.sql_name().lower()


def _text(tree: exp.Expr) -> str:
    """As the workload writes it, its parameters as `:name`."""
    return re.sub(r"%\((\w+)\)s", r":\1", tree.sql(dialect="postgres"))
