"""A process that watches a collection by change streams, so that hearing takes no processor time from the writer's
own process. Times are those of the monotonic clock, which processes of one machine share."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from pymongo.change_stream import CollectionChangeStream
from pymongo.collection import Collection

from lab.engines.engine import StatementError
from lab.engines.mongodb.administration import connected
from lab.engines.mongodb.errors import translated
from lab.engines.mongodb.mapping import KEY
from lab.errors import LabError

LAST = "last"
"""The key of the document whose event ends a stream."""
Heard = list[tuple[int, int]]
"""By one stream: the number a write set, and when its event was there (ns)."""
_FIELD = "number"
_PATIENCE_SECONDS = 60


class Watchers:
    """The writer's end."""

    def __init__(self, pipe: Connection[Any, Any]) -> None:
        self._pipe = pipe

    def open(self, streams: int, is_whole: bool) -> None:
        """So many change streams, from now on; `is_whole` ones get the whole document with each event."""
        self._pipe.send((streams, is_whole))
        self._received()

    def heard(self) -> Sequence[Heard]:
        """By each stream, once the last event is there."""
        found: Sequence[Heard] = self._received()
        return found

    def _received(self) -> Any:
        if not self._pipe.poll(_PATIENCE_SECONDS):
            raise StatementError(f"a change stream told nothing for {_PATIENCE_SECONDS} s")
        try:
            word = self._pipe.recv()
        except EOFError as error:
            raise StatementError("the process that watched ended by itself") from error
        if isinstance(word, Exception):
            raise word
        return word


@contextmanager
def watchers(address: str, database: str, collection: str) -> Iterator[Watchers]:
    """A process of its own; it ends with the block."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_main, args=(theirs, address, database, collection), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Watchers(ours)
    finally:
        ours.close()
        process.terminate()
        process.join()


def _main(pipe: Connection[Any, Any], address: str, database: str, collection: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the lab, which ends this process
    with suppress(EOFError, BrokenPipeError):
        try:
            with connected(address) as client:
                while True:
                    pipe.send(_heard(pipe, client[database][collection], *pipe.recv()))
        except LabError as error:
            pipe.send(error)


def _heard(
    pipe: Connection[Any, Any], collection: Collection[dict[str, Any]], streams: int, is_whole: bool
) -> list[Heard]:
    """Raises what ended a stream."""
    with translated():
        opened = [collection.watch(full_document="updateLookup" if is_whole else None) for _ in range(streams)]
        with ThreadPoolExecutor(max(streams, 1)) as pool:
            pending = [pool.submit(_hear, stream) for stream in opened]
            pipe.send("ready")
            return [each.result() for each in pending]


def _hear(stream: CollectionChangeStream[dict[str, Any]]) -> Heard:
    heard: Heard = []
    with stream:
        for event in stream:
            now = time.perf_counter_ns()
            if event["documentKey"][KEY] == LAST:
                break
            heard.append((event["updateDescription"]["updatedFields"][_FIELD], now))
    return heard
