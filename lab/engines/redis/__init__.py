"""Redis 7 and newer, and Valkey. A statement is a list of commands (`commands`); `layout` says how rows are kept."""

from __future__ import annotations

from lab.engines.engine import ChangeSql, Server, Text
from lab.engines.own_terms import own_text
from lab.engines.redis.administration import (
    clone_database,
    create_database,
    drop_database,
    list_databases,
    server_version,
    settings,
)
from lab.engines.redis.database import RedisDatabase
from lab.engines.redis.layout import create_sql
from lab.errors import LabError
from lab.model.change import Change
from lab.model.workload import Operation

name = "redis"
title = "Redis"
noop_sql = '[["PING"]]'
load_connections = 1
timed_interval = (
    "the operation's commands, packed beforehand, are sent as one pipeline, and hiredis parses the replies into bytes "
    "and lists; what is in them is decoded afterwards"
)
decodes_in_time = False
has_server = True


def connect(server: Server, database: str) -> RedisDatabase:
    return RedisDatabase(server, database)


def change_sql(change: Change) -> ChangeSql:
    """Raises LabError: how rows are kept is said once, in LAYOUT of the workload's redis.py."""
    raise LabError(f"Redis has no schema that {change.name} could change")


def query_sql(operation: Operation) -> Text:
    return own_text(operation, name)


__all__ = [
    "change_sql",
    "clone_database",
    "connect",
    "create_database",
    "create_sql",
    "decodes_in_time",
    "drop_database",
    "has_server",
    "list_databases",
    "load_connections",
    "name",
    "noop_sql",
    "query_sql",
    "server_version",
    "settings",
    "timed_interval",
    "title",
]
