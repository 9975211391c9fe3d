"""A cache in front of one variant: planned from the workload, put under the same load by every strategy, summed up."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa

from lab.bench import Bed, Observer
from lab.bench.rehearse import Unsupported, operation_text
from lab.caching.asked import CacheSettings
from lab.caching.cache_database import CacheDatabase, cache_database
from lab.caching.contenders import Contender, contend, databases, variant_of
from lab.caching.expected import expected_hit_ratio, key_rates
from lab.caching.front import Ground, opened
from lab.caching.load import Connect, Records, Trace, make_trace, play
from lab.caching.outcomes import doubts, outcome, strategy_run
from lab.caching.plan import plan_caching
from lab.caching.requests import request_table, stampede_table
from lab.caching.stampede import stampedes
from lab.caching.strategies import NO_CACHE
from lab.engines.engine import Database, Server
from lab.engines.redis.connection import Connection
from lab.errors import LabError
from lab.model.caching import CacheComparison, Stampede
from lab.model.change import Variant
from lab.model.run import EngineRun
from lab.model.workload import Operation

Keep = Callable[[CacheComparison, pa.Table], None]
_UTILIZATION = 0.35
_HIGHEST_RATE = 400.0
_LOWEST_RATE = 5.0
_AUDITS_A_SECOND = 60.0


def compare_caches(
    bed: Bed,
    cache: Server,
    rivals: Sequence[Variant],
    settings: CacheSettings,
    measured: EngineRun,
    seed: int,
    observer: Observer,
    on_progress: Keep,
) -> CacheComparison:
    """Measures every strategy in front of a variant, and `rivals` without a cache, on copies of the base of their own.

    `measured` says what each operation takes alone. `on_progress` is told what is known so far, and every request
    until then (`lab.model.run`). Raises LabError when nothing can be cached, ServerLost when a server goes away.
    """
    variant = variant_of(bed, settings.in_front_of)
    contenders = contend(variant, rivals, settings)
    with cache_database(cache) as answers, databases(bed, contenders, observer) as names:
        return _Work(bed, answers, settings, contenders, names, measured, seed).run(observer, on_progress)


class _Work:
    def __init__(
        self,
        bed: Bed,
        cache: CacheDatabase,
        settings: CacheSettings,
        contenders: Sequence[Contender],
        names: Mapping[str, str],
        measured: EngineRun,
        seed: int,
    ) -> None:
        self._bed, self._cache, self._settings, self._seed = bed, cache, settings, seed
        self._contenders, self._names = contenders, names
        texts = {contender.name: self._texts(contender) for contender in contenders}
        self._operations = tuple(
            each for each in bed.design.workload.operations if all(each.name in found for found in texts.values())
        )
        found = plan_caching(bed.generator, bed.design.schema, self._operations, seed)
        self._plans = tuple(replace(p, reason=p.reason or settings.left_out.get(p.read, "")) for p in found)
        self._cached = {plan.read: plan for plan in self._plans if plan.is_cached}
        if not self._cached:
            reasons = "; ".join(f"{plan.read} {plan.reason}" for plan in self._plans[:3])
            raise LabError(f"no read of this workload can be cached: {reasons}", "leave out --cache")
        self._rate = settings.rate or _bearable_rate(self._operations, measured, settings.in_front_of)
        self._grounds = {name: self._ground(found) for name, found in texts.items()}
        self._played: dict[str, list[tuple[Trace, Records]]] = {contender.name: [] for contender in contenders}
        self._expected = self._predicted()
        self._stampedes: tuple[tuple[Stampede, Trace, Records], ...] = ()

    def _texts(self, contender: Contender) -> dict[str, str]:
        """The operations the contender can run, in the engine's words."""
        texts: dict[str, str] = {}
        with closing(self._bed.engine.connect(self._bed.server, self._names[contender.name])) as database:
            for operation in self._bed.design.workload.for_variant(contender.variant.name):
                with suppress(Unsupported):
                    if operation.held is None:
                        texts[operation.name] = operation_text(self._bed.engine, database, operation).sql
        return texts

    def _ground(self, texts: Mapping[str, str]) -> Ground:
        operations = {operation.name: operation for operation in self._operations}
        lookups: dict[str, str] = {}
        for touch in (touch for plan in self._cached.values() for touch in plan.touches):
            for _, sql in touch.lookups:
                if not sql.startswith(":"):
                    query = replace(operations[touch.write], sql={"": sql}, is_write=False, gaps={})
                    lookups[sql] = self._bed.engine.query_sql(query).sql
        return Ground(
            self._bed.engine,
            operations,
            {name: texts[name] for name in operations},
            self._cached,
            lookups,
            self._bed.design.name,
            self._settings.ttl_seconds,
        )

    def _connector(self, contender: Contender) -> Connect:
        return partial(self._connect, self._names[contender.name])

    def _connect(self, name: str) -> tuple[Database, Connection]:
        database = self._bed.engine.connect(self._bed.server, name)
        try:
            return database, self._cache.connect()
        except BaseException:
            database.close()
            raise

    @property
    def _part_seconds(self) -> float:
        """A round of one strategy, its warm-up among it."""
        return self._settings.ttl_seconds + self._settings.measured_seconds / self._settings.rounds

    def _predicted(self) -> dict[str, dict[str, float]]:
        """Hit ratios, by contender and read."""
        first = self._contenders[0]
        every = {
            name: tuple(touch.write for touch in plan.touches if touch.reach == "every key")
            for name, plan in self._cached.items()
        }
        with opened(self._grounds[first.name], first.strategy, self._connector(first)) as front:
            rates = key_rates(front, self._bed.generator, self._operations, every, self._rate, self._seed)
        ttl = self._settings.ttl_seconds
        return {
            contender.name: {
                read: expected_hit_ratio(found, contender.strategy, ttl, ttl, self._part_seconds)
                for read, found in rates.items()
            }
            for contender in self._contenders
            if contender.strategy.is_cached
        }

    def run(self, observer: Observer, on_progress: Keep) -> CacheComparison:
        settings, rng = self._settings, random.Random(self._seed)
        seconds = len(self._contenders) * settings.rounds * self._part_seconds
        observer.stage("with and without a cache", seconds, "seconds")
        for number in range(settings.rounds):
            trace = self._trace(number)
            for contender in rng.sample(list(self._contenders), len(self._contenders)):
                self._cache.empty()
                ground, connect = self._grounds[contender.name], self._connector(contender)
                records = play(ground, contender.strategy, connect, trace, settings.connections)
                self._played[contender.name].append((trace, records))
                observer.advance(self._part_seconds, contender.name)
                if self._is_worth_telling(number):
                    on_progress(self._summed(), self._requests())
        self._stampedes = self._stampeded(observer) if settings.expiries else ()
        whole = replace(self._summed(), is_complete=True)
        on_progress(whole, self._requests())
        return whole

    def _stampeded(self, observer: Observer) -> tuple[tuple[Stampede, Trace, Records], ...]:
        observer.stage("a key expires under many readers")
        first, settings = self._contenders[0].name, self._settings
        return stampedes(
            self._grounds[first],
            self._connector(self._contenders[0]),
            self._played[first],
            settings.connections,
            self._cache.empty,
            settings.expiries,
            self._seed,
        )

    def _is_worth_telling(self, number: int) -> bool:
        """Whether there is something to hold against no cache, over as many rounds, that was not told yet."""
        lengths = [len(found) for found in self._played.values()]
        has_both = bool(self._played[NO_CACHE.name]) and sum(map(bool, lengths)) > 1
        return has_both and (number == 0 or min(lengths) > number)

    def _trace(self, number: int) -> Trace:
        total = sum(operation.weight for operation in self._operations)
        share = sum(operation.weight for operation in self._operations if operation.name in self._cached) / total
        audited = min(1.0, _AUDITS_A_SECOND / (self._rate * share))
        seconds, seed = self._part_seconds, self._seed
        return make_trace(self._bed.generator, self._operations, self._rate, seconds, seed, number, audited)

    def _summed(self) -> CacheComparison:
        settings = self._settings
        rounds = max(min(map(len, self._played.values())), 1)
        ends = {
            name: outcome(found[:rounds], self._plans, settings.ttl_seconds)
            for name, found in self._played.items()
            if found
        }
        base = ends[NO_CACHE.name]
        runs = tuple(
            strategy_run(
                contender.name,
                contender.description,
                ends[contender.name],
                None if contender.name == NO_CACHE.name else base,
                self._plans,
                self._expected.get(contender.name, {}),
            )
            for contender in self._contenders
            if contender.name in ends
        )
        return CacheComparison(
            self._cache.title,
            settings.in_front_of,
            self._rate,
            settings.measured_seconds,
            settings.ttl_seconds,
            settings.ttl_seconds,
            settings.connections,
            self._plans,
            runs,
            tuple(stampede for stampede, _, _ in self._stampedes),
            doubts(runs),
        )

    def _requests(self) -> pa.Table:
        engine, warm_seconds = self._bed.info.spec, self._settings.ttl_seconds
        parts = [
            request_table(engine, each.variant.name, each.name, self._played[each.name], self._plans, warm_seconds)
            for each in self._contenders
        ]
        variant = self._settings.in_front_of
        keyed = [
            stampede_table(engine, variant, each.strategy, trace, records) for each, trace, records in self._stampedes
        ]
        return pa.concat_tables([*parts, *keyed])


def _bearable_rate(operations: Sequence[Operation], measured: EngineRun, variant: str) -> float:
    """Requests a second that keep one connection busy for a third of the time without a cache."""
    found = measured.variant(variant)
    times = {o.name: o.summary.mean for o in (found.operations if found else ()) if o.summary}
    known = [o for o in operations if o.name in times]
    if not known:
        return _LOWEST_RATE
    mean = float(np.average([times[o.name] for o in known], weights=[o.weight for o in known]))
    return float(min(max(round(_UTILIZATION / mean), _LOWEST_RATE), _HIGHEST_RATE))
