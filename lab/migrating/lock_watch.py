"""How long a migration held tables exclusively, by looking every two milliseconds."""

from __future__ import annotations

import threading
import time
from contextlib import closing

from lab.engines.engine import Engine, Server
from lab.errors import LabError
from lab.migrating.verify import SOURCE

_SAMPLE_SECONDS = 0.002
_LOCKS = """
    SELECT count(*) FROM pg_locks WHERE pid = :pid AND granted AND mode = 'AccessExclusiveLock' AND relation IN (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')
      AND n.nspname !~ '^pg_' AND c.relname <> 'lab_migrations' AND c.relname <> 'lab_backfill')"""


class LockWatch:
    """Looks at one session of PostgreSQL from another while it is entered; without a `backend` it knows nothing. Raises
    at its end what kept it from looking, such as ServerLost, unless something else went wrong."""

    def __init__(self, engine: Engine, server: Server, backend: int | None) -> None:
        self._engine, self._server, self._backend = engine, server, backend
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._failure: LabError | None = None
        self._held: list[tuple[int, int]] = []
        """From the look before the lock was seen to the last one that saw it, in ns of `perf_counter`."""

    def __enter__(self) -> LockWatch:
        if self._backend is not None:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._is_over.set()
        if self._backend is not None:
            self._thread.join()
        if kind is None and self._failure is not None:
            raise self._failure

    def longest(self, begin_ns: int, end_ns: int) -> float | None:
        """Seconds a lock was held at a stretch that began within the time given."""
        if self._backend is None:
            return None
        return max(((last - first) / 1e9 for first, last in self._held if begin_ns <= first < end_ns), default=0.0)

    def _run(self) -> None:
        try:
            self._watch()
        except LabError as error:
            self._failure = error

    def _watch(self) -> None:
        with closing(self._engine.connect(self._server, SOURCE)) as database:
            since: int | None = None
            while not self._is_over.is_set():
                before = time.perf_counter_ns()
                is_held = bool(database.rows(_LOCKS, {"pid": self._backend or 0})[0][0])
                if is_held and since is None:
                    since = before
                    self._held.append((since, time.perf_counter_ns()))
                elif is_held and since is not None:
                    self._held[-1] = (since, time.perf_counter_ns())
                else:
                    since = None
                time.sleep(_SAMPLE_SECONDS)
