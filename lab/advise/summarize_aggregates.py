"""Keep an aggregate in a summary table, brought up to date by triggers at every write.

A query that adds up many rows into few groups does the same sums each time it is asked. A table with one row a group
holds them, and each statement that changes rows adds what the changed rows contribute, joined with the other tables as
they are (counting algorithm: Gupta, Mumick and Subrahmanian, "Maintaining Views Incrementally", SIGMOD 1993). Columns
that parameters are compared with become part of the group, so the query can still ask for any of them. The price is
paid by every write, and is measured; writers of one group wait for each other.

Only what can be kept exactly is proposed: inner joins of tables, SUM, COUNT and AVG over columns that are never NULL.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.merge_subqueries import merge_subqueries

from lab.advise.names import qualified
from lab.advise.queries import identifier
from lab.advise.scripts import listed, named, quote
from lab.model.change import Script
from lab.model.run import Proposal, Run
from lab.model.schema import Schema, Table
from lab.model.workload import Operation

RULE = "summarize_aggregates"
_DIALECT = "postgres"
_COUNT = "rows_in_group"
_CASCADING = ("cascade", "set null", "set default")


@dataclass(frozen=True, slots=True)
class _Summary:
    """A SELECT that can be kept: its group keys and sums by the names they get, and where its rows come from."""

    name: str
    keys: dict[str, exp.Expr]
    sums: dict[str, exp.Expr]
    source: exp.Select

    def rows(self, sign: str = "", swap: tuple[str, str] | None = None) -> str:
        """The groups as the tables give them; with one table's rows taken from a transition table instead."""
        columns = [f"{_sql(expr)} AS {quote(name)}" for name, expr in self.keys.items()] or ["true AS is_only"]
        columns += [f"{sign}SUM({_sql(expr)}) AS {quote(name)}" for name, expr in self.sums.items()]
        columns.append(f"{sign}COUNT(*) AS {_COUNT}")
        source = self.source.copy()
        for table in source.find_all(exp.Table):
            if swap and table.name == swap[0]:
                table.set("this", exp.to_identifier(swap[1]))
        body = exp.Select(**{k: source.args.get(k) for k in ("from_", "from", "joins", "where") if source.args.get(k)})
        text = _sql(body).removeprefix("SELECT").strip()
        group = f"GROUP BY {', '.join(map(_sql, self.keys.values()))}" if self.keys else "HAVING COUNT(*) > 0"
        return f"SELECT {', '.join(columns)}\n{text}\n{group}"

    def column(self, name: str) -> exp.Column:
        return exp.column(identifier(name), table=identifier(self.name))


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    if engine != "postgres":
        return
    schema = run.design.schema
    for operation in run.design.workload.for_variant("base"):
        if operation.is_write or (tree := _parsed(operation, engine, schema)) is None:
            continue
        summaries = []
        for number, select in enumerate(list(tree.find_all(exp.Select))):
            name = named(operation.name, "summary", str(number or ""))
            if summary := _summary(name, select, schema):
                summaries.append(summary)
                reading = _reading(select, summary)
                tree = reading if select is tree else tree
                select.replace(reading)
        if summaries:
            yield _proposal(operation, summaries, tree, schema)


def _parsed(operation: Operation, engine: str, schema: Schema) -> exp.Expr | None:
    try:
        return merge_subqueries(qualified(operation.text(engine), engine, _DIALECT, schema, expand_stars=True))
    except SqlglotError:
        return None


def _summary(name: str, select: exp.Select, schema: Schema) -> _Summary | None:
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
    if any(not _is_never_null(expr, known, schema) for expr in (*keys.values(), *sums.values())):
        return None
    return _Summary(name, keys, sums, _without_parameters(select))


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


def _is_never_null(expr: exp.Expr, known: dict[str, str], schema: Schema) -> bool:
    columns = list(expr.find_all(exp.Column))
    total = all(case.args.get("default") for case in expr.find_all(exp.Case))
    nullable = any(
        column.table not in known or schema.table(known[column.table]).column(column.name).is_nullable
        for column in columns
    )
    return total and not nullable and not expr.find(exp.Nullif)


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


def _reading(select: exp.Select, summary: _Summary) -> exp.Select:
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


def _from_sums(aggregate: exp.Expr, summary: _Summary, is_by_row: bool) -> exp.Expr:
    add = "%s" if is_by_row else "SUM(%s)"
    count = add % f"{quote(summary.name)}.{_COUNT}"
    if isinstance(aggregate, exp.Count):
        return sqlglot.parse_one(f"CAST(COALESCE({count}, 0) AS BIGINT)", read=_DIALECT)
    name = next(name for name, expr in summary.sums.items() if expr == aggregate.this)
    total = add % f"{quote(summary.name)}.{quote(name)}"
    mean = f"({total} / CAST({count} AS numeric))"
    return sqlglot.parse_one(mean if isinstance(aggregate, exp.Avg) else total, read=_DIALECT)


def _proposal(operation: Operation, summaries: Sequence[_Summary], tree: exp.Expr, schema: Schema) -> Proposal:
    tables = sorted({table.name for summary in summaries for table in summary.source.find_all(exp.Table)})
    up = "\n".join(statement for summary in summaries for statement in _up(summary, schema))
    down = "\n".join(statement for summary in reversed(summaries) for statement in _down(summary))
    rewritten = replace(operation, sql={**operation.sql, "postgres": _sql(tree)}, positions={})
    reason = f"`{operation.name}` adds up rows of {', '.join(tables)} each time; a summary table holds the sums"
    script = Script(named(operation.name, "summary"), {"postgres": up}, {"postgres": down})
    return Proposal(RULE, script, reason, (operation.name,), (rewritten,))


def _up(summary: _Summary, schema: Schema) -> Iterator[str]:
    name = quote(summary.name)
    keys = listed(summary.keys or ["is_only"])
    yield f"CREATE TABLE {name} AS\n{summary.rows()};"
    yield f"ALTER TABLE {name} ADD PRIMARY KEY ({keys});"
    for table, count in _occurrences(summary).items():
        yield _function(summary, table, _rebuilt(summary, schema.table(table), count, schema))
        yield from _triggers(summary, table)


def _occurrences(summary: _Summary) -> Counter[str]:
    return Counter(table.name for table in summary.source.find_all(exp.Table))


def _rebuilt(summary: _Summary, table: Table, count: int, schema: Schema) -> str:
    """The events after which a summary is made anew, as a condition: what changed rows contribute cannot be told from
    them alone where a table is joined with itself, or where its rows take rows of another with them."""
    if count > 1:
        return "TG_OP IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')"
    takes = any(
        key.table == table.name and (key.on_delete in _CASCADING or key.on_update in _CASCADING)
        for other, key in schema.foreign_keys()
        if other.name in _occurrences(summary)
    )
    return "TG_OP IN ('UPDATE', 'DELETE', 'TRUNCATE')" if takes else "TG_OP = 'TRUNCATE'"


def _function(summary: _Summary, table: str, rebuilt: str) -> str:
    name = quote(summary.name)
    return f"""CREATE FUNCTION {_function_name(summary, table)}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {rebuilt} THEN
    DELETE FROM {name};
    INSERT INTO {name} {summary.rows()};
    RETURN NULL;
  END IF;
  IF TG_OP IN ('UPDATE', 'DELETE') THEN
    {_merge(summary, summary.rows("-", (table, "old_rows")))}
    DELETE FROM {name} WHERE {_COUNT} = 0;
  END IF;
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    {_merge(summary, summary.rows("", (table, "new_rows")))}
  END IF;
  RETURN NULL;
END $$;"""


def _merge(summary: _Summary, rows: str) -> str:
    keys = listed(summary.keys or ["is_only"])
    sums = [quote(name) for name in (*summary.sums, _COUNT)]
    added = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in sums)
    return f"INSERT INTO {quote(summary.name)} AS kept {rows}\n    ON CONFLICT ({keys}) DO UPDATE SET {added};"


_TRANSITIONS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows ",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows ",
    "DELETE": "REFERENCING OLD TABLE AS old_rows ",
    "TRUNCATE": "",
}


def _function_name(summary: _Summary, table: str) -> str:
    return quote(named(summary.name, table))


def _trigger_name(summary: _Summary, event: str) -> str:
    return quote(named(summary.name, event))


def _triggers(summary: _Summary, table: str) -> Iterator[str]:
    for event, transitions in _TRANSITIONS.items():
        yield (
            f"CREATE TRIGGER {_trigger_name(summary, event)} AFTER {event} ON {quote(table)} {transitions}"
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_function_name(summary, table)}();"
        )


def _down(summary: _Summary) -> Iterator[str]:
    for table in _occurrences(summary):
        yield from (f"DROP TRIGGER {_trigger_name(summary, event)} ON {quote(table)};" for event in _TRANSITIONS)
        yield f"DROP FUNCTION {_function_name(summary, table)}();"
    yield f"DROP TABLE {quote(summary.name)};"


def _sql(tree: exp.Expr) -> str:
    """With parameters as the lab writes them."""
    return re.sub(r"%\((\w+)\)s", r":\1", tree.sql(dialect=_DIALECT))
