"""Samples -> Summary, pairs -> Comparison, Summary -> Target: pure functions.

Quantile intervals are distribution-free: the ranks between which a quantile lies with the wanted confidence follow
from the binomial distribution alone (Hahn & Meeker, "Statistical Intervals", 5.2). Variants are compared by the
median of paired log ratios, whose interval is the same one at the median (the inverted sign test): no assumption on
the shape of latencies, and an outlier counts as one sample.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lab.model.interval import Interval
from lab.model.run import Comparison, Direction, Summary, Target

Samples = NDArray[np.float64]

LEVEL = 0.95
SMALLEST_EFFECT = 0.01
"""A ratio nearer to 1 than this is not called a difference, however sure it is."""
_FEWEST_PAIRS = 6
_FEWEST_TO_TELL = 3
_Z = 1.959964


def summarize(latencies_seconds: Samples, seed: int = 0) -> Summary:
    """Median, 95th and 99th percentile of shape (n,) samples with 95 % intervals. Raises ValueError when n = 0.

    Where there are too few samples for an upper bound, the bound is the largest of a log-normal's tolerance bound
    and the maximum, and a warning says so.
    """
    if not len(latencies_seconds):
        raise ValueError("no samples to summarize")
    ordered = np.sort(latencies_seconds)
    warnings: list[str] = []
    p50, p95, p99 = (_quantile(ordered, q, warnings) for q in (0.5, 0.95, 0.99))
    return Summary(len(ordered), p50, p95, p99, float(ordered.mean()), tuple(warnings))


def _quantile(ordered: Samples, q: float, warnings: list[str]) -> Interval:
    estimate = float(np.quantile(ordered, q))
    low, high = _ranks(len(ordered), q)
    lower = float(ordered[low]) if low is not None else float(ordered[0])
    if high is not None:
        return Interval(estimate, lower, float(ordered[high]))
    needed = math.ceil(math.log((1 - LEVEL) / 2) / math.log(q))
    warnings.append(f"p{round(q * 100)} needs at least {needed} samples for its interval; there are {len(ordered)}")
    return Interval(estimate, lower, max(float(ordered[-1]), _tolerance_bound(ordered, q)))


@lru_cache(maxsize=4096)
def _ranks(n: int, q: float) -> tuple[int | None, int | None]:
    """Zero-based ranks of the order statistics that bracket the quantile; None where there is no such rank."""
    tail = (1 - LEVEL) / 2
    low: int | None = None
    below = 0.0  # P(fewer than r of n samples lie below the quantile)
    for r in range(n + 1):
        if below > tail:
            low = r - 2 if r >= 2 else None
            break
        below += _binomial(n, r, q)
    below = 0.0
    for r in range(n):
        below += _binomial(n, r, q)
        if below >= 1 - tail:
            return low, r
    return low, None


def _binomial(n: int, r: int, q: float) -> float:
    log = math.lgamma(n + 1) - math.lgamma(r + 1) - math.lgamma(n - r + 1) + r * math.log(q) + (n - r) * math.log1p(-q)
    return math.exp(log)


def _tolerance_bound(ordered: Samples, q: float) -> float:
    """Upper bound of a quantile were the logarithms normal (one-sided tolerance bound, Natrella's approximation;
    NIST/SEMATECH e-Handbook, 7.2.6.3); the maximum below three samples, which tell nothing."""
    n = len(ordered)
    if n < _FEWEST_TO_TELL:
        return float(ordered[-1])
    logs = np.log(np.maximum(ordered, 1e-9))
    z_q = {0.5: 0.0, 0.95: 1.644854, 0.99: 2.326348}[q]
    a = 1 - _Z**2 / (2 * (n - 1))
    b = z_q**2 - _Z**2 / n
    k = (z_q + math.sqrt(max(z_q**2 - a * b, 0.0))) / a
    return float(np.exp(logs.mean() + k * logs.std(ddof=1)))


def target(summary: Summary, seconds: float) -> Target:
    """Whether the 95th percentile is below the target, above it, or cannot be told to be either."""
    if summary.count < _FEWEST_TO_TELL:
        return "cannot tell"
    if summary.p95.high < seconds:
        return "met"
    return "missed" if summary.p95.low > seconds else "cannot tell"


def compare(base: Samples, variant: Samples, seed: int = 0, level: float = LEVEL) -> Comparison:
    """The ratio variant / base over paired samples of shape (n,) each: median of the paired ratios, with the
    interval of the sign test. Raises ValueError when n = 0 or the shapes differ."""
    if base.shape != variant.shape or not len(base):
        raise ValueError("pairs are needed: two equally long series, not empty")
    logs = np.sort(np.log(np.maximum(variant, 1e-9)) - np.log(np.maximum(base, 1e-9)))
    n = len(logs)
    low, high = _ranks(n, 0.5)
    estimate = math.exp(float(np.median(logs)))
    if n < _FEWEST_PAIRS or low is None or high is None:
        warning = f"a ratio needs at least {_FEWEST_PAIRS} pairs for its interval; there are {n}"
        return Comparison(Interval(estimate, math.exp(logs[0]), math.exp(logs[-1])), n, "~", (warning,))
    ratio = Interval(estimate, math.exp(logs[low]), math.exp(logs[high]))
    return Comparison(ratio, n, _direction(ratio))


def _direction(ratio: Interval) -> Direction:
    if abs(ratio.estimate - 1) < SMALLEST_EFFECT:
        return "~"
    if ratio.high < 1:
        return "faster"
    return "slower" if ratio.low > 1 else "~"


def geometric_mean(ratios: Sequence[float], weights: Sequence[float]) -> float:
    """Weighted geometric mean. Raises ValueError when the weights add up to nothing."""
    total = sum(weights)
    if not total:
        raise ValueError("the weights add up to nothing")
    return math.exp(sum(w * math.log(r) for r, w in zip(ratios, weights, strict=True)) / total)
