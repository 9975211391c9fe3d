"""Requests -> what each strategy came to, with intervals: no databases, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.caching.estimates import (
    ROUND,
    Column,
    Slices,
    latencies,
    mean_ratio,
    quantile,
    quantile_ratio,
    share,
    sums_ratio,
    wilson,
)
from lab.caching.front import DIRECT, HIT, MISS
from lab.caching.load import FAILED, UNSENT, Records, Trace
from lab.model.caching import CachedRead, CachePlan, StrategyRun
from lab.model.interval import Interval
from lab.model.workload import Operation

_SLICES_A_SECOND = 2
_FEWEST_TO_TELL = 20
_MUCH_UNDECIDED = 0.1
Mask = NDArray[np.bool_]
Played = Sequence[tuple[Trace, Records]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The requests of one contender after its warm-up, over all rounds: shape (n,). Seconds."""

    places: NDArray[np.int64]
    """Of the operation, in the trace's."""
    kinds: NDArray[np.int64]
    responses: Column
    services: Column
    sql: Column
    slices: Slices
    stale: tuple[tuple[int, bool | None, float], ...]
    """Of each audited hit: the operation's place, whether it was stale (None: a write overtook it), and how old."""
    lags: Column
    failures: tuple[str, ...]
    operations: tuple[Operation, ...]

    def of(self, names: Sequence[str]) -> Mask:
        places = [place for place, operation in enumerate(self.operations) if operation.name in names]
        return np.asarray(np.isin(self.places, places) & (self.kinds != FAILED))


def outcome(played: Played, plans: Sequence[CachePlan], warm_seconds: float) -> Outcome:
    """Leaves out the requests meant to start before `warm_seconds`."""
    parts: list[NDArray[np.float64]] = []
    stale: list[tuple[int, bool | None, float]] = []
    for number, (trace, records) in enumerate(played):
        due = np.round(trace.starts * 1e9) + records.begin_ns
        kept = trace.starts >= warm_seconds
        columns = (
            trace.sequence,
            records.kinds,
            (records.end_ns - due) / 1e9,
            (records.end_ns - records.start_ns) / 1e9,
            (records.sql_end_ns - records.sql_start_ns) / 1e9,
            number * ROUND + np.floor(trace.starts * _SLICES_A_SECOND),
            (records.start_ns - records.ready_ns) / 1e9,
        )
        parts.append(np.stack([np.asarray(column, float)[kept] for column in columns]))
        stale += [found[1:] for found in judged(trace, records, plans) if kept[found[0]]]
    places, kinds, responses, services, sql, slices, lags = np.concatenate(parts, axis=1)
    return Outcome(
        places.astype(np.int64),
        kinds.astype(np.int64),
        responses,
        services,
        sql,
        slices.astype(np.int64),
        tuple(stale),
        lags,
        tuple(failure for _, records in played for failure in records.failures),
        played[0][0].operations,
    )


def judged(trace: Trace, records: Records, plans: Sequence[CachePlan]) -> Iterator[tuple[int, int, bool | None, float]]:
    """(request, its operation's place, whether it was stale, how old) of each audited hit. One that differs from what
    the database says is stale, unless a write that touches it was under way between the two: then it cannot be told
    which of them was late."""
    writes = {plan.read: {touch.write for touch in plan.touches} for plan in plans}
    names = [operation.name for operation in trace.operations]
    for audit in records.audits:
        place = int(trace.sequence[audit.number])
        touching = [at for at, name in enumerate(names) if name in writes[names[place]]]
        overlaps = (
            np.isin(trace.sequence, touching)
            & (records.sql_start_ns > 0)
            & (records.sql_start_ns <= audit.truth_ns)
            & (records.sql_end_ns >= audit.hit_ns)
        )
        is_stale = None if not audit.is_equal and bool(overlaps.any()) else not audit.is_equal
        yield audit.number, place, is_stale, audit.age_seconds


def strategy_run(
    name: str,
    description: str,
    head: Outcome,
    base: Outcome | None,
    plans: Sequence[CachePlan],
    expected: Mapping[str, float],
) -> StrategyRun:
    """`base` is the outcome without a cache, None for that itself; `expected` the predicted hit ratios, by read."""
    cached = [plan.read for plan in plans if plan.is_cached]
    touching = sorted({touch.write for plan in plans if plan.is_cached for touch in plan.touches})
    reads, writes = head.of(cached), head.of(touching)
    answered = reads & (head.kinds != UNSENT)
    weights = {read: int((head.of([read])).sum()) for read in cached}
    is_cache = bool(expected)
    both = None if base is None else (head.kinds != FAILED) & (base.kinds != FAILED)
    met, known, missed = _targets(head)
    stale = _stale(head, cached) if is_cache else None
    hits = share((head.kinds == HIT)[answered], head.slices[answered]) if is_cache else None
    ages = [age for _, is_stale, age in head.stale if is_stale]
    return StrategyRun(
        name,
        description,
        latencies(head.responses[reads], head.slices[reads]),
        latencies(head.responses[writes], head.slices[writes]),
        _quantile_ratio(base, head, both, reads, 0.5),
        _quantile_ratio(base, head, both, reads, 0.95),
        _quantile_ratio(base, head, both, reads, 0.99),
        _mean_ratio(base, head, both, writes),
        met,
        known,
        missed,
        hits,
        _weighted(expected, weights) if is_cache else None,
        stale,
        float(np.quantile(ages, 0.95)) if ages else None,
        sum(is_stale is not None for _, is_stale, _ in head.stale),
        sum(is_stale is None for _, is_stale, _ in head.stale),
        float(np.isin(head.kinds[answered], (DIRECT, MISS)).mean()) if answered.any() else None,
        tuple(_read(read, head, base, both, expected.get(read)) for read in cached),
        int((head.kinds == FAILED).sum()),
        head.failures[0] if head.failures else "",
        float(np.quantile(head.lags[head.kinds != UNSENT], 0.99)) if (head.kinds != UNSENT).any() else 0.0,
    )


def _read(name: str, head: Outcome, base: Outcome | None, both: Mask | None, expected: float | None) -> CachedRead:
    mask = head.of([name])
    answered = mask & (head.kinds != UNSENT)
    kinds, services = head.kinds[answered], head.services[answered]
    is_cache = expected is not None
    without = base.services[base.of([name]) & (base.kinds == DIRECT)] if base else services[kinds == DIRECT]
    return CachedRead(
        name,
        int(mask.sum()),
        _mean_ratio(base, head, both, mask),
        share(kinds == HIT, head.slices[answered]) if is_cache else None,
        expected,
        _stale(head, [name]) if is_cache else None,
        _median(services[kinds == HIT]),
        _median(services[kinds == MISS]),
        _median(without),
        _pays_from(head, answered) if is_cache else None,
        quantile(head.responses[mask], 0.95, head.slices[mask]) if mask.any() else None,
        _quantile_ratio(base, head, both, mask, 0.95),
    )


def _pays_from(head: Outcome, mask: Mask) -> Interval | None:
    """How long a query must take for hits to save more than misses cost: a hit's time, and for each hit the misses'
    overhead, which is what they take beside the query."""
    kinds, services, sql = head.kinds[mask], head.services[mask], head.sql[mask]
    if (kinds == HIT).sum() < _FEWEST_TO_TELL or (kinds == MISS).sum() < _FEWEST_TO_TELL:
        return None
    spent = np.where(kinds == HIT, services, services - sql)
    return sums_ratio(spent, (kinds == HIT).astype(float), head.slices[mask])


def _quantile_ratio(base: Outcome | None, head: Outcome, both: Mask | None, mask: Mask, q: float) -> Interval | None:
    if base is None or both is None:
        return None
    kept = mask & both
    return quantile_ratio(base.responses[kept], head.responses[kept], q, head.slices[kept])


def _mean_ratio(base: Outcome | None, head: Outcome, both: Mask | None, mask: Mask) -> Interval | None:
    if base is None or both is None:
        return None
    kept = mask & both
    return mean_ratio(base.responses[kept], head.responses[kept], head.slices[kept])


def _stale(head: Outcome, names: Sequence[str]) -> Interval | None:
    """Of all answers: the share of hits times that of stale ones among the hits that were audited."""
    answered = head.of(names) & (head.kinds != UNSENT)
    hits = share((head.kinds == HIT)[answered], head.slices[answered])
    judged = [is_stale for place, is_stale, _ in head.stale if head.operations[place].name in names]
    decided = [is_stale for is_stale in judged if is_stale is not None]
    if hits is None or not decided:
        return None
    found = wilson(sum(decided), len(decided))
    return Interval(hits.estimate * found.estimate, hits.low * found.low, hits.high * found.high)


def _targets(head: Outcome) -> tuple[int, int, tuple[str, ...]]:
    """Operations whose 95th percentile is within its target, those there are enough requests of, and which miss it."""
    known, missed = 0, []
    for operation in head.operations:
        responses = head.responses[head.of([operation.name])]
        if len(responses) >= _FEWEST_TO_TELL:
            known += 1
            if np.quantile(responses, 0.95) > operation.target_seconds:
                missed.append(operation.name)
    return known - len(missed), known, tuple(missed)


def _weighted(expected: Mapping[str, float], weights: Mapping[str, int]) -> float | None:
    total = sum(weights.values())
    return sum(expected[read] * count for read, count in weights.items()) / total if total else None


def _median(seconds: Column) -> float | None:
    return float(np.median(seconds)) if len(seconds) else None


def doubts(runs: Sequence[StrategyRun]) -> tuple[str, ...]:
    """What to keep in mind, in sentences."""
    found = []
    for run in runs:
        if run.failures:
            found.append(f"{run.name}: {run.failures} requests failed, the first with: {run.first_failure}")
        judged = run.audited + run.undecided
        if run.hit_ratio and not judged:
            found.append(f"{run.name}: no answer was held against the database, so staleness is not known")
        elif judged and run.undecided / judged > _MUCH_UNDECIDED:
            found.append(f"{run.name}: writes overtook {run.undecided} of {judged} audits, which count for nothing")
    late = [run for run in runs if run.reads and run.lag_p99_seconds > run.reads.p50.estimate]
    if late:
        low, high = (f"{pick(run.lag_p99_seconds for run in late) * 1000:.1f}" for pick in (min, max))
        who = "every way" if len(late) == len(runs) else ", ".join(run.name for run in late)
        found.append(f"the client itself was late, by {low} to {high} ms at p99 under {who}: these times hold that")
    return tuple(found)
