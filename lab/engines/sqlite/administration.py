"""A database is a file: made, copied, removed, listed; and what SQLite says of itself."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from lab.engines.engine import Server
from lab.engines.sqlite.errors import translated

PRAGMAS = {"journal_mode": "WAL", "synchronous": "FULL", "foreign_keys": "ON", "cache_size": "-65536", "mmap_size": "0"}


def create_database(server: Server, name: str) -> None:
    connection = sqlite3.connect(database_path(server, name))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def clone_database(server: Server, source: str, target: str) -> None:
    with translated(""):
        shutil.copyfile(database_path(server, source), database_path(server, target))


def drop_database(server: Server, name: str) -> None:
    path = database_path(server, name)
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def list_databases(server: Server) -> list[str]:
    return sorted(path.stem.removeprefix(server.prefix) for path in Path(server.address).glob(f"{server.prefix}*.db"))


def server_version(address: str) -> str:
    return sqlite3.sqlite_version


def settings(server: Server) -> Mapping[str, str]:
    return {**PRAGMAS, "page_size": "4096", "sqlite_version": sqlite3.sqlite_version}


def database_path(server: Server, database: str) -> Path:
    return Path(server.address) / f"{server.prefix}{database}.db"
