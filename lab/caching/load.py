"""The same requests for every strategy: an open loop of reads and writes at moments drawn beforehand."""

from __future__ import annotations

import itertools
import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lab.bench.schedule import mixed, occurrences, poisson_starts
from lab.caching.front import DIRECT, HIT, Answer, Front, Ground, opened
from lab.caching.strategies import Strategy
from lab.datagen import Generator, draw
from lab.engines.engine import Database, StatementError, StatementTimeout
from lab.engines.redis.connection import Connection
from lab.model.workload import Operation, Value

FAILED, UNSENT = 8, 9
_LEAD_SECONDS = 0.1
_PATIENCE_SECONDS = 2.0
_MOST_PENDING = 20
"""Audits in hand; more are left out, as one long after its hit says little."""
_LONGEST_SLEEP = 0.2
_SWITCH_SECONDS = 5e-4
"""How long one thread may keep the others from a request that is due."""
Connect = Callable[[], tuple[Database, Connection]]


@dataclass(frozen=True, slots=True)
class Trace:
    """Requests: which operation (its place), its parameters, and when each is meant to start, in seconds."""

    operations: tuple[Operation, ...]
    sequence: NDArray[np.int64]
    parameters: Sequence[Sequence[Mapping[str, Value]]]
    starts: NDArray[np.float64]
    seconds: float
    is_audited: NDArray[np.bool_]
    """Whose answers are held against the database."""

    def of(self, number: int, places: NDArray[np.int64]) -> Mapping[str, Value]:
        return self.parameters[int(self.sequence[number])][int(places[number])]


def make_trace(
    generator: Generator,
    operations: Sequence[Operation],
    rate: float,
    seconds: float,
    seed: int,
    number: int,
    audited_share: float,
) -> Trace:
    """Each request draws its own parameters, so that keys come as often as the data and the workload say. `number`
    tells traces of one run apart: no fresh value comes twice."""
    rng = np.random.default_rng([seed, number])
    starts = poisson_starts(rate, seconds, rng)
    sequence = mixed([operation.weight for operation in operations], len(starts), rng)
    counts = np.bincount(sequence, minlength=len(operations))
    parameters = [
        draw(generator, operation, int(count), seed + 1 + number, number * 1_000_000) if count else []
        for operation, count in zip(operations, counts, strict=True)
    ]
    is_audited = rng.random(len(starts)) < audited_share
    return Trace(tuple(operations), sequence, parameters, starts, seconds, is_audited)


@dataclass(slots=True)
class Records:
    """What became of each request of a trace: shape (n,). Times in nanoseconds of a monotonic clock; 0 where nothing
    was sent."""

    begin_ns: int
    kinds: NDArray[np.int64]
    ready_ns: NDArray[np.int64]
    start_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    sql_start_ns: NDArray[np.int64]
    sql_end_ns: NDArray[np.int64]
    failures: list[str] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Audit:
    """A kept answer held against the database's own, given between `hit_ns` and `truth_ns`."""

    number: int
    hit_ns: int
    truth_ns: int
    is_equal: bool
    age_seconds: float


def play(ground: Ground, strategy: Strategy, connect: Connect, trace: Trace, connections: int) -> Records:
    """Sends a trace over so many connections. Raises what stopped one, such as ServerLost."""
    return _Play(ground, strategy, connect, trace, connections).run()


class _Play:
    def __init__(self, ground: Ground, strategy: Strategy, connect: Connect, trace: Trace, connections: int) -> None:
        self._ground, self._strategy, self._connect, self._trace = ground, strategy, connect, trace
        self._places = occurrences(trace.sequence)
        self._numbers = itertools.count()
        n = len(trace.starts)
        none = [np.zeros(n, np.int64) for _ in range(5)]
        self._records = Records(0, np.full(n, UNSENT), none[0], none[1], none[2], none[3], none[4])
        self._connections = connections
        self._barrier = threading.Barrier(connections + 1, self._begin)
        self._audits: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()
        self._problem: Exception | None = None
        self._is_stopped = False

    def _begin(self) -> None:
        self._records.begin_ns = time.perf_counter_ns() + round(_LEAD_SECONDS * 1e9)

    def run(self) -> Records:
        interval = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
        senders = [self._thread(self._send) for _ in range(self._connections)]
        auditor = self._thread(self._audit)
        try:
            for thread in senders:
                thread.join()
        finally:
            self._is_stopped = True
            self._audits.put(None)
            for thread in (*senders, auditor):
                thread.join()
            sys.setswitchinterval(interval)
        if self._problem:
            raise self._problem
        return self._records

    def _thread(self, work: Callable[[Front], None]) -> threading.Thread:
        thread = threading.Thread(target=self._guarded, args=(work,), daemon=True)
        thread.start()
        return thread

    def _guarded(self, work: Callable[[Front], None]) -> None:
        try:
            with opened(self._ground, self._strategy, self._connect) as front:
                self._barrier.wait()
                work(front)
        except threading.BrokenBarrierError:
            return
        except Exception as error:  # noqa: BLE001
            self._problem = self._problem or error
            self._is_stopped = True
            self._barrier.abort()

    def _send(self, front: Front) -> None:
        """Requests in order, by whichever connection is free."""
        found, trace = self._records, self._trace
        due_ns = (found.begin_ns + np.round(trace.starts * 1e9)).astype(np.int64).tolist()
        give_up_ns = found.begin_ns + round((trace.seconds + _PATIENCE_SECONDS) * 1e9)
        free_ns = found.begin_ns
        while (number := next(self._numbers)) < len(due_ns) and self._wait(due_ns[number]):
            ready_ns = max(due_ns[number], free_ns)
            found.ready_ns[number], found.end_ns[number] = ready_ns, give_up_ns
            if ready_ns > give_up_ns:
                continue
            operation, parameters = trace.operations[trace.sequence[number]], trace.of(number, self._places)
            found.start_ns[number] = start_ns = time.perf_counter_ns()
            try:
                answer = (front.write if operation.is_write else front.read)(operation.name, parameters)
            except (StatementError, StatementTimeout) as error:
                found.failures.append(f"{operation.name}: {error.message}")
                answer = Answer(FAILED)
            found.end_ns[number] = free_ns = time.perf_counter_ns()
            found.kinds[number] = answer.kind
            found.sql_start_ns[number], found.sql_end_ns[number] = answer.sql
            is_wanted = trace.is_audited[number] and operation.name in self._ground.plans
            if is_wanted and answer.kind in (DIRECT, HIT) and self._audits.qsize() < _MOST_PENDING:
                self._audits.put(_Question(number, operation.name, parameters, answer, start_ns))

    def _wait(self, until_ns: int) -> bool:
        """Sleeps until then; False when it is over before."""
        while (left_ns := until_ns - time.perf_counter_ns()) > 0 and not self._is_stopped:
            time.sleep(min(left_ns / 1e9, _LONGEST_SLEEP))
        return not self._is_stopped

    def _audit(self, front: Front) -> None:
        """Asks the database what a hit should have been. Without a cache it asks as often, so that the load is the
        same."""
        while (question := self._audits.get()) is not None:
            if self._is_stopped:
                continue
            try:
                rows = front.fresh(question.operation, question.parameters)
            except (StatementError, StatementTimeout):
                continue  # the same statement's failures are counted where it was asked for
            answer, truth_ns = question.answer, time.perf_counter_ns()
            if answer.kind == HIT:
                age = (question.start_ns - answer.read_at_ns) / 1e9
                found = Audit(question.number, question.start_ns, truth_ns, rows == answer.rows, age)
                self._records.audits.append(found)


@dataclass(frozen=True, slots=True)
class _Question:
    number: int
    operation: str
    parameters: Mapping[str, Value]
    answer: Answer
    start_ns: int
