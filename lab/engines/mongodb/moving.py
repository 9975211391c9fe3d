"""Commands of a migration that MongoDB has not in this form: collections renamed, documents copied to a time series."""

from __future__ import annotations

import itertools
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from lab.engines.mongodb.commands import Command

_AT_ONCE = 10_000


def perform(command: Command, database: Database[dict[str, Any]]) -> dict[str, Any]:
    """Executes a command of a migration; returns the server's reply."""
    match next(iter(command)):
        case "renameCollection":
            before, after = (f"{database.name}.{command[part]}" for part in ("renameCollection", "to"))
            return database.client.admin.command({"renameCollection": before, "to": after})
        case "copyDocuments":
            _copy(command, database.with_options(codec_options=CodecOptions(RawBSONDocument)))
            return {"ok": 1}
    return database.command(command)


def _copy(command: Command, database: Database[RawBSONDocument]) -> None:
    """Through this process, as they are."""
    found = database[command["copyDocuments"]].aggregate(command["pipeline"], allowDiskUse=True)
    while part := list(itertools.islice(found, _AT_ONCE)):
        database[command["into"]].insert_many(part)
