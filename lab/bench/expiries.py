"""What it costs that a server removes expired documents: operations of their collection, in pairs of phases in which it
does, and does not."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

import numpy as np

from lab import stats
from lab.bench.bed import Bed, Settings
from lab.bench.load import BASE
from lab.bench.observer import Observer
from lab.bench.rehearse import Unsupported, migration_texts, operation_text
from lab.datagen import draw
from lab.engines.engine import ExpiresDocuments, Prepared, Remover, StatementError
from lab.model.change import Variant
from lab.model.expiry import Removal
from lab.model.interval import Interval
from lab.model.mapping import DocumentMapping, Expiry
from lab.model.workload import Operation, Value

_DATABASE = "lab_expiry"
_PAIRS = 6
_PHASE_SECONDS = 2.0
"""The server looks for what has expired once a second."""
_SHARE = 0.5
"""Of the time for rounds, for all collections together, on top of it."""
_RATE = 150.0
_REMOVED_RATE = 500.0
_RESAMPLES = 1000


def measure_removals(
    bed: Bed, variants: Sequence[Variant], settings: Settings, observer: Observer
) -> tuple[Removal, ...]:
    """Of every collection that a variant's mapping lets expire; none on an engine that removes nothing by itself."""
    engine = bed.engine
    if not isinstance(engine, ExpiresDocuments):
        return ()
    expiring = [(v, m, e) for v in variants for m in v.mappings for e in m.expiries]
    if not expiring:
        return ()
    observer.stage("what expires goes", len(expiring), "collections")
    found = []
    for variant, mapping, expiry in expiring:
        pairs = int(settings.budget_seconds * _SHARE / len(expiring) / (2 * _PHASE_SECONDS))
        removal = _measure(bed, engine, variant, mapping, expiry, min(max(pairs, 3), _PAIRS), settings.seed)
        found += [removal] if removal else []
        observer.advance(1, expiry.collection)
    return tuple(found)


def _measure(
    bed: Bed,
    engine: ExpiresDocuments,
    variant: Variant,
    mapping: DocumentMapping,
    expiry: Expiry,
    pairs: int,
    seed: int,
) -> Removal | None:
    bed.engine.clone_database(bed.server, BASE, _DATABASE)
    try:
        with closing(bed.engine.connect(bed.server, _DATABASE)) as database:
            database.run(migration_texts(bed.engine, variant)[0])
            touching: list[tuple[Operation, Prepared]] = []
            for operation in bed.design.workload.for_variant(variant.name):
                with suppress(Unsupported):
                    text = operation_text(bed.engine, database, operation)
                    if f'"{expiry.collection}"' in text.sql:
                        touching.append((operation, database.prepare(text.sql)))
            with engine.removing(bed.server, _DATABASE, variant.mappings) as remover:
                if remover is None or not touching:
                    return None
                seconds = 2 * pairs * _PHASE_SECONDS
                if not remover.spread(mapping, expiry, round(_REMOVED_RATE * seconds), seconds):
                    return None
                trial = _Trial(bed, remover, touching, random.Random(seed), seed)
                for number in range(pairs):
                    trial.pair(number)
                return trial.summed(variant.name, expiry)
    finally:
        bed.engine.drop_database(bed.server, _DATABASE)


_Request = tuple[int, Mapping[str, Value]]
"""The operation's place, and its parameters."""


@dataclass(slots=True)
class _Phase:
    latencies: list[float] = field(default_factory=list)
    """NaN where a request failed."""
    seconds: float = 0.0
    removed: int = 0
    processor_seconds: float | None = None


@dataclass(slots=True)
class _Trial:
    bed: Bed
    remover: Remover
    operations: Sequence[tuple[Operation, Prepared]]
    rng: random.Random
    seed: int
    places: list[int] = field(default_factory=list)
    """Of each pair of requests, the operation's."""
    without: list[_Phase] = field(default_factory=list)
    with_: list[_Phase] = field(default_factory=list)

    def pair(self, number: int) -> None:
        """Two phases in random order, of the same requests; a write has parameters of its own in each."""
        places = self.rng.choices(
            range(len(self.operations)),
            [operation.weight for operation, _ in self.operations],
            k=round(_RATE * _PHASE_SECONDS),
        )
        self.places += places
        for is_on in self.rng.sample((False, True), 2):
            requests = list(self._requests(places, number, is_on))
            self.remover.switch(is_on)
            phase = self._phase(requests)
            self.remover.switch(False)
            (self.with_ if is_on else self.without).append(phase)

    def _requests(self, places: Sequence[int], number: int, is_on: bool) -> Iterator[_Request]:
        drawn = {}
        for place, (operation, _) in enumerate(self.operations):
            offset = (2 * number + is_on) * 10_000 if operation.is_write else number * 10_000
            count = places.count(place)
            drawn[place] = iter(draw(self.bed.generator, operation, count, self.seed + number, offset) if count else ())
        for place in places:
            yield place, next(drawn[place])

    def _phase(self, requests: Sequence[_Request]) -> _Phase:
        phase, before = _Phase(), (self.remover.removed(), self.remover.processor_seconds())
        start = time.perf_counter()
        for number, (place, parameters) in enumerate(requests):
            if (wait := start + number / _RATE - time.perf_counter()) > 0:
                time.sleep(wait)
            phase.latencies.append(_timed(self.operations[place][1], parameters))
        phase.seconds = time.perf_counter() - start
        after = self.remover.processor_seconds()
        phase.removed = self.remover.removed() - before[0]
        phase.processor_seconds = after - before[1] if after is not None and before[1] is not None else None
        return phase

    def summed(self, variant: str, expiry: Expiry) -> Removal:
        quiet, busy = (
            np.array([latency for phase in phases for latency in phase.latencies])
            for phases in (self.without, self.with_)
        )
        places, is_known = np.array(self.places), np.isfinite(quiet) & np.isfinite(busy)
        ratios = {
            operation.name: stats.compare(quiet[mask], busy[mask]).ratio
            for place, (operation, _) in enumerate(self.operations)
            if (mask := is_known & (places == place)).sum() >= _PAIRS
        }
        removed = sum(phase.removed for phase in (*self.with_, *self.without))
        busy_seconds = sum(phase.seconds for phase in self.with_)
        return Removal(
            variant,
            expiry.collection,
            expiry.column,
            removed,
            removed / busy_seconds,
            len(quiet) / sum(phase.seconds for phase in self.without),
            ratios,
            self._processor_seconds(),
        )

    def _processor_seconds(self) -> Interval | None:
        """Pairs of phases are resampled."""
        spent = [
            (on.processor_seconds - off.processor_seconds, on.removed)
            for on, off in zip(self.with_, self.without, strict=True)
            if on.processor_seconds is not None and off.processor_seconds is not None
        ]
        more, removed = np.array(spent).T if spent else (np.zeros(1), np.zeros(1))
        if not removed.sum():
            return None
        picks = np.random.default_rng(self.seed).integers(len(more), size=(_RESAMPLES, len(more)))
        sums = removed[picks].sum(axis=1)
        low, high = np.quantile(more[picks].sum(axis=1)[sums > 0] / sums[sums > 0], (0.025, 0.975))
        estimate = float(more.sum() / removed.sum())
        return Interval(estimate, min(float(low), estimate), max(float(high), estimate))


def _timed(prepared: Prepared, parameters: Mapping[str, Value]) -> float:
    """Seconds; NaN for a request that failed."""
    bound = prepared.bind(parameters)
    start = time.perf_counter()
    try:
        prepared.count(prepared.execute(bound))
    except StatementError:
        return float("nan")
    return time.perf_counter() - start
