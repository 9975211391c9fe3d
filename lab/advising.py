"""Advice on a design's base, stage by stage: propose, try out, measure, write down."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from lab import report
from lab.advise import ADVICE, Budget, proposals
from lab.advise import advise as search
from lab.bench import Bed, Observer, what_if_ground
from lab.caching import MOST_STALE, CacheBounds
from lab.design import read_design
from lab.engines.engine import Server
from lab.errors import LabError
from lab.migrate import write_migrations
from lab.model.caching import CacheAdvice
from lab.model.change import BASE, Change, Script, Variant
from lab.model.run import EngineRun, Migration, Trial
from lab.model.workload import Operation, Workload
from lab.pipeline import (
    Options,
    Recorder,
    cache_server,
    filling,
    generator_for,
    measure_on,
    narrowed,
    open_recorder,
    parse_specs,
    prepared_bed,
    write_reports,
)

_MEASUREMENTS = 4
"""In what time is left for advice, so many more measurements are reckoned with."""
_CACHING = 0.4
"""Of all the time, what a cache has where one is asked about."""
_TRYING = 0.5
"""Of the time there is, what the scratch copy may take: what is found there has to be measured yet."""


def advise(
    folder: Path, options: Options, budget: Budget, observer: Observer, most_stale: float = MOST_STALE
) -> tuple[Recorder, tuple[Trial, ...]]:
    """Proposes changes to a design's base, builds and measures each, and keeps what is shown to help. A cache that the
    options name is measured in front of what is advised; it may give `most_stale` of its answers stale.

    Accepted changes are written to `migrations/` in the run's folder. Raises LabError like `compare`.
    """
    design = read_design(folder)
    specs = parse_specs(options.engines)
    (spec,) = specs
    design = narrowed(design, options.operations)
    generator = generator_for(design, options)
    with (
        cache_server(options.cache, specs) as cache,
        filling(options) as fill,
        prepared_bed(spec, design, (), generator, observer, fill) as bed,
    ):
        recorder = open_recorder(design, folder, options)
        trials = _advise_on(bed, options, budget, recorder, observer, cache, most_stale)
    return recorder, trials


def beside_variants(options: Options, budget: Budget, observer: Observer) -> Callable[[Bed, Recorder], None]:
    """What `lab.pipeline.compare` does on each engine once its variants are measured: advice for the base, a run of its
    own in the run's folder, and part of the comparison's report."""

    quiet = replace(options, settings=replace(options.settings, traffic=None))

    def advise_too(bed: Bed, recorder: Recorder) -> None:
        name = f"advice-{bed.engine.name}"
        number = sum(1 for _ in recorder.folder.glob(f"{name}*"))
        folder = recorder.folder / (f"{name}-{number + 1}" if number else name)
        own = Recorder(folder, replace(recorder.run, id=folder.name, engines=(), is_complete=False))
        folder.mkdir()
        own.save()
        _advise_on(bed, quiet, budget, own, observer)
        recorder.run = replace(recorder.run, advice=(*recorder.run.advice, *own.run.engines))
        recorder.save()

    return advise_too


def _advise_on(
    bed: Bed,
    options: Options,
    budget: Budget,
    recorder: Recorder,
    observer: Observer,
    cache: Server | None = None,
    most_stale: float = MOST_STALE,
) -> tuple[Trial, ...]:
    trying = _Trying(bed, options, _without_caching(budget) if cache else budget, recorder, observer)
    trying.measure(())
    trying.propose()
    observer.stage("candidates on a scratch copy")
    until = (1 - _TRYING) * trying.seconds_left()
    served = {o.name for o in recorder.run.engines[-1].variants[0].operations if o.status != "failed"}
    with what_if_ground(bed, options.settings, served, lambda: trying.seconds_left() - until) as ground:
        trials = search(recorder.run, bed.engine.name, trying.measure, budget, ground, trying.is_late)
    trials = tuple(_with_texts(trial, bed) for trial in trials)
    recorder.put(replace(recorder.run.engines[-1], trials=trials))
    accepted: list[Change] = [trial.proposal.change for trial in trials if trial.is_accepted]
    if accepted:
        write_migrations([c for c in accepted if _has_text(c)], recorder.folder / "migrations", _change_texts(bed))
    if cache:
        bounds = CacheBounds(most_stale, budget.write_ratio)
        _advise_caching(bed, cache, options, bounds, partial(trying.seconds_left, budget), recorder, observer)
    recorder.finish()
    write_reports(recorder.folder)
    for name, text in report.guides(recorder.run).items():
        (recorder.folder / name).write_text(text)
    return trials


def _without_caching(budget: Budget) -> Budget:
    return budget if budget.seconds is None else replace(budget, seconds=budget.seconds * (1 - _CACHING))


def _advise_caching(
    bed: Bed,
    cache: Server,
    options: Options,
    bounds: CacheBounds,
    seconds_left: Callable[[], float],
    recorder: Recorder,
    observer: Observer,
) -> None:
    from lab.caching.advising import advise_caching  # Redis's driver is an extra

    measured, seed = recorder.run.engines[-1], options.settings.seed

    def keep(found: CacheAdvice, requests: pa.Table) -> None:
        recorder.requests[measured.server.spec] = requests
        recorder.put(replace(measured, cache_advice=found))

    try:
        found = advise_caching(bed, cache, measured, options.caching, bounds, seconds_left, seed, observer, keep)
    except LabError as error:  # what was advised before stays advised
        found = CacheAdvice(BASE.name, bounds.most_stale, bounds.write_ratio, untried=error.message)
    recorder.put(replace(measured, cache_advice=found))


class _Trying:
    """Measures what the advisor tries, in what time is left."""

    def __init__(self, bed: Bed, options: Options, budget: Budget, recorder: Recorder, observer: Observer) -> None:
        self._bed, self._options, self._budget = bed, options, budget
        self._recorder, self._observer = recorder, observer
        self._started = time.monotonic()
        self._rewrites: dict[str, tuple[Operation, ...]] = {}
        self._batches: dict[str, Operation] = {}
        self._build_seconds = 0.0

    def propose(self) -> None:
        """Notes how queries read under each proposal."""
        found = proposals(self._recorder.run, self._bed.engine.name)
        self._rewrites = {proposal.change.name: proposal.rewrites for proposal in found if proposal.rewrites}
        self._batches = {proposal.change.name: proposal.batch for proposal in found if proposal.batch}

    def seconds_left(self, budget: Budget | None = None) -> float:
        """Of its own budget, or of a larger one that it began with."""
        seconds = (budget or self._budget).seconds
        return math.inf if seconds is None else max(self._started + seconds - time.monotonic(), 0.0)

    def is_late(self, variants: int) -> bool:
        """By the longest that a variant took so far, beside its share of the timed rounds."""
        return variants * self._build_seconds + self._rounds_seconds() > self.seconds_left()

    def _rounds_seconds(self) -> float:
        return min(self._options.settings.budget_seconds, self.seconds_left() / _MEASUREMENTS)

    def measure(self, variants: Sequence[Variant]) -> EngineRun:
        changes = {variant.name: variant.changes for variant in variants}
        rewritten = {n: tuple(o for c in each for o in self._rewrites.get(c.name, ())) for n, each in changes.items()}
        beside = tuple(self._batches[c.name] for v in variants for c in v.changes if c.name in self._batches)
        design = self._bed.design
        workload = Workload((*design.workload.operations, *beside), rewritten, design.workload.origin)
        bed = replace(self._bed, design=replace(design, workload=workload))
        # What is told of the whole advice has its full time, however little was left.
        is_whole = [variant.name for variant in variants] == [ADVICE]
        seconds = self._options.settings.budget_seconds if is_whole or not variants else self._rounds_seconds()
        options = replace(self._options, settings=replace(self._options.settings, budget_seconds=seconds))
        before = time.monotonic()
        measured = measure_on(bed, variants, options, self._recorder, self._observer)
        each = (time.monotonic() - before - seconds) / (len(variants) + 1)
        self._build_seconds = max(self._build_seconds, each)
        return measured


def _with_texts(trial: Trial, bed: Bed) -> Trial:
    """With its SQL up and down where it was measured as one of a set only."""
    if not trial.is_accepted or trial.measurement.migration:
        return trial
    sql = bed.engine.change_sql(trial.proposal.change)
    up, down = (_script(text.sql for text in texts).rstrip() for texts in (sql.up, sql.down))
    return replace(trial, measurement=replace(trial.measurement, migration=Migration(up, down)))


def _has_text(change: Change) -> bool:
    """A query may read otherwise without any change of the schema."""
    return not isinstance(change, Script) or any(text.strip() for text in change.up.values())


def _change_texts(bed: Bed) -> Callable[[Change], tuple[str, str]]:
    """The SQL of a change for a database in service."""

    def texts(change: Change) -> tuple[str, str]:
        tables = bed.design.schema.tables
        own = tables if isinstance(change, Script) else [bed.design.schema.table(change.index.table)]
        is_partitioned = any(table.partitioning for table in own)
        online = None if is_partitioned else getattr(bed.engine, "online_sql", None)
        sql = (online or bed.engine.change_sql)(change)
        return _script(text.sql for text in sql.up), _script(text.sql for text in sql.down)

    return texts


def _script(statements: Iterator[str]) -> str:
    return "".join(f"{statement.rstrip().removesuffix(';')};\n" for statement in statements)
