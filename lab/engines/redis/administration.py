"""Databases of a server: made, copied, removed, listed; and what the server says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import redis
from redis.exceptions import ConnectionError, RedisError

from lab.engines.engine import Server, ServerLost
from lab.engines.redis import numbers
from lab.engines.redis.connection import open_client
from lab.errors import LabError

_SETTINGS = (
    "appendonly appendfsync save maxmemory maxmemory-policy databases io-threads activedefrag "
    "hash-max-listpack-entries hash-max-listpack-value zset-max-listpack-entries zset-max-listpack-value"
).split()


@contextmanager
def session(address: str) -> Iterator[redis.Redis]:
    """A client that keeps to one connection, so that SELECT holds."""
    client = open_client(address)
    one = redis.Redis.from_url(address, protocol=2, decode_responses=True, single_connection_client=True)
    try:
        yield one
    except ConnectionError as error:
        raise ServerLost(f"the Redis server went away: {error}") from error
    except RedisError as error:
        raise LabError(f"Redis says: {error}") from error
    finally:
        one.close()
        client.close()


def create_database(server: Server, name: str) -> None:
    with session(server.address) as client:
        numbers.take(client, server, name)


def clone_database(server: Server, source: str, target: str) -> None:
    with session(server.address) as client:
        numbers.copy(client, numbers.require(client, server, source), numbers.take(client, server, target))


def drop_database(server: Server, name: str) -> None:
    with session(server.address) as client:
        number = numbers.find(client, server, name)
        if number is not None:
            client.execute_command("SELECT", number)
            client.flushdb()


def list_databases(server: Server) -> list[str]:
    with session(server.address) as client:
        found = numbers.names(client).values()
    return sorted(name.removeprefix(server.prefix) for name in found if name.startswith(server.prefix))


def server_version(address: str) -> str:
    """Redis's; or Valkey's, which also says which Redis it is like."""
    with session(address) as client:
        facts = client.info("server")
    return str(facts.get("valkey_version") or facts["redis_version"])


def settings(server: Server) -> Mapping[str, str]:
    with session(server.address) as client:
        found = client.config_get("*")
        version = client.info("server")["redis_version"]
    return {"redis_version": version, **{key: found[key] or "none" for key in _SETTINGS if key in found}}
