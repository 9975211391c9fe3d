"""Builds variants on copies of a loaded base, proves their answers, measures them side by side, undoes them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lab import stats
from lab.bench.answers import Answered
from lab.bench.bed import Bed, Settings
from lab.bench.draws import endless_draws
from lab.bench.examine import explain, time_decodings, time_servers
from lab.bench.held import with_held
from lab.bench.load import BASE as BASE_DATABASE
from lab.bench.made_anew import MadeAnew, left_to_chance
from lab.bench.observer import Observer
from lab.bench.placement import own_processors, place_together
from lab.bench.pressure import Pressure
from lab.bench.rehearse import Unsupported, first_difference, migration_texts, operation_text
from lab.bench.rounds import Candidate, Outcome, Pace, Parameters, calibrate, run_rounds, time_floor
from lab.bench.same_answers import check_answers
from lab.bench.samples import Samples, paired
from lab.bench.stand import Stand
from lab.bench.traffic import Subject
from lab.bench.variant_runs import variant_runs
from lab.engines.engine import Prepared, StatementError, Text
from lab.errors import LabError
from lab.model.change import BASE, Variant
from lab.model.interval import Interval
from lab.model.rule import Rule
from lab.model.run import EngineRun, Migration
from lab.model.workload import Operation

_WRITE_SHARE = 0.25
_SAVE_SECONDS = 3.0
CHECKED = Pace(rounds=60, most_pairs=150)
"""Many rounds where an operation stops when its verdict is sure: the verdict counts rounds, not pairs."""


class _Measurement:
    """The state of one call of `measure`; `snapshot` renders it at any moment."""

    def __init__(
        self,
        bed: Bed,
        variants: Sequence[Variant],
        settings: Settings,
        samples: Samples,
        sources: Mapping[str, str],
    ) -> None:
        self.bed = bed
        self.settings = settings
        self.samples = samples
        self.stands = [
            Stand(variant, f"lab_v{number}", source=sources.get(variant.name, BASE_DATABASE))
            for number, variant in enumerate((BASE, *variants))
        ]
        self.outcome = Outcome()
        self.overhead: Interval | None = None
        self.warnings: list[str] = []
        self.pressure = Pressure()
        self._drawn: dict[str, int] = {}
        self._random = random.Random(settings.seed)
        self.processors: list[int] = []
        self._made: list[str] = []
        self.since = datetime.now(UTC)
        self._connections = ExitStack()

    def disconnect(self) -> None:
        for stand in self.stands:
            self._close_session(stand)
        self._connections.close()

    def drop(self) -> None:
        """The copies: to be dropped when nobody is connected any more. PostgreSQL's DROP DATABASE waits for every
        session of the server, and one that has rows to send waits for its client."""
        for name in self._made:
            self.bed.engine.drop_database(self.bed.server, name)

    @property
    def base(self) -> Stand:
        return self.stands[0]

    def operations(self, variant: str = BASE.name) -> Iterator[Operation]:
        yield from self.bed.design.workload.for_variant(variant)

    def build(self, stand: Stand) -> None:
        """A copy of the base with the variant's changes; a gap or a failure is noted on the stand."""
        engine, server = self.bed.engine, self.bed.server
        try:
            up, stand.down = migration_texts(engine, stand.variant)
        except LabError as error:
            stand.status, stand.reason = "unsupported", str(error)
            return
        changes = [engine.change_sql(change) for change in stand.variant.changes]
        stand.losses = tuple(loss for change in changes for loss in change.losses)
        engine.clone_database(server, stand.source, stand.name)
        self._made.append(stand.name)
        database = engine.connect(server, stand.name)
        stand.migration = Migration(_joined(up), _joined(stand.down))
        started = time.monotonic()
        try:
            with ExitStack() as building:
                building.callback(database.close)
                stand.losses += database.run(up) or ()
                self._connections.push(building.pop_all())
        except StatementError as error:
            stand.status, stand.reason = "failed", str(error)
            engine.drop_database(server, stand.name)  # not every engine undoes half a migration
            return
        stand.migration = replace(stand.migration, up_seconds=time.monotonic() - started if up else 0.0)
        database.analyze()
        stand.relations = database.relations()
        database.set_timeout(self.settings.timeout_seconds)
        stand.database = database
        for operation in self.operations(stand.variant.name):
            try:
                stand.texts[operation.name] = operation_text(engine, database, operation)
            except Unsupported as error:
                stand.stopped[operation.name] = "unsupported", str(error)

    def draws(self, operation: Operation) -> Iterator[Parameters]:
        generator = self.bed.own.get(operation.name, self.bed.generator)
        drawn = endless_draws(generator, operation, self.settings.seed, self._random, self._drawn)
        return with_held(self.bed, self.base.database, operation, drawn)

    def check_answers(self, observer: Observer, elsewhere: dict[str, Answered] | None) -> None:
        check_answers(self.bed, self.stands, self.settings.seed, observer, "before the writes", elsewhere)

    def check_answers_again(self, observer: Observer) -> None:
        made_anew = MadeAnew(self.since, left_to_chance(self.bed.design.schema, self.bed.design.workload))
        moment = "after the writes"
        check_answers(self.bed, self.stands, self.settings.seed, observer, moment, made_anew=made_anew)

    def examine(self, observer: Observer) -> None:
        """What is asked outside the timed rounds: plans, and what decoding costs."""
        operations = tuple(self.operations())
        explain(self.stands, operations, self.draws, observer)
        time_decodings(self.stands, operations, self.draws, observer)

    def calibrate(self) -> None:
        """What the timed path costs when the statement itself costs nothing."""
        assert self.base.database is not None
        noop = self.base.database.prepare(self.bed.engine.noop_sql)
        self.overhead = stats.summarize(np.array(calibrate(noop))).p50

    def spread(self) -> list[Candidate] | None:
        """Before a round: all that serves the variants' connections onto one processor. Where a verdict hangs on it,
        connections are new ones, too: of two processes that do the same the one is faster by some per cent, for as long
        as they live, by where in memory they happen to lie (Mytkowicz et al., "Producing wrong data without doing
        anything obviously wrong!", ASPLOS 2009)."""
        if not self.bed.engine.has_server:
            return None
        stands = [stand for stand in self.stands if stand.database is not None]
        if self.settings.stop:
            for stand in stands:
                self._close_session(stand)
                stand.session = self.bed.engine.connect(self.bed.server, stand.name)
                stand.session.set_timeout(self.settings.timeout_seconds)
                stand.session.wait_for_disk(False)
        place_together([stand.connection for stand in stands], self._random, self.processors)
        return self._candidates() if self.settings.stop else None

    def _candidates(self) -> list[Candidate]:
        return [Candidate(stand.variant.name, self._prepared(stand)) for stand in self.stands if stand.database]

    def _close_session(self, stand: Stand) -> None:
        session, stand.session = stand.session, None
        if session is not None:
            session.close()

    def run(self, observer: Observer, on_round: Callable[[], None]) -> None:
        """Reads first, then writes, so that what is written slows no read."""
        databases = [stand.database for stand in self.stands if stand.database is not None]
        if self.settings.stop and [database for database in databases if database.wait_for_disk(False)]:
            self.warnings.append("commits did not wait for the disk, which says more of the disk than of the design")
        for is_write in (False, True):
            share = _WRITE_SHARE if is_write else 1 - _WRITE_SHARE
            draws = {o.name: self.draws(o) for o in self.operations() if o.is_write == is_write}
            observer.stage("writes" if is_write else "reads", 0, "rounds")

            def after_round(number: int) -> None:
                observer.advance(1, f"{len(self.samples):,} samples")
                on_round()

            outcome = run_rounds(
                self._candidates(),
                draws,
                self.settings.budget_seconds * share,
                self.samples,
                self._random,
                after_round,
                floor=self._floor,
                is_settled=self._is_settled,
                first_round=self.outcome.rounds,
                pace=CHECKED if self.settings.stop else Pace(),
                before_round=self.spread,
            )
            self.outcome.rounds += outcome.rounds
            for stand in self.stands:
                for (variant, operation), why in outcome.stopped.items():
                    if variant == stand.variant.name:
                        stand.stopped[operation] = why
            time_servers(self.stands, draws)

    def press(self, observer: Observer, on_news: Callable[[], None]) -> None:
        """Puts every variant under load from several clients, if that was asked for."""
        subjects = [subject for stand in self.stands if (subject := self._subject(stand))]
        if self.settings.traffic and subjects:
            engine, server = self.bed.engine, self.bed.server
            self.pressure.apply(engine, server, subjects, self.settings.traffic, self._random, observer, on_news)

    def _subject(self, stand: Stand) -> Subject | None:
        """None where there is nothing to run."""
        served = tuple(o for o in self.operations(stand.variant.name) if stand.serves(o.name))
        if not served:
            return None
        cells = self.samples.cells()
        return Subject(
            self.bed.info.spec,
            stand.variant.name,
            stand.name,
            served,
            tuple(stand.texts[operation.name].sql for operation in served),
            self.draws,
            {
                o.name: float(cells[key].latencies.mean())
                for o in served
                if (key := (stand.variant.name, o.name)) in cells
            },
            self.settings.timeout_seconds,
            self.settings.seed,
        )

    def _is_settled(self, operation: str) -> bool:
        """Whether every variant that runs the operation is known to be slower on it, or not."""
        rule = self.settings.stop.get(operation)
        if rule is None:
            return False
        base = self.samples.cell(BASE.name, operation)
        others = [self.samples.cell(stand.variant.name, operation) for stand in self.stands[1:]]
        sides = [(cell, base) if self.settings.is_base_head else (base, cell) for cell in others if len(cell.pairs)]
        return bool(sides) and all(self._is_known(paired(*both), rule) for both in sides)

    def _is_known(self, pairs: tuple[stats.Samples, stats.Samples, NDArray[np.int64]], rule: Rule) -> bool:
        before, after, rounds = pairs
        if not len(rounds):
            return False
        kept = stats.steady_pairs(rounds, self.outcome.floors)
        return kept is not None and stats.is_settled(stats.weigh(before[kept], after[kept], rounds[kept], rule), rule)

    def _floor(self, number: int) -> None:
        noop = self.base.connection.prepare(self.bed.engine.noop_sql)
        self.outcome.floors.append(time_floor(number, noop))

    def _prepared(self, stand: Stand) -> dict[str, Prepared]:
        return {name: stand.connection.prepare(text.sql) for name, text in stand.texts.items() if stand.serves(name)}

    def undo(self, stand: Stand, expected: dict[str, str]) -> None:
        """Runs the way back and holds the catalog against the base's."""
        if stand.database is None or stand.migration is None or not stand.down:
            return
        stand.database.set_timeout(None)
        started = time.monotonic()
        try:
            stand.database.run(stand.down)
        except StatementError as error:
            stand.migration = replace(stand.migration, is_restored=False, difference=str(error))
            return
        seconds = time.monotonic() - started
        found = first_difference(expected, stand.database.catalog())
        stand.migration = replace(stand.migration, down_seconds=seconds, is_restored=not found, difference=found)

    def snapshot(self) -> EngineRun:
        """All that is known so far."""
        loads, sweeps = self.pressure.results()
        return EngineRun(
            self.bed.info,
            self.bed.load,
            tuple(variant_runs(self.bed, self.stands, self.samples)),
            self.overhead,
            self.outcome.rounds,
            (*self.warnings, *stats.steady_rounds(self.outcome.floors)[1]),
            floors=tuple(self.outcome.floors),
            timed_interval=self.bed.engine.timed_interval,
            decodes_in_time=self.bed.engine.decodes_in_time,
            has_server=self.bed.engine.has_server,
            loads=loads,
            sweeps=sweeps,
        )


def _joined(texts: Sequence[Text]) -> str:
    return "\n".join(text.sql.strip().removesuffix(";") + ";" for text in texts)


def measure(
    bed: Bed,
    variants: Sequence[Variant],
    settings: Settings,
    samples: Samples,
    observer: Observer,
    on_progress: Callable[[EngineRun], None],
    sources: Mapping[str, str] = MappingProxyType({}),
    elsewhere: dict[str, Answered] | None = None,
    on_requests: Callable[[pa.Table], None] = lambda table: None,
) -> EngineRun:
    """Measures the base and `variants` side by side. `on_progress` gets all that is known, every few seconds and
    also when the measurement is cut short; `on_requests`, just before, all requests made under load so far. `sources`
    names the loaded database a variant is a copy of, where that is not the base; `elsewhere` holds what other engines'
    bases answered before, and is added to. Raises ServerLost or DiskFull; a failing variant is noted instead."""
    measurement = _Measurement(bed, variants, settings, samples, sources)
    last = time.monotonic()

    def save(is_due: bool = True) -> None:
        nonlocal last
        if is_due or time.monotonic() - last > _SAVE_SECONDS:
            on_requests(measurement.pressure.table())
            on_progress(measurement.snapshot())
            last = time.monotonic()

    try:
        observer.stage("variants", len(measurement.stands), "variants")
        for stand in measurement.stands:
            measurement.build(stand)
            observer.advance(1, stand.variant.name)
            save()
        assert measurement.base.database is not None
        catalog = measurement.base.database.catalog()
        measurement.check_answers(observer, elsewhere)
        measurement.examine(observer)
        measurement.calibrate()
        with own_processors() as measurement.processors:
            measurement.run(observer, lambda: save(is_due=False))
        measurement.check_answers_again(observer)
        measurement.press(observer, lambda: save(is_due=False))
        observer.stage("the way back", len(measurement.stands), "variants")
        for stand in measurement.stands:
            measurement.undo(stand, catalog)
            observer.advance(1, stand.variant.name)
    finally:
        save()
        measurement.disconnect()
    measurement.drop()
    return measurement.snapshot()
