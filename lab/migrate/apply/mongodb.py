"""A session with MongoDB, where every command stands for itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from bson import json_util
from pymongo import WriteConcern
from pymongo.errors import OperationFailure, PyMongoError

from lab.engines.engine import StatementError
from lab.engines.mongodb.connection import open_client
from lab.errors import LabError
from lab.migrate.apply import mongodb_lock
from lab.migrate.apply.session import HISTORY, Entry

_BATCH = 1000
_PAUSE_SECONDS = 0.01
_DONE = frozenset((26, 27, 48, 85, 86))
"""NamespaceNotFound, IndexNotFound, NamespaceExists, IndexOptionsConflict, IndexKeySpecsConflict."""


class MongoSession:
    engine = "mongodb"
    is_whole = False
    has_atomic_ddl = False

    def __init__(self, address: str) -> None:
        """Raises LabError when the server does not answer, or the address names no database."""
        name = urlsplit(address).path.strip("/")
        if not name:
            raise LabError("the address names no database", "write mongodb://user:password@host:27017/database")
        try:
            self._client = open_client(address)
            self._client.admin.command("ping")
        except PyMongoError as error:
            said = str(error).partition(", Timeout:")[0]
            raise LabError(f"cannot connect to MongoDB: {said}", "check host, port, user and password") from error
        self._database = self._client[name]
        self._history = self._database.get_collection(HISTORY, write_concern=WriteConcern("majority", j=True))
        # On the disk when it answers, and so is all that was written before.

    @contextmanager
    def errors(self) -> Iterator[None]:
        try:
            yield
        except PyMongoError as error:
            raise StatementError(str(error).partition(", full error")[0]) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        with mongodb_lock.held(self._database[HISTORY]):
            yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def statements(self, text: str) -> list[str]:
        return [line.rstrip(";") for line in text.splitlines() if line.strip() and not line.startswith("--")]

    def execute(self, sql: str) -> None:
        command: dict[str, Any] = json_util.loads(sql)
        with self.errors():
            if "labBackfill" in command:
                self._backfill(command)
            elif "renameCollection" in command:
                names = {key: f"{self._database.name}.{command[key]}" for key in ("renameCollection", "to")}
                self._client.admin.command(names)
            else:
                self._database.command(command)

    def _backfill(self, command: dict[str, Any]) -> None:
        collection = self._database[command["labBackfill"]]
        while found := [each["_id"] for each in collection.find(command["filter"], {"_id": 1}).limit(_BATCH)]:
            collection.update_many({"_id": {"$in": found}}, command["update"])
            time.sleep(_PAUSE_SECONDS)

    def redo(self, sql: str) -> None:
        try:
            self.execute(sql)
        except StatementError as error:
            cause = error.__cause__
            if not isinstance(cause, OperationFailure) or cause.code not in _DONE:
                raise

    def history(self) -> Mapping[int, Entry]:
        found = self._history.find({"number": {"$exists": True}}, {"_id": 0}).sort("number", 1)
        return {each["number"]: Entry(**each) for each in found}

    def note(self, entry: Entry) -> None:
        self._history.replace_one({"number": entry.number}, asdict(entry), upsert=True)

    def forget(self, number: int) -> None:
        self._history.delete_one({"number": number})

    def is_waited_for(self, error: Exception) -> bool:
        return False

    def close(self) -> None:
        self._client.close()
