"""When requests start, and what each client does meanwhile: the logic of load models, which knows neither databases
nor processes.

In an open loop requests arrive as a Poisson process, as those of many independent users do, and a latency counts from
the moment its request was meant to start. A client that waits for an answer before it sends the next request would not
send, and so not measure, the requests a stall delays: "coordinated omission" (Tene, "How NOT to Measure Latency",
2013; Schroeder et al., "Open Versus Closed: A Cautionary Tale", NSDI 2006).
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.engines.engine import Prepared, StaleStatement, StatementError, StatementTimeout
from lab.model.workload import Value

ANSWERED, FAILED, UNSENT = 0, 1, 2
FIELDS = 7
"""Numbers a request leaves: operation, intended, ready, start, end (ns), rows, outcome."""
_LONGEST_SLEEP = 0.2
"""Seconds, so that a client soon hears that it should stop."""


def poisson_starts(rate: float, seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Seconds from the beginning, ascending, of a Poisson process with `rate` events a second."""
    gaps = rng.exponential(1 / rate, size=int(rate * seconds + 6 * (rate * seconds) ** 0.5 + 10))
    starts = np.cumsum(gaps)
    return starts[starts < seconds]


def mixed(weights: Sequence[float], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which operation each of `count` requests is, drawn by weight."""
    shares = np.array(weights, dtype=float)
    return rng.choice(len(shares), size=count, p=shares / shares.sum())


def occurrences(sequence: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each place, how often its value occurred before: [3, 5, 3, 3] -> [0, 0, 1, 2]."""
    order = np.argsort(sequence, kind="stable")
    ordered = sequence[order]
    first = np.searchsorted(ordered, ordered, side="left")
    found = np.empty(len(sequence), dtype=np.int64)
    found[order] = np.arange(len(sequence)) - first
    return found


@dataclass(frozen=True, slots=True)
class Plan:
    """What one client does in one load. `sequence` names an operation by its place in `texts`; `starts` are the
    intended ones, in seconds from the beginning, or, in a closed loop, None. There a client pauses for `thinks`
    seconds before each request. Reads take their parameters over and over, a write takes each set once."""

    database: str
    texts: tuple[str, ...]
    parameters: tuple[Sequence[Mapping[str, Value]], ...]
    writes: tuple[bool, ...]
    sequence: NDArray[np.int64]
    starts: NDArray[np.float64] | None
    thinks: NDArray[np.float64] | None
    connections: int
    seconds: float
    """A closed loop ends then; in an open one no request is meant to start later."""
    patience_seconds: float
    """How long after that requests which are late are still sent."""
    timeout_seconds: float


class Agenda:
    """A plan while it is carried out: requests are taken in order by whichever connection is free."""

    def __init__(self, plan: Plan, begin_ns: int) -> None:
        self.operations = plan.sequence.tolist()
        self.places = occurrences(plan.sequence).tolist()
        self.parameters = plan.parameters
        self.due_ns = _nanoseconds(plan.starts, begin_ns)
        self.pauses_ns = _nanoseconds(plan.thinks, 0)
        self.end_ns = begin_ns + round(plan.seconds * 1e9)
        self.give_up_ns = self.end_ns + round(plan.patience_seconds * 1e9)
        self.begin_ns = begin_ns
        self.is_stopped = False
        self.is_used_up = False
        """Whether a closed loop was quicker than its plan is long."""
        self._numbers = itertools.count()

    def take(self) -> int | None:
        """The next request's number; None when there is none left."""
        number = next(self._numbers)
        if number < len(self.operations) and not self.is_stopped:
            return number
        self.is_used_up = self.is_used_up or (self.due_ns is None and not self.is_stopped)
        return None


def _nanoseconds(seconds: NDArray[np.float64] | None, begin_ns: int) -> list[int] | None:
    return None if seconds is None else (begin_ns + np.round(seconds * 1e9).astype(np.int64)).tolist()


def work(
    agenda: Agenda,
    prepared: Sequence[Prepared],
    log: array[int],
    note_error: Callable[[int, str], None],
    clock: Callable[[], int],
    sleep: Callable[[float], None],
    renew: Callable[[int], Prepared] | None = None,
) -> None:
    """Sends requests over one connection until none is left; `FIELDS` numbers for each go to `log`. A statement the
    server finds stale is prepared anew by `renew` and sent again, as drivers do, within the time of its request."""
    statements = list(prepared)
    free_ns = agenda.begin_ns
    while (number := agenda.take()) is not None:
        operation = agenda.operations[number]
        if agenda.due_ns is not None:
            intended_ns = agenda.due_ns[number]
        else:
            intended_ns = free_ns + (agenda.pauses_ns[number] if agenda.pauses_ns else 0)
            if intended_ns >= agenda.end_ns:
                return
        ready_ns = max(intended_ns, free_ns)
        if not _wait(intended_ns, agenda, clock, sleep):
            return
        if ready_ns > agenda.give_up_ns:
            log.extend((operation, intended_ns, ready_ns, 0, agenda.give_up_ns, 0, UNSENT))
            continue
        statement = statements[operation]
        sets = agenda.parameters[operation]
        bound = statement.bind(sets[agenda.places[number] % len(sets)])
        start_ns = clock()
        try:
            result = statement.execute(bound)
            end_ns = clock()
            try:
                rows, outcome = statement.count(result), ANSWERED
            except StaleStatement:
                if renew is None:
                    raise
                statements[operation] = renew(operation)
                result = statements[operation].execute(bound)
                end_ns = clock()
                rows, outcome = statements[operation].count(result), ANSWERED
        except (StatementError, StatementTimeout) as error:
            end_ns = clock()
            rows, outcome = 0, FAILED
            note_error(operation, error.message)
        log.extend((operation, intended_ns, ready_ns, start_ns, end_ns, rows, outcome))
        free_ns = end_ns


def _wait(until_ns: int, agenda: Agenda, clock: Callable[[], int], sleep: Callable[[float], None]) -> bool:
    """Sleeps until then; False when the client is told to stop meanwhile."""
    while (left_ns := until_ns - clock()) > 0:
        if agenda.is_stopped:
            return False
        sleep(min(left_ns / 1e9, _LONGEST_SLEEP))
    return not agenda.is_stopped
