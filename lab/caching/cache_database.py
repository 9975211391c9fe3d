"""A numbered database of a Redis server, for the lab's answers alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

from lab.engines import load_engine
from lab.engines.engine import Server
from lab.engines.redis import numbers
from lab.engines.redis.connection import Connection, OutOfMemory
from lab.errors import LabError
from lab.report.labels import redact

_NAME = "lab_cache"
_AS_CACHE = {"appendonly": "no", "save": ""}
"""What is kept in a cache can be had again: nobody writes it to a disk."""


@dataclass(frozen=True, slots=True)
class CacheDatabase:
    server: Server
    number: int

    @property
    def title(self) -> str:
        return f"{load_engine(self.server.engine).title} {self.server.version}"

    def connect(self) -> Connection:
        return Connection(self.server.address, self.number)

    def empty(self) -> None:
        """Every key goes, but for the mark that the database is the lab's."""
        with closing(self.connect()) as connection:
            connection.call("FLUSHDB", "SYNC")
            numbers.mark(connection, self.server, _NAME)


@contextmanager
def configured(connection: Connection, settings: Mapping[str, str]) -> Iterator[None]:
    """Settings of the server, put back with the block."""
    before = {name: connection.call("CONFIG", "GET", name)[1].decode() for name in settings}
    try:
        for name, value in settings.items():
            connection.call("CONFIG", "SET", name, value)
        yield
    finally:
        for name, value in before.items():
            connection.call("CONFIG", "SET", name, value)


@contextmanager
def cache_database(server: Server) -> Iterator[CacheDatabase]:
    """A database of its own, gone with the block. A private server is set up as a cache; one that is somebody else's
    is left as it is."""
    engine = load_engine(server.engine)
    engine.drop_database(server, _NAME)
    try:
        engine.create_database(server, _NAME)
    except OutOfMemory as error:
        hint = "raise its maxmemory, or set maxmemory-policy to allkeys-lru"
        raise LabError(f"the cache at {redact(server.spec)} is full: {error.message}", hint) from error
    try:
        settings = {} if server.prefix else _AS_CACHE
        with closing(Connection(server.address, 0)) as connection, configured(connection, settings):
            yield CacheDatabase(server, numbers.require(connection, server, _NAME))
    finally:
        engine.drop_database(server, _NAME)
