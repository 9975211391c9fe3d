"""Samples -> Summary, Summary -> Target.

Quantile intervals are distribution-free: the ranks between which a quantile lies with the wanted confidence follow
from the binomial distribution alone (Hahn & Meeker, "Statistical Intervals", 5.2).
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from lab.model.doubt import Doubt, FewSamples
from lab.model.interval import Interval
from lab.model.run import Summary
from lab.model.workload import Target

Samples = NDArray[np.float64]

LEVEL = 0.95
_TAIL = (1 - LEVEL) / 2
_FEWEST_TO_TELL = 3
SHORTEST = 1e-9
"""A latency below the clock's tick counts as one."""
_LARGEST_LOG = 50.0
_NORMAL = NormalDist()
_DEVIATIONS = 200
_HALVINGS = 40
_FARTHEST_FACTOR = 100.0


def summarize(latencies_seconds: Samples) -> Summary:
    """Median, 95th and 99th percentile of shape (n,) samples with 95 % intervals. Raises ValueError when n = 0.

    Where there are too few samples for a bound, it is a log-normal's, or the outermost sample where that lies further
    out, and a warning says so.
    """
    if not len(latencies_seconds):
        raise ValueError("no samples to summarize")
    ordered = np.sort(latencies_seconds)
    warnings: list[Doubt] = []
    p50, p95, p99 = (_quantile(ordered, q, warnings) for q in (0.5, 0.95, 0.99))
    return Summary(len(ordered), p50, p95, p99, float(ordered.mean()), tuple(warnings))


def _quantile(ordered: Samples, q: float, warnings: list[Doubt]) -> Interval:
    estimate = float(np.quantile(ordered, q))
    low, high = ranks(len(ordered), q)
    if high is None:
        needed = math.ceil(math.log(_TAIL) / math.log(q))
        warnings.append(FewSamples(round(q * 100), needed, len(ordered)))
    lower = min(float(ordered[0]), _lognormal_bound(ordered, q, _TAIL)) if low is None else float(ordered[low])
    upper = max(float(ordered[-1]), _lognormal_bound(ordered, q, 1 - _TAIL)) if high is None else float(ordered[high])
    return Interval(min(max(estimate, lower), upper), lower, upper)


@lru_cache(maxsize=4096)
def ranks(n: int, q: float) -> tuple[int | None, int | None]:
    """Zero-based ranks of the order statistics that bracket the quantile; None where there is no such rank.

    The number of samples below the quantile is binomial: the sample of rank r lies above it as often as r or fewer
    lie below.
    """
    below = _binomial_cdf(n, q)
    low = int(np.searchsorted(below, _TAIL, side="right")) - 1
    high = int(np.searchsorted(below, 1 - _TAIL, side="left"))
    return (low if low >= 0 else None), (high if high < n else None)


def _binomial_cdf(n: int, q: float) -> Samples:
    """P(at most r of n) for r = 0 … n."""
    r = np.arange(1, n + 1)
    steps = np.log((n - r + 1) / r) + math.log(q) - math.log1p(-q)
    logs = n * math.log1p(-q) + np.concatenate([[0.0], np.cumsum(steps)])
    return np.cumsum(np.exp(logs))


def _lognormal_bound(ordered: Samples, q: float, confidence: float) -> float:
    """What the quantile lies below with that confidence, were the logarithms normal (a one-sided tolerance bound;
    Hahn & Meeker, 4.6.3); the outermost sample below three, which tell nothing."""
    n = len(ordered)
    if n < _FEWEST_TO_TELL:
        return float(ordered[-1 if confidence > 0.5 else 0])
    logs = np.log(np.maximum(ordered, SHORTEST))
    bound = float(logs.mean() + _factor(n, q, confidence) * logs.std(ddof=1))
    return math.exp(min(bound, _LARGEST_LOG))


@lru_cache(maxsize=4096)
def _factor(n: int, q: float, confidence: float) -> float:
    """The k for which mean + k deviations of n normal samples lie above the quantile with that confidence.

    Given the sample deviation s, the mean decides alone, and s follows the chi distribution: integrated over s,
    solved for k by halving.
    """
    z = _NORMAL.inv_cdf(q)
    s = np.linspace(0.0, 1.0 + 8.0 / math.sqrt(n - 1), _DEVIATIONS + 1)[1:]
    logs = (n - 2) * np.log(s) - (n - 1) * s**2 / 2
    weights = np.exp(logs - logs.max())
    shares = list(zip((weights / weights.sum()).tolist(), s.tolist(), strict=True))
    low, high = -_FARTHEST_FACTOR, _FARTHEST_FACTOR
    for _ in range(_HALVINGS):
        k = (low + high) / 2
        above = sum(share * _NORMAL.cdf(math.sqrt(n) * (k * deviation - z)) for share, deviation in shares)
        low, high = (k, high) if above < confidence else (low, k)
    return (low + high) / 2


def target(summary: Summary, seconds: float) -> Target:
    """Whether the 95th percentile is below the target, above it, or cannot be told to be either."""
    if summary.count < _FEWEST_TO_TELL:
        return "cannot tell"
    if summary.p95.high < seconds:
        return "met"
    return "missed" if summary.p95.low > seconds else "cannot tell"
