"""Builds variants on copies of a loaded base, proves their answers, measures them side by side, undoes them."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from statistics import median
from types import MappingProxyType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lab import stats
from lab.bench.answers import Answered, Row, difference
from lab.bench.decoding import time_decoding
from lab.bench.draws import endless_draws
from lab.bench.held import add_held
from lab.bench.load import BASE as BASE_DATABASE
from lab.bench.observer import Observer
from lab.bench.placement import own_processors, place_together
from lab.bench.pressure import Pressure
from lab.bench.rehearse import Unsupported, first_difference, migration_texts, operation_text
from lab.bench.rounds import Candidate, Outcome, Pace, Parameters, calibrate, run_rounds, time_floor
from lab.bench.samples import Cell, Samples, paired
from lab.bench.traffic import Subject, Traffic
from lab.datagen import Generator, draw
from lab.engines.engine import Database, Engine, Prepared, Server, StatementError, StatementTimeout, Text
from lab.errors import LabError
from lab.model.change import BASE, Variant
from lab.model.design import Design
from lab.model.interval import Interval
from lab.model.rule import Rule
from lab.model.run import Answer, EngineRun, Load, Migration, OperationRun, Relation, ServerInfo, Status, VariantRun
from lab.model.schema import Loss
from lab.model.workload import TARGET_SECONDS, Operation

_ANSWER_SETS = 12
_ANSWER_SECONDS = 3.0
_WRITE_SHARE = 0.25
_SERVER_SETS = 5
_SERVER_SECONDS = 0.5
_SAVE_SECONDS = 3.0
CHECKED = Pace(rounds=60, most_pairs=150)
"""Many rounds where an operation stops when its verdict is sure: the verdict counts rounds, not pairs."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`budget_seconds` is the time spent in timed rounds on one engine; a statement is cancelled after
    `timeout_seconds`."""

    budget_seconds: float = 30.0
    timeout_seconds: float = 10.0
    seed: int = 1
    stop: Mapping[str, Rule] = field(default_factory=dict)
    """Operations that are measured only until each variant is known to be slower than the base, or not; others for
    their share of the budget."""
    is_base_head: bool = False
    """Whether `stop` asks how much slower the base is than the variants, not they than it."""
    traffic: Traffic | None = None
    """The load to put each variant under after the rounds."""


@dataclass(frozen=True, slots=True)
class Bed:
    """A server with the base loaded: what variants grow on."""

    engine: Engine
    server: Server
    design: Design
    generator: Generator
    load: Load
    info: ServerInfo
    own: Mapping[str, Generator] = field(default_factory=dict)
    """For operations whose parameters are drawn from other rows than the base's."""


@dataclass(slots=True)
class _Stand:
    """One variant while it is being measured."""

    variant: Variant
    name: str
    status: Status = "measured"
    reason: str = ""
    database: Database | None = None
    source: str = BASE_DATABASE
    """The database it is a copy of."""
    session: Database | None = None
    """The connection of the present round, where each has its own."""
    down: tuple[Text, ...] = ()
    migration: Migration | None = None
    losses: tuple[Loss, ...] = ()
    relations: tuple[Relation, ...] = ()
    texts: dict[str, Text] = field(default_factory=dict)
    stopped: dict[str, tuple[Status, str]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    plans: dict[str, tuple[str, Mapping[str, float]]] = field(default_factory=dict)
    server_seconds: dict[str, list[float]] = field(default_factory=dict)
    decode_seconds: dict[str, float | None] = field(default_factory=dict)

    @property
    def connection(self) -> Database:
        """The one that is timed."""
        found = self.session or self.database
        assert found is not None
        return found

    @contextmanager
    def noting(self, operation: str) -> Iterator[None]:
        """Notes why a statement of an operation failed: the operation stops here, the run goes on."""
        try:
            yield
        except StatementTimeout as error:
            self.stopped[operation] = "timed out", error.message
        except StatementError as error:
            self.stopped[operation] = "failed", error.message

    def serves(self, operation: str) -> bool:
        return self.database is not None and operation in self.texts and operation not in self.stopped


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
            _Stand(variant, f"lab_v{number}", source=sources.get(variant.name, BASE_DATABASE))
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
    def base(self) -> _Stand:
        return self.stands[0]

    def operations(self, variant: str = BASE.name) -> Iterator[Operation]:
        yield from self.bed.design.workload.for_variant(variant)

    def build(self, stand: _Stand) -> None:
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
        self._connections.callback(database.close)
        stand.migration = Migration(_joined(up), _joined(stand.down))
        started = time.monotonic()
        try:
            stand.losses += database.run(up) or ()
        except StatementError as error:
            stand.status, stand.reason = "failed", str(error)
            return
        stand.migration = replace(stand.migration, up_seconds=time.monotonic() - started if up else 0.0)
        if up:
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
        return self._with_held(
            operation, endless_draws(generator, operation, self.settings.seed, self._random, self._drawn)
        )

    def _with_held(self, operation: Operation, drawn: Iterable[Parameters]) -> Iterator[Parameters]:
        """With what a variant's text of the operation asks for beside, found on the base."""
        texts = (o for rewrites in self.bed.design.workload.rewrites.values() for o in rewrites)
        held = next((o.held for o in texts if o.name == operation.name and o.held), None)
        if held is None or self.base.database is None:
            return iter(drawn)
        return add_held(held, self.bed.engine, self.base.database, drawn)

    def check_answers(self, observer: Observer, moment: str, elsewhere: dict[str, Answered] | None = None) -> None:
        """Every read on every variant against the base, with the same sampled parameters; the base against what
        another engine's answered before, which `elsewhere` gathers."""
        reads = [o for o in self.operations() if not o.is_write and self.base.serves(o.name)]
        observer.stage(f"same answers {moment}", len(reads), "queries")
        for operation in reads:
            sets = draw(self.bed.generator, operation, _ANSWER_SETS, self.settings.seed + 1)
            pool = list(self._with_held(operation, sets))
            self._check_answer(operation, pool, elsewhere)
            observer.advance(1, operation.name)

    def _check_answer(
        self, operation: Operation, pool: Sequence[Parameters], elsewhere: dict[str, Answered] | None
    ) -> None:
        expected: list[list[Row]] = []
        for stand in self.stands:
            if not stand.serves(operation.name) or (stand is not self.base and not expected):
                continue
            answers = self._answers(stand, operation, pool if stand is self.base else pool[: len(expected)])
            if stand is self.base:
                expected = answers
                if elsewhere is not None and operation.name not in stand.stopped:
                    self._compare_engines(operation, pool, answers, elsewhere)
            elif operation.name not in stand.stopped:
                self._compare_answers(stand, operation, pool, expected, answers)

    def _compare_engines(
        self, operation: Operation, pool: Sequence[Parameters], answers: list[list[Row]], elsewhere: dict[str, Answered]
    ) -> None:
        """Holds the base's answers against the first engine's that served the operation. One that differs is wrong on
        every variant here."""
        ours = f"{self.bed.engine.title} {self.bed.server.version}"
        theirs = elsewhere.setdefault(operation.name, Answered(ours, tuple(map(tuple, answers))))
        if theirs.by == ours:
            return
        names = theirs.by, ours
        found = _first_difference(pool, theirs.rows, answers, operation.is_ordered, names, are_engines=True)
        sets = min(len(theirs.rows), len(answers))
        rows = sum(map(len, theirs.rows[:sets]))
        self.base.answers[operation.name] = Answer(not found, sets, rows, found, theirs.by)
        if found:
            for stand in self.stands:
                stand.stopped[operation.name] = "failed", f"differs from {theirs.by}: {found}"

    def _answers(self, stand: _Stand, operation: Operation, pool: Sequence[Parameters]) -> list[list[Row]]:
        """Rows for each parameter set, for as many sets as a few seconds allow on the base."""
        assert stand.database is not None
        found: list[list[Row]] = []
        deadline = time.monotonic() + _ANSWER_SECONDS
        for parameters in pool:
            with stand.noting(operation.name):
                found.append(stand.database.rows(stand.texts[operation.name].sql, parameters))
            if operation.name in stand.stopped or (stand is self.base and time.monotonic() > deadline):
                break
        return found

    def _compare_answers(
        self,
        stand: _Stand,
        operation: Operation,
        pool: Sequence[Parameters],
        expected: Sequence[list[Row]],
        actual: Sequence[list[Row]],
    ) -> None:
        rows = sum(map(len, expected))
        if found := _first_difference(pool, expected, actual, operation.is_ordered):
            stand.answers[operation.name] = Answer(False, len(actual), rows, found)
            return
        before = stand.answers.get(operation.name)
        if before is None or before.is_same:
            stand.answers[operation.name] = Answer(True, len(actual), rows)

    def explain(self, observer: Observer) -> None:
        operations = list(self.operations())
        observer.stage("plans", len(operations), "queries")
        for operation in operations:
            parameters = next(self.draws(operation))
            for stand in self.stands:
                if stand.serves(operation.name):
                    self._explain(stand, operation.name, parameters)
            observer.advance(1, operation.name)

    def _explain(self, stand: _Stand, operation: str, parameters: Parameters) -> None:
        assert stand.database is not None
        with stand.noting(operation):
            explained = stand.database.explain(stand.texts[operation].sql, parameters)
            stand.plans[operation] = explained.plan, explained.work

    def time_decoding(self, observer: Observer) -> None:
        """Of reads: a write's answer is a number."""
        reads = [operation for operation in self.operations() if not operation.is_write]
        observer.stage("decoding", len(reads), "queries")
        for operation in reads:
            for stand in self.stands:
                if stand.database is not None and stand.serves(operation.name):
                    prepared = stand.database.prepare(stand.texts[operation.name].sql)
                    stand.decode_seconds[operation.name] = time_decoding(prepared, self.draws(operation))
            observer.advance(1, operation.name)

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

    def _close_session(self, stand: _Stand) -> None:
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
            self.time_servers(draws)

    def time_servers(self, draws: Mapping[str, Iterator[Parameters]]) -> None:
        """Asks each server what a few executions took by its own clock, all variants with the same parameters."""
        for name, parameters in draws.items():
            deadline = time.monotonic() + _SERVER_SECONDS
            for values in itertools.islice(parameters, _SERVER_SETS):
                for stand in self.stands:
                    if stand.serves(name):
                        self._time_server(stand, name, values)
                if time.monotonic() > deadline:
                    break

    def _time_server(self, stand: _Stand, operation: str, parameters: Parameters) -> None:
        assert stand.database is not None
        with stand.noting(operation):
            seconds = stand.database.server_seconds(stand.texts[operation].sql, parameters)
            if seconds is not None:
                stand.server_seconds.setdefault(operation, []).append(seconds)

    def press(self, observer: Observer, on_news: Callable[[], None]) -> None:
        """Puts every variant under load from several clients, if that was asked for."""
        subjects = [subject for stand in self.stands if (subject := self._subject(stand))]
        if self.settings.traffic and subjects:
            engine, server = self.bed.engine, self.bed.server
            self.pressure.apply(engine, server, subjects, self.settings.traffic, self._random, observer, on_news)

    def _subject(self, stand: _Stand) -> Subject | None:
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

    def _prepared(self, stand: _Stand) -> dict[str, Prepared]:
        return {name: stand.connection.prepare(text.sql) for name, text in stand.texts.items() if stand.serves(name)}

    def undo(self, stand: _Stand, expected: dict[str, str]) -> None:
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
        cells = self.samples.cells()
        loads, sweeps = self.pressure.results()
        variants = [self._variant_run(stand, cells) for stand in self.stands]
        return EngineRun(
            self.bed.info,
            self.bed.load,
            tuple(variants),
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

    def _variant_run(self, stand: _Stand, cells: Mapping[tuple[str, str], Cell]) -> VariantRun:
        return VariantRun(
            stand.variant.name,
            stand.variant.description,
            stand.status,
            stand.reason,
            stand.migration,
            stand.relations,
            tuple(self._operation_run(stand, o, cells) for o in self.operations(stand.variant.name))
            if stand.database
            else (),
            stand.losses,
        )

    def _operation_run(
        self, stand: _Stand, operation: Operation, cells: Mapping[tuple[str, str], Cell]
    ) -> OperationRun:
        status, reason = stand.stopped.get(operation.name, ("measured", ""))
        answer = stand.answers.get(operation.name)
        if answer and not answer.is_same and status == "measured":
            status, reason = "failed", f"answers differently from the base: {answer.difference}"
        text = stand.texts.get(operation.name)
        plan, work = stand.plans.get(operation.name, ("", {}))
        run = OperationRun(
            operation.name,
            operation.target_class,
            operation.weight,
            operation.is_write,
            text.sql if text else operation.text(self.bed.engine.name),
            status,
            reason,
            answer=answer,
            plan=plan,
            work=work,
            server_seconds=median(found) if (found := stand.server_seconds.get(operation.name)) else None,
            decode_seconds=stand.decode_seconds.get(operation.name),
        )
        if status == "timed out":
            run = replace(run, target="missed")
        cell = cells.get((stand.variant.name, operation.name))
        return self._summarized(run, cell, cells.get((BASE.name, operation.name))) if cell else run

    def _summarized(self, run: OperationRun, cell: Cell, base: Cell | None) -> OperationRun:
        summary = stats.summarize(cell.latencies)
        target = run.target if run.status == "timed out" else stats.target(summary, TARGET_SECONDS[run.target_class])
        comparison = None
        if base is not None and base is not cell:
            ours, theirs, _ = paired(base, cell)
            if len(ours):
                comparison = stats.compare(ours, theirs)
        return replace(run, summary=summary, comparison=comparison, target=target, rows=cell.mean_rows)


def _first_difference(
    pool: Sequence[Parameters],
    expected: Sequence[Sequence[Row]],
    actual: Sequence[Sequence[Row]],
    is_ordered: bool,
    names: tuple[str, str] = ("base", "variant"),
    are_engines: bool = False,
) -> str:
    """The first differing row, with its parameters; empty when there is none. The side with fewer sets decides."""
    for parameters, ours, theirs in zip(pool, expected, actual, strict=False):
        if found := difference(ours, theirs, is_ordered, names, are_engines):
            given = ", ".join(f"{key} = {value!r}" for key, value in parameters.items())
            return f"{found}; parameters: {given or 'none'}"
    return ""


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
        measurement.check_answers(observer, "before the writes", elsewhere)
        measurement.explain(observer)
        measurement.time_decoding(observer)
        measurement.calibrate()
        with own_processors() as measurement.processors:
            measurement.run(observer, lambda: save(is_due=False))
        measurement.check_answers(observer, "after the writes")
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
