"""Queries as they were written, and which table each of their columns is of: what rules that look into expressions,
or rewrite a text, start from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.advise.names import names_of, spell
from lab.advise.scripts import quote
from lab.model.run import Run
from lab.model.schema import Column, Schema, Table
from lab.model.spoken import text_key
from lab.model.workload import Operation

DIALECTS = {"postgres": "postgres", "sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql"}
"""sqlglot's name of each engine's SQL. An engine that is not here reads no SQL."""
_Node = TypeVar("_Node", bound=exp.Expr)


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT of a query, with the tables of the schema it reads, by alias. `is_closed` when it reads nothing else
    (no query in its FROM, no function), so that a bare column can only be theirs or an outer query's."""

    node: exp.Select
    tables: Mapping[str, Table]
    is_closed: bool
    inner: frozenset[str]
    """Aliases of tables whose rows no outer join makes up."""
    quoted: frozenset[str]
    """Aliases that stand in quotes."""

    def column(self, name: str, alias: str) -> exp.Column:
        """A column of one of the tables, as this SELECT may name it."""
        return exp.Column(this=identifier(name), table=exp.to_identifier(alias, quoted=alias in self.quoted))

    def owner(self, node: exp.Expr) -> tuple[str, Column] | None:
        """(alias, column) of a column of one of the tables; None for anything else."""
        if not isinstance(node, exp.Column):
            return None
        if node.table:
            table = self.tables.get(node.table)
            found = [(node.table, c) for c in table.columns if c.name == node.name] if table else []
        else:
            found = [(alias, c) for alias, t in self.tables.items() for c in t.columns if c.name == node.name]
        return found[0] if len(found) == 1 and (node.table or self.is_closed) else None

    def only_table(self, node: exp.Expr) -> str | None:
        """The alias of the one table all columns of an expression are of; None when it has none, or others too."""
        owners = [self.owner(column) for column in node.find_all(exp.Column)]
        aliases = {owner[0] for owner in owners if owner}
        return aliases.pop() if owners and all(owners) and len(aliases) == 1 else None

    def conditions(self) -> Iterator[exp.Expr]:
        """Conditions that all hold for every row: of WHERE, and of inner joins."""
        if where := self.node.args.get("where"):
            yield from conjuncts(where.this)
        for join in self.node.args.get("joins") or ():
            if join.args.get("on") and not join.side:
                yield from conjuncts(join.args["on"])

    def aliases_of(self, condition: exp.Expr) -> set[str]:
        """The tables of this SELECT an expression is about, those of queries within it left out."""
        return {owner[0] for column in own_nodes(condition, exp.Column) if (owner := self.owner(column))}


@dataclass(frozen=True, slots=True)
class Query:
    """A read of the workload, parsed. `key` says which of the operation's texts it is."""

    operation: Operation
    engine: str
    key: str
    schema: Schema
    tree: exp.Expr

    def selects(self) -> list[Select]:
        known = {table.name: table for table in self.schema.tables}
        named = {cte.alias for cte in self.tree.find_all(exp.CTE)}
        known = {name: table for name, table in known.items() if name not in named}
        return [_select(node, known) for node in self.tree.find_all(exp.Select)]

    def again(self) -> Query:
        """A copy whose tree may be changed."""
        return replace(self, tree=self.tree.copy())

    def rewritten(self) -> Operation:
        """The operation with the tree, as it is now, for its text."""
        text = written(self.tree, self.dialect)
        return replace(self.operation, sql={**self.operation.sql, self.key: text}, position=None, positions={})

    @property
    def dialect(self) -> str:
        return DIALECTS[self.key or "postgres"]


def queries(run: Run, engine: str) -> Iterator[Query]:
    """Every read of the base that could be parsed, as the engine reads it; none for an engine without SQL."""
    if engine not in DIALECTS:
        return
    names = names_of(run.design.schema)
    for operation in run.design.workload.for_variant("base"):
        key = text_key(engine, operation.sql)
        if operation.is_write or key not in operation.sql:
            continue
        tree = _parsed(operation.sql[key], engine, DIALECTS[key or "postgres"], names)
        if isinstance(tree, exp.Query):
            yield Query(operation, engine, key, run.design.schema, tree)


def own_queries(run: Run, engine: str) -> Iterator[Query]:
    """As `queries`, but in the engine's own words: for what has no words in PostgreSQL."""
    for query in queries(run, engine):
        text = own_text(run, engine, query.operation)
        tree = _parsed(text, engine, DIALECTS[engine], names_of(run.design.schema)) if text else None
        if isinstance(tree, exp.Query):
            operation = replace(query.operation, sql={**query.operation.sql, engine: text})
            yield Query(operation, engine, engine, run.design.schema, tree)


def every_condition(found: Iterable[Query]) -> Iterator[tuple[Query, int, Select, exp.Expr]]:
    """Each condition of each SELECT of each query, with the SELECT and its number."""
    for query in found:
        for number, select in enumerate(query.selects()):
            for condition in select.conditions():
                yield query, number, select, condition


def own_text(run: Run, engine: str, operation: Operation) -> str:
    """An operation in the engine's own words: as the base was measured with it, where those are not PostgreSQL's."""
    if engine == "postgres" or text_key(engine, operation.sql):
        return operation.text(engine)
    base = run.engines[-1].variants[0] if run.engines and run.engines[-1].variants else None
    measured = base.operation(operation.name) if base else None
    return measured.sql if measured else ""


@lru_cache(maxsize=1024)
def _parsed(text: str, engine: str, dialect: str, names: frozenset[str]) -> exp.Expr | None:
    """Shared by all rules: who changes a tree changes a copy (`Query.again`)."""
    try:
        return spell(sqlglot.parse_one(text, read=dialect), engine, names)
    except SqlglotError:
        return None


def _select(node: exp.Select, known: Mapping[str, Table]) -> Select:
    first = node.args.get("from_")
    joins = node.args.get("joins") or []
    sources = [source for source in (first, *joins) if source]
    tables = {s.this.alias_or_name: known[s.this.name] for s in sources if _is_known(s.this, known)}
    sides = {join.side for join in joins}
    outer = {join.this.alias_or_name for join in joins if join.side in ("LEFT", "FULL")}
    inner = frozenset() if sides & {"RIGHT", "FULL"} else frozenset(tables.keys() - outer)
    quoted = frozenset(s.this.alias_or_name for s in sources if _is_quoted(s.this))
    return Select(node, tables, len(tables) == len(sources), inner, quoted)


def _is_quoted(source: exp.Expr) -> bool:
    alias = source.args.get("alias")
    name = alias.this if alias else source.this
    return isinstance(name, exp.Identifier) and bool(name.args.get("quoted"))


def _is_known(source: exp.Expr, known: Mapping[str, Table]) -> bool:
    return isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier) and source.name in known


def identifier(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=quote(name) != name)


def conjuncts(tree: exp.Expr) -> Iterator[exp.Expr]:
    for part in tree.flatten() if isinstance(tree, exp.And) else (tree,):
        yield part.unnest()


def own_nodes(tree: exp.Expr, kind: type[_Node]) -> Iterator[_Node]:
    """Nodes of a kind, those of queries within left out."""
    for node in tree.walk(prune=lambda node: isinstance(node, exp.Query) and node is not tree):
        if isinstance(node, kind):
            yield node


def compared(condition: exp.Expr) -> Iterator[tuple[exp.Expr, bool]]:
    """(a side of a comparison, whether it is held equal), for each side that could be looked up."""
    match condition:
        case exp.EQ():
            yield condition.left.unnest(), True
            yield condition.right.unnest(), True
        case exp.In():
            yield condition.this.unnest(), True
        case exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
            yield condition.left.unnest(), False
            yield condition.right.unnest(), False
        case exp.Between():
            yield condition.this.unnest(), False


def bare(expression: exp.Expr) -> str:
    """An expression as an index holds it: its columns without their table, in PostgreSQL's words."""
    return written(of_row(expression), "postgres", is_pretty=False)


def of_row(expression: exp.Expr, row: str = "") -> exp.Expr:
    """An expression over one row: its columns without their table, or with what a trigger calls the row."""
    plain = expression.copy()
    for column in plain.find_all(exp.Column):
        column.set("table", exp.to_identifier(row) if row else None)
    return plain


def written(tree: exp.Expr, dialect: str, is_pretty: bool = True) -> str:
    """SQL with parameters as the lab writes them."""
    return re.sub(r"%\((\w+)\)s", r":\1", tree.sql(dialect=dialect, pretty=is_pretty))
