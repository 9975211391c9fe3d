"""When kept answers expire: all at once, spread, or later whenever they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import numpy as np

from lab.bench.figures import exact
from lab.caching.estimates import share
from lab.caching.studies.ground import Command, StudyGround, opened, send
from lab.caching.studies.replay import Cache, replay
from lab.model.caching import Figure, Study, StudyOption
from lab.model.interval import Interval
from lab.report import units

_TTL_SECONDS = 1.0
_LIVES = 3
"""How many times to live it runs."""
_JITTER = 0.5
_RATE = 1500.0
_SLICE_SECONDS = 0.1


def study(ground: StudyGround) -> Study:
    """A cache is filled all at once, as after a deployment, and then asked at the workload's own popularity."""
    keys = ground.asked_keys(round(_RATE * _TTL_SECONDS * _LIVES))
    ttl_ms, rng = round(_TTL_SECONDS * 1000), np.random.default_rng(ground.seed)
    spread = rng.uniform(1 - _JITTER, 1 + _JITTER, size=len(keys) * 2)

    def jittered(number: int) -> str:
        return str(round(ttl_ms * spread[number % len(spread)]))

    ways: dict[str, tuple[str, Callable[[str], Command], Callable[[str, int], Command]]] = {
        "fixed": (
            "all live equally long",
            lambda k: ("GET", f"f:{k}"),
            lambda k, n: ("SET", f"f:{k}", "1", "PX", str(ttl_ms)),
        ),
        "jittered": (
            f"each lives {1 - _JITTER:g} to {1 + _JITTER:g} times as long",
            lambda k: ("GET", f"j:{k}"),
            lambda k, n: ("SET", f"j:{k}", "1", "PX", jittered(n)),
        ),
        "sliding": (
            "each read lets it live on: what is asked for often is never asked of the database again",
            lambda k: ("GETEX", f"s:{k}", "PX", str(ttl_ms)),
            lambda k, n: ("SET", f"s:{k}", "1", "PX", str(ttl_ms)),
        ),
    }
    with opened(ground), ExitStack() as stack:
        caches = []
        for name, (_, fetch, fill) in ways.items():
            connection = ground.cache.connect()
            stack.callback(connection.close)
            send(connection, [fill(key, number) for number, key in enumerate(dict.fromkeys(keys))])
            caches.append(Cache(name, connection, fetch, fill, filled_at=dict.fromkeys(keys, 0.0)))
        moments = replay(caches, keys, _RATE)
    options = [_option(cache, ways[cache.name][0], moments) for cache in caches]
    peak, spread_peak = (_value(options[place].figures[1]) for place in (0, 1))
    oldest = _value(options[2].figures[2])
    verdict = (
        f"Filled at once with one time to live, all expire at once: {units.count(round(peak))} misses in the worst "
        f"{units.seconds(_SLICE_SECONDS)}, {units.count(round(spread_peak))} with jitter. Sliding expiry misses least, "
        f"and answers with what is {units.seconds(oldest)} old at p95, against {units.seconds(_TTL_SECONDS)} at most."
    )
    title = f"When answers expire, {units.tick(units.seconds(_TTL_SECONDS))} after they were kept"
    return Study("expiry", title, "way", verdict, tuple(options))


def _option(cache: Cache, note: str, moments: np.ndarray) -> StudyOption:
    slices = np.floor(moments / _SLICE_SECONDS).astype(np.int64)
    missed = np.bincount(slices, weights=~cache.is_hit)
    ages = np.array(cache.ages) if cache.ages else np.zeros(1)
    figures = (
        Figure("hit ratio", "share", share(cache.is_hit, slices)),
        exact("most misses at once", "misses", float(missed.max())),
        Figure("oldest answers (p95)", "s", Interval(*([float(np.quantile(ages, 0.95))] * 3))),
    )
    return StudyOption(cache.name, figures, note)


def _value(figure: Figure) -> float:
    return figure.value.estimate if figure.value else 0.0
