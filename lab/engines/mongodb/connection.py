"""One connection to MongoDB, driven below pymongo's commands.

Pymongo connects, encrypts and authenticates; a command is then encoded beforehand and sent as one OP_MSG, so that no
session, retry or decoding stands in the timed path. Plain `find_one` costs three times as much as the server's answer.
`_conn_for_writes` is not part of pymongo's documented interface; `tests/engines/test_mongodb.py` fails when it goes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import bson
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from lab.engines.mongodb.errors import check_reply

_OP_MSG = 2013
_HEADER_BYTES = 16
DECODED: CodecOptions[dict[str, Any]] = CodecOptions(uuid_representation=UuidRepresentation.STANDARD, tz_aware=True)


def open_client(address: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(address, tz_aware=True, uuidRepresentation="standard", serverSelectionTimeoutMS=10_000)


def message(command: Mapping[str, Any], documents: bytes = b"") -> bytes:
    """An OP_MSG; `documents` is a sequence of whole BSON documents that an insert takes beside its body."""
    parts = [b"\0\0\0\0", b"\0", bson.encode(command, codec_options=DECODED)]
    if len(documents):
        name = b"documents\0"
        parts += [b"\1", struct.pack("<i", 4 + len(name) + len(documents)), name, documents]
    size = _HEADER_BYTES + sum(map(len, parts))
    return b"".join([struct.pack("<iiii", size, 1, 0, _OP_MSG), *parts])


class Connection:
    """A client, and one of its connections for as long as this lives."""

    def __init__(self, address: str) -> None:
        self._stack = ExitStack()
        self.client = self._stack.enter_context(open_client(address))
        try:
            self._wire = self._stack.enter_context(self.client._conn_for_writes(None, "lab"))
        except BaseException:
            self._stack.close()
            raise
        self.is_replica_set = self._wire.is_repl

    def exchange(self, sent: bytes) -> bytes:
        """Sends a message and returns the reply's document."""
        self._wire.send_message(sent, 0)
        return bytes(self._wire.receive_message(None).payload_document)

    def close(self) -> None:
        self._stack.close()

    def decoded(self, sent: bytes) -> dict[str, Any]:
        """The reply, decoded. Raises the lab's error for a failure it reports."""
        reply = bson.decode(self.exchange(sent), DECODED)
        check_reply(reply)
        return reply


def open_cursor(reply: bytes) -> int:
    """The id of the cursor that holds the rest of the rows; 0 when the reply has them all."""
    if reply[4:12] != b"\x03cursor\0":
        return 0
    return int(RawBSONDocument(reply)["cursor"]["id"])


def batch(reply: Mapping[str, Any]) -> Iterator[Any]:
    """The documents of a cursor's reply."""
    cursor = reply["cursor"]
    yield from cursor["firstBatch"] if "firstBatch" in cursor else cursor["nextBatch"]
