"""Pairs -> Comparison.

Variants are compared by the median of paired log ratios, whose interval is that of order statistics (the inverted sign
test): no assumption on the shape of latencies, and an outlier counts as one sample.
"""

from __future__ import annotations

import math

import numpy as np

from lab.model.doubt import FewPairs
from lab.model.interval import Interval
from lab.model.run import Comparison, Direction
from lab.stats.quantiles import SHORTEST, Samples, ranks

SMALLEST_EFFECT = 0.01
"""A ratio nearer to 1 than this is not called a difference, however sure it is."""
_FEWEST_PAIRS = 6


def log_ratios(base: Samples, variant: Samples) -> Samples:
    """log(variant / base) of paired latencies of shape (n,). Raises ValueError when n = 0 or the shapes differ."""
    if base.shape != variant.shape or not len(base):
        raise ValueError("pairs are needed: two equally long series, not empty")
    return np.log(np.maximum(variant, SHORTEST)) - np.log(np.maximum(base, SHORTEST))


def compare(base: Samples, variant: Samples) -> Comparison:
    """The ratio variant / base over paired samples of shape (n,) each: median of the paired ratios, with the
    interval of the sign test. Raises ValueError when n = 0 or the shapes differ."""
    logs = np.sort(log_ratios(base, variant))
    n = len(logs)
    low, high = ranks(n, 0.5)
    estimate = math.exp(float(np.median(logs)))
    if n < _FEWEST_PAIRS or low is None or high is None:
        return Comparison(
            Interval(estimate, math.exp(logs[0]), math.exp(logs[-1])), n, "~", (FewPairs(_FEWEST_PAIRS, n),)
        )
    ratio = Interval(estimate, math.exp(logs[low]), math.exp(logs[high]))
    return Comparison(ratio, n, _direction(ratio))


def _direction(ratio: Interval) -> Direction:
    if abs(ratio.estimate - 1) < SMALLEST_EFFECT:
        return "~"
    if ratio.high < 1:
        return "faster"
    return "slower" if ratio.low > 1 else "~"
