"""What a command's reply holds, as rows and as a number of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bson
from bson import Binary, Decimal128, ObjectId

from lab.engines.mongodb.commands import Command, columns
from lab.engines.mongodb.connection import DECODED, batch
from lab.engines.mongodb.errors import check_reply


def all_rows(commands: Sequence[Command], replies: Sequence[bytes]) -> list[tuple[Any, ...]]:
    """The rows of commands, from their replies in order, those to getMore included. Raises what one says went wrong."""
    found: list[tuple[Any, ...]] = []
    place = -1
    for reply in replies:
        decoded = bson.decode(reply, DECODED)
        check_reply(decoded)
        place += "nextBatch" not in decoded.get("cursor", ())
        found += rows(commands[place], decoded)
    return found


def count(reply: bytes) -> int:
    """Documents returned, or written. Raises what the reply says went wrong."""
    found = bson.decode(reply, DECODED)
    check_reply(found)
    if "cursor" in found:
        return sum(1 for _ in batch(found))
    if "value" in found:
        return int(found["value"] is not None)
    return int(found.get("nModified", found.get("n", 0))) + len(found.get("upserted", ()))


def rows(command: Command, reply: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """A row for each document, or the one number of a count; none where documents are only written."""
    names = columns(command)
    if "cursor" in reply:
        return [_row(document, names) for document in batch(reply)]
    if "count" in command:
        return [(reply["n"],)]
    if "values" in reply:
        return [(_plain(value),) for value in reply["values"]]
    if "value" in reply:
        return [_row(reply["value"], names)] if reply["value"] else []
    return []


def _row(document: Mapping[str, Any], names: list[str] | None) -> tuple[Any, ...]:
    chosen = names if names is not None else [name for name in document if name != "_id"]
    return tuple(_plain(document.get(name)) for name in chosen)


def _plain(value: Any) -> Any:
    match value:
        case Decimal128():
            return value.to_decimal()
        case ObjectId():
            return str(value)
        case Binary():
            return bytes(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
    return value
