"""By which columns of which tables a query looks for rows, as far as its text tells."""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.model.schema import Schema
from lab.model.workload import Operation

_COMPARISONS = (exp.EQ, exp.In, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.Is)


def tables_read(operation: Operation, schema: Schema) -> list[str]:
    """The tables of the schema it names, in the order of the text; none where the text cannot be read."""
    known = {table.name for table in schema.tables}
    tree = _tree(operation)
    found = [table.name for table in tree.find_all(exp.Table)] if tree else []
    return [name for name in dict.fromkeys(found) if name in known]


def looked_up(operation: Operation, schema: Schema) -> dict[str, set[str]]:
    """Columns compared with something, by table."""
    found: dict[str, set[str]] = {}
    tree = _tree(operation)
    for select in tree.find_all(exp.Select, exp.Update, exp.Delete) if tree else ():
        sources = dict(_sources(select))
        for comparison in select.find_all(*_COMPARISONS):
            for column in comparison.find_all(exp.Column):
                for table in _tables_of(column, sources, schema):
                    found.setdefault(table, set()).add(column.name)
    return found


def _tree(operation: Operation) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(operation.text("postgres"), read="postgres")
    except SqlglotError:
        return None


def _sources(select: exp.Expr) -> Iterator[tuple[str, str]]:
    for table in select.find_all(exp.Table):
        yield table.alias_or_name, table.name


def _tables_of(column: exp.Column, sources: dict[str, str], schema: Schema) -> Iterator[str]:
    """The one it is qualified with; else those of the query that have such a column."""
    names = [sources[column.table]] if column.table in sources else [] if column.table else list(sources.values())
    for table in schema.tables:
        if table.name in names and any(known.name == column.name for known in table.columns):
            yield table.name
