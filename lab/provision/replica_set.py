"""A MongoDB server as a replica set of one, so that it has transactions and change streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymongo import MongoClient
from pymongo.errors import NotPrimaryError, PyMongoError

from lab.provision.process import await_ready

NAME = "lab"
"""What `mongod --replSet` is given."""


def make_replica_set(address: str, member: str, title: str, is_running: Callable[[], bool] = lambda: True) -> None:
    """`member` is where the server finds itself. Raises LabError when it does not become its own primary."""
    client: MongoClient[dict[str, Any]] = MongoClient(address)
    with client:
        configuration = {"_id": NAME, "members": [{"_id": 0, "host": member}]}
        client.admin.command("replSetInitiate", configuration)
        await_ready(lambda: _require_primary(client), PyMongoError, title, is_running)


def _require_primary(client: MongoClient[dict[str, Any]]) -> None:
    if not client.admin.command("hello")["isWritablePrimary"]:
        raise NotPrimaryError("it has not made itself the primary of its replica set")
