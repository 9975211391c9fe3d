"""A migration run while applications go on at a steady rate: who failed, who waited, and how long, phase by phase.

The old application is in service until all is ready for the new one; then the new one is, while what only the old one
needed goes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import numpy as np

from lab.bench import Observer
from lab.bench.clients import Client, started
from lab.bench.traffic import Load, Subject, Traffic, make_plans
from lab.engines import load_engine
from lab.engines.engine import Engine, Server
from lab.errors import LabError
from lab.migrate import folder
from lab.migrate.apply import apply, open_session
from lab.migrate.apply.session import Session
from lab.migrate.folder import Migration
from lab.migrate.step import Plan
from lab.migrating.applications import Application, new_application, old_application
from lab.migrating.lock_watch import LockWatch
from lab.migrating.planning import Planned
from lab.migrating.sources import address_of
from lab.migrating.verify import SOURCE, loaded

QUIET_SECONDS = 2.0
"""Of load before the migration begins: what the stalls are compared with."""
_TIMEOUT = 30.0
_FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class PhaseLoad:
    """One phase: statements that were under way from its beginning to the next one's, seconds its steps took."""

    name: str
    requests: int
    failed: int
    longest_before: float
    """Of the same application, before the migration went on."""
    longest_wait: float
    longest_lock: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class UnderLoad:
    """One migration under load. Seconds; bytes written (PostgreSQL's WAL), None where the server does not tell."""

    name: str
    requests: int
    failed: int
    first_error: str
    rate: float
    phases: tuple[PhaseLoad, ...]
    bytes_written: int | None
    is_covered: bool
    """Whether the load went on until the migration was done."""

    @property
    def longest_during(self) -> float:
        return max((phase.longest_wait for phase in self.phases), default=0.0)

    @property
    def longest_lock(self) -> float | None:
        return max((phase.longest_lock for phase in self.phases if phase.longest_lock is not None), default=None)

    @property
    def migration_seconds(self) -> float:
        return sum(phase.seconds for phase in self.phases)


@dataclass(slots=True)
class _Migration:
    """Runs migrations `first` to `last` in a thread of its own once the load has begun, and notes when each phase
    began."""

    session: Session
    found: Sequence[Migration]
    first: int
    last: int
    begun: list[tuple[str, int]] = field(default_factory=list)
    ended_ns: int = 0
    error: LabError | None = None
    _thread: threading.Thread | None = field(default=None, repr=False)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        time.sleep(QUIET_SECONDS)
        pending = [each for each in self.found if self.first <= each.number <= self.last]
        try:
            for phase, last in {each.phase: each.number for each in pending}.items():
                self.begun.append((phase, time.perf_counter_ns()))
                apply(self.session, self.found, last, allows_data_loss=True)
        except LabError as error:
            self.error = error
        self.ended_ns = time.perf_counter_ns()

    def join(self) -> None:
        if self._thread:
            self._thread.join()


@dataclass(frozen=True, slots=True)
class _Part:
    """One application's load, and what ran meanwhile. Times of requests are seconds since the load began."""

    load: Load
    migration: _Migration

    @property
    def is_covered(self) -> bool:
        return (self.migration.ended_ns - self.load.requests.begin_ns) / 1e9 <= self.load.requests.seconds() + 0.5


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured: plans by name, and how much load for how long; `contract_seconds` of the new application's."""

    plans: Sequence[tuple[str, Plan]]
    scale: float
    seed: int
    rate: float
    seconds: float
    contract_seconds: float


def measure(server: Server, planned: Planned, wanted: Measured, observer: Observer) -> list[UnderLoad]:
    """Each plan on a loaded copy of its own, under the same load. Raises LabError when a migration fails."""
    engine = load_engine(server.engine)
    old = old_application(planned, wanted.scale, wanted.seed)
    new = new_application(engine, server, planned, old, wanted.scale, wanted.seed)
    found = []
    for name, plan in wanted.plans:
        observer.stage(f"under load: {name}")
        with loaded(engine, server, planned, wanted.scale, wanted.seed, _Quiet()):
            found.append(_one(engine, server, name, plan, (old, new), wanted))
    return found


class _Quiet:
    def stage(self, title: str, total: float = 0.0, unit: str = "") -> None:
        """Nothing is shown."""

    def advance(self, amount: float, note: str = "") -> None:
        """Nothing is shown."""


def _one(
    engine: Engine,
    server: Server,
    name: str,
    plan: Plan,
    applications: tuple[Application, Application],
    wanted: Measured,
) -> UnderLoad:
    migrations = folder.migrations(plan)
    last = max((each.number for each in migrations if each.phase != "contract"), default=0)
    turns = [
        (applications[0], 1, last, wanted.seconds),
        (applications[1], last + 1, len(migrations), wanted.contract_seconds),
    ]
    written, used = _written(engine, server), 0
    parts: list[_Part] = []
    with (
        closing(open_session(address_of(server, SOURCE))) as session,
        started(engine, server, 1) as crew,
        LockWatch(engine, server, getattr(session, "backend", None)) as watch,
    ):
        for application, first, until, seconds in turns if last < len(migrations) else turns[:1]:
            drawn = {operation.name: used for operation in application.operations}
            subject = _subject(engine, name, application, drawn)
            parts.append(_part(subject, wanted.rate, seconds, crew, _Migration(session, migrations, first, until)))
            used = max(drawn.values(), default=0)
    now = _written(engine, server)
    return _summed(name, parts, watch, wanted.rate, None if written is None or now is None else now - written)


def _subject(engine: Engine, name: str, application: Application, drawn: dict[str, int]) -> Subject:
    """`drawn` says by operation how many parameters of writes were used before, and is kept up."""
    texts = tuple(engine.query_sql(operation).sql for operation in application.operations)
    draw = partial(application.draw, drawn=drawn)
    return Subject(engine.name, name, SOURCE, application.operations, texts, draw, {}, _TIMEOUT, application.seed)


def _part(subject: Subject, rate: float, seconds: float, crew: Sequence[Client], migration: _Migration) -> _Part:
    traffic = Traffic(clients=1, rate=rate, duration_seconds=seconds)
    load = Load(subject, traffic)
    plans = make_plans(subject, traffic, patience_seconds=_TIMEOUT)
    with _begun_with(load, migration):
        load.carry_out(crew, plans, lambda: None)
    if migration.error:
        raise migration.error
    return _Part(load, migration)


@contextmanager
def _begun_with(load: Load, migration: _Migration) -> Iterator[None]:
    """The migration starts when the load does, and is waited for after it."""
    is_over = threading.Event()

    def wait() -> None:
        while not load.requests.begin_ns and not is_over.is_set():
            time.sleep(0.01)
        if not is_over.is_set():
            migration.start()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        migration.join()


def _summed(name: str, parts: Sequence[_Part], watch: LockWatch, rate: float, written: int | None) -> UnderLoad:
    requests = [part.load.requests for part in parts]
    failed = sum(int((np.array(each.table().column("outcome").to_pylist()) != "answered").sum()) for each in requests)
    errors = [message for each in requests for message in each.errors.values()]
    return UnderLoad(
        name,
        sum(map(len, requests)),
        failed,
        errors[0] if errors else "",
        rate,
        tuple(phase for part in parts for phase in _phases(part, watch)),
        written,
        all(part.is_covered for part in parts),
    )


def _phases(part: _Part, watch: LockWatch) -> Iterator[PhaseLoad]:
    begun = [*part.migration.begun, ("", part.migration.ended_ns)]
    _, _, before = _waits(part, 0, begun[0][1])
    for place, ((phase, begin), (_, end)) in enumerate(pairwise(begun)):
        is_last = place == len(begun) - 2
        count, failed, longest = _waits(part, begin, _FOREVER if is_last else end)
        yield PhaseLoad(phase, count, failed, before, longest, watch.longest(begin, end), (end - begin) / 1e9)


def _waits(part: _Part, begin_ns: int, end_ns: int) -> tuple[int, int, float]:
    """Of the requests under way between two moments: how many, how many that failed, the longest response."""
    table = part.load.requests.table()
    begin, end = ((at - part.load.requests.begin_ns) / 1e9 for at in (begin_ns, end_ns))
    intended, response = (table.column(f"{name}_seconds").to_numpy() for name in ("intended", "response"))
    chosen = (intended + response >= begin) & (intended < end)
    failed = np.array(table.column("outcome").to_pylist()) != "answered"
    return int(chosen.sum()), int(failed[chosen].sum()), float(response[chosen].max(initial=0.0))


def _written(engine: Engine, server: Server) -> int | None:
    """Bytes of the write-ahead log so far."""
    if engine.name != "postgres":
        return None
    with closing(engine.connect(server, SOURCE)) as database:
        return int(database.rows("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')", {})[0][0])
