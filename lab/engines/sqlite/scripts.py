"""Statements of a user: SQLite's own, or PostgreSQL's in SQLite's dialect."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from lab.engines.engine import ChangeSql, Text, quote
from lab.engines.sqlite.definitions import index_sql
from lab.engines.sqlite.moments import in_sqlite
from lab.engines.statements import below, first_line, statements
from lab.errors import LabError
from lab.model.change import AddIndex, Change, DropIndex
from lab.model.schema import Loss, Position
from lab.model.workload import Operation

_NAME = "sqlite"


def change_sql(change: Change) -> ChangeSql:
    losses: list[Loss] = []
    match change:
        case AddIndex(index) | DropIndex(index):
            create = index_sql(index, losses)
            if create is None:
                raise LabError(f"SQLite has no {index.method} indexes: {index.name} cannot be built")
            forth, back = (Text(create),), (Text(f"DROP INDEX {quote(index.name)}"),)
            up, down = (forth, back) if isinstance(change, AddIndex) else (back, forth)
            return ChangeSql(up, down, tuple(losses))
    dialect = _NAME if _NAME in change.up else ""
    if dialect not in change.up:
        raise LabError(f"variant {change.name} has no migration for SQLite", f"write {change.name}.{_NAME}.sql")
    up_at, down_at = change.positions.get(dialect, (None, None))
    split = split_script if dialect == _NAME else _translate
    return ChangeSql(tuple(split(change.up[dialect], up_at)), tuple(split(change.down[dialect], down_at)))


def split_script(script: str, position: Position | None) -> Iterator[Text]:
    """SQLite's own statements, one by one; a trigger's body holds semicolons of its own."""
    statement, line = "", 0
    for number, text in enumerate(script.splitlines(keepends=True)):
        if not statement.strip():
            statement, line = "", number
        statement += text
        if sqlite3.complete_statement(statement):
            yield Text(statement, below(position, line))
            statement = ""
    if re.sub(r"--[^\n]*", "", statement).strip():
        yield Text(statement, below(position, line))


def _translate(script: str, position: Position | None) -> Iterator[Text]:
    """Statements of PostgreSQL's dialect in SQLite's. Raises LabError at the first that cannot be said."""
    for sql, line in statements(script):
        where = below(position, line)
        yield Text(_translate_statement(sql, where), where, sql)


def _translate_statement(sql: str, position: Position | None) -> str:
    where = f"{position}: " if position else ""
    remedy = "give SQLite its own text: `-- engine: sqlite` in a workload, <variant>.sqlite.sql for a variant"
    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except SqlglotError as error:
        raise LabError(f"{where}cannot read this as PostgreSQL: {first_line(error)}", remedy) from error
    if reason := _untranslatable(tree):
        raise LabError(f"{where}SQLite has no {reason}", remedy)
    try:
        return in_sqlite(_without_what_sqlite_ignores(tree)).sql(dialect="sqlite", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise LabError(f"{where}cannot be said in SQLite: {first_line(error)}", remedy) from error


def _untranslatable(tree: exp.Expr) -> str:
    """What sqlglot would drop in silence."""
    if isinstance(tree, exp.Command):
        return f"{tree.name.upper()} as written here"
    parameters = tree.find(exp.IndexParameters)
    if parameters is not None:
        if parameters.args.get("include"):
            return "INCLUDE in an index"
        using = parameters.args.get("using")
        if using is not None and using.name.lower() != "btree":
            return f"{using.name.upper()} index"
    return ""


def _without_what_sqlite_ignores(tree: exp.Expr) -> exp.Expr:
    """CONCURRENTLY, and where an index puts NULLs: SQLite builds in one step and holds NULL to be smallest."""
    if isinstance(tree, exp.Create | exp.Drop) and tree.args.get("concurrently"):
        tree.set("concurrently", False)
    if isinstance(tree, exp.Create) and tree.kind == "INDEX":
        for key in tree.find_all(exp.Ordered):
            key.set("nulls_first", not key.args.get("desc"))
    return tree


def query_sql(operation: Operation) -> Text:
    position = operation.text_position(_NAME)
    if _NAME in operation.sql:
        return Text(operation.sql[_NAME], position)
    text = operation.text(_NAME)
    return Text(_translate_statement(text, position), position, text)
