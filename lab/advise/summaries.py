"""A SELECT of an aggregate that can be kept in a table: its groups, its sums, and how it reads the table then."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from lab.advise.queries import identifier
from lab.model.schema import Schema

COUNT = "rows_in_group"
_MAYBE_NULL = (exp.Nullif, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar)
_MAYBE_NULL_ELSEWHERE = (*_MAYBE_NULL, exp.Div, exp.IntDiv, exp.Mod, exp.Anonymous)
"""Division by zero gives NULL outside of PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A SELECT that can be kept: its group keys and sums by the names they get, and where its rows come from."""

    name: str
    keys: dict[str, exp.Expr]
    sums: dict[str, exp.Expr]
    source: exp.Select
    dialect: str

    @property
    def key_names(self) -> list[str]:
        return list(self.keys) or ["is_only"]

    @property
    def sum_names(self) -> list[str]:
        return [*self.sums, COUNT]

    @property
    def tables(self) -> Counter[str]:
        """How often it reads each table."""
        return Counter(table.name for table in self.source.find_all(exp.Table))

    def quote(self, name: str) -> str:
        return identifier(name).sql(dialect=self.dialect)

    def listed(self, names: Sequence[str]) -> str:
        return ", ".join(map(self.quote, names))

    def rows(self, sign: str = "", swap: tuple[str, exp.Expr] | None = None) -> str:
        """The groups as the tables give them; with one table's rows taken from somewhere else instead."""
        source = self.source.copy()
        for table in list(source.find_all(exp.Table)):
            if swap and table.name == swap[0]:
                table.replace(exp.alias_(swap[1].copy(), identifier(table.alias_or_name), table=True))
        body = exp.Select(**{k: source.args.get(k) for k in ("from_", "from", "joins", "where") if source.args.get(k)})
        return self._grouped(body, self.keys, self.sums, list(self.keys.values()), sign)

    def rows_beside(self, table: str, row: str, sign: str = "") -> str:
        """The groups that one row of a table makes with the other tables; `row` is its name in a trigger. Without a
        derived table: MySQL 9.7 never ends a trigger's join with one once writers have met in a deadlock."""
        tables = list(self.source.find_all(exp.Table))
        (mine,) = (node.alias_or_name for node in tables if node.name == table)
        where, joins = self.source.args.get("where"), self.source.args.get("joins") or ()
        conditions = [join.args["on"] for join in joins if join.args.get("on")] + ([where.this] if where else [])

        def named(tree: exp.Expr) -> exp.Expr:
            return tree.transform(
                lambda node: (
                    exp.column(node.this.copy(), table=exp.to_identifier(row))
                    if isinstance(node, exp.Column) and node.table == mine
                    else node
                )
            )

        first, *others = (node.copy() for node in tables if node.name != table)
        body = exp.select().from_(first)
        for other in others:
            body = body.join(other, join_type="cross")
        keys = {name: named(expr) for name, expr in self.keys.items()}
        groups = [key for key in keys.values() if any(column.table != row for column in key.find_all(exp.Column))]
        sums = {name: named(expr) for name, expr in self.sums.items()}
        return self._grouped(body.where(*map(named, conditions)), keys, sums, groups, sign)

    def _grouped(
        self,
        body: exp.Select,
        keys: Mapping[str, exp.Expr],
        sums: Mapping[str, exp.Expr],
        groups: Sequence[exp.Expr],
        sign: str,
    ) -> str:
        """Sums and counts, each with the sign, by groups of `body`: a SELECT of no columns."""
        columns = [f"{self._sql(expr)} AS {self.quote(name)}" for name, expr in keys.items()] or ["true AS is_only"]
        columns += [f"{sign}SUM({self._sql(expr)}) AS {self.quote(name)}" for name, expr in sums.items()]
        columns.append(f"{sign}COUNT(*) AS {COUNT}")
        text = self._sql(body).removeprefix("SELECT").strip()
        group = f"GROUP BY {', '.join(map(self._sql, groups))}" if groups else "HAVING COUNT(*) > 0"
        return f"SELECT {', '.join(columns)}\n{text}\n{group}"

    def read_columns(self, table: str) -> list[str]:
        """Columns of a table that it reads anywhere."""
        aliases = {node.alias_or_name for node in self.source.find_all(exp.Table) if node.name == table}
        parts = [self.source, *self.keys.values(), *self.sums.values()]
        found = (column for part in parts for column in part.find_all(exp.Column) if column.table in aliases)
        return list(dict.fromkeys(column.name for column in found))

    def column(self, name: str) -> exp.Column:
        return exp.column(identifier(name), table=identifier(self.name))

    def _sql(self, tree: exp.Expr) -> str:
        return with_parameters(tree, self.dialect)


def summary_of(name: str, select: exp.Select, schema: Schema, dialect: str) -> Summary | None:
    """None when the SELECT is no aggregate that could be kept exactly."""
    tables = [select.args.get("from_") or select.args.get("from"), *(select.args.get("joins") or ())]
    plain = all(
        source and isinstance(source.this, exp.Table) and not source.args.get("side") and not source.args.get("using")
        for source in tables
    )
    where = select.args.get("where")
    if not plain or select.args.get("distinct") or (where and where.find(exp.Query)):
        return None
    aggregates = _aggregates(select)
    known = {source.this.alias_or_name: source.this.name for source in tables if source}
    ours = {table.name for table in schema.tables} - {cte.alias for cte in select.root().find_all(exp.CTE)}
    if not ours.issuperset(known.values()) or any(
        c.table and c.table not in known for c in select.find_all(exp.Column)
    ):
        return None
    if not aggregates or not all(_is_kept(aggregate) for aggregate in aggregates):
        return None
    keys = _keys(select)
    sums = _sums(aggregates)
    if any(not _is_never_null(expr, known, schema, dialect) for expr in (*keys.values(), *sums.values())):
        return None
    return Summary(name, keys, sums, _without_parameters(select), dialect)


def _aggregates(select: exp.Select) -> list[exp.Expr]:
    """Those of this SELECT itself, wherever they stand in it, but not in a query within."""
    parts = [*select.expressions, select.args.get("having"), select.args.get("order")]
    found = [node for part in parts if part for node in part.find_all(exp.AggFunc)]
    return [node for node in found if node.find_ancestor(exp.Select) is select]


def _is_kept(aggregate: exp.Expr) -> bool:
    if aggregate.find_ancestor(exp.Window) or aggregate.find_ancestor(exp.Filter):
        return False
    is_plain = isinstance(aggregate, exp.Sum | exp.Avg | exp.Count)
    return is_plain and not aggregate.find(exp.Distinct, exp.Query, exp.Placeholder)


def _is_never_null(expr: exp.Expr, known: dict[str, str], schema: Schema, dialect: str) -> bool:
    columns = list(expr.find_all(exp.Column))
    total = all(case.args.get("default") for case in expr.find_all(exp.Case))
    nullable = any(
        column.table not in known or schema.table(known[column.table]).column(column.name).is_nullable
        for column in columns
    )
    maybe = _MAYBE_NULL if dialect == "postgres" else _MAYBE_NULL_ELSEWHERE
    return total and not nullable and not expr.find(*maybe)


def _grouped_by(select: exp.Select) -> list[exp.Expr]:
    group = select.args.get("group")
    return list(group.expressions) if group else []


def _keys(select: exp.Select) -> dict[str, exp.Expr]:
    """What the rows are grouped by, and the columns a parameter is compared with."""
    found = [key.copy() for key in _grouped_by(select)]
    where = select.args.get("where")
    for condition in _conjuncts(where.this) if where else ():
        if condition.find(exp.Placeholder):
            found += [column.copy() for column in condition.find_all(exp.Column)]
    keys: dict[str, exp.Expr] = {}
    for key in found:
        if key not in keys.values():
            keys[_named(key, "key", keys)] = key
    return keys


def _sums(aggregates: Sequence[exp.Expr]) -> dict[str, exp.Expr]:
    sums: dict[str, exp.Expr] = {}
    for aggregate in aggregates:
        if isinstance(aggregate, exp.Sum | exp.Avg) and aggregate.this not in sums.values():
            sums[_named(aggregate.this, "sum", sums)] = aggregate.this.copy()
    return sums


def _named(expr: exp.Expr, kind: str, taken: dict[str, exp.Expr]) -> str:
    name = expr.name if isinstance(expr, exp.Column) else f"{kind}_{len(taken) + 1}"
    name = f"sum_{name}" if kind == "sum" and isinstance(expr, exp.Column) else name
    return f"{name}_{len(taken) + 1}" if name in taken else name


def _conjuncts(tree: exp.Expr) -> list[exp.Expr]:
    return [part.unnest() for part in tree.flatten()] if isinstance(tree, exp.And) else [tree]


def _without_parameters(select: exp.Select) -> exp.Select:
    source = select.copy()
    if where := source.args.get("where"):
        kept = [condition for condition in _conjuncts(where.this) if not condition.find(exp.Placeholder)]
        source.set("where", exp.Where(this=exp.and_(*kept)) if kept else None)
    return source


def reading_of(select: exp.Select, summary: Summary) -> exp.Select:
    """The SELECT over the summary: sums of sums where a parameter may take several of its groups together, and its rows
    as they are where not."""
    reading = select.copy()
    is_by_row = bool(summary.keys) and len(summary.keys) == len(_grouped_by(select))
    for aggregate in _aggregates(reading):
        aggregate.replace(_from_sums(aggregate, summary, is_by_row))
    for place in list(reading.walk()):
        for name, key in summary.keys.items():
            if place == key and place.find_ancestor(exp.Select) is reading:
                place.replace(summary.column(name))
    where = select.args.get("where")
    asked = [c.copy() for c in _conjuncts(where.this) if c.find(exp.Placeholder)] if where else []
    for condition in asked:
        for column in list(condition.find_all(exp.Column)):
            name = next(name for name, key in summary.keys.items() if key == column)
            column.replace(summary.column(name))
    if is_by_row and (having := reading.args.get("having")):
        asked.append(having.this)
    for clause in ("joins", *(("group", "having") if is_by_row else ())):
        reading.set(clause, None)
    reading.set("where", exp.Where(this=exp.and_(*asked)) if asked else None)
    return reading.from_(exp.Table(this=identifier(summary.name)), copy=False)


def _from_sums(aggregate: exp.Expr, summary: Summary, is_by_row: bool) -> exp.Expr:
    add = "%s" if is_by_row else "SUM(%s)"
    table = summary.quote(summary.name)
    count = add % f"{table}.{COUNT}"
    if isinstance(aggregate, exp.Count):
        return sqlglot.parse_one(f"CAST(COALESCE({count}, 0) AS {_WHOLE[summary.dialect]})", read=summary.dialect)
    name = next(name for name, expr in summary.sums.items() if expr == aggregate.this)
    total = add % f"{table}.{summary.quote(name)}"
    mean = f"({total} / {_DIVISOR[summary.dialect] % count})"
    return sqlglot.parse_one(mean if isinstance(aggregate, exp.Avg) else total, read=summary.dialect)


_WHOLE = {"postgres": "BIGINT", "mysql": "SIGNED", "sqlite": "INTEGER"}
_DIVISOR = {"postgres": "CAST(%s AS numeric)", "mysql": "%s", "sqlite": "CAST(%s AS REAL)"}
"""So that a mean has the digits AVG gives it: MySQL adds four to those of the sum (manual, 14.6.1)."""


def with_parameters(tree: exp.Expr, dialect: str) -> str:
    """SQL with parameters as the lab writes them."""
    return re.sub(r"%\((\w+)\)s", r":\1", tree.sql(dialect=dialect))
