"""A client process: connects, says that it is ready, sends what its plan says, and reports as it goes.

It is started by `lab.bench.clients` with one end of a pipe, over which it gets `(engine, server)` and then plans; for
each it answers `ready`, gets the moment to begin, and sends `requests` several times a second and `done` at the end,
or the exception that stopped it. When the pipe is closed, it ends.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any

from lab.bench.schedule import FIELDS, Agenda, Plan, work
from lab.engines import load_engine
from lab.engines.engine import Database, Engine, Prepared, RetriesTransactions, Server, StatementError, StatementTimeout

_REPORT_SECONDS = 0.5
_WARM_UPS = 3
_WARM_SECONDS = 1.0


def main(descriptor: int) -> None:
    pipe: Connection[Any, Any] = Connection(descriptor)
    try:
        engine_name, server = pipe.recv()
        engine = load_engine(engine_name)
        gc.disable()
        while True:
            _carry_out(pipe, engine, server, pipe.recv())
    except (EOFError, BrokenPipeError, ConnectionResetError):
        # A connection may still wait for an answer that never comes: nobody is left to wait for it.
        os._exit(0)


def _carry_out(pipe: Connection[Any, Any], engine: Engine, server: Server, plan: Plan) -> None:
    crew = [_Worker(engine, server, plan) for _ in range(plan.connections)]
    for worker in crew:
        worker.start()
    for worker in crew:
        worker.is_ready.wait()
    if failure := _first_failure(crew):
        pipe.send(failure)
        _dismiss(crew)
        return
    gc.collect()
    pipe.send("ready")
    begin_ns = pipe.recv()
    if begin_ns is None:
        _dismiss(crew)
        return
    agenda = Agenda(plan, begin_ns)
    busy = time.process_time()
    for worker in crew:
        worker.begin(agenda)
    _report(pipe, crew, agenda)
    retries = sum(worker.retries for worker in crew)
    pipe.send(_first_failure(crew) or ("done", time.process_time() - busy, agenda.is_used_up, retries))


def _report(pipe: Connection[Any, Any], crew: Sequence[_Worker], agenda: Agenda) -> None:
    """Sends what is new until all have finished; stops them when told to."""
    is_over = False
    while not is_over:
        deadline = time.monotonic() + _REPORT_SECONDS
        while any(worker.is_alive() for worker in crew) and time.monotonic() < deadline:
            if pipe.poll(0.05):
                pipe.recv()
                agenda.is_stopped = True
            if _first_failure(crew):
                agenda.is_stopped = True
        is_over = not any(worker.is_alive() for worker in crew)
        for worker in crew:
            if news := worker.take_news():
                pipe.send(("requests", news, worker.take_errors()))


def _first_failure(crew: Sequence[_Worker]) -> Exception | None:
    return next((worker.failure for worker in crew if worker.failure), None)


def _dismiss(crew: Sequence[_Worker]) -> None:
    for worker in crew:
        worker.begin(None)
    for worker in crew:
        worker.join()


class _Worker(threading.Thread):
    """One connection, in a thread of its own: SQLite's are used only where they were opened."""

    def __init__(self, engine: Engine, server: Server, plan: Plan) -> None:
        super().__init__(daemon=True)
        self.is_ready = threading.Event()
        self.failure: Exception | None = None
        self.retries = 0
        self._engine, self._server, self._plan = engine, server, plan
        self._log: array[int] = array("q")
        self._taken = 0
        self._errors: list[tuple[int, str]] = []
        self._agenda: Agenda | None = None
        self._may_begin = threading.Event()

    def begin(self, agenda: Agenda | None) -> None:
        """None: there will be nothing to do."""
        self._agenda = agenda
        self._may_begin.set()

    def take_news(self) -> bytes:
        end = len(self._log) // FIELDS * FIELDS
        news = self._log[self._taken : end].tobytes()
        self._taken = end
        return news

    def take_errors(self) -> list[tuple[int, str]]:
        errors, self._errors = self._errors, []
        return errors

    def run(self) -> None:
        try:
            database = self._engine.connect(self._server, self._plan.database)
            try:
                self._use(database)
            finally:
                database.close()
        except Exception as error:  # noqa: BLE001
            self.failure = self.failure or error
        finally:
            self.is_ready.set()

    def _use(self, database: Database) -> None:
        database.set_timeout(self._plan.timeout_seconds)
        prepared = [database.prepare(text) for text in self._plan.texts]
        _warm_up(prepared, self._plan)
        self.is_ready.set()
        self._may_begin.wait()
        if self._agenda:

            def renew(operation: int) -> Prepared:
                return database.prepare(self._plan.texts[operation])

            work(self._agenda, prepared, self._log, self._note_error, time.perf_counter_ns, time.sleep, renew)
            if isinstance(database, RetriesTransactions):
                self.retries = database.retries

    def _note_error(self, operation: int, message: str) -> None:
        if all(known != operation for known, _ in self._errors):
            self._errors.append((operation, message))


def _warm_up(prepared: Sequence[Prepared], plan: Plan) -> None:
    """A few untimed executions of each read, so that no plan or page is fetched for the first time under load."""
    deadline = time.monotonic() + _WARM_SECONDS
    for statement, bound in _reads(prepared, plan):
        if time.monotonic() > deadline:
            return
        try:
            statement.count(statement.execute(bound))
        except (StatementError, StatementTimeout):
            continue  # the load itself counts and reports it


def _reads(prepared: Sequence[Prepared], plan: Plan) -> Iterator[tuple[Prepared, Any]]:
    for statement, sets, is_write in zip(prepared, plan.parameters, plan.writes, strict=True):
        if not is_write:
            for parameters in islice(sets, _WARM_UPS):
                yield statement, statement.bind(parameters)
