"""Changes of a schema as commands: indexes, and mappings. A script may hold CREATE INDEX and DROP INDEX alone.

Keys are named by their columns: where a collection's documents hold them is known to the database (`mapping.places`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.engines.engine import ChangeSql, Text
from lab.engines.mongodb.commands import Command, render
from lab.engines.mongodb.definitions import index_document
from lab.engines.mongodb.expressions import Unsayable
from lab.engines.mongodb.reshape import reshape_sql
from lab.errors import LabError
from lab.model.change import AddIndex, Change, DropIndex, Script
from lab.model.schema import Index, IndexPart, Loss, Position

_HINT = "a script for MongoDB may hold CREATE INDEX and DROP INDEX, in a variant's common text"


def change_sql(change: Change) -> ChangeSql:
    """Raises LabError for what is not about indexes."""
    losses: list[Loss] = []
    match change:
        case AddIndex(index) | DropIndex(index):
            forth, back = (Text(render(_create(index, losses))),), (Text(render(_drop(index.table, index.name))),)
            up, down = (forth, back) if isinstance(change, AddIndex) else (back, forth)
            return ChangeSql(up, down, tuple(losses))
    if change.mapping:
        return reshape_sql(change.mapping, change.positions.get("mongodb", (None, None))[0])
    if "" not in change.up:
        raise LabError(f"variant {change.name} has no migration for MongoDB", _HINT)
    up_at, down_at = change.positions.get("", (None, None))
    steps = list(_statements(change.up[""], up_at)), list(_statements(change.down[""], down_at))
    tables = _tables(change, steps)
    texts = [tuple(_translated(*step, tables, losses) for step in side) for side in steps]
    return ChangeSql(texts[0], texts[1], tuple(losses))


def _create(index: Index, losses: list[Loss]) -> Command:
    try:
        document = index_document(index, lambda column: column, losses)
    except Unsayable as error:
        raise LabError(f"MongoDB has no {error}: {index.name} cannot be built") from error
    return {"createIndexes": index.table, "indexes": [document]}


def _drop(table: str, name: str) -> Command:
    return {"dropIndexes": table, "index": name}


_Step = tuple[exp.Expr, str, Position | None]


def _statements(script: str, position: Position | None) -> Iterator[_Step]:
    """Each statement, as a tree and as it was written, and its place."""
    start: int | None = None
    pieces = []
    for token in sqlglot.tokenize(script, read="postgres"):
        if token.text == ";":
            if start is not None:
                pieces.append((start, token.start))
            start = None
        elif start is None:
            start = token.start
    if start is not None:
        pieces.append((start, len(script)))
    for begin, end in pieces:
        lines = script[:begin].count("\n")
        where = Position(position.file, position.line + lines) if position else None
        sql = script[begin:end].strip()
        yield _parsed(sql, where), sql, where


def _parsed(sql: str, position: Position | None) -> exp.Expr:
    try:
        return sqlglot.parse_one(sql, read="postgres")
    except SqlglotError as error:
        raise LabError(f"{_at(position)}MongoDB cannot say this: {sql.splitlines()[0]}", _HINT) from error


def _tables(change: Script, steps: tuple[list[_Step], list[_Step]]) -> dict[str, str]:
    """The collection of each index the script makes, on its way up or down: SQL drops one without naming it."""
    indexes = [_index(tree) for side in steps for tree, _, _ in side if _is_index(tree, exp.Create)]
    return {index.name: index.table for index in indexes}


def _is_index(tree: exp.Expr, kind: type[exp.Create] | type[exp.Drop]) -> bool:
    return isinstance(tree, kind) and tree.args.get("kind") == "INDEX"


def _translated(
    tree: exp.Expr, sql: str, position: Position | None, tables: Mapping[str, str], losses: list[Loss]
) -> Text:
    if _is_index(tree, exp.Create):
        return Text(render(_create(_index(tree), losses)), position, sql)
    if not _is_index(tree, exp.Drop):
        raise LabError(f"{_at(position)}MongoDB cannot say this: {sql.splitlines()[0]}", _HINT)
    dropped = tree.find(exp.Table)
    name = dropped.name if dropped else ""
    if name not in tables:
        raise LabError(f"{_at(position)}the script does not say which table {name} is on", _HINT)
    return Text(render(_drop(tables[name], name)), position, sql)


def _index(tree: exp.Expr) -> Index:
    """A CREATE INDEX as the model has it."""
    found = tree.this
    parameters = found.args.get("params") or exp.IndexParameters()
    using, where = parameters.args.get("using"), parameters.args.get("where")
    table, parts = found.args["table"].name, tuple(_part(part) for part in parameters.args.get("columns") or ())
    return Index(
        found.name or "_".join([table, *(part.value for part in parts if not part.is_expression), "idx"]),
        table,
        parts,
        bool(tree.args.get("unique")),
        using.name.lower() if using else "btree",
        tuple(column.name for column in parameters.args.get("include") or ()),
        where.this.sql(dialect="postgres") if where else None,
    )


def _part(part: exp.Expr) -> IndexPart:
    inner = part.this if isinstance(part, exp.Ordered) else part
    is_descending = isinstance(part, exp.Ordered) and bool(part.args.get("desc"))
    if isinstance(inner, exp.Column | exp.Identifier):
        return IndexPart(inner.name, is_descending=is_descending)
    return IndexPart(inner.sql(dialect="postgres"), is_expression=True, is_descending=is_descending)


def _at(position: Position | None) -> str:
    return f"{position}: " if position else ""
