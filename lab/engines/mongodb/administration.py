"""Databases of a server: made, copied, removed, listed; and what the server says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure, PyMongoError

from lab.engines.engine import Server
from lab.engines.mongodb.catalog import collections
from lab.engines.mongodb.connection import open_client
from lab.engines.mongodb.errors import translated
from lab.errors import LabError

_OWN = ("admin", "config", "local")
"""The server's."""


@contextmanager
def connected(address: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """Raises LabError when there is none to be had."""
    try:
        with open_client(address) as client:
            client.admin.command("ping")
            yield client
    except (ConnectionFailure, ConfigurationError, OperationFailure) as error:
        if isinstance(error, OperationFailure) and error.code not in _REFUSED:
            raise
        where = re.sub(r"^[^/]*//(?:[^/@]*@)?|[/?].*$", "", address)
        raise LabError(
            f"cannot connect to MongoDB at {where}: {_reason(error)}",
            "check host, port, user and password: mongodb://user:password@host:27017",
        ) from error


_REFUSED = (13, 18)
"""Unauthorized, AuthenticationFailed."""


def _reason(error: PyMongoError) -> str:
    """Without the description of the topology that pymongo appends."""
    return str(error).partition(", Timeout:")[0].partition(" (configured timeouts")[0].partition(", full error")[0]


def create_database(server: Server, name: str) -> None:
    """Nothing to do: a database is made with its first collection."""


def clone_database(server: Server, source: str, target: str) -> None:
    """Documents are copied by the server, in their order; then validators and indexes are made as they were."""
    with translated(), connected(server.address) as client:
        ours, theirs = client[server.prefix + source], client[server.prefix + target]
        for name, options in collections(ours):
            ours.command("aggregate", name, pipeline=[{"$out": {"db": theirs.name, "coll": name}}], cursor={})
            if options:
                theirs.command("collMod", name, **options)
            indexes = [dict(index) for index in ours[name].list_indexes() if index["name"] != "_id_"]
            if indexes:
                theirs.command("createIndexes", name, indexes=indexes)


def drop_database(server: Server, name: str) -> None:
    with translated(), connected(server.address) as client:
        client.drop_database(server.prefix + name)


def list_databases(server: Server) -> list[str]:
    with translated(), connected(server.address) as client:
        found = client.list_database_names()
    return sorted(
        name.removeprefix(server.prefix) for name in found if name.startswith(server.prefix) and name not in _OWN
    )


def server_version(address: str) -> str:
    with connected(address) as client:
        return str(client.server_info()["version"])


def settings(server: Server) -> Mapping[str, str]:
    with translated(), connected(server.address) as client:
        status = client.admin.command("serverStatus")
        parameters = client.admin.command("getParameter", "*")
        hello = client.admin.command("hello")
    found = {
        "version": status["version"],
        "storage_engine": status["storageEngine"]["name"],
        "cache_bytes": status["wiredTiger"]["cache"]["maximum bytes configured"],
        "journal_commit_interval_ms": parameters.get("journalCommitInterval", "default"),
        "write_concern": "w: majority, j: true",
        "replica_set": hello.get("setName", "none"),
        "ttl_monitor": parameters.get("ttlMonitorEnabled", "default"),
        "query_framework": parameters.get("internalQueryFrameworkControl", "default"),
    }
    return {key: str(value) for key, value in found.items()}
