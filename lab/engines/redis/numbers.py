"""Redis numbers its databases: a database of the lab's is one that bears its name in a key of its own.

The key also holds the layout, and what was loaded by it. A database with keys but without that one is somebody else's,
and never touched.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.engines.engine import Server
from lab.engines.redis.commands import pack
from lab.engines.redis.connection import Connection, check_reply
from lab.errors import LabError

OWN_KEY = "lab:database"
_NAME = "name"
_COPIED_AT_A_TIME = "1000"


def count(connection: Connection) -> int:
    return int(connection.call("CONFIG", "GET", "databases")[1])


def names(connection: Connection) -> dict[int, str]:
    """The databases that bear a name, by number."""
    found = ((number, connection.call("HGET", OWN_KEY, _NAME)) for number in _each(connection))
    return {number: name.decode() for number, name in found if name}


def _each(connection: Connection) -> Iterator[int]:
    """Every database, selected in turn."""
    for number in range(count(connection)):
        connection.call("SELECT", str(number))
        yield number


def find(connection: Connection, server: Server, name: str) -> int | None:
    wanted = server.prefix + name
    return next((number for number, found in names(connection).items() if found == wanted), None)


def require(connection: Connection, server: Server, name: str) -> int:
    number = find(connection, server, name)
    if number is None:
        raise LabError(f"there is no database called {server.prefix + name} on {server.spec}")
    return number


def mark(connection: Connection, server: Server, name: str) -> bool:
    """Gives the database at hand a name; False when it has one."""
    return bool(connection.call("HSETNX", OWN_KEY, _NAME, server.prefix + name))


def take(connection: Connection, server: Server, name: str) -> int:
    """Gives an empty database a name. Raises LabError when there is none left."""
    for number in _each(connection):
        is_empty = connection.call("DBSIZE") == 0
        if is_empty and mark(connection, server, name):
            return number
    raise LabError(
        f"{server.spec} has no empty database left of its {count(connection)}",
        "start it with more: redis-server --databases 64",
    )


def copy(connection: Connection, source: int, target: int) -> None:
    """Every key, the lab's own but for the name."""
    connection.call("SELECT", str(source))
    cursor = "0"
    while True:
        answer = connection.call("SCAN", cursor, "COUNT", _COPIED_AT_A_TIME)
        keys = [key.decode() for key in answer[1] if key.decode() != OWN_KEY]
        for reply in connection.exchange(pack(("COPY", key, key, "DB", str(target)) for key in keys), len(keys)):
            check_reply(reply)
        cursor = answer[0].decode()
        if cursor == "0":
            break
    facts = [part.decode() for part in connection.call("HGETALL", OWN_KEY)]
    pairs = [pair for pair in zip(facts[::2], facts[1::2], strict=True) if pair[0] != _NAME]
    connection.call("SELECT", str(target))
    if pairs:
        connection.call("HSET", OWN_KEY, *(part for pair in pairs for part in pair))
