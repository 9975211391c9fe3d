"""A change's statements, and a user's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import postgast

from lab.engines.engine import ChangeSql, Text, quote
from lab.engines.postgres.definitions import index_sql
from lab.engines.postgres.session import in_session
from lab.errors import LabError
from lab.model.change import AddIndex, Change, DropIndex
from lab.model.schema import Index, Position
from lab.model.workload import Operation

_NAME = "postgres"


def change_sql(change: Change) -> ChangeSql:
    match change:
        case AddIndex(index):
            return ChangeSql((Text(index_sql(index, quote(index.table))),), (_drop_index(index),))
        case DropIndex(index):
            return ChangeSql((_drop_index(index),), (Text(index_sql(index, quote(index.table))),))
    dialect = _NAME if _NAME in change.up else ""
    if dialect not in change.up:
        raise LabError(
            f"variant {change.name} has no migration for PostgreSQL",
            f"write {change.name}.{_NAME}.sql beside the others",
        )
    up, down = change.positions.get(dialect, (None, None))
    return ChangeSql(tuple(_split(change.up[dialect], up)), tuple(_split(change.down[dialect], down)))


def online_sql(change: Change) -> ChangeSql:
    """`change_sql`, in the way that blocks no writer while it runs: for a database in service. Not for an index of a
    partitioned table, which PostgreSQL does not build so (manual, CREATE INDEX, "Building Indexes Concurrently")."""
    sql = change_sql(change)
    if not all(re.match(r"(CREATE|DROP) EXTENSION ", t.sql) or _OF_INDEX.match(t.sql) for t in (*sql.up, *sql.down)):
        return sql
    return ChangeSql(tuple(map(_concurrently, sql.up)), tuple(map(_concurrently, sql.down)), sql.losses)


_OF_INDEX = re.compile(r"((?:CREATE (?:UNIQUE )?|DROP )INDEX) (?!CONCURRENTLY)")


def _concurrently(text: Text) -> Text:
    return replace(text, sql=_OF_INDEX.sub(r"\1 CONCURRENTLY ", text.sql, count=1))


def _split(script: str, position: Position | None) -> Iterator[Text]:
    """The statements of a script, each with its line; a script that does not parse stays whole, for the server
    to say where."""
    try:
        statements = postgast.split(script)
    except postgast.PgQueryError:
        yield Text(script, position)
        return
    end = 0
    for statement in statements:
        start = script.index(statement, end)
        end = start + len(statement)
        yield Text(statement, position and Position(position.file, position.line + script[:start].count("\n")))


def _drop_index(index: Index) -> Text:
    return Text(f"DROP INDEX {quote(index.name)}")


def query_sql(operation: Operation) -> Text:
    return Text(operation.text(_NAME), operation.text_position(_NAME))


def session_sql(settings: Mapping[str, str], sql: str) -> str:
    """`sql` in a session of its own, which `settings` are made for."""
    return in_session(settings, sql)
