"""Where a ratio that grows with a size passes 1, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lab.model.interval import OPEN_END, Interval
from lab.stats.quantiles import LEVEL, Samples

_RESAMPLES = 500


def crossing(
    sizes: Sequence[int], sides: Sequence[Sequence[tuple[Samples, Samples]]], weights: Sequence[float], seed: int = 0
) -> Interval:
    """The size at which two ways of doing the same cost the same, with a 95 % interval: 0 where the other way is the
    cheaper from the first size on, OPEN_END where it is at none.

    `sides[i]` holds, for size i, pairs (one way, other way) of latencies of shape (n,) for each kind of work, and
    `weights` how often each kind is done: costs are weighted sums of medians. The logarithm of their ratio is made to
    grow with the size (isotonic regression: Barlow et al., "Statistical Inference under Order Restrictions", 1972) and
    interpolated in the logarithm of the size. Pairs are resampled together.
    """
    generator = np.random.default_rng(seed)
    estimate = _crossing(sizes, [_log_cost_ratio(kinds, weights) for kinds in sides])
    drawn = []
    for _ in range(_RESAMPLES):
        resampled = [[_resampled(pair, generator) for pair in kinds] for kinds in sides]
        drawn.append(_crossing(sizes, [_log_cost_ratio(kinds, weights) for kinds in resampled]))
    tails = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    low, high = np.quantile(drawn, tails, method="nearest")
    return Interval(estimate, min(float(low), estimate), max(float(high), estimate))


def _log_cost_ratio(kinds: Sequence[tuple[Samples, Samples]], weights: Sequence[float]) -> float:
    """log(one way / other way) of what the work costs in all."""
    ours = sum(weight * float(np.median(one)) for weight, (one, _) in zip(weights, kinds, strict=True))
    theirs = sum(weight * float(np.median(other)) for weight, (_, other) in zip(weights, kinds, strict=True))
    return math.log(ours) - math.log(theirs)


def _resampled(pair: tuple[Samples, Samples], generator: np.random.Generator) -> tuple[Samples, Samples]:
    picks = generator.integers(len(pair[0]), size=len(pair[0]))
    return pair[0][picks], pair[1][picks]


def _crossing(sizes: Sequence[int], ratios: Sequence[float]) -> float:
    """0 where the ratio is above 1 from the first size on, OPEN_END where it never is."""
    rising = isotonic(ratios)
    if rising[0] >= 0:
        return 0.0
    for (small, low), (large, high) in zip(
        zip(sizes, rising, strict=True), zip(sizes[1:], rising[1:], strict=True), strict=False
    ):
        if low < 0 <= high:
            share = -low / (high - low)
            return math.exp(math.log(small) + share * (math.log(large) - math.log(small)))
    return OPEN_END


def isotonic(values: Sequence[float]) -> list[float]:
    """The nearest sequence, by least squares, that never falls (pool adjacent violators)."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (one, n), (other, m) = blocks[-2:]
            blocks[-2:] = [((one * n + other * m) / (n + m), n + m)]
    return [mean for mean, count in blocks for _ in range(count)]
