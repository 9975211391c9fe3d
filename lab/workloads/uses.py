"""Where a statement's parameters stand: the column each is compared with, or put into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from lab.errors import closest
from lab.model.schema import Column, Schema, Table
from lab.model.workload import Rule
from lab.workloads.derived import repeats_a_key

Kind = Literal["compared", "listed", "any", "like", "put", "added", "limit", "other"]
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_TRANSPARENT = (exp.Cast, exp.Paren, exp.Neg, exp.Lower, exp.Upper, exp.TryCast)
_OWN_SPACES = ("", "public")


class Unusable(Exception):
    """Why a statement becomes no operation, or does not tell what its parameters are."""


@dataclass(frozen=True, slots=True)
class Use:
    kind: Kind
    table: Table | None = None
    column: Column | None = None

    @property
    def name(self) -> str:
        if self.kind == "limit":
            return "most"
        return self.column.name if self.column else "value"


class Tables:
    """The schema's tables a statement names, by alias. Raises Unusable for tables and columns the schema lacks."""

    def __init__(self, tree: exp.Expr, schema: Schema) -> None:
        self._made = {cte.alias for cte in tree.find_all(exp.CTE)} | {sub.alias for sub in tree.find_all(exp.Subquery)}
        known = {table.name.lower(): table for table in schema.tables}
        self.by_alias: dict[str, Table] = {}
        for node in tree.find_all(exp.Table):
            if not isinstance(node.this, exp.Identifier) or (node.name in self._made and not node.db):
                continue
            found = known.get(node.name.lower())
            if found is None or node.db.lower() not in (*_OWN_SPACES, found.namespace or ""):
                raise Unusable(f"names {node.sql()}, which is no table of the schema")
            self.by_alias[node.alias_or_name.lower()] = found
        if not self.by_alias:
            raise Unusable("names no table of the schema")
        self._aliases = {alias.alias for alias in tree.find_all(exp.Alias, exp.TableAlias)}
        for column in tree.find_all(exp.Column):
            self.resolve(column)

    def resolve(self, node: exp.Column) -> tuple[Table, Column] | None:
        """The schema's column a name stands for; None for one the statement made itself."""
        if node.table and (owner := self.by_alias.get(node.table.lower())):
            return owner, _column(owner, node.name)
        if node.table or isinstance(node.this, exp.Star):
            return None
        for owner in self.by_alias.values():
            for column in owner.columns:
                if column.name.lower() == node.name.lower():
                    return owner, column
        if node.name not in self._aliases and not self._made and node.name.lower() not in self.by_alias:
            names = [column.name for owner in self.by_alias.values() for column in owner.columns]
            raise Unusable(f"names the column {node.name}, which the schema lacks{_like(node.name, names)}")
        return None


def _column(table: Table, name: str) -> Column:
    for column in table.columns:
        if column.name.lower() == name.lower():
            return column
    names = [column.name for column in table.columns]
    raise Unusable(f"names {table.name}.{name}, which the schema lacks{_like(name, names)}")


def _like(name: str, names: Sequence[str]) -> str:
    found = closest(name, names)
    return f" (it has {found})" if found else ""


def find_uses(tree: exp.Expr, tables: Tables) -> dict[str, Use]:
    """By parameter, numbered ones in the order of their numbers; a parameter used twice by its first use."""
    uses: dict[str, Use] = {}
    for node in sorted(tree.find_all(exp.Placeholder), key=_number):
        use = _use(node, tables)
        if node.name not in uses or uses[node.name].kind == "other":
            uses[node.name] = use
    return uses


def _number(node: exp.Placeholder) -> int:
    return int(node.name[1:]) if node.name[1:].isdigit() else 0


def _use(node: exp.Expr, tables: Tables) -> Use:
    inner: exp.Expr = node
    parent = inner.parent
    while isinstance(parent, _TRANSPARENT):
        inner, parent = parent, parent.parent
    match parent:
        case exp.Limit() | exp.Offset() | exp.Fetch():
            return Use("limit")
        case exp.Tuple():
            return _in_tuple(inner, parent, tables)
        case exp.In():
            return _of_column(parent.this, "listed", tables)
        case exp.Any():
            outer = parent.parent
            return _of_column(outer.this if outer else None, "any", tables)
        case exp.Between():
            return _of_column(parent.this, "compared", tables)
        case exp.Like() | exp.ILike():
            return _of_column(parent.this, "like", tables)
        case exp.Binary() if isinstance(parent, _COMPARISONS):
            return _beside(inner, parent, tables)
        case exp.Add() | exp.Sub() | exp.Mul():
            other = parent.this if parent.expression is inner else parent.expression
            found = _of_column(other, "added", tables)
            return found if parent.find_ancestor(exp.Update) else Use("other", found.table, found.column)
    return Use("other")


def _beside(inner: exp.Expr, comparison: exp.Binary, tables: Tables) -> Use:
    other = comparison.this if comparison.expression is inner else comparison.expression
    is_set = isinstance(comparison.parent, exp.Update) and comparison.arg_key == "expressions"
    return _of_column(other, "put" if is_set else "compared", tables)


def _in_tuple(inner: exp.Expr, parent: exp.Tuple, tables: Tables) -> Use:
    """A row of VALUES, a row compared with a row, or a list."""
    place = next(number for number, item in enumerate(parent.expressions) if item is inner)
    outer = parent.parent
    if isinstance(outer, exp.Values) and isinstance(outer.parent, exp.Insert):
        return _inserted(place, outer.parent, tables)
    if isinstance(outer, _COMPARISONS):
        other = outer.this if outer.expression is parent else outer.expression
        if isinstance(other, exp.Tuple) and place < len(other.expressions):
            return _of_column(other.expressions[place], "compared", tables)
    return Use("other")


def _inserted(place: int, insert: exp.Insert, tables: Tables) -> Use:
    target = insert.this
    node = target.this if isinstance(target, exp.Schema) else target
    table = tables.by_alias[node.alias_or_name.lower()]
    names = [item.name for item in target.expressions] if isinstance(target, exp.Schema) else []
    column = _column(table, names[place]) if names else table.columns[place]
    return Use("put", table, column)


def _of_column(node: exp.Expr | None, kind: Kind, tables: Tables) -> Use:
    """The first column of an expression that is the schema's."""
    columns: Iterator[exp.Column] = node.find_all(exp.Column) if node is not None else iter(())
    for column in columns:
        if found := tables.resolve(column):
            return Use(kind, *found)
    return Use("other")


def check_insert(tree: exp.Expr, uses: Mapping[str, Use], rules: Mapping[str, Rule], schema: Schema) -> None:
    """Raises Unusable for an insert that would break a key when run again and again."""
    if not isinstance(tree, exp.Insert) or tree.args.get("conflict") or not isinstance(tree.expression, exp.Values):
        return
    if len(tree.expression.expressions) > 1:
        raise Unusable("inserts several rows at once, whose keys could not be told apart")
    by_column: dict[str, Rule | None] = {
        use.column.name: rules.get(name) for name, use in uses.items() if use.kind == "put" and use.column is not None
    }
    table = next(use.table for use in uses.values() if use.table is not None) if by_column else None
    if table is not None and repeats_a_key(table, by_column):
        raise Unusable(f"would break a key of {table.name} when run again: ON CONFLICT in it would let it")
