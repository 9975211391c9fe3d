"""What MongoDB says went wrong, in the lab's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from pymongo.errors import BulkWriteError, ConnectionFailure, ExecutionTimeout, OperationFailure, PyMongoError

from lab.engines.engine import DiskFull, ServerLost, StatementError, StatementTimeout
from lab.model.schema import Position

_DISK_CODES = (14031,)
_TIMEOUT_CODES = (50,)
_DUPLICATE_CODES = (11000, 11001)
_INVALID_CODE = 121


@contextmanager
def translated(position: Position | None = None) -> Iterator[None]:
    """Raises the lab's error for the driver's."""
    try:
        yield
    except OperationFailure as error:
        if isinstance(error, ExecutionTimeout):
            raise StatementTimeout("a statement ran longer than allowed and was cancelled") from error
        details = error.details or {"errmsg": str(error)}
        if isinstance(error, BulkWriteError):
            check_reply({"ok": 1, **details}, position)
        raise_failure(error.code or 0, details, position)
    except ConnectionFailure as error:
        raise ServerLost(f"the MongoDB server went away: {error}") from error
    except PyMongoError as error:
        raise StatementError(f"{_at(position)}MongoDB's driver says: {error}") from error


def check_reply(reply: Mapping[str, Any], position: Position | None = None) -> None:
    """Raises what a command's reply says went wrong: as a whole, for one document, or for its durability."""
    if not reply.get("ok"):
        raise_failure(reply.get("code", 0), reply, position)
    for failure in reply.get("writeErrors", ()):
        raise_failure(failure.get("code", 0), failure, position)
    if concern := reply.get("writeConcernError"):
        raise_failure(concern.get("code", 0), concern, position)


def raise_failure(code: int, details: Mapping[str, Any], position: Position | None = None) -> NoReturn:
    message = str(details.get("errmsg", "no reason"))
    if code in _TIMEOUT_CODES:
        raise StatementTimeout("a statement ran longer than allowed and was cancelled")
    if code in _DISK_CODES or "No space left" in message:
        raise DiskFull(f"the disk MongoDB writes to is full: {message}", "free some space, or lower --scale")
    if code in _DUPLICATE_CODES:
        message = f"a unique index has this already: {message}"
    if code == _INVALID_CODE:
        message = f"{message}: {_broken_rule(details)}"
    raise StatementError(f"{_at(position)}MongoDB says: {message}")


def _broken_rule(details: Mapping[str, Any]) -> str:
    """The rules of a validator a document breaks, at the innermost: `status: enum`."""
    return "; ".join(_rules(details.get("errInfo", {}).get("details", {}), "")) or "its validator refuses it"


def _rules(node: Any, field: str) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _rules(item, field)
        return
    if not isinstance(node, Mapping):
        return
    field = node.get("propertyName", field)
    inner = [rule for value in node.values() for rule in _rules(value, field)]
    if inner:
        yield from inner
    elif "missingProperties" in node:
        yield f"{', '.join(node['missingProperties'])}: missing"
    elif "operatorName" in node:
        given = f", not {node['consideredValue']!r}" if "consideredValue" in node else ""
        yield f"{field}: {node.get('specifiedAs', node['operatorName'])}{given}" if field else str(node["specifiedAs"])


def _at(position: Position | None) -> str:
    return f"{position}: " if position else ""
