"""Estimates with confidence intervals, and the mean of several ratios."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

OPEN_END = 1e9
"""The upper end of an interval that has none: JSON knows no infinity."""
Z_95 = 1.959964
"""Half-width of a 95 % interval in standard errors."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval (95 % unless said otherwise)."""

    estimate: float
    low: float
    high: float


def log_variance(ratio: Interval) -> float:
    """Of the logarithm of a ratio, from its 95 % interval."""
    return ((math.log(ratio.high) - math.log(ratio.low)) / (2 * Z_95)) ** 2


def geometric_mean(ratios: Iterable[tuple[Interval, float]]) -> Interval | None:
    """The weighted geometric mean of (ratio, weight) pairs, with a 95 % interval.

    Each ratio's interval gives the standard error of its logarithm; the operations are taken as independent,
    so the variances add with squared weights. None without a pair of positive weight.
    """
    pairs = [(ratio, weight) for ratio, weight in ratios if weight > 0 and ratio.low > 0]
    total = sum(weight for _, weight in pairs)
    if not total:
        return None
    center = sum(weight / total * math.log(ratio.estimate) for ratio, weight in pairs)
    variance = sum((weight / total) ** 2 * log_variance(ratio) for ratio, weight in pairs)
    half = Z_95 * math.sqrt(variance)
    return Interval(math.exp(center), math.exp(center - half), math.exp(center + half))


def quotient(one: Interval, other: Interval) -> Interval:
    """`one` / `other` of two ratios whose errors are taken as independent, with a 95 % interval."""
    center = math.log(one.estimate) - math.log(other.estimate)
    half = Z_95 * math.sqrt(log_variance(one) + log_variance(other))
    return Interval(math.exp(center), math.exp(center - half), math.exp(center + half))
