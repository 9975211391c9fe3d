"""When requests start, and how a latency counts, under a clock that only moves when something sleeps or runs."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lab.bench.schedule import (
    ANSWERED,
    FAILED,
    FIELDS,
    UNSENT,
    Agenda,
    Plan,
    mixed,
    occurrences,
    poisson_starts,
    work,
)
from lab.engines.engine import Prepared, StatementError

MS = 1_000_000


class Clock:
    """Time that passes by sleeping and by executing."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)

    def statement(self, milliseconds: Callable[[int], float]) -> Prepared:
        """Takes as long as `milliseconds` says of the moment it is sent."""

        def execute(bound: Any) -> int:
            self.now_ns += round(milliseconds(self.now_ns // MS) * MS)
            return 1

        return Prepared(dict, execute, int)


def plan(starts: list[float] | None, thinks: list[float] | None = None, **changes: Any) -> Plan:
    count = len(starts if starts is not None else thinks or [])
    given: dict[str, Any] = {
        "database": "d",
        "texts": ("q",),
        "parameters": ([{"n": 1}],),
        "writes": (False,),
        "sequence": np.zeros(count, np.int64),
        "starts": None if starts is None else np.array(starts),
        "thinks": None if thinks is None else np.array(thinks),
        "connections": 1,
        "seconds": 1.0,
        "patience_seconds": 1.0,
        "timeout_seconds": 10.0,
    }
    return Plan(**{**given, **changes})


def run(
    clock: Clock, found: Plan, *prepared: Prepared, errors: list[tuple[int, str]] | None = None
) -> list[tuple[int, ...]]:
    log: array[int] = array("q")
    noted = errors if errors is not None else []
    work(Agenda(found, 0), prepared, log, lambda *error: noted.append(error), clock, clock.sleep)
    return [tuple(log[at : at + FIELDS]) for at in range(0, len(log), FIELDS)]


def test_a_request_that_is_early_waits_for_its_moment() -> None:
    clock = Clock()
    rows = run(clock, plan([0.1, 0.5]), clock.statement(lambda now: 10))
    assert [(row[1] // MS, row[3] // MS, row[4] // MS) for row in rows] == [(100, 100, 110), (500, 500, 510)]


def test_a_latency_counts_from_the_intended_start() -> None:
    """The first request stalls for half a second; those meant to start meanwhile have waited for it."""
    clock = Clock()
    rows = run(clock, plan([0.1, 0.2, 0.3]), clock.statement(lambda now: 500 if now < 150 else 10))
    assert [(row[4] - row[1]) // MS for row in rows] == [500, 410, 320]
    assert [(row[4] - row[3]) // MS for row in rows] == [500, 10, 10]


def test_waiting_for_a_busy_connection_is_no_delay_of_the_client() -> None:
    clock = Clock()
    rows = run(clock, plan([0.1, 0.2]), clock.statement(lambda now: 500))
    assert [row[3] - row[2] for row in rows] == [0, 0]
    assert [row[2] // MS for row in rows] == [100, 600]


def test_late_requests_are_given_up_and_count_as_having_waited() -> None:
    clock = Clock()
    rows = run(clock, plan([0.1, 0.2, 0.3], patience_seconds=0.5), clock.statement(lambda now: 2000))
    assert [row[6] for row in rows] == [ANSWERED, UNSENT, UNSENT]
    assert [(row[4] - row[1]) // MS for row in rows] == [2000, 1300, 1200]


def test_a_closed_loop_waits_for_each_answer_and_thinks() -> None:
    clock = Clock()
    rows = run(clock, plan(None, [0.05] * 100, seconds=0.5), clock.statement(lambda now: 50))
    assert [row[3] // MS for row in rows] == [50, 150, 250, 350, 450]


def test_a_closed_loop_that_is_quicker_than_its_plan_is_long_says_so() -> None:
    clock = Clock()
    agenda = Agenda(plan(None, [0.001] * 3), 0)
    work(agenda, [clock.statement(lambda now: 1)], array("q"), lambda *error: None, clock, clock.sleep)
    assert agenda.is_used_up


def test_an_open_loop_at_its_end_is_not_used_up() -> None:
    clock = Clock()
    agenda = Agenda(plan([0.1]), 0)
    work(agenda, [clock.statement(lambda now: 1)], array("q"), lambda *error: None, clock, clock.sleep)
    assert not agenda.is_used_up


def test_a_request_that_fails_is_noted_and_the_next_one_sent() -> None:
    clock, errors = Clock(), []

    def refuse(result: Any) -> int:
        raise StatementError("no such luck")

    rows = run(clock, plan([0.1, 0.2]), Prepared(dict, lambda bound: 1, refuse), errors=errors)
    assert [row[6] for row in rows] == [FAILED, FAILED]
    assert errors == [(0, "no such luck")] * 2


def test_whoever_is_told_to_stop_sends_no_more() -> None:
    clock = Clock()
    agenda = Agenda(plan([0.1, 0.2, 0.9]), 0)

    def stop(bound: Any) -> int:
        agenda.is_stopped = True
        return 1

    log: array[int] = array("q")
    work(agenda, [Prepared(dict, stop, int)], log, lambda *error: None, clock, clock.sleep)
    assert len(log) == FIELDS


def test_each_write_takes_a_set_of_its_own_and_reads_take_theirs_again() -> None:
    clock, seen = Clock(), []

    def statement(name: str) -> Prepared:
        return Prepared(lambda given: (name, given["n"]), lambda bound: seen.append(bound) or 1, int)

    found = plan(
        [0.1, 0.2, 0.3, 0.4, 0.5],
        sequence=np.array([0, 1, 0, 0, 1]),
        parameters=([{"n": 1}, {"n": 2}], [{"n": 7}, {"n": 8}]),
        texts=("read", "write"),
        writes=(False, True),
    )
    run(clock, found, statement("read"), statement("write"))
    assert seen == [("read", 1), ("write", 7), ("read", 2), ("read", 1), ("write", 8)]


@pytest.mark.parametrize("rate", [5.0, 400.0])
def test_intended_starts_are_a_poisson_process(rate: float) -> None:
    starts = poisson_starts(rate, 2000.0, np.random.default_rng(3))
    counts = np.bincount(starts.astype(int), minlength=2000)
    assert (np.diff(starts) > 0).all() and starts[0] > 0 and starts[-1] < 2000
    assert abs(counts.mean() / rate - 1) < 5 * (rate * 2000) ** -0.5
    assert abs(counts.var() / counts.mean() - 1) < 0.2


def test_operations_are_mixed_by_weight() -> None:
    counts = np.bincount(mixed([1.0, 3.0, 0.0], 40_000, np.random.default_rng(1)), minlength=3)
    assert counts[2] == 0 and abs(counts[1] / counts[0] - 3) < 0.2


def test_occurrences_count_those_before() -> None:
    assert occurrences(np.array([3, 5, 3, 3, 5])).tolist() == [0, 0, 1, 2, 1]
    assert occurrences(np.array([], dtype=np.int64)).tolist() == []
