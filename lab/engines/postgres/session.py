"""Settings that hold for one operation, as an application behind a pool gives them: set in the operation's own
transaction, and gone with it.

A text in a session is two statements: the first sets, the second is the operation. Both travel together in libpq's
pipeline mode, so that a session costs the server's work and no second way to it (PostgreSQL manual, 34.5 "Pipeline
Mode"); what is sent before the one Sync is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from psycopg import pq

from lab.engines.engine import literal

_HEAD = "SELECT set_config("


class Parted(NamedTuple):
    """A text as it is sent: what sets the session, empty where nothing does, and the operation."""

    session: str
    query: str


def in_session(settings: Mapping[str, str], sql: str) -> str:
    """The text that sets `settings`, names and SQL expressions of their values, and then does `sql`."""
    calls = (f"set_config({literal(name)}, ({value})::text, true)" for name, value in settings.items())
    return f"SELECT {', '.join(calls)};\n{sql}"


def part(sql: str) -> Parted:
    """What `in_session` made, in its parts again."""
    if not sql.startswith(_HEAD):
        return Parted("", sql)
    session, _, query = sql.partition(";\n")
    return Parted(session, query)


def execute_together(
    connection: pq.abc.PGconn, session: bytes, query: bytes, bound: tuple[list[bytes | None], list[bytes | None]]
) -> pq.abc.PGresult:
    """Executes two prepared statements as one transaction in one round trip; the result is the second's, or the first
    that failed. Raises psycopg.OperationalError when the connection is lost while sending."""
    connection.enter_pipeline_mode()
    connection.send_query_prepared(session, bound[0])
    connection.send_query_prepared(query, bound[1])
    connection.pipeline_sync()
    results = list(_results(connection))
    if connection.status == pq.ConnStatus.OK:
        connection.exit_pipeline_mode()
    return next((result for result in results if result.status == pq.ExecStatus.FATAL_ERROR), results[-1])


def _results(connection: pq.abc.PGconn) -> Iterator[pq.abc.PGresult]:
    """Of all statements up to the Sync, or until the server was gone."""
    while connection.status == pq.ConnStatus.OK:
        result = connection.get_result()
        if result is not None and result.status == pq.ExecStatus.PIPELINE_SYNC:
            return
        if result is not None:
            yield result
