"""TTL indexes, and time series that expire: what they cost is measured, but no document may go while it is."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient

from lab.engines.engine import StatementError
from lab.engines.mongodb.commands import Command
from lab.model.schema import Position


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
