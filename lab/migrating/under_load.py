"""A migration run while the design's workload goes on at a steady rate: who failed, who waited, and how long.

The workload is that of the old application, so it goes on until all is ready for the new one; what only the new one
can live with (the contract phase) is run after it, its locks being watched all the same.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import numpy as np

from lab.bench import Observer
from lab.bench.clients import started
from lab.bench.draws import endless_draws
from lab.bench.traffic import Load, Subject, Traffic, make_plans
from lab.datagen import Generator
from lab.engines import load_engine
from lab.engines.engine import Engine, Server
from lab.errors import LabError
from lab.migrate import folder
from lab.migrate.apply import apply, open_session
from lab.migrate.apply.session import Session
from lab.migrate.folder import Migration
from lab.migrate.step import Plan
from lab.migrating.planning import Planned
from lab.migrating.sources import address_of
from lab.migrating.verify import SOURCE, generator_for, loaded
from lab.model.workload import Operation

QUIET_SECONDS = 2.0
"""Of load before the migration begins: what the stalls are compared with."""
_SAMPLE_SECONDS = 0.002
_LOCKS = """
    SELECT count(*) FROM pg_locks WHERE pid = :pid AND granted AND mode = 'AccessExclusiveLock' AND relation IN (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')
      AND n.nspname !~ '^pg_' AND c.relname <> 'lab_migrations' AND c.relname <> 'lab_backfill')"""


@dataclass(frozen=True, slots=True)
class UnderLoad:
    """One migration under load. Seconds; bytes written (PostgreSQL's WAL), None where the server does not tell."""

    name: str
    requests: int
    failed: int
    first_error: str
    rate: float
    longest_before: float
    longest_during: float
    longest_lock: float | None
    migration_seconds: float
    bytes_written: int | None
    is_covered: bool
    """Whether the load went on until the migration was done."""


@dataclass(slots=True)
class _Migration:
    """Runs a plan in a thread of its own once the load has begun."""

    session: Session
    found: Sequence[Migration]
    last: int
    """The number of the last one before the old application has to be gone."""
    begun_ns: int = 0
    ended_ns: int = 0
    error: LabError | None = None
    _thread: threading.Thread | None = field(default=None, repr=False)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        time.sleep(QUIET_SECONDS)
        self.begun_ns = time.perf_counter_ns()
        try:
            apply(self.session, self.found, self.last, allows_data_loss=True)
        except LabError as error:
            self.error = error
        self.ended_ns = time.perf_counter_ns()

    def join(self) -> None:
        if self._thread:
            self._thread.join()


class _LockWatch:
    """Looks every few milliseconds whether the migration holds a table exclusively, and remembers the longest time."""

    def __init__(self, engine: Engine, server: Server, backend: int | None) -> None:
        self._engine, self._server, self._backend = engine, server, backend
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.longest: float | None = None if backend is None else 0.0

    def __enter__(self) -> _LockWatch:
        if self._backend is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        if self._backend is not None:
            self._thread.join()

    def _watch(self) -> None:
        with closing(self._engine.connect(self._server, SOURCE)) as database:
            since: float | None = None
            while not self._is_over.is_set():
                before = time.perf_counter()
                is_held = bool(database.rows(_LOCKS, {"pid": self._backend or 0})[0][0])
                if is_held:
                    since = since or before
                    self.longest = max(self.longest or 0.0, time.perf_counter() - since)
                else:
                    since = None
                time.sleep(_SAMPLE_SECONDS)


def measure(
    server: Server,
    planned: Planned,
    plans: Sequence[tuple[str, Plan]],
    operations: Sequence[Operation],
    scale: float,
    seed: int,
    rate: float,
    seconds: float,
    observer: Observer,
) -> list[UnderLoad]:
    """Each plan on a loaded copy of its own, under the same load. Raises LabError when a migration fails."""
    engine = load_engine(server.engine)
    generator = generator_for(planned, scale, seed)
    found = []
    for name, plan in plans:
        observer.stage(f"under load: {name}")
        quiet = _Quiet()
        with loaded(engine, server, planned, scale, seed, quiet):
            found.append(_one(engine, server, name, plan, operations, generator, seed, rate, seconds))
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
    operations: Sequence[Operation],
    generator: Generator,
    seed: int,
    rate: float,
    seconds: float,
) -> UnderLoad:
    drawn: dict[str, int] = {}
    subject = Subject(
        engine.name,
        name,
        SOURCE,
        tuple(operations),
        tuple(engine.query_sql(operation).sql for operation in operations),
        lambda operation: endless_draws(generator, operation, seed, random.Random(seed), drawn),
        {},
        30.0,
        seed,
    )
    traffic = Traffic(clients=1, rate=rate, duration_seconds=seconds)
    load = Load(subject, traffic)
    made = make_plans(subject, traffic, patience_seconds=30.0)
    with closing(open_session(address_of(server, SOURCE))) as session, started(engine, server, 1) as crew:
        migrations = folder.migrations(plan)
        last = max((each.number for each in migrations if each.phase != "contract"), default=0)
        migration = _Migration(session, migrations, last)
        written = _written(engine, server)
        with _LockWatch(engine, server, getattr(session, "backend", None)) as watch, _begun_with(load, migration):
            load.carry_out(crew, made, lambda: None)
            migration.join()
            if migration.error:
                raise migration.error
            apply(session, migrations, allows_data_loss=True)
        now = _written(engine, server)
    return _summed(name, load, migration, watch, rate, None if written is None or now is None else now - written)


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


def _summed(
    name: str, load: Load, migration: _Migration, watch: _LockWatch, rate: float, written: int | None
) -> UnderLoad:
    table = load.requests.table()
    begun, ended = ((at - load.requests.begin_ns) / 1e9 for at in (migration.begun_ns, migration.ended_ns))
    intended = table.column("intended_seconds").to_numpy()
    response = table.column("response_seconds").to_numpy()
    outcome = np.array(table.column("outcome").to_pylist())
    during = (intended + response >= begun) & (intended <= ended)
    failed = outcome != "answered"
    first = next(iter(load.requests.errors.values()), "")
    return UnderLoad(
        name,
        len(table),
        int(failed.sum()),
        first,
        rate,
        float(response[~during].max(initial=0.0)),
        float(response[during].max(initial=0.0)),
        watch.longest,
        ended - begun,
        written,
        bool(ended <= load.requests.seconds() + 0.5),
    )


def _written(engine: Engine, server: Server) -> int | None:
    """Bytes of the write-ahead log so far."""
    if engine.name != "postgres":
        return None
    with closing(engine.connect(server, SOURCE)) as database:
        return int(database.rows("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')", {})[0][0])
