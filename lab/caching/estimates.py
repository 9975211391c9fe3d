"""Shares and ratios with intervals that know how requests hang together.

Requests of the same moment meet the same queue, so they are resampled by slices of time, not one by one (the cluster
bootstrap: Davison & Hinkley, "Bootstrap Methods and their Application", 3.8). Of a ratio between two ways, which had
their rounds one after the other, the interval also covers what each round says by itself: a stall of the machine that
fell into one of them is no difference between the ways.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lab.model.caching import Latencies
from lab.model.interval import Z_95, Interval

Column = NDArray[np.float64]
Slices = NDArray[np.int64]
_RESAMPLES = 400
_FEWEST_SLICES = 4
ROUND = 1_000_000
"""Slices are numbered from its multiples on, a multiple for each round."""


def clustered(statistic: Callable[[NDArray[np.float64]], float], columns: Column, slices: Slices) -> Interval:
    """A statistic of columns of shape (n, k), resampled by slices of shape (n,). Raises ValueError when n = 0."""
    if not len(columns):
        raise ValueError("no requests to resample")
    members = [np.flatnonzero(slices == each) for each in np.unique(slices)]
    if len(members) < _FEWEST_SLICES:
        members = [np.array([row]) for row in range(len(columns))]
    generator = np.random.default_rng(0)
    found = [
        statistic(columns[np.concatenate([members[place] for place in picks])])
        for picks in generator.integers(len(members), size=(_RESAMPLES, len(members)))
    ]
    return _interval(statistic(columns), np.array(found))


def latencies(seconds: Column, slices: Slices) -> Latencies | None:
    """None of nothing. Shape (n,) both."""
    if not len(seconds):
        return None
    p50, p95, p99 = (quantile(seconds, q, slices) for q in (0.5, 0.95, 0.99))
    return Latencies(len(seconds), p50, p95, p99, float(seconds.mean()))


def quantile(seconds: Column, q: float, slices: Slices) -> Interval:
    """Shape (n,) both, n > 0."""
    return _interval(float(np.quantile(seconds, q)), _resampled_quantiles(seconds, q, slices))


def quantile_ratio(base: Column, head: Column, q: float, slices: Slices) -> Interval | None:
    """Of a quantile, head / base, over the same requests."""
    if not len(base):
        return None

    def ratio(rows: Column) -> float:
        without, with_ = np.quantile(rows, q, axis=0)
        return float(with_ / without)

    columns = np.stack([base, head], axis=1)
    resampled = _resampled_quantiles(head, q, slices) / _resampled_quantiles(base, q, slices)
    return _covering_rounds(_interval(ratio(columns), resampled), ratio, columns, slices)


def _resampled_quantiles(seconds: Column, q: float, slices: Slices) -> Column:
    """Shape (_RESAMPLES,): the quantile of each resample, the same slices in each for columns of one length. Each value
    is counted as often as its slice was picked."""
    _, places = np.unique(slices, return_inverse=True)
    if places.max() + 1 < _FEWEST_SLICES:
        places = np.arange(len(seconds))
    count = int(places.max()) + 1
    picks = np.random.default_rng(0).integers(count, size=(_RESAMPLES, count))
    picks += count * np.arange(_RESAMPLES)[:, None]
    picked = np.bincount(picks.ravel(), minlength=_RESAMPLES * count).reshape(_RESAMPLES, count).astype(np.int32)
    order = np.argsort(seconds)
    reached = np.cumsum(picked[:, places[order]], axis=1)
    return np.asarray(seconds[order][(reached < q * reached[:, -1:]).sum(axis=1)])


def _interval(estimate: float, resampled: Column) -> Interval:
    low, high = np.nanquantile(resampled, (0.025, 0.975))
    return Interval(estimate, min(float(low), estimate), max(float(high), estimate))


def mean_ratio(base: Column, head: Column, slices: Slices) -> Interval | None:
    """Of the mean, head / base, over the same requests."""
    found = sums_ratio(head, base, slices)
    if found is None:
        return None
    columns = np.stack([base, head], axis=1)
    return _covering_rounds(found, lambda rows: float(rows[:, 1].sum() / rows[:, 0].sum()), columns, slices)


def _covering_rounds(
    found: Interval, statistic: Callable[[NDArray[np.float64]], float], columns: Column, slices: Slices
) -> Interval:
    each = [statistic(columns[slices // ROUND == number]) for number in np.unique(slices // ROUND)]
    return Interval(found.estimate, min(found.low, *each), max(found.high, *each))


def sums_ratio(above: Column, below: Column, slices: Slices) -> Interval | None:
    """The sum of one column / the sum of the other, resampled by slices; None where nothing is below."""
    if not len(above) or not below.sum():
        return None
    _, places = np.unique(slices, return_inverse=True)
    if places.max() + 1 < _FEWEST_SLICES:
        places = np.arange(len(above))
    count = int(places.max()) + 1
    over, under = (np.bincount(places, weights=column, minlength=count) for column in (above, below))
    picks = np.random.default_rng(0).integers(count, size=(_RESAMPLES, count))
    sums = under[picks].sum(axis=1)
    found = np.where(sums > 0, over[picks].sum(axis=1) / np.maximum(sums, 1e-300), np.nan)
    return _interval(float(above.sum() / below.sum()), found)


def share(is_so: NDArray[np.bool_], slices: Slices) -> Interval | None:
    """By slices; by Wilson's interval where all say the same, of which resampling knows nothing."""
    if not len(is_so):
        return None
    if is_so.all() or not is_so.any():
        return wilson(int(is_so.sum()), len(is_so))
    return sums_ratio(is_so.astype(float), np.ones(len(is_so)), slices)


def wilson(successes: int, count: int) -> Interval:
    """A proportion's interval (Wilson, "Probable inference", JASA 1927), which also holds of none or all."""
    part, z = successes / count, Z_95
    middle = (part + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(part * (1 - part) / count + z * z / (4 * count * count))
    return Interval(part, min(max(middle - half, 0.0), part), max(min(middle + half, 1.0), part))
