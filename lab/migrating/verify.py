"""A plan run on a loaded copy: up, down and up again, the catalogs equal at each end and the rows kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from lab.bench import Observer, load_base
from lab.datagen import Generator, read_spec
from lab.engines import load_engine
from lab.engines.engine import Database, Engine, Server, Text
from lab.migrate import folder
from lab.migrate.apply import apply, open_session, rollback
from lab.migrate.compare import catalog, checksums, difference, kept_columns, settled_columns
from lab.migrate.folder import Migration
from lab.migrating.planning import Planned
from lab.migrating.sources import address_of, design_of
from lab.model.schema import Schema
from lab.provision import parse_spec, start

SOURCE, TARGET = "migrate_from", "migrate_to"


@dataclass(frozen=True, slots=True)
class Ran:
    """One way: how long it took, and the first thing that is not as it should be; empty when all is."""

    direction: str
    seconds: float
    catalog: str
    rows: str


@dataclass(frozen=True, slots=True)
class Verified:
    server: str
    rows: int
    ways: tuple[Ran, ...]
    steps: tuple[tuple[str, float], ...] = field(default=())
    """Each step of the first way up, with its seconds."""

    @property
    def is_passed(self) -> bool:
        return not any(way.catalog or way.rows for way in self.ways)


def verify(planned: Planned, scale: float, seed: int, observer: Observer) -> Verified:
    """Raises LabError when a step fails."""
    spec = parse_spec(planned.wanted.engine)
    observer.stage(f"{load_engine(spec.engine).title}: starting a server")
    with start(spec) as server:
        return verify_on(server, planned, scale, seed, observer)


def verify_on(server: Server, planned: Planned, scale: float, seed: int, observer: Observer) -> Verified:
    engine = load_engine(server.engine)
    diff = planned.diff
    with built(engine, server, TARGET, diff.new) as target:
        wanted = catalog(target)
    observer.stage("loading")
    with loaded(engine, server, planned, scale, seed, observer) as (database, rows):
        return _there_and_back(database, server, planned, wanted, rows, observer)


@contextmanager
def built(engine: Engine, server: Server, name: str, schema: Schema) -> Iterator[Database]:
    engine.drop_database(server, name)
    engine.create_database(server, name)
    with closing(engine.connect(server, name)) as database:
        ddl = engine.create_sql(schema)
        database.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
        yield database
    engine.drop_database(server, name)


@contextmanager
def loaded(
    engine: Engine, server: Server, planned: Planned, scale: float, seed: int, observer: Observer
) -> Iterator[tuple[Database, int]]:
    """The source, filled with rows as its design's data spec says, or as inferred; and how many there are."""
    schema = planned.diff.source
    engine.drop_database(server, SOURCE)
    made = load_base(engine, server, schema, generator_for(planned, scale, seed), observer, SOURCE)
    with closing(engine.connect(server, SOURCE)) as database:
        yield database, made.rows
    engine.drop_database(server, SOURCE)


def generator_for(planned: Planned, scale: float, seed: int) -> Generator:
    home = design_of(planned.wanted.source)
    path = home / "data.toml" if home else None
    return Generator(
        planned.diff.source, read_spec(path if path and path.exists() else None, planned.diff.source), scale, seed
    )


def _there_and_back(
    database: Database, server: Server, planned: Planned, wanted: dict[str, str], rows: int, observer: Observer
) -> Verified:
    diff, mark = planned.diff, "`" if server.engine in ("mysql", "mariadb") else '"'
    found = folder.migrations(planned.plan)
    kept, settled = kept_columns(diff), settled_columns(diff)
    before, rows_before = catalog(database), checksums(database, diff.source, kept, mark)
    took: list[tuple[str, float]] = []

    def note(migration: Migration, direction: str, seconds: float) -> None:
        took.append((migration.title, seconds))
        observer.advance(1, migration.title)

    ways = []
    with closing(open_session(address_of(server, SOURCE))) as session:
        rows_after: dict[str, str] = {}
        for direction in ("up", "down", "up again"):
            observer.stage(direction, len(found), "steps")
            begun = time.monotonic()
            if direction == "down":
                rollback(session, found, 0, note)
            else:
                apply(session, found, allows_data_loss=True, on_step=note)
            seconds = time.monotonic() - begun
            if direction == "up":
                steps = tuple(took)
            is_down = direction == "down"
            said = difference(catalog(database), before if is_down else wanted)
            sums = (
                checksums(database, diff.source, kept, mark)
                if is_down
                else checksums(database, diff.new, settled, mark)
            )
            expected = rows_before if is_down else rows_after or sums
            rows_after = rows_after or ({} if is_down else sums)
            ways.append(Ran(direction, seconds, said, difference(sums, expected)))
    return Verified(f"{server.spec} {server.version}", rows, tuple(ways), steps)
