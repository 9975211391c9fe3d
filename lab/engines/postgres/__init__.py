"""PostgreSQL 13 and newer."""

from __future__ import annotations

import logging

from lab.engines.engine import Server
from lab.engines.postgres.administration import (
    clone_database,
    create_database,
    drop_database,
    list_databases,
    server_version,
    settings,
)
from lab.engines.postgres.database import PostgresDatabase
from lab.engines.postgres.definitions import create_sql
from lab.engines.postgres.scripts import change_sql, online_sql, query_sql, session_sql

# It warns of what it could not undo on a connection that was lost: the loss itself is raised, and told once.
logging.getLogger("psycopg").setLevel(logging.ERROR)

name = "postgres"
title = "PostgreSQL"
noop_sql = "SELECT 1"
load_connections = 3
timed_interval = (
    "libpq sends one prepared execution, its parameters encoded beforehand, and receives the whole result into its "
    "own memory; no row becomes a Python value"
)
decodes_in_time = False
has_server = True


def connect(server: Server, database: str) -> PostgresDatabase:
    return PostgresDatabase(server, database)


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
    "online_sql",
    "query_sql",
    "server_version",
    "session_sql",
    "settings",
    "timed_interval",
    "title",
]
