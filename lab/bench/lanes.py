"""Work on one database over several connections side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from lab.engines.engine import Database

T = TypeVar("T")


class Stopped(Exception):
    """Another lane failed, or the run was interrupted: what this one was at is given up."""


class Lanes:
    """A number of connections, each opened for a lane of jobs and closed after it.

    With one lane everything happens on the calling thread. When a job fails, those that wait are dropped and those
    that run end at their next `check`; the first failure is raised.
    """

    def __init__(self, count: int, connect: Callable[[], Database]) -> None:
        self._count = count
        self._connect = connect
        self._is_stopped = threading.Event()

    def run(self, jobs: Sequence[Callable[[Database], T]]) -> list[T]:
        """What each job returned, in the order given; they are begun in that order, too."""
        results: dict[int, T] = {}
        waiting = iter(tuple(enumerate(jobs)))
        taking = threading.Lock()

        def take() -> tuple[int, Callable[[Database], T]] | None:
            with taking:
                return None if self._is_stopped.is_set() else next(waiting, None)

        def lane() -> None:
            database = self._connect()
            try:
                while (taken := take()) is not None:
                    place, job = taken
                    results[place] = job(database)
            finally:
                database.close()

        self._drive(lane, min(self._count, len(jobs)))
        return [results[place] for place in range(len(jobs))]

    def _drive(self, lane: Callable[[], None], count: int) -> None:
        if count <= 1:
            lane()
            return
        pool = ThreadPoolExecutor(count, thread_name_prefix="lane")
        try:
            lanes = [pool.submit(lane) for _ in range(count)]
            wait(lanes, return_when=FIRST_EXCEPTION)
            _raise_first(lanes)
        except BaseException:
            self._is_stopped.set()
            raise
        finally:
            # An interrupt does not wait for a statement that runs: the server, which is stopped next, ends it.
            pool.shutdown(wait=False)

    def check(self, items: Iterable[T]) -> Iterator[T]:
        """The items, for as long as no other lane has failed. Raises Stopped."""
        for item in items:
            if self._is_stopped.is_set():
                raise Stopped
            yield item


def _raise_first(lanes: Iterable[Future[None]]) -> None:
    for lane in lanes:
        if lane.done() and (error := lane.exception()) is not None:
            raise error
