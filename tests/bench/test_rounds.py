"""The rounds under a clock that only moves when a statement runs."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from lab.bench.rounds import Candidate, Outcome, Pace, calibrate, run_rounds, time_floor
from lab.bench.samples import Samples
from lab.engines.engine import Prepared, StatementError, StatementTimeout


class Clock:
    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns

    def prepared(self, seconds: float, seen: list[Any] | None = None) -> Prepared:
        """A statement that takes exactly so long."""

        def execute(bound: Any) -> int:
            self.now_ns += round(seconds * 1e9)
            if seen is not None:
                seen.append(bound["n"])
            return 3

        return Prepared(dict, execute, int)


def failing(error: Exception, after: int) -> Prepared:
    calls = itertools.count()

    def execute(bound: Any) -> int:
        if next(calls) >= after:
            raise error
        return 1

    return Prepared(dict, execute, int)


def numbers() -> Any:
    return ({"n": number} for number in itertools.count())


def run(
    clock: Clock,
    candidates: list[Candidate],
    budget_seconds: float,
    after_round: Callable[[int], None] = lambda n: None,
) -> tuple[Outcome, Samples]:
    samples = Samples("sqlite", 0)
    operations = sorted({operation for candidate in candidates for operation in candidate.prepared})
    draws = {operation: numbers() for operation in operations}
    outcome = run_rounds(candidates, draws, budget_seconds, samples, random.Random(1), after_round, clock)
    return outcome, samples


def test_latency_is_what_the_statement_took() -> None:
    clock = Clock()
    _, samples = run(clock, [Candidate("base", {"q": clock.prepared(0.010)})], 1.0)
    assert set(samples.table()["latency_seconds"].to_pylist()) == {0.010}
    assert set(samples.table()["rows"].to_pylist()) == {3}


def test_a_pair_shares_its_parameters() -> None:
    clock, base, variant = Clock(), [], []
    run(
        clock,
        [Candidate("base", {"q": clock.prepared(0.01, base)}), Candidate("v", {"q": clock.prepared(0.02, variant)})],
        2.0,
    )
    assert base == variant


def test_the_order_within_pairs_varies() -> None:
    clock = Clock()
    candidates = [Candidate(name, {"q": clock.prepared(0.01)}) for name in ("base", "v")]
    _, samples = run(clock, candidates, 2.0)
    variants = samples.table()["variant"].to_pylist()
    firsts = Counter(variants[::2])
    assert min(firsts["base"], firsts["v"]) > len(variants) / 2 * 0.3


def test_operations_share_the_budget_in_time_not_in_number() -> None:
    clock = Clock()
    _, samples = run(clock, [Candidate("base", {"fast": clock.prepared(0.002), "slow": clock.prepared(0.02)})], 4.0)
    counts = Counter(samples.table()["operation"].to_pylist())
    assert 8 <= counts["fast"] / counts["slow"] <= 12
    assert 3.0 <= clock.now_ns / 1e9 <= 4.5


def test_a_slow_operation_still_gets_six_pairs() -> None:
    clock = Clock()
    _, samples = run(clock, [Candidate("base", {"q": clock.prepared(5.0)})], 1.0)
    assert len(samples) == 6


def test_a_timeout_ends_that_cell_only() -> None:
    clock = Clock()
    late = failing(StatementTimeout("too slow"), after=4)
    outcome, samples = run(clock, [Candidate("base", {"q": clock.prepared(0.01)}), Candidate("v", {"q": late})], 1.0)
    assert outcome.stopped == {("v", "q"): ("timed out", "too slow")}
    counts = Counter(samples.table()["variant"].to_pylist())
    assert counts["v"] == 2 and counts["base"] > 20


def test_a_failure_is_told_from_a_timeout() -> None:
    clock = Clock()
    outcome, _ = run(clock, [Candidate("base", {"q": failing(StatementError("no"), after=0)})], 1.0)
    assert outcome.stopped == {("base", "q"): ("failed", "no")}


def test_every_round_is_announced() -> None:
    clock, seen = Clock(), []
    outcome, _ = run(clock, [Candidate("base", {"q": clock.prepared(0.01)})], 1.0, seen.append)
    assert seen == list(range(1, Pace().rounds + 1))
    assert outcome.rounds == Pace().rounds


def test_calibration_times_the_empty_statement() -> None:
    clock = Clock()
    noop = Prepared(dict, clock.prepared(0.001).execute, int)
    assert calibrate(noop, clock, executions=10) == [0.001] * 10


def test_what_is_settled_runs_no_more_and_leaves_its_time_to_the_others() -> None:
    clock, asked = Clock(), Counter[str]()

    def is_settled(operation: str) -> bool:
        asked[operation] += 1
        return operation == "early" and asked[operation] >= 3

    samples = Samples("sqlite", 0)
    candidates = [Candidate(name, {"early": clock.prepared(0.01), "late": clock.prepared(0.01)}) for name in "ab"]
    draws = {"early": numbers(), "late": numbers()}
    run_rounds(candidates, draws, 10.0, samples, random.Random(1), lambda n: None, clock, is_settled=is_settled)
    early, late = (samples.cell("a", operation) for operation in ("early", "late"))
    assert set(early.rounds) == {0, 1, 2} and set(late.rounds) == set(range(Pace().rounds))
    last, first = ((late.rounds == number).sum() for number in (19, 0))
    assert last >= 1.8 * first


def test_rounds_end_when_all_is_settled() -> None:
    clock = Clock()
    candidates = [Candidate("a", {"q": clock.prepared(0.01)})]
    samples = Samples("sqlite", 0)
    outcome = run_rounds(
        candidates, {"q": numbers()}, 10.0, samples, random.Random(1), lambda n: None, clock, is_settled=lambda o: True
    )
    assert outcome.rounds == 1


def test_new_connections_are_warmed_before_they_are_timed() -> None:
    clock, given = Clock(), []

    def renew() -> list[Candidate]:
        seen: list[Any] = []
        given.append(seen)
        return [Candidate("a", {"q": clock.prepared(0.001, seen)})]

    samples = Samples("sqlite", 0)
    run_rounds(renew(), {"q": numbers()}, 2.0, samples, random.Random(1), lambda n: None, clock, before_round=renew)
    timed = Counter(samples.cell("a", "q").rounds.tolist())
    assert len(given) == 1 + Pace().rounds
    assert all(len(seen) == timed[number] + 6 for number, seen in enumerate(given[1:]))


def test_the_floor_is_timed_in_each_round_and_outlasts_interruptions() -> None:
    clock = Clock()
    calls = itertools.count()

    def execute(bound: Any) -> int:
        clock.now_ns += 10_000_000 if next(calls) % 4 == 0 else 20_000
        return 1

    floor = time_floor(7, Prepared(dict, execute, int), clock)
    assert (floor.round, floor.statement_seconds) == (7, pytest.approx(0.00002))
