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

_FEWEST_PAIRS = 6
_WARMING = 6
"""Executions that teach a new connection: after five PostgreSQL settles on a plan (manual, PREPARE)."""
_WARMING_SHARE = 0.3
"""Of an operation's time in a round, at most; what takes longer is not slowed by what there is to learn."""
_PROBES = 16
_STEPS = 2_500
_STATEMENTS = 50


@dataclass(frozen=True, slots=True)
class Pace:
    """Into how many rounds the budget is cut, and how much of an operation one may hold."""

    rounds: int = 20
    most_pairs: int = 100


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

    def learn(self, seconds: float, pairs: int) -> None:
        """What pairs cost lately, which the warming up may have met at a bad moment."""
        if pairs:
            self.cost_seconds = (self.cost_seconds + seconds / pairs) / 2

    def warm(self, seconds: float, outcome: Outcome, clock: Callable[[], int]) -> None:
        """Runs the candidates on their new connections, untimed."""
        fitting = int(seconds * _WARMING_SHARE / self.cost_seconds) if self.cost_seconds else _WARMING
        for _ in range(min(fitting, _WARMING)):
            parameters = next(self.draws)
            for candidate in self.candidates:
                if (candidate.variant, self.operation) not in outcome.stopped:
                    _execute(candidate, self.operation, parameters, outcome, clock)
        self.candidates = [c for c in self.candidates if (c.variant, self.operation) not in outcome.stopped]

    def take(self, seconds: float, most: int, is_last: bool) -> int:
        """How many pairs fit this round's share: fractions carry over, so that slow operations skip rounds."""
        self.credit += min(seconds / self.cost_seconds, most) if self.cost_seconds else 0.0
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
    floor: Callable[[int], None] = lambda number: None,
    is_settled: Callable[[str], bool] = lambda operation: False,
    first_round: int = 0,
    pace: Pace = Pace(),
    before_round: Callable[[], Sequence[Candidate] | None] = lambda: None,
) -> Outcome:
    """Executes every operation of `draws` on every candidate that prepared it, for about `budget_seconds`.

    Each operation gets an equal share of the budget; each gets at least six pairs, whatever it takes. An operation
    `is_settled` calls settled after a round runs no more, and the others share what it leaves. `after_round` is called
    between rounds with the rounds done; `floor` times what never changes, at the start of each. Rounds are numbered
    from `first_round`. `before_round` may give the candidates new connections.
    """
    outcome = Outcome()
    courses = list(_courses(candidates, draws, outcome, clock))
    started = clock()
    for number in range(pace.rounds):
        left_seconds = max(budget_seconds - (clock() - started) / 1e9, 0.0)
        rng.shuffle(courses)
        given = before_round() or ()
        floor(first_round + number)
        renewed = {candidate.variant: candidate for candidate in given}
        for course in courses:
            share = left_seconds / len(courses) / (pace.rounds - number)
            count = course.take(share, pace.most_pairs, is_last=number == pace.rounds - 1)
            if renewed and count:
                course.candidates = [renewed[candidate.variant] for candidate in course.candidates]
                course.warm(share, outcome, clock)
            begun = clock()
            for _ in range(count):
                _run_pair(course, first_round + number, samples, rng, outcome, clock)
            course.learn((clock() - begun) / 1e9, count)
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
    """What never changes, in round `number`: the lower quartiles of some short pieces of work and of empty statements,
    so that what interrupts some of them counts for little."""
    pieces = []
    for _ in range(_PROBES):
        start = clock()
        _fixed_work()
        pieces.append((clock() - start) / 1e9)
    statements = calibrate(noop, clock, _STATEMENTS)
    return Floor(number, statistics.quantiles(pieces)[0], statistics.quantiles(statements)[0])


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
