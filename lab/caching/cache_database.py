"""A numbered database of a Redis server, for the lab's answers alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from lab.engines import load_engine
from lab.engines.engine import Server
from lab.engines.redis import numbers
from lab.engines.redis.connection import Connection

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
def cache_database(server: Server) -> Iterator[CacheDatabase]:
    """A database of its own, gone with the block. A private server is set up as a cache; one that is somebody else's
    is left as it is."""
    engine = load_engine(server.engine)
    engine.drop_database(server, _NAME)
    engine.create_database(server, _NAME)
    try:
        with closing(Connection(server.address, 0)) as connection:
            if not server.prefix:
                for name, value in _AS_CACHE.items():
                    connection.call("CONFIG", "SET", name, value)
            number = numbers.require(connection, server, _NAME)
        yield CacheDatabase(server, number)
    finally:
        engine.drop_database(server, _NAME)
