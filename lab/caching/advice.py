"""Which reads a cache is thought of for, and whether what was measured speaks for it: no databases, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.caching.asked import CacheBounds
from lab.model.caching import CacheComparison, CachedRead, CachePlan, CacheTrial, StrategyRun
from lab.model.run import OperationRun, VariantRun
from lab.report import units
from lab.report.cache_verdict import WORTH_SECONDS, share_words

_MUCH_OF_THE_MIX = 0.05
_MOST_READS = 6
_FEWEST_TO_TELL = 30
_MOST_SLOWER = 1.10
_MOST_SLOWER_SECONDS = 0.005


def candidates(variant: VariantRun) -> dict[str, str]:
    """The reads a cache could matter to, and why: they miss their target, or take much of the mix's time. Those that
    take most of it first."""
    timed = [o for o in variant.operations if o.summary]
    costs = {o.name: o.weight * o.summary.mean for o in timed if o.summary}
    whole = sum(costs.values())
    found = {}
    for operation in sorted(timed, key=lambda o: -costs[o.name]):
        share = costs[operation.name] / whole
        if not operation.is_write and (operation.target == "missed" or share >= _MUCH_OF_THE_MIX):
            found[operation.name] = "; ".join(_reasons(operation, share))
    return dict(list(found.items())[:_MOST_READS])


def _reasons(operation: OperationRun, share: float) -> Iterator[str]:
    assert operation.summary
    if operation.target == "missed":
        yield f"misses its target: p95 {units.seconds(operation.summary.p95.estimate)}"
    if share >= _MUCH_OF_THE_MIX:
        yield f"takes {units.percent(share)} of the mix's time"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way, and for each read why it must not be kept so; empty where it may."""

    run: StrategyRun
    objections: Mapping[str, str]

    @property
    def accepted(self) -> tuple[str, ...]:
        return tuple(read for read, objection in self.objections.items() if not objection)

    def read(self, name: str) -> CachedRead | None:
        return next((read for read in self.run.operations if read.name == name), None)


def weighed(
    found: CacheComparison, reads: Sequence[str], targets: Mapping[str, float], bounds: CacheBounds
) -> list[Choice]:
    """Every way, first the one that spares most seconds over the reads that it may keep. `targets` are those of the
    95th percentile, in seconds."""
    choices = [
        Choice(way, {read: _objection(found, way, read, targets[read], bounds) for read in reads})
        for way in found.strategies[1:]
    ]
    return sorted(choices, key=_worth, reverse=True)


def _worth(choice: Choice) -> tuple[float, float]:
    """Seconds spared of the reads it may keep; where there are none, how near the best of them is."""
    spared = sum(_spared(read) for read in choice.run.operations if read.name in choice.accepted)
    return spared, -min(map(_nearness, choice.run.operations), default=1.0)


def _spared(read: CachedRead) -> float:
    return read.requests * (read.query_seconds or 0.0) * (1 - read.ratio.estimate) if read.ratio else 0.0


def _objection(found: CacheComparison, way: StrategyRun, name: str, target: float, bounds: CacheBounds) -> str:
    none = found.strategies[0]
    before, after = (next((r for r in run.operations if r.name == name), None) for run in (none, way))
    if before is None or after is None or not (before.p95 and after.p95 and after.p95_ratio):
        return "too little was asked for it to tell"
    if after.requests < _FEWEST_TO_TELL:
        return f"too few requests to tell ({after.requests}): raise --time-budget, or --rate"
    times = f"p95 {units.seconds(before.p95.estimate)} to {units.seconds(after.p95.estimate)}"
    times += f" ({units.ratio_interval(after.p95_ratio)})"
    if after.p95_ratio.low > 1:
        return f"a cache would make p95 worse: {times}"
    if after.p95_ratio.high >= 1:
        return f"a cache is not shown to make p95 better: {times}"
    won = before.p95.estimate - after.p95.estimate
    if won < WORTH_SECONDS and not before.p95.estimate > target >= after.p95.estimate:
        return f"a cache would win {units.seconds(won)} at p95, which is not worth a second system: {times}"
    is_ended = any(plan.touches for plan in found.plans if plan.read == name)
    return _price_objection(none, way, after, is_ended, bounds)


def _price_objection(none: StrategyRun, way: StrategyRun, read: CachedRead, is_ended: bool, bounds: CacheBounds) -> str:
    """`is_ended`: whether a write of the workload ends its answers."""
    if way.failures > none.failures:
        return f"{way.failures} requests failed, the first with: {way.first_failure}"
    if read.stale_share is None and is_ended:
        return "none of its kept answers could be held against the database"
    if read.stale_share and read.stale_share.estimate > bounds.most_stale:
        return f"{share_words(read.stale_share)} of its answers are stale: more than {units.percent(bounds.most_stale)}"
    ratio = way.write_ratio
    if ratio is None or none.writes is None or way.writes is None:
        return ""
    words = f"the writes that touch what is kept take {units.ratio_interval(ratio)} the time"
    if bounds.write_ratio is not None and ratio.estimate > bounds.write_ratio:
        return f"{words}: over the write budget of {bounds.write_ratio:g}x"
    if ratio.low > _MOST_SLOWER and way.writes.mean - none.writes.mean > _MOST_SLOWER_SECONDS:
        return f"{words}, {units.seconds(way.writes.mean - none.writes.mean)} more"
    return ""


def staleness_unproven(way: StrategyRun, plans: Sequence[CachePlan], bounds: CacheBounds) -> str:
    """Why too many of all the answers kept may be stale, by what was audited; empty where that can be ruled out, or no
    write of the workload ends any of them."""
    share = way.stale_share
    if not any(plan.touches for plan in plans if plan.is_cached):
        return ""
    if share is not None and share.high <= bounds.most_stale:
        return ""
    most = units.percent(share.high) if share else "all"
    return (
        f"up to {most} of the answers kept may be stale, by {way.audited} audits, where "
        f"{units.percent(bounds.most_stale)} may: raise --time-budget for more audits, or --most-stale"
    )


def trial(found: CacheComparison, ways: Sequence[Choice], name: str, reason: str) -> CacheTrial:
    """What became of one read when it was kept in the first of the ways; where it may not be, under the way it does
    best with."""
    plan = next(plan for plan in found.plans if plan.read == name)
    if name in ways[0].accepted:
        return CacheTrial(name, reason, True, _gain(found, ways[0].run, ways[0].read(name)), plan, ways[0].read(name))
    other = next((way for way in ways if name in way.accepted), None)
    best = ways[0] if other else min(ways, key=lambda way: _nearness(way.read(name)))
    verdict = f"{best.objections[name]} (`{best.run.name}`)"
    if other:
        verdict += f"; `{other.run.name}` would do for it, but another way does more for the rest"
    return CacheTrial(name, reason, False, verdict, plan, best.read(name))


def _nearness(read: CachedRead | None) -> float:
    return read.p95_ratio.estimate if read and read.p95_ratio else float("inf")


def _gain(found: CacheComparison, way: StrategyRun, read: CachedRead | None) -> str:
    before = next((each for each in found.strategies[0].operations if read and each.name == read.name), None)
    assert read and before and before.p95 and read.p95 and read.p95_ratio
    parts = [
        f"p95 {units.seconds(before.p95.estimate)} to {units.seconds(read.p95.estimate)} "
        f"({units.ratio_interval(read.p95_ratio)})"
    ]
    parts += [f"{share_words(read.stale_share)} stale"] if read.stale_share else []
    if read.hit_ratio and read.predicted_hit_ratio is not None:
        expected = units.percent(read.predicted_hit_ratio)
        parts.append(f"hit ratio {units.percent(read.hit_ratio.estimate)}, expected {expected}")
    if way.write_ratio:
        parts.append(f"writes that touch it {units.ratio_interval(way.write_ratio)}")
    return "; ".join(parts)


def not_cacheable(plan: CachePlan, reason: str) -> CacheTrial:
    """A read that a cache was thought of for in vain."""
    hint = (
        f"; :{plan.spread_by} rounded to the hour, or the day, would make keys that come again"
        if plan.spread_by
        else ""
    )
    return CacheTrial(plan.read, reason, False, f"it cannot be cached: it {plan.reason}{hint}", plan)
