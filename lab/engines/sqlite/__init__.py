"""SQLite, as Python's own module links it."""

from __future__ import annotations

from lab.engines.engine import Server
from lab.engines.sqlite.administration import (
    clone_database,
    create_database,
    database_path,
    drop_database,
    list_databases,
    server_version,
    settings,
)
from lab.engines.sqlite.database import SqliteDatabase
from lab.engines.sqlite.definitions import create_sql
from lab.engines.sqlite.scripts import change_sql, query_sql

name = "sqlite"
title = "SQLite"
noop_sql = "SELECT 1"
load_connections = 1
timed_interval = (
    "SQLite runs the statement inside this process, row by row, and each row becomes Python values as it comes"
)
decodes_in_time = True
has_server = False


def connect(server: Server, database: str) -> SqliteDatabase:
    return SqliteDatabase(database_path(server, database))


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
