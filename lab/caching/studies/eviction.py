"""What a full cache lets go: the hit ratio of each policy, on the workload's own keys, beside what it should be.

Redis knows when a key was last asked for only to the second, and looks at a few keys to find the one idle longest.
Where a cache turns over faster than that clock ticks, LRU there is not LRU, and a hit ratio measured so says nothing:
the requests are sent slowly enough, or no ratio is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing

import numpy as np

from lab.bench.figures import exact
from lab.caching.cache_database import cache_database
from lab.caching.estimates import share
from lab.caching.popularity import Rates, best_hit_ratio, characteristic_time, lru_hit_ratio, random_hit_ratio
from lab.caching.studies.ground import Command, StudyGround, send
from lab.caching.studies.replay import Cache, replay
from lab.engines.redis.connection import Connection
from lab.model.caching import Figure, Study, StudyOption
from lab.report import units

POLICIES = ("allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-ttl", "noeviction")
_SHARE = 0.3
"""Of the memory all keys would take: what a cache has."""
_CLOCK_SECONDS = 1.0
"""The resolution of Redis's LRU clock (LRU_CLOCK_RESOLUTION)."""
_FEWEST_TICKS = 3.0
"""A key must stay for so many ticks of it."""
_WARM_STAYS = 1.5
_MEASURED_STAYS = 1.0
_SAMPLE = 60_000
_TTL_SECONDS = 600
_VALUE_BYTES = 512
_HIGHEST_RATE = 4000.0
_Predict = Callable[[Rates, Rates, float], float]
_PREDICTED: Mapping[str, tuple[str, _Predict]] = {
    "allkeys-lru": ("Che's approximation", lru_hit_ratio),
    "allkeys-random": ("Fricker, Robert and Roberts", random_hit_ratio),
    "allkeys-lfu": ("the most popular keys always there", best_hit_ratio),
    "volatile-ttl": ("as random: a key's expiry says nothing of its popularity", random_hit_ratio),
}


def study(ground: StudyGround) -> Study:
    asked, weighed = Counter(ground.asked_keys(_SAMPLE)), Counter(ground.asked_keys(_SAMPLE, 1))
    names = list(asked | weighed)
    reads = np.array([asked[name] for name in names], float) / _SAMPLE
    weights = np.array([weighed[name] for name in names], float) / _SAMPLE
    capacity = _SHARE * len(names)
    stay = characteristic_time(reads, capacity)
    rate, is_slow_enough = pace(stay, ground.seconds)
    keys = ground.asked_keys(round(rate * ground.seconds), 2)
    with ExitStack() as stack:
        caches = [_cache(ground, stack, policy, names) for policy in POLICIES]
        moments = replay(caches, keys, rate)
        held = {cache.name: cache.connection.call("DBSIZE") - 1 for cache in caches}
    is_after = moments > ground.seconds * _WARM_STAYS / (_WARM_STAYS + _MEASURED_STAYS)
    options = [_option(cache, held[cache.name], reads, weights, moments, is_after, is_slow_enough) for cache in caches]
    stays = stay / rate
    return Study(
        "eviction",
        f"What a cache with room for {units.percent(_SHARE)} of {len(names):,} keys lets go",
        "policy",
        _verdict(options, is_slow_enough, stays),
        tuple(options),
        (
            f"Asked {units.count(round(rate))} times a second, a key that is not asked for again stays about "
            f"{units.seconds(stays)} under LRU. Redis's clock for it ticks once a second.",
        ),
        () if is_slow_enough else (too_short(stays),),
    )


def pace(stay_requests: float, seconds: float) -> tuple[float, bool]:
    """Requests a second so that a run of `seconds` sees keys stay `_WARM_STAYS` + `_MEASURED_STAYS` times over, and
    whether a stay is then long enough for the LRU clock."""
    stay_seconds = seconds / (_WARM_STAYS + _MEASURED_STAYS)
    rate = min(stay_requests / stay_seconds, _HIGHEST_RATE)
    return rate, stay_requests / rate >= _FEWEST_TICKS * _CLOCK_SECONDS


def too_short(stay_seconds: float) -> str:
    needed = _FEWEST_TICKS * _CLOCK_SECONDS * (_WARM_STAYS + _MEASURED_STAYS)
    return (
        f"No hit ratio is given: a key would stay {units.seconds(stay_seconds)}, and Redis's LRU clock ticks once a "
        f"second; run it for {needed:g} s or longer (--duration {needed:g}s)."
    )


def _cache(ground: StudyGround, stack: ExitStack, policy: str, names: list[str]) -> Cache:
    """A server of its own with a policy and the memory for a share of the keys: both are settings of a whole server."""
    server = stack.enter_context(ground.start_server())
    database = stack.enter_context(cache_database(server))
    connection: Connection = stack.enter_context(closing(database.connect()))
    value = "x" * _VALUE_BYTES
    rng = np.random.default_rng(ground.seed)
    lives = rng.integers(_TTL_SECONDS // 2, _TTL_SECONDS * 2, size=100_000)

    def fill(key: str, number: int) -> Command:
        return ("SET", f"kept:{key}", value, "EX", str(lives[number % len(lives)]))

    before = _memory(connection)
    send(connection, [fill(name, number) for number, name in enumerate(names)])
    whole = _memory(connection) - before
    database.empty()
    connection.call("CONFIG", "SET", "maxmemory-policy", policy)
    connection.call("CONFIG", "SET", "maxmemory", str(round(_memory(connection) + whole * _SHARE)))
    return Cache(policy, connection, lambda key: ("GET", f"kept:{key}"), fill)


def _memory(connection: Connection) -> int:
    return int(connection.client.info("memory")["used_memory"])


def _option(
    cache: Cache,
    held: int,
    reads: Rates,
    weights: Rates,
    moments: np.ndarray,
    is_after: np.ndarray,
    is_slow_enough: bool,
) -> StudyOption:
    slices = np.floor(moments[is_after] * 2).astype(np.int64)
    found = share(cache.is_hit[is_after], slices) if is_slow_enough else None
    name, predict = _PREDICTED.get(cache.name, ("", None))
    expected = (
        exact("expected", "share", predict(reads, weights, held)) if predict else Figure("expected", "share", None)
    )
    figures = (
        Figure("hit ratio", "share", found),
        expected,
        exact("keys held", "keys", held),
        exact("writes refused", "writes", cache.refused),
    )
    return StudyOption(cache.name, figures, f"expected by {name}" if name else "full, it refuses to keep any more")


def _verdict(options: list[StudyOption], is_slow_enough: bool, stays: float) -> str:
    if not is_slow_enough:
        return too_short(stays)
    known = [(option.figures[0].value, option.name) for option in options]
    ranked = sorted(((value, name) for value, name in known if value), key=lambda each: -each[0].estimate)
    (best, name), (next_, _) = ranked[0], ranked[1]
    lead = f"`{name}` hits most, {units.percent(best.estimate)}"
    if best.low <= next_.high:
        alike = [f"`{other}`" for value, other in ranked if value.high >= best.low]
        lead = f"{', '.join(alike[:-1])} and {alike[-1]} cannot be told apart, at {units.percent(best.estimate)}"
    lru = next(value for value, other in known if other == "allkeys-lru")
    random = next(value for value, other in known if other == "allkeys-random")
    assert lru and random
    return f"{lead}; LRU {units.percent(lru.estimate)}, random {units.percent(random.estimate)}."
