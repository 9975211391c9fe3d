"""Databases of a server: made, copied, removed, listed; and what the server says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict

from lab.engines.engine import Server, ServerLost, quote
from lab.engines.postgres.errors import translated
from lab.errors import LabError

_SETTINGS = (
    "autovacuum checkpoint_timeout default_toast_compression effective_cache_size fsync full_page_writes jit "
    "lc_collate maintenance_work_mem max_parallel_workers_per_gather max_wal_size random_page_cost server_version "
    "shared_buffers synchronous_commit wal_level work_mem"
).split()


def create_database(server: Server, name: str) -> None:
    _administer(server, f"CREATE DATABASE {quote(server.prefix + name)} TEMPLATE template0 ENCODING 'UTF8'")


def clone_database(server: Server, source: str, target: str) -> None:
    strategy = " STRATEGY FILE_COPY" if int(server.version.split(".")[0]) >= 15 else ""
    names = quote(server.prefix + target), quote(server.prefix + source)
    _administer(server, f"CREATE DATABASE {names[0]} TEMPLATE {names[1]}{strategy}")


def drop_database(server: Server, name: str) -> None:
    _administer(server, f"DROP DATABASE IF EXISTS {quote(server.prefix + name)} WITH (FORCE)")


def list_databases(server: Server) -> list[str]:
    with _session(server.address, not server.prefix) as connection:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND NOT datistemplate"
        found = connection.execute(query, [server.prefix]).fetchall()
    return sorted(name.removeprefix(server.prefix) for (name,) in found)


def server_version(address: str) -> str:
    with _session(address) as connection:
        return str(connection.info.parameter_status("server_version")).split()[0]


def settings(server: Server) -> Mapping[str, str]:
    with _session(server.address, not server.prefix) as connection:
        query = "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s) ORDER BY name"
        return dict(connection.execute(query, [list(_SETTINGS)]).fetchall())


@contextmanager
def _session(address: str, is_own: bool = False) -> Iterator[psycopg.Connection]:
    """A session outside the lab's own databases. Raises LabError when there is none to be had, which on a server of the
    lab's own can only mean that it is gone."""
    parts = conninfo_to_dict(address)
    try:
        connection = psycopg.connect(address, dbname=str(parts.get("dbname") or "postgres"), autocommit=True)
    except psycopg.OperationalError as error:
        if is_own:
            raise ServerLost(f"the PostgreSQL server went away: {_reason(error)}") from error
        where = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}"
        raise LabError(
            f"cannot connect to PostgreSQL at {where}: {_reason(error)}",
            "check host, port, user and password: postgresql://user:password@host:5432/postgres",
        ) from error
    with connection:
        yield connection


def _reason(error: psycopg.OperationalError) -> str:
    """The first line of libpq's message, without where it was trying to connect to."""
    first = str(error).strip().splitlines()[0]
    return first.partition(" failed: ")[2] or first


def _administer(server: Server, statement: str) -> None:
    with translated(statement), _session(server.address, not server.prefix) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege as error:
            raise LabError(
                f"the user may not do this on {server.spec}: {statement}",
                "the lab makes databases of its own: ALTER ROLE … CREATEDB, or name another user",
            ) from error
