"""TTL indexes, and time series that expire: no document may go while a variant is measured; what their going costs is
measured apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import MongoClient, UpdateOne

from lab.engines.engine import Server, StatementError
from lab.engines.mongodb.commands import Command
from lab.engines.mongodb.connection import open_client
from lab.engines.mongodb.errors import translated
from lab.engines.mongodb.mapping import path
from lab.model.mapping import DocumentMapping, Expiry
from lab.model.schema import Position

_AWAY_MILLISECONDS = 100 * 365 * 86_400 * 1000
"""The data's present lies in the past: whatever is to stay is moved so far ahead."""


def require_stillness(command: Command, client: MongoClient[dict[str, Any]], position: Position | None) -> None:
    """Raises StatementError for an expiry on a server that would act upon it: the data's present lies in the past."""
    if not any("expireAfterSeconds" in made for made in (command, *command.get("indexes", ()))):
        return
    answer = client.admin.command({"getParameter": 1, "ttlMonitorEnabled": 1})
    if answer["ttlMonitorEnabled"]:
        where = f"{position}: " if position else ""
        raise StatementError(
            f"{where}this server deletes what has expired, and the rows to be measured have",
            "switch it off there: db.adminCommand({setParameter: 1, ttlMonitorEnabled: false})",
        )


class Remover:
    """A server of the lab's own that removes what has expired from one database when it is told to."""

    def __init__(self, client: MongoClient[dict[str, Any]], database: str) -> None:
        self._client = client
        self._database = client[database]

    def keep(self, mappings: Sequence[DocumentMapping]) -> None:
        """Moves the times of all that could expire far ahead."""
        for mapping in mappings:
            for expiry in mapping.expiries:
                field = _field(mapping, expiry)
                later = {"$set": {field: {"$add": [f"${field}", _AWAY_MILLISECONDS]}}}
                self._database[expiry.collection].update_many({field: {"$type": "date"}}, [later])

    def spread(self, mapping: DocumentMapping, expiry: Expiry, most: int, seconds: float) -> int:
        """Has the oldest documents of a collection, half of it and `most` at most, expire evenly over the next
        `seconds`. Returns how many."""
        collection, field = self._database[expiry.collection], _field(mapping, expiry)
        count = min(most, collection.estimated_document_count() // 2)
        found = [document["_id"] for document in collection.find({}, {"_id": 1}).sort(field, 1).limit(count)]
        start = datetime.now(UTC) - timedelta(seconds=expiry.seconds)
        times = (start + timedelta(seconds=seconds * place / max(count, 1)) for place in range(count))
        updates = [UpdateOne({"_id": key}, {"$set": {field: moment}}) for key, moment in zip(found, times, strict=True)]
        if updates:
            collection.bulk_write(updates, ordered=False)
        return count

    def switch(self, is_on: bool) -> None:
        with translated():
            self._client.admin.command({"setParameter": 1, "ttlMonitorEnabled": is_on})

    def removed(self) -> int:
        """Since the server began. MongoDB counts a pass when it has ended."""
        return int(self._client.admin.command("serverStatus")["metrics"]["ttl"]["deletedDocuments"])

    def processor_seconds(self) -> float | None:
        """What the server has used; None where it does not say."""
        facts = self._client.admin.command("serverStatus").get("extra_info", {})
        if "user_time_us" not in facts:
            return None
        return float(facts["user_time_us"] + facts["system_time_us"]) / 1e6


@contextmanager
def removing(server: Server, database: str, mappings: Sequence[DocumentMapping]) -> Iterator[Remover | None]:
    """A remover for a database whose TTL indexes are there; None on a server that is not the lab's own, whose other
    databases may have such indexes, too."""
    if server.prefix:
        yield None
        return
    with translated(), open_client(server.address) as client:
        remover = Remover(client, database)
        remover.keep(mappings)
        try:
            yield remover
        finally:
            remover.switch(False)


def _field(mapping: DocumentMapping, expiry: Expiry) -> str:
    return path(mapping.schema.table(expiry.collection), expiry.column)
