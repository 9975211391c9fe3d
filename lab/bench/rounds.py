"""Interleaved rounds: the only place that looks at the clock.

Within a pair all candidates run one operation with the same parameters, in random order, so that whatever the
machine does to one it does to the other: the ratio of a pair is free of drift (Bulej et al., "Duet Benchmarking",
ICPE 2020).
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.bench.samples import Samples
from lab.engines.engine import Prepared, StatementError, StatementTimeout
from lab.model.run import Floor, Status

Parameters = Mapping[str, Any]

ROUNDS = 20
_FEWEST_PAIRS = 6
_MOST_PAIRS_A_ROUND = 100
_PROBES = 9
_STEPS = 2_500
_STATEMENTS = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """One variant's connection, with its operations prepared."""

    variant: str
    prepared: Mapping[str, Prepared]


@dataclass(slots=True)
class _Course:
    """One operation on its way through the rounds."""

    operation: str
    draws: Iterator[Parameters]
    candidates: list[Candidate]
    cost_seconds: float
    """Of one pair."""
    credit: float = 0.0
    pairs: int = 0

    def take(self, seconds: float, is_last: bool) -> int:
        """How many pairs fit this round's share: fractions carry over, so that slow operations skip rounds."""
        self.credit += min(seconds / self.cost_seconds, _MOST_PAIRS_A_ROUND) if self.cost_seconds else 0.0
        whole = int(self.credit)
        self.credit -= whole
        return max(whole, _FEWEST_PAIRS - self.pairs) if is_last else whole


@dataclass(slots=True)
class Outcome:
    """What happened beside the samples: (variant, operation) pairs that had to stop, and why; each round's floor."""

    rounds: int = 0
    stopped: dict[tuple[str, str], tuple[Status, str]] = field(default_factory=dict)
    floors: list[Floor] = field(default_factory=list)


def run_rounds(
    candidates: Sequence[Candidate],
    draws: Mapping[str, Iterator[Parameters]],
    budget_seconds: float,
    samples: Samples,
    rng: random.Random,
    after_round: Callable[[int], None],
    clock: Callable[[], int] = time.perf_counter_ns,
    floor: Callable[[int], Floor] | None = None,
    is_settled: Callable[[str], bool] = lambda operation: False,
    first_round: int = 0,
) -> Outcome:
    """Executes every operation of `draws` on every candidate that prepared it, for about `budget_seconds`.

    Each operation gets an equal share of the budget; each gets at least six pairs, whatever it takes. An operation
    `is_settled` calls settled after a round runs no more, and the others share what it leaves. `after_round` is called
    between rounds with the rounds done; `floor` times what never changes, at the start of each. Rounds are numbered
    from `first_round`.
    """
    outcome = Outcome()
    courses = list(_courses(candidates, draws, outcome, clock))
    started = clock()
    for number in range(ROUNDS):
        if floor is not None:
            outcome.floors.append(floor(first_round + number))
        left_seconds = max(budget_seconds - (clock() - started) / 1e9, 0.0)
        rng.shuffle(courses)
        for course in courses:
            share = left_seconds / len(courses) / (ROUNDS - number)
            for _ in range(course.take(share, is_last=number == ROUNDS - 1)):
                _run_pair(course, first_round + number, samples, rng, outcome, clock)
        outcome.rounds = number + 1
        after_round(outcome.rounds)
        courses = [course for course in courses if course.pairs < _FEWEST_PAIRS or not is_settled(course.operation)]
        if not courses:
            break
    return outcome


def _courses(
    candidates: Sequence[Candidate],
    draws: Mapping[str, Iterator[Parameters]],
    outcome: Outcome,
    clock: Callable[[], int],
) -> Iterator[_Course]:
    for operation, parameters in draws.items():
        running = [candidate for candidate in candidates if operation in candidate.prepared]
        cost_seconds = _warm_up(operation, parameters, running, outcome, clock)
        running = [c for c in running if (c.variant, operation) not in outcome.stopped]
        if running:
            yield _Course(operation, parameters, running, cost_seconds)


def time_floor(number: int, noop: Prepared, clock: Callable[[], int] = time.perf_counter_ns) -> Floor:
    """What never changes, in round `number`: the medians of a few short pieces of work and of empty statements, so
    that what interrupts one of them counts for little."""
    pieces = []
    for _ in range(_PROBES):
        start = clock()
        _fixed_work()
        pieces.append((clock() - start) / 1e9)
    return Floor(number, statistics.median(pieces), statistics.median(calibrate(noop, clock, _STATEMENTS)))


def _fixed_work() -> int:
    """Some 0.2 ms of arithmetic."""
    total = 0
    for step in range(_STEPS):
        total = (total * 31 + step) % 1_000_003
    return total


def _warm_up(
    operation: str,
    draws: Iterator[Parameters],
    candidates: Sequence[Candidate],
    outcome: Outcome,
    clock: Callable[[], int],
) -> float:
    """Runs each candidate twice, untimed; returns the seconds a pair takes, after the warming."""
    cost_ns = 0
    for is_warm in (False, True):
        parameters = next(draws)
        for candidate in candidates:
            if (candidate.variant, operation) in outcome.stopped:
                continue
            started = clock()
            _execute(candidate, operation, parameters, outcome, clock)
            cost_ns += (clock() - started) if is_warm else 0
    return cost_ns / 1e9


def _run_pair(
    course: _Course,
    number: int,
    samples: Samples,
    rng: random.Random,
    outcome: Outcome,
    clock: Callable[[], int],
) -> None:
    parameters = next(course.draws)
    order = list(course.candidates)
    rng.shuffle(order)
    for candidate in order:
        timing = _execute(candidate, course.operation, parameters, outcome, clock)
        if timing is None:
            course.candidates.remove(candidate)
            continue
        start, end, rows = timing
        samples.append(candidate.variant, course.operation, number, course.pairs, start, end, rows)
    course.pairs += 1


def _execute(
    candidate: Candidate, operation: str, parameters: Parameters, outcome: Outcome, clock: Callable[[], int]
) -> tuple[int, int, int] | None:
    """Start, end and rows; None when the statement failed or ran into the time limit."""
    prepared = candidate.prepared[operation]
    bound = prepared.bind(parameters)
    execute = prepared.execute
    try:
        start = clock()
        result = execute(bound)
        end = clock()
        return start, end, prepared.count(result)
    except StatementTimeout as error:
        outcome.stopped[candidate.variant, operation] = "timed out", error.message
    except StatementError as error:
        outcome.stopped[candidate.variant, operation] = "failed", error.message
    return None


def calibrate(noop: Prepared, clock: Callable[[], int] = time.perf_counter_ns, executions: int = 300) -> list[float]:
    """Seconds of an empty statement through the timed path: network, protocol, driver and lab."""
    bound = noop.bind({})
    latencies = []
    for _ in range(executions):
        start = clock()
        result = noop.execute(bound)
        latencies.append((clock() - start) / 1e9)
        noop.count(result)
    return latencies
