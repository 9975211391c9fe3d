"""One document that says which migration of a database is under way, with a sign of life of whoever wrote it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pymongo
from bson import ObjectId
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError

from lab.errors import LabError

STALE_SECONDS = 2.0
"""A run without a sign of life for so long is dead: it gives one four times as often."""
_PATIENCE_SECONDS = 60.0
_BRIEF_SECONDS = 0.5


@contextmanager
def held(collection: Collection[dict[str, Any]]) -> Iterator[None]:
    """Times are the server's. Raises LabError when another run lives on."""
    owner = ObjectId()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _take(collection, owner):
        if time.monotonic() > deadline:
            raise LabError("another migration of this database is under way", "wait until it is done")
        time.sleep(STALE_SECONDS / 8)
    is_over = threading.Event()
    thread = threading.Thread(target=_live, args=(collection, owner, is_over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        # Of a server that is gone, what it said before counts, and the lock grows stale.
        with suppress(PyMongoError), pymongo.timeout(_BRIEF_SECONDS):
            collection.delete_one({"_id": "lock", "owner": owner})


def _take(collection: Collection[dict[str, Any]], owner: ObjectId) -> bool:
    mine = [{"$set": {"at": "$$NOW", "owner": owner}}]
    since_then = {"$subtract": ["$$NOW", round(STALE_SECONDS * 1000)]}
    if collection.update_one({"_id": "lock", "$expr": {"$lt": ["$at", since_then]}}, mine).matched_count:
        return True
    try:
        collection.update_one({"_id": "lock", "owner": owner}, mine, upsert=True)
    except DuplicateKeyError:
        return False
    return True


def _live(collection: Collection[dict[str, Any]], owner: ObjectId, is_over: threading.Event) -> None:
    while not is_over.wait(STALE_SECONDS / 4):
        # The run itself meets the same server, and says so.
        with suppress(PyMongoError), pymongo.timeout(_BRIEF_SECONDS):
            collection.update_one({"_id": "lock", "owner": owner}, [{"$set": {"at": "$$NOW"}}])
