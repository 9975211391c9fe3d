"""Bootstrap intervals: for what order statistics give none, such as the ratio of two quantiles.

How they compare with the others, by coverage measured: docs/decisions/016-intervals.md.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lab.model.interval import Interval
from lab.stats.quantiles import LEVEL, SHORTEST, Samples

Method = Literal["percentile", "bca"]
RESAMPLES = 1_000
_AT_ONCE = 4_000_000
"""Elements held in memory at a time."""
_NORMAL = NormalDist()


def quantile_interval(
    samples: Samples, q: float, method: Method = "percentile", level: float = LEVEL, seed: int = 0
) -> Interval:
    """A quantile of shape (n,) samples, resampled one by one. Raises ValueError when n = 0.

    `percentile` is Efron's; `bca` corrects it for bias and skewness (Efron & Tibshirani, "An Introduction to the
    Bootstrap", 14.3), the acceleration from the jackknife.
    """
    if not len(samples):
        raise ValueError("no samples to resample")
    replicates = _resampled(samples[:, None], q, None, seed)[:, 0]
    estimate = float(np.quantile(samples, q))
    tails = (1 - level) / 2, (1 + level) / 2
    if method == "bca":
        tails = _corrected(replicates, estimate, _jackknifed(samples, q), tails)
    low, high = np.quantile(replicates, tails)
    return Interval(estimate, min(float(low), estimate), max(float(high), estimate))


def quantile_ratio(
    base: Samples, head: Samples, q: float, blocks: NDArray[np.int64] | None = None, level: float = LEVEL, seed: int = 0
) -> Interval:
    """The ratio of a quantile, head / base, over pairs of shape (n,), which stay together when they are resampled.

    Pairs of one block (a round) are resampled as one, so that what they have in common is not counted as often as
    there are pairs (the cluster bootstrap: Davison & Hinkley, "Bootstrap Methods and their Application", 3.8).
    Raises ValueError when n = 0 or the shapes differ.
    """
    if base.shape != head.shape or not len(base):
        raise ValueError("pairs are needed: two equally long series, not empty")
    both = np.maximum(np.stack([base, head], axis=1), SHORTEST)
    replicates = _resampled(both, q, blocks, seed)
    tails = (1 - level) / 2, (1 + level) / 2
    low, high = np.quantile(np.log(replicates[:, 1]) - np.log(replicates[:, 0]), tails)
    ours, theirs = np.quantile(both, q, axis=0)
    estimate = float(theirs / ours)
    return Interval(estimate, min(math.exp(low), estimate), max(math.exp(high), estimate))


def _resampled(columns: Samples, q: float, blocks: NDArray[np.int64] | None, seed: int) -> Samples:
    """The quantile of each of (n, k) columns, RESAMPLES times: shape (RESAMPLES, k)."""
    generator = np.random.default_rng(seed)
    if blocks is not None:
        members = [np.flatnonzero(blocks == block) for block in np.unique(blocks)]
        picks = generator.integers(len(members), size=(RESAMPLES, len(members)))
        drawn = (np.concatenate([members[place] for place in row]) for row in picks)
        return np.array([np.quantile(columns[rows], q, axis=0) for rows in drawn])
    n, width = columns.shape
    step = max(_AT_ONCE // (n * width), 1)
    sizes = [min(step, RESAMPLES - done) for done in range(0, RESAMPLES, step)]
    parts = [np.quantile(columns[generator.integers(n, size=(size, n))], q, axis=1) for size in sizes]
    return np.concatenate(parts)


def _jackknifed(samples: Samples, q: float) -> Samples:
    """The quantile with each sample left out in turn, from the sorted samples alone."""
    ordered, n = np.sort(samples), len(samples)
    if n < 2:
        return ordered
    place = (n - 2) * q
    below = math.floor(place)
    removed = np.arange(n)
    low = ordered[below + (removed <= below)]
    high = ordered[np.minimum(below + 1 + (removed <= below + 1), n - 1)]
    return low + (place - below) * (high - low)  # type: ignore[no-any-return]


def _corrected(
    replicates: Samples, estimate: float, left_out: Samples, tails: tuple[float, float]
) -> tuple[float, float]:
    share = ((replicates < estimate).mean() + (replicates <= estimate).mean()) / 2
    bias = _NORMAL.inv_cdf(min(max(float(share), 1e-6), 1 - 1e-6))
    gaps = left_out.mean() - left_out
    spread = float((gaps**2).sum()) ** 1.5
    acceleration = float((gaps**3).sum()) / (6 * spread) if spread else 0.0
    shifted = [bias + _NORMAL.inv_cdf(tail) for tail in tails]
    low, high = (_NORMAL.cdf(bias + z / (1 - acceleration * z)) for z in shifted)
    return low, high
