"""Queries of a table that was split, so that they ask the view over its parts where they speak of what moved.

Only the table's name is changed, in the text as it was written; all others run as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.model.workload import Operation
from lab.normalize.doors import insert_name
from lab.normalize.split import Split
from lab.normalize.whole import whole_name

_DIALECTS = {"": "postgres", "postgres": "postgres", "sqlite": "sqlite", "mysql": "mysql", "mariadb": "mysql"}


def rewritten(operations: Sequence[Operation], splits: Sequence[Split]) -> tuple[Operation, ...]:
    """The operations that have to change, changed."""
    found = []
    for operation in operations:
        sql = {
            engine: _rewritten(text, _DIALECTS[engine], splits)
            for engine, text in operation.sql.items()
            if engine in _DIALECTS
        }
        changed = {engine: text for engine, text in sql.items() if text != operation.sql[engine]}
        if changed:
            found.append(replace(operation, sql={**sql, **_inserts(changed, splits)}))
    return tuple(found)


def _inserts(texts: Mapping[str, str], splits: Sequence[Split]) -> dict[str, str]:
    """For MySQL, where rows are inserted not into the view but into a table beside it."""
    dialect = "mysql" if "mysql" in texts else "postgres"
    tree = _parsed(texts.get("mysql", texts.get("", "")), dialect)
    if not isinstance(tree, exp.Insert):
        return {}
    into = tree.find(exp.Table)
    split = next((each for each in splits if into is not None and whole_name(each.table) == into.name), None)
    if split is None or into is None:
        return {}
    into.set("this", exp.to_identifier(insert_name(split.table), quoted=True))
    return {"mysql": tree.sql(dialect="mysql")}


def _rewritten(sql: str, dialect: str, splits: Sequence[Split]) -> str:
    tree = _parsed(sql, dialect)
    if tree is None:
        return sql
    changes: list[tuple[int, int, str]] = []
    for split in splits:
        moved = {column.name for column in split.table.columns} - {column.name for column in split.slim.columns}
        changes += (_change(table, split) for table in _tables(tree, split, moved))
    for start, end, text in sorted(changes, reverse=True):
        sql = sql[:start] + text + sql[end:]
    return sql


def _parsed(sql: str, dialect: str) -> exp.Expr | None:
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except SqlglotError:
        return None
    return None if isinstance(tree, exp.Command) else tree


def _tables(tree: exp.Expr, split: Split, moved: set[str]) -> Iterator[exp.Table]:
    """The places that name the table in a statement that speaks of a column that moved."""
    for table in tree.find_all(exp.Table):
        if table.name == split.table.name and _speaks_of(tree, table.alias_or_name, moved):
            yield table


def _speaks_of(tree: exp.Expr, name: str, moved: set[str]) -> bool:
    """Whether a column that moved is named, by the table or by nothing, or all columns are asked for."""
    for column in tree.find_all(exp.Column):
        if column.table in ("", name) and (column.name in moved or isinstance(column.this, exp.Star)):
            return True
    if any(isinstance(star.parent, exp.Select) for star in tree.find_all(exp.Star)):
        return True
    inserted = tree.find(exp.Insert)
    names = inserted.this.expressions if inserted and isinstance(inserted.this, exp.Schema) else []
    return any(each.name in moved for each in names)


def _change(table: exp.Table, split: Split) -> tuple[int, int, str]:
    """Where the name stands, and what takes its place: with the old name for an alias, by which columns go on to be
    named, except where rows are written."""
    place = table.this.meta
    is_written = isinstance(table.parent, exp.Schema | exp.Insert | exp.Update | exp.Delete)
    view = whole_name(split.table)
    text = view if view.replace("_", "").isalnum() and view == view.lower() else f'"{view}"'
    return place["start"], place["end"] + 1, text if table.alias or is_written else f"{text} AS {table.this.sql()}"
