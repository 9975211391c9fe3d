"""Keep the answer of a heavy query whose tables the workload does not write.

A materialized view holds a query's rows; reading them costs next to nothing, and they are as old as the last REFRESH
(PostgreSQL manual, 41.3 "Materialized Views"; elsewhere a table made by the query does the same). Columns that
parameters are held equal to become columns of it, and of its index. Where the workload writes the tables underneath,
the view would give old answers, so it is not proposed: a summary table kept by triggers is (`summarize_aggregates`).
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.advise.accesses import find_accesses
from lab.advise.queries import Query, Select, conjuncts, identifier, queries, written
from lab.advise.scripts import listed, named
from lab.model.change import Script
from lab.model.run import Proposal, Run

RULE = "materialize_views"
_RISK = (
    "it is as old as its last refresh, which takes as long as building it and must be scheduled; the workload measured "
    "here writes none of its tables"
)
_PLACE = "place"


def propose(run: Run, engine: str) -> Iterator[Proposal]:
    found = [query for query in queries(run, engine) if _is_heavy(query)]
    changed = _written(run, engine) if found else set()
    for query in found:
        read = {access.table for access in find_accesses(query.operation, engine, query.schema)}
        if changed is not None and read and not read & changed and (proposal := _proposal(query)):
            yield proposal


def _is_heavy(query: Query) -> bool:
    """Whether it works something out; a copy of rows that are only picked would help as an index does."""
    return query.operation.target_class == "complex" and query.tree.find(exp.AggFunc) is not None


def _written(run: Run, engine: str) -> set[str] | None:
    """The tables the workload writes; None when that cannot be told."""
    tables = set()
    for operation in run.design.workload.for_variant("base"):
        if operation.is_write:
            try:
                tree = sqlglot.parse_one(operation.sql.get("", operation.text(engine)), read="postgres")
            except SqlglotError:
                return None
            tables |= {table.name for table in tree.find_all(exp.Table)}
    return tables


def _proposal(query: Query) -> Proposal | None:
    kept, read = query.again(), query.again()
    select, node = kept.selects()[0], read.tree
    if select.node is not kept.tree or not isinstance(node, exp.Select) or not isinstance(kept.tree, exp.Select):
        return None
    names = [item.alias_or_name for item in select.node.expressions]
    keys = _lift_parameters(select)
    if keys is None or not all(names) or "*" in names or len(set(names)) < len(names) or {_PLACE, *keys} & set(names):
        return None
    operation = query.operation
    name = named(operation.name, "rows")
    limit, offset = select.node.args.get("limit"), select.node.args.get("offset")
    _number(kept.tree)
    answer: exp.Select = exp.select(*(exp.column(identifier(column)) for column in names)).from_(name)
    answer = answer.where(*(exp.EQ(this=exp.column(identifier(c)), expression=value) for c, value in keys.items()))
    answer = answer.order_by(exp.column(_PLACE))
    answer.set("limit", limit)
    answer.set("offset", offset)
    rewritten = Query(operation, query.engine, query.key, query.schema, answer).rewritten()
    script = _script(name, written(kept.tree, "postgres"), [*keys, _PLACE], query)
    reason = f"`{operation.name}` works out the same rows each time, from tables that no write of the workload changes"
    return Proposal(RULE, script, reason, (operation.name,), (rewritten,), _RISK)


def _lift_parameters(select: Select) -> dict[str, exp.Expr] | None:
    """Takes `column = :parameter` out of WHERE and makes the column one of the rows and groups; the values by column.
    None when a parameter stands anywhere else: then the view would have to know it."""
    node = select.node
    is_grouped = bool(node.args.get("group"))
    is_summed = is_grouped or node.find(exp.AggFunc) is not None
    where = node.args.get("where")
    values: dict[str, exp.Expr] = {}
    kept = []
    for condition in conjuncts(where.this) if where else ():
        owner = select.owner(condition.left) if isinstance(condition, exp.EQ) else None
        if owner and isinstance(condition, exp.EQ) and isinstance(condition.right, exp.Placeholder):
            values[f"by_{owner[1].name}"] = condition.right.copy()
            node.append("expressions", exp.alias_(condition.left.copy(), identifier(f"by_{owner[1].name}")))
            if is_grouped:
                node.args["group"].append("expressions", condition.left.copy())
        else:
            kept.append(condition.copy())
    if where:
        node.set("where", exp.Where(this=exp.and_(*kept)) if kept else None)
    is_single = is_summed and not is_grouped and bool(values)
    limits = [node.args.get("limit"), node.args.get("offset")]
    known = {id(p) for said in limits if said for p in said.find_all(exp.Placeholder)}
    others = [p for p in node.find_all(exp.Placeholder) if id(p) not in known]
    is_cut_within = bool(node.args.get("with_")) and bool(values)
    return None if others or is_single or is_cut_within or node.args.get("distinct") else values


def _number(tree: exp.Select) -> None:
    """The rows' place in the order, as a column: a table keeps none."""
    order = tree.args.get("order")
    named_items = {item.alias: item.this for item in tree.expressions if isinstance(item, exp.Alias)}
    keys = [key.copy() for key in order.expressions] if order else []
    for key in keys:
        if isinstance(key.this, exp.Literal) and not key.this.is_string:
            key.set("this", tree.expressions[int(key.this.name) - 1].unalias().copy())
        elif isinstance(key.this, exp.Column) and not key.this.table and key.this.name in named_items:
            key.set("this", named_items[key.this.name].copy())
    over = exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=keys) if keys else None)
    tree.append("expressions", exp.alias_(over, _PLACE))
    for key in ("order", "limit", "offset"):
        tree.set(key, None)


def _script(name: str, body: str, keys: list[str], query: Query) -> Script:
    index = f"CREATE UNIQUE INDEX {named(name, 'key')} ON {name} ({listed(keys)});"
    if query.engine == "postgres":
        up = f"-- Brought up to date by: REFRESH MATERIALIZED VIEW CONCURRENTLY {name};\n"
        up += f"CREATE MATERIALIZED VIEW {name} AS\n{body};\n{index}"
        return Script(name, {"postgres": up}, {"postgres": f"DROP MATERIALIZED VIEW {name};"})
    return Script(name, {"": f"CREATE TABLE {name} AS\n{body};\n{index}"}, {"": f"DROP TABLE {name};"})
