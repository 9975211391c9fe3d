"""Several commands as one transaction, begun anew after a write conflict, as drivers do.

The rules are those of MongoDB's drivers ("Transactions" and "Convenient API for Transactions Specification"): a failure
labelled TransientTransactionError begins the whole anew, after a pause that grows; one labelled
UnknownTransactionCommitResult sends the commit again; anything else ends it. The pause and the failed attempts are
part of the operation's time, as they are of an application's.
"""

from __future__ import annotations

import itertools
import random
import struct
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bson import Binary, Int64
from bson.raw_bson import RawBSONDocument
from pymongo.errors import ConnectionFailure

from lab.engines.engine import StatementError
from lab.engines.mongodb.commands import COMMIT, WRITES, Command
from lab.engines.mongodb.connection import message
from lab.engines.mongodb.measurements import Series
from lab.model.schema import Position

MOST_PATIENCE_SECONDS = 120.0
_FIRST_PAUSE_SECONDS, _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS = 0.005, 1.5, 0.5
_TRANSIENT, _UNKNOWN = "TransientTransactionError", "UnknownTransactionCommitResult"


def require_transactions(
    commands: Sequence[Command], series: Series, is_replica_set: bool, position: Position | None
) -> None:
    """Raises StatementError for what no transaction may do, or for a server that has none."""
    where = f"{position}: " if position else ""
    if not is_replica_set:
        raise StatementError(
            f"{where}this server stands alone, and only members of a replica set have transactions",
            f"start it with --replSet and run rs.initiate(), or take {COMMIT} away",
        )
    for command in commands:
        name = next(iter(command))
        stage = next(iter((command.get("pipeline") or [{}])[-1]), "")
        if stage in ("$merge", "$out"):
            raise StatementError(
                f"{where}{stage} cannot be part of a transaction",
                f"write by update or insert, or take {COMMIT} away",
            )
        if name in WRITES and command[name] in series:
            raise StatementError(
                f"{where}no transaction writes to {command[name]}, a time-series collection",
                f"write it outside, or take {COMMIT} away",
            )


class Transactions:
    """Those of one connection: a session of its own, which runs one at a time."""

    def __init__(self, drained: Callable[[bytes, Mapping[str, Any]], list[bytes]]) -> None:
        """`drained` sends a message and returns the reply, and those to getMore, which takes these options."""
        self._drained = drained
        self.session = {"id": Binary.from_uuid(uuid.uuid4())}
        self._numbers = itertools.count(1)
        self.patience_seconds = MOST_PATIENCE_SECONDS
        """How long a transaction may be begun anew."""
        self.retries = 0
        """Attempts that were begun anew, or commits sent again, so far."""
        self.is_open = False
        """Whether one was left in the middle: the server would keep it, and its locks, for a minute."""

    def options(self, is_first: bool, number: int = 0) -> dict[str, Any]:
        """What a command's message ends with; its number is put in when it is sent."""
        begin = {"startTransaction": True} if is_first else {}
        return {**begin, "lsid": self.session, "autocommit": False, "txnNumber": Int64(number)}

    def execute(self, messages: Sequence[bytes]) -> list[bytes]:
        """The replies to the last attempt; those to commands alone, unless one failed."""
        deadline = time.monotonic() + self.patience_seconds
        pause_seconds = _FIRST_PAUSE_SECONDS
        while True:
            self.is_open = True
            try:
                replies = self._attempt(messages, deadline)
            except ConnectionFailure:
                self.is_open = False
                raise
            self.is_open = False
            if _TRANSIENT not in _labels(replies[-1]) or time.monotonic() > deadline:
                return replies
            self.retries += 1
            time.sleep(random.random() * pause_seconds)
            pause_seconds = min(pause_seconds * _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS)

    def _attempt(self, messages: Sequence[bytes], deadline: float) -> list[bytes]:
        number = next(self._numbers)
        *commands, commit = [_numbered(sent, number) for sent in messages]
        replies: list[bytes] = []
        for sent in commands:
            replies += self._drained(sent, self.options(is_first=False, number=number))
            if _has_failed(replies[-1]):
                self._abort(number)
                return replies
        (done,) = self._drained(commit, {})
        while _UNKNOWN in _labels(done) and time.monotonic() < deadline:
            self.retries += 1
            (done,) = self._drained(commit, {})
        return replies if not _has_failed(done) else [*replies, done]

    def _abort(self, number: int) -> None:
        """What it answers says nothing: mostly the server has done so itself."""
        abort = {"abortTransaction": 1, "$db": "admin", **self.options(is_first=False, number=number)}
        self._drained(message(abort), {})


def _numbered(sent: bytes, number: int) -> bytes:
    """A message whose body ends with `txnNumber`: eight bytes before the last."""
    return sent[:-9] + struct.pack("<q", number) + sent[-1:]


def _has_failed(reply: bytes) -> bool:
    found = RawBSONDocument(reply)
    return found["ok"] != 1 or "writeErrors" in found or "writeConcernError" in found


def _labels(reply: bytes) -> Sequence[str]:
    labels: Sequence[str] = RawBSONDocument(reply).get("errorLabels", ())
    return labels
