"""How often a key that is wanted is there, from the popularity of the keys alone.

Requests are taken to be independent (the independent reference model), arriving as Poisson processes: key i is asked
for at rate `reads[i]`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Rates = NDArray[np.float64]
_STEPS = 200
_HALVINGS = 100


def characteristic_time(reads: Rates, capacity: float) -> float:
    """How long an LRU cache of `capacity` equally large entries keeps one that is not asked for again, in the unit of
    time of `reads`; infinity when all keys fit (Che, Tung & Wang, "Hierarchical web caching systems", 2002, eq. 6)."""
    if capacity >= np.count_nonzero(reads):
        return float("inf")
    return _solved(lambda time: float(-np.expm1(-reads * time).sum()), capacity)


def lru_hit_ratio(reads: Rates, weights: Rates, capacity: float) -> float:
    """Of an LRU cache, by Che's approximation: key i is there when it was asked for within the characteristic time.
    `weights` are the keys' shares of the requests."""
    time = characteristic_time(reads, capacity)
    return float(np.average(-np.expm1(-reads * time), weights=weights))


def random_hit_ratio(reads: Rates, weights: Rates, capacity: float) -> float:
    """Of a cache that evicts any entry (Fricker, Robert & Roberts, "A versatile and accurate approximation for LRU
    cache performance", ITC 2012, 4): key i is there for t / (1 + t) of the time, t = its rate x a stay's mean length.
    """
    if capacity >= np.count_nonzero(reads):
        return 1.0
    stay = _solved(lambda time: float((reads * time / (1 + reads * time)).sum()), capacity)
    return float(np.average(reads * stay / (1 + reads * stay), weights=weights))


def best_hit_ratio(reads: Rates, weights: Rates, capacity: float) -> float:
    """Of a cache that always holds the most popular keys: what LFU strives for."""
    kept = np.argsort(-reads, kind="stable")[: int(capacity)]
    return float(weights[kept].sum() / weights.sum())


def kept_hit_ratio(
    reads: Rates, weights: Rates, away: Rates, put: Rates, ttl_seconds: float, start: float, end: float
) -> float:
    """Of a cache with room for everything that began empty at 0, between `start` and `end` seconds.

    Key i is put there by a read that misses it, or by a write at rate `put`, and leaves when it is deleted, at rate
    `away`, or `ttl_seconds` after it was put there, whatever was read meanwhile. Until then only deletes have taken
    any away. Afterwards the renewal argument of TTL caches holds (Jung, Berger & Balakrishnan, "Modeling TTL-based
    Internet caches", INFOCOM 2003; a delete is a second way for a stay to end): it brings its mean length x the rate
    of reads in hits, and follows one miss.
    """
    moments = np.linspace(start, end, _STEPS)
    early = moments[moments < ttl_seconds]
    coming, pace = reads + put, np.maximum(reads + put + away, 1e-12)
    before = coming / pace * -np.expm1(-np.outer(early, pace))
    stay = np.where(away > 0, -np.expm1(-away * ttl_seconds) / np.maximum(away, 1e-12), ttl_seconds)
    after = np.broadcast_to(coming * stay / (1 + coming * stay), (len(moments) - len(early), len(reads)))
    present = np.concatenate([before, after]).mean(axis=0)
    return float(np.average(present, weights=weights))


def _solved(held: Callable[[float], float], capacity: float) -> float:
    """The time after which `held`, which grows with it, comes to `capacity`."""
    low, high = 0.0, 1.0
    while held(high) < capacity:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if held(middle) < capacity else (low, middle)
    return high
