"""Advice about a cache: the reads it could matter to are kept in every way, then those it helps in the best alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from lab.advise import ADVICE
from lab.bench import Bed, Observer
from lab.caching.advice import Choice, candidates, not_cacheable, staleness_unproven, trial, weighed
from lab.caching.asked import CacheBounds, CacheSettings
from lab.caching.compare import compare_caches
from lab.caching.plan import plan_caching
from lab.caching.strategies import DELETE, STRATEGIES, TTL, WRITE_THROUGH, Strategy
from lab.engines.engine import Server
from lab.model.caching import CacheAdvice, CacheComparison, CacheTrial
from lab.model.change import Variant
from lab.model.run import EngineRun, VariantRun
from lab.model.workload import Workload

_WAYS = (TTL.name, DELETE.name, WRITE_THROUGH.name)
_SCREENING_ROUNDS, _CONFIRMING_ROUNDS = 1, 3
_LEAST_SECONDS, _MOST_SECONDS = 4.0, 40.0
"""Each way must be measured so long, unless less was asked for; and longer only where rare reads would gain by it."""
_ASIDE_SECONDS = 15.0
"""For what comes before and after the load of one comparison: copies of the base, hit ratios foreseen, a stampede."""
Keep = Callable[[CacheAdvice, pa.Table], None]


def advise_caching(
    bed: Bed,
    cache: Server,
    measured: EngineRun,
    settings: CacheSettings,
    bounds: CacheBounds,
    seconds_left: Callable[[], float],
    seed: int,
    observer: Observer,
    on_progress: Keep,
) -> CacheAdvice:
    """Which reads to keep in a cache server, and how, in front of the base with all that `measured` says to adopt; it
    holds what the operations take alone, too. `on_progress` is told what is known so far, with the requests that bear
    it. Raises what `compare_caches` raises."""
    bed, variant = _advised(bed, measured)
    work = _Advising(bed, cache, measured, settings, bounds, seconds_left, seed, observer, on_progress)
    return work.advise(variant, CacheAdvice(variant.name, bounds.most_stale, bounds.write_ratio))


def _advised(bed: Bed, measured: EngineRun) -> tuple[Bed, VariantRun]:
    """The bed with the advice as its one variant, and what was measured of it; the base where nothing is advised, or
    the advice was never measured as a whole."""
    found = measured.variant(ADVICE)
    accepted = [trial.proposal for trial in measured.trials if trial.is_accepted]
    if found is None or not accepted:
        return bed, measured.variants[0]
    design = bed.design
    rewrites = tuple(operation for proposal in accepted for operation in proposal.rewrites)
    workload = Workload(design.workload.operations, {ADVICE: rewrites}, design.workload.origin)
    advice = Variant(ADVICE, tuple(proposal.change for proposal in accepted), "every change advised")
    return replace(bed, design=replace(design, variants=(advice,), workload=workload)), found


@dataclass
class _Advising:
    bed: Bed
    cache: Server
    measured: EngineRun
    settings: CacheSettings
    bounds: CacheBounds
    seconds_left: Callable[[], float]
    seed: int
    observer: Observer
    on_progress: Keep
    requests: list[pa.Table] = field(default_factory=list)

    def advise(self, variant: VariantRun, advice: CacheAdvice) -> CacheAdvice:
        reasons = candidates(variant)
        if not reasons:
            return replace(advice, untried="every read meets its target, and none takes a twentieth of the mix's time")
        plans = {
            plan.read: plan
            for plan in plan_caching(
                self.bed.generator, self.bed.design.schema, self.bed.design.workload.operations, self.seed
            )
        }
        rejected = [not_cacheable(plans[r], why) for r, why in reasons.items() if not plans[r].is_cached]
        reads = [read for read in reasons if plans[read].is_cached]
        advice = replace(advice, trials=tuple(rejected))
        if not reads:
            return advice
        seconds = self._seconds_each()
        least = min(_LEAST_SECONDS, self.settings.measured_seconds)
        if seconds < least:
            needed = math.ceil(self._needed(least) - self.seconds_left())
            return replace(advice, untried=f"no time was left to measure a cache: {needed} s more are needed")
        screening = self._compare(reads, _WAYS, _SCREENING_ROUNDS, seconds, advice)
        ways = weighed(screening, reads, self._targets(), self.bounds)
        tried = [trial(screening, ways, read, reasons[read]) for read in reads]
        turned_down = [*(each for each in tried if not each.is_accepted), *rejected]
        advice = replace(advice, screening=screening, trials=tuple(turned_down))
        return self._confirmed(ways[0], reasons, least, advice) if ways[0].accepted else advice

    def _confirmed(self, choice: Choice, reasons: dict[str, str], least: float, advice: CacheAdvice) -> CacheAdvice:
        """The reads chosen are measured again in that way, without the others, until all of them hold."""
        way, reads = STRATEGIES[choice.run.name], list(choice.accepted)
        while reads:
            half = (self.seconds_left() / 2 - self._confirming_seconds(0.0)) / 2
            seconds = min(max(half, least), _MOST_SECONDS)
            found = self._compare(reads, (way.name,), _CONFIRMING_ROUNDS, seconds, advice)
            (again,) = weighed(found, reads, self._targets(), self.bounds)
            tried = [_again(trial(found, [again], read, reasons[read])) for read in reads]
            kept = [each for each in tried if each.is_accepted]
            if len(kept) == len(reads):
                return self._held(way, again, kept, replace(advice, confirmation=found))
            dropped = [each for each in tried if not each.is_accepted]
            advice = replace(advice, confirmation=found, trials=(*dropped, *advice.trials))
            reads = [each.read for each in kept]
            if reads and self.seconds_left() < self._confirming_seconds(least):
                return _unproven(kept, "no time was left to measure it without those that were turned down", advice)
        return advice

    def _held(self, way: Strategy, choice: Choice, kept: Sequence[CacheTrial], advice: CacheAdvice) -> CacheAdvice:
        assert advice.confirmation
        if doubt := staleness_unproven(choice.run, advice.confirmation.plans, self.bounds):
            return _unproven(kept, doubt, advice)
        ttl_seconds = way.ttl_seconds(self.settings.ttl_seconds)
        return replace(advice, trials=(*kept, *advice.trials), way=way.name, ttl_seconds=ttl_seconds)

    def _compare(
        self, reads: Sequence[str], ways: tuple[str, ...], rounds: int, seconds: float, advice: CacheAdvice
    ) -> CacheComparison:
        operations = self.bed.design.workload.operations
        settings = replace(
            self.settings,
            strategies=ways,
            rounds=rounds,
            measured_seconds=seconds,
            in_front_of=advice.variant,
            left_out={o.name: "is not among the reads that were tried" for o in operations if o.name not in reads},
            expiries=self.settings.expiries if len(ways) == 1 else 0,
        )
        before = list(self.requests)

        def keep(found: CacheComparison, requests: pa.Table) -> None:
            self.requests = [*before, requests]
            part = {"screening" if len(ways) > 1 else "confirmation": found}
            self.on_progress(replace(advice, **part), pa.concat_tables(self.requests))  # type: ignore[arg-type]

        return compare_caches(self.bed, self.cache, (), settings, self.measured, self.seed, self.observer, keep)

    def _targets(self) -> dict[str, float]:
        return {o.name: o.target_seconds for o in self.bed.design.workload.operations}

    def _seconds_each(self) -> float:
        """How long each way may be measured, so that all of it fits into the time that is left."""
        left = self.seconds_left() - self._needed(0.0)
        return min(left / (len(_WAYS) + 1 + 2), _MOST_SECONDS)

    def _needed(self, seconds: float) -> float:
        screening = (len(_WAYS) + 1) * (_SCREENING_ROUNDS * self.settings.ttl_seconds + seconds) + _ASIDE_SECONDS
        return screening + self._confirming_seconds(seconds)

    def _confirming_seconds(self, seconds: float) -> float:
        return 2 * (_CONFIRMING_ROUNDS * self.settings.ttl_seconds + seconds) + _ASIDE_SECONDS


def _unproven(kept: Sequence[CacheTrial], doubt: str, advice: CacheAdvice) -> CacheAdvice:
    trials = [replace(each, is_accepted=False, verdict=f"{each.verdict}; but {doubt}") for each in kept]
    return replace(advice, trials=(*trials, *advice.trials))


def _again(found: CacheTrial) -> CacheTrial:
    return found if found.is_accepted else replace(found, verdict=f"measured again, {found.verdict}")
