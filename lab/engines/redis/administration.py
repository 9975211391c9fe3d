"""Databases of a server: made, copied, removed, listed; and what the server says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lab.engines.engine import Server
from lab.engines.redis import numbers
from lab.engines.redis.connection import Connection, open_client
from lab.errors import LabError

_SETTINGS = (
    "appendonly appendfsync save maxmemory maxmemory-policy databases io-threads activedefrag "
    "hash-max-listpack-entries hash-max-listpack-value zset-max-listpack-entries zset-max-listpack-value"
).split()


@contextmanager
def _session(server: Server) -> Iterator[Connection]:
    connection = Connection(server.address, 0)
    try:
        yield connection
    finally:
        connection.close()


def create_database(server: Server, name: str) -> None:
    with _session(server) as connection:
        numbers.take(connection, server, name)


def clone_database(server: Server, source: str, target: str) -> None:
    with _session(server) as connection:
        number = numbers.require(connection, server, source)
        numbers.copy(connection, number, numbers.take(connection, server, target))


def drop_database(server: Server, name: str) -> None:
    with _session(server) as connection:
        number = numbers.find(connection, server, name)
        if number is not None:
            connection.call("SELECT", str(number))
            connection.call("FLUSHDB", "SYNC")


def list_databases(server: Server) -> list[str]:
    with _session(server) as connection:
        found = numbers.names(connection).values()
    return sorted(name.removeprefix(server.prefix) for name in found if name.startswith(server.prefix))


def server_version(address: str) -> str:
    """Redis's; or Valkey's, which also says which Redis it is like. Raises LabError for a node of a cluster."""
    client = open_client(address)
    try:
        facts = client.info("server")
    finally:
        client.close()
    if facts["redis_mode"] == "cluster":
        raise LabError(
            "the server is a node of a Redis Cluster, which has one database, and variants are measured in one each",
            "name a server that is in no cluster, or write --engine redis; `lab scale` says what a cluster is worth",
        )
    return str(facts.get("valkey_version") or facts["redis_version"])


def settings(server: Server) -> Mapping[str, str]:
    with _session(server) as connection:
        found = {name: connection.call("CONFIG", "GET", name) for name in _SETTINGS}
    return {name: pair[1].decode() or "none" for name, pair in found.items() if pair}
