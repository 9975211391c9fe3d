"""A hot key expires while many ask for it: how often is its answer worked out, and how long do they wait?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lab.bench.schedule import poisson_starts
from lab.caching.estimates import clustered
from lab.caching.front import DIRECT, MISS, Ground
from lab.caching.load import FAILED, UNSENT, Connect, Records, Trace, play
from lab.caching.strategies import SINGLE_FLIGHT, TTL, Strategy
from lab.model.caching import Stampede

_TTL_SECONDS = 0.3
_READERS_MEANWHILE = 6
"""Who ask for the key while one execution of the query lasts."""
_HIGHEST_RATE = 500.0
_FEWEST_TO_TELL = 10


def stampedes(
    ground: Ground,
    connect: Connect,
    played: Sequence[tuple[Trace, Records]],
    connections: int,
    empty_cache: Callable[[], None],
    expiries: int,
    seed: int,
) -> tuple[tuple[Stampede, Trace, Records], ...]:
    """Of the cached read that takes longest, by the requests without a cache in `played`; with and without a lock. What
    was sent comes with what it came to; nothing does where the cache refuses whatever it is to keep."""
    name, seconds = _slowest(ground, played)
    rate = min(_READERS_MEANWHILE / seconds, _HIGHEST_RATE)
    whole = expiries * (_TTL_SECONDS + seconds)
    starts = poisson_starts(rate, whole, np.random.default_rng(seed))
    trace = _trace(ground, name, played, starts, whole)
    quick = replace(ground, ttl_seconds=_TTL_SECONDS)
    found = []
    for strategy in (TTL, SINGLE_FLIGHT):
        empty_cache()
        records = play(quick, strategy, connect, trace, connections)
        if (records.kinds == MISS).any():
            found.append((_summed(strategy, name, seconds, rate, trace, records), trace, records))
    return tuple(found)


def _slowest(ground: Ground, played: Sequence[tuple[Trace, Records]]) -> tuple[str, float]:
    times: dict[str, list[float]] = {}
    for trace, records in played:
        seconds = (records.end_ns - records.start_ns) / 1e9
        for place, operation in enumerate(trace.operations):
            mask = (trace.sequence == place) & (records.kinds == DIRECT)
            if operation.name in ground.plans and mask.any():
                times.setdefault(operation.name, []).extend(seconds[mask].tolist())
    often = {name: found for name, found in times.items() if len(found) >= _FEWEST_TO_TELL} or times
    medians = {name: float(np.median(found)) for name, found in often.items()}
    name = max(medians, key=lambda each: medians[each])
    return name, medians[name]


def _trace(
    ground: Ground, name: str, played: Sequence[tuple[Trace, Records]], starts: NDArray[np.float64], seconds: float
) -> Trace:
    """So many requests for the key that was asked for most."""
    asked = [
        tuple(sorted(each.items()))
        for trace, _ in played
        for place, operation in enumerate(trace.operations)
        if operation.name == name
        for each in trace.parameters[place]
    ]
    hottest = dict(Counter(asked).most_common(1)[0][0])
    n = len(starts)
    return Trace(
        (ground.operations[name],), np.zeros(n, np.int64), [[hottest] * n], starts, seconds, np.zeros(n, np.bool_)
    )


def _summed(strategy: Strategy, name: str, seconds: float, rate: float, trace: Trace, records: Records) -> Stampede:
    began = np.sort(records.sql_start_ns[records.kinds == MISS])
    gaps = np.diff(began, prepend=-(10**18)) > _TTL_SECONDS / 2 * 1e9
    counts = np.bincount(np.cumsum(gaps) - 1).astype(float)
    kept = ~np.isin(records.kinds, (FAILED, UNSENT))
    responses = (records.end_ns[kept] - records.begin_ns) / 1e9 - trace.starts[kept]
    slices = np.floor(trace.starts[kept] / _TTL_SECONDS).astype(np.int64)
    return Stampede(
        strategy.name,
        name,
        len(counts),
        clustered(lambda rows: float(rows[:, 0].mean()), counts[:, None], np.arange(len(counts))),
        int(counts.max()),
        clustered(lambda rows: float(np.quantile(rows[:, 0], 0.95)), responses[:, None], slices),
        seconds,
        rate,
    )
