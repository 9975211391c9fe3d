"""Load from several clients at once on one variant: plans made beforehand, carried out, summed up."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lab.bench import clients
from lab.bench.requests import Requests
from lab.bench.schedule import Plan, mixed, poisson_starts
from lab.model.run import LoadModel, LoadRun
from lab.model.workload import Operation, Value

MOST_CLIENTS = 32
_MOST_CONNECTIONS = 40
"""Of all clients together: servers are set up for 50."""
_MOST_OF_ONE = 8
_MOST_REQUESTS = 400_000
_READ_SETS = 200
_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """What load a user asked for. `rate` is the intended starts a second of all clients together, as an open loop;
    without one, each client sends its next request when the last was answered, after thinking for `think_seconds` on
    average. `sweep_seconds` is the time to search for the highest rate in, 0 for none."""

    clients: int = 1
    rate: float | None = None
    think_seconds: float = 0.0
    duration_seconds: float = 10.0
    sweep_seconds: float = 0.0

    @property
    def connections(self) -> int:
        """Of each client: those of an open loop need several, to send while others wait."""
        return max(1, min(_MOST_OF_ONE, _MOST_CONNECTIONS // self.clients)) if self.rate is not None else 1

    @property
    def model(self) -> LoadModel:
        return "closed" if self.rate is None else "open"


@dataclass(frozen=True, slots=True)
class Subject:
    """A variant to put under load. `draw(operation)` gives parameters without end, those of a write never used before;
    `seconds` is what each operation takes alone, where that is known."""

    engine: str
    variant: str
    database: str
    operations: tuple[Operation, ...]
    texts: tuple[str, ...]
    draw: Callable[[Operation], Iterator[Mapping[str, Value]]] = field(compare=False)
    seconds: Mapping[str, float]
    timeout_seconds: float
    seed: int

    def mean_seconds(self) -> float:
        """Of one request of the mix, alone on the server."""
        weights = [operation.weight for operation in self.operations]
        times = [self.seconds.get(operation.name, 0.001) for operation in self.operations]
        return float(np.average(times, weights=weights))


def make_plans(subject: Subject, traffic: Traffic, patience_seconds: float = _PATIENCE_SECONDS) -> list[Plan]:
    """One for each client: a Poisson process split over clients is one in each."""
    seeds = np.random.SeedSequence(subject.seed).spawn(traffic.clients)
    reads = {o.name: list(itertools.islice(subject.draw(o), _READ_SETS)) for o in subject.operations if not o.is_write}
    return [_plan(subject, traffic, np.random.default_rng(seed), reads, patience_seconds) for seed in seeds]


def _plan(
    subject: Subject,
    traffic: Traffic,
    rng: np.random.Generator,
    reads: Mapping[str, Sequence[Mapping[str, Value]]],
    patience_seconds: float,
) -> Plan:
    starts = thinks = None
    if traffic.rate is not None:
        starts = poisson_starts(traffic.rate / traffic.clients, traffic.duration_seconds, rng)
        count = len(starts)
    else:
        count = _enough(subject, traffic)
        # TPC-C, clause 5.2.5.4: a constant pause would keep clients in step.
        thinks = rng.exponential(traffic.think_seconds, count) if traffic.think_seconds else None
    sequence = mixed([operation.weight for operation in subject.operations], count, rng)
    counts = np.bincount(sequence, minlength=len(subject.operations))
    parameters = tuple(
        reads[operation.name]
        if not operation.is_write
        else list(itertools.islice(subject.draw(operation), max(int(counts[place]), 1)))
        for place, operation in enumerate(subject.operations)
    )
    return Plan(
        subject.database,
        subject.texts,
        parameters,
        tuple(operation.is_write for operation in subject.operations),
        sequence,
        starts,
        thinks,
        traffic.connections,
        traffic.duration_seconds,
        patience_seconds,
        subject.timeout_seconds,
    )


def _enough(subject: Subject, traffic: Traffic) -> int:
    """Requests for one client of a closed loop: more than it can send, as it may be quicker than it was alone."""
    fastest = 0.4 * subject.mean_seconds() + 0.9 * traffic.think_seconds
    return min(round(traffic.duration_seconds / fastest) + 1000, _MOST_REQUESTS)


class Load:
    """One load, from plans to summary; `snapshot` gives what is known of it at any moment."""

    def __init__(self, subject: Subject, traffic: Traffic) -> None:
        self._traffic = traffic
        self._warnings: list[str] = []
        self._busiest = 0.0
        self._is_complete = False
        self.requests = Requests(subject.engine, subject.variant, traffic.model, subject.operations)

    def carry_out(self, crew: Sequence[clients.Client], plans: Sequence[Plan], on_news: Callable[[], None]) -> None:
        """Raises what stopped a client; what was measured until then is kept."""

        def begin(begin_ns: int) -> None:
            self.requests.begin_ns = begin_ns

        def add(client: int, block: clients.Block, errors: Sequence[tuple[int, str]]) -> None:
            self.requests.add(client, block, errors)
            on_news()

        done = clients.carry_out(crew, plans, begin, add)
        self._is_complete = True
        seconds = self.requests.seconds()
        self._busiest = max(client.busy_seconds for client in done) / seconds if seconds else 0.0
        if any(client.is_used_up for client in done):
            self._warnings.append(
                f"clients were quicker than expected, and had sent all they had prepared after {seconds:.1f} s"
            )

        if retries := sum(client.retries for client in done):
            self._warnings.append(f"transactions were begun anew {retries:,} times after conflicts, within their time")

    def snapshot(self) -> LoadRun:
        seconds = self.requests.seconds()
        return LoadRun(
            self.requests.variant,
            self._traffic.model,
            self._traffic.clients,
            self._traffic.connections,
            seconds,
            self._traffic.rate,
            self._traffic.think_seconds,
            self.requests.answered() / seconds if seconds else 0.0,
            self.requests.response(),
            self.requests.service(),
            self.requests.summarized(),
            self.requests.lag(),
            self._busiest,
            self._is_complete,
            tuple(self._warnings),
        )
