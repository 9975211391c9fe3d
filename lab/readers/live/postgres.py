"""A running PostgreSQL, 13 and newer -> DDL, as pg_dump orders it -> the model.

Source: PostgreSQL manual, chapter "System Catalogs"; the server itself spells definitions (`pg_get_*def`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from lab.errors import LabError
from lab.model.schema import Loss, Schema, Table
from lab.readers.live import TIMEOUT_SECONDS
from lab.readers.live.postgres_queries import QUERIES, UNREAD
from lab.readers.live.refuting import refuting_sql
from lab.readers.live.texts import csv_texts
from lab.readers.sql import read as read_sql


def read(address: str) -> Schema:
    """Raises LabError when the server does not answer, refuses the credentials, or takes too long."""
    text, losses = dump(address)
    schema = read_sql([(Path(_shown(address)), text)])
    return replace(schema, losses=(*schema.losses, *losses))


def dump(address: str) -> tuple[str, list[Loss]]:
    """What creates the database's schema, and what of it is not read."""
    with _connected(address) as connection:
        try:
            version = connection.info.server_version
            statements = [text for query in QUERIES for text in _answers(connection, query, version)]
            losses = [Loss(what, "not read from a running server") for what in _answers(connection, UNREAD, version)]
        except psycopg.errors.QueryCanceled as error:
            raise LabError(
                f"{_shown(address)} took longer than {TIMEOUT_SECONDS} s to say what its catalogs hold",
                "try again when it is less busy, or give a dump: pg_dump --schema-only > schema.sql",
            ) from error
        except psycopg.Error as error:
            raise LabError(f"cannot read the schema of {_shown(address)}: {_first_line(error)}") from error
    return "".join(f"{text.rstrip().rstrip(';')};\n" for text in statements), losses


def rows(address: str, table: Table, most: int) -> pa.Table:
    """A table's first rows, `most` of them, as texts. Raises LabError like `read`."""
    names = [column.name for column in table.columns]
    query = sql.SQL("COPY (SELECT {} FROM {} LIMIT {}) TO STDOUT (FORMAT csv, HEADER)").format(
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.Identifier(table.namespace or "public", table.relation),
        sql.Literal(most),
    )
    with _connected(address) as connection, connection.cursor() as cursor:
        try:
            with cursor.copy(query) as copied:
                data = b"".join(copied)
        except psycopg.Error as error:
            raise LabError(
                f"cannot read the rows of {table.name} of {_shown(address)}: {_first_line(error)}"
            ) from error
    return csv_texts(data, names)


def is_refuted(address: str, table: Table, left: Sequence[str], right: str) -> bool:
    """Whether any rows contradict that `left` determines `right`. Raises LabError like `read`."""
    relation = f"{_quoted(table.namespace or 'public')}.{_quoted(table.relation)}"
    question = refuting_sql(relation, map(_quoted, left), _quoted(right), str)
    with _connected(address) as connection:
        try:
            return connection.execute(question.encode()).fetchone() is not None
        except psycopg.Error as error:
            raise LabError(f"cannot ask all rows of {table.name}: {_first_line(error)}") from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _answers(connection: psycopg.Connection[Any], query: str, version: int) -> Iterator[str]:
    """The texts a query answers with; one for a newer server only is left out."""
    for line in query.splitlines():
        if line.startswith("-- since ") and version < int(line.removeprefix("-- since ")) * 10_000:
            return
    for (text,) in connection.execute(query.encode()):
        if text is not None:
            yield text


def _connected(address: str) -> psycopg.Connection[Any]:
    options = f"-c statement_timeout={TIMEOUT_SECONDS * 1000} -c default_transaction_read_only=on -c search_path="
    try:
        said = conninfo_to_dict(address)
        given = str(said.get("options") or "")
        return psycopg.connect(
            address, autocommit=True, connect_timeout=10, options=f"{given} {options}".strip(), application_name="lab"
        )
    except psycopg.ProgrammingError as error:
        raise LabError(
            f"cannot understand the address {_shown(address)}: {_first_line(error)}",
            "write postgres://user:password@host:5432/database",
        ) from error
    except psycopg.OperationalError as error:
        raise LabError(
            f"cannot connect to {_shown(address)}: {_first_line(error)}",
            "check host, port, user, password and database: postgres://user:password@host:5432/database",
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1].strip() if str(error).strip() else type(error).__name__


def _shown(address: str) -> str:
    """The address without a password."""
    try:
        said = conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        return "postgres://…"
    user = f"{said['user']}@" if said.get("user") else ""
    port = f":{said['port']}" if said.get("port") else ""
    return f"postgres://{user}{said.get('host') or 'localhost'}{port}/{said.get('dbname') or ''}"
