"""Redis numbers its databases: a database of the lab's is one that bears its name in a key of its own.

The key also holds the layout, and what was loaded by it. A database with keys but without that one is somebody else's,
and never touched.
"""

from __future__ import annotations

from collections.abc import Iterator

import redis

from lab.engines.engine import Server
from lab.errors import LabError

OWN_KEY = "lab:database"
_COPIED_AT_A_TIME = 1000


def count(client: redis.Redis) -> int:
    return int(client.config_get("databases")["databases"])


def names(client: redis.Redis) -> dict[int, str]:
    """The databases that bear a name, by number."""
    pipeline = client.pipeline(transaction=False)
    numbers = range(count(client))
    for number in numbers:
        pipeline.execute_command("SELECT", number)
        pipeline.hget(OWN_KEY, "name")
    return {number: name for number, name in zip(numbers, pipeline.execute()[1::2], strict=True) if name}


def find(client: redis.Redis, server: Server, name: str) -> int | None:
    wanted = server.prefix + name
    return next((number for number, found in names(client).items() if found == wanted), None)


def require(client: redis.Redis, server: Server, name: str) -> int:
    number = find(client, server, name)
    if number is None:
        raise LabError(f"there is no database called {server.prefix + name} on {server.spec}")
    return number


def take(client: redis.Redis, server: Server, name: str) -> int:
    """Gives an empty database a name. Raises LabError when there is none left."""
    for number in _empty(client):
        client.execute_command("SELECT", number)
        if client.hsetnx(OWN_KEY, "name", server.prefix + name):
            return number
    raise LabError(
        f"{server.spec} has no empty database left of its {count(client)}",
        "start it with more: redis-server --databases 64",
    )


def _empty(client: redis.Redis) -> Iterator[int]:
    for number in range(count(client)):
        client.execute_command("SELECT", number)
        if client.dbsize() == 0:
            yield number


def copy(client: redis.Redis, source: int, target: int) -> None:
    """Every key, the lab's own but for the name."""
    client.execute_command("SELECT", source)
    cursor = 0
    while True:
        cursor, keys = client.scan(cursor, count=_COPIED_AT_A_TIME)
        pipeline = client.pipeline(transaction=False)
        for key in keys:
            if key != OWN_KEY:
                pipeline.copy(key, key, target)
        pipeline.execute()
        if cursor == 0:
            break
    facts = client.hgetall(OWN_KEY)
    facts.pop("name")
    client.execute_command("SELECT", target)
    if facts:
        client.hset(OWN_KEY, mapping=facts)
