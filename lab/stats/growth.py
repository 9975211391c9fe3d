"""Sizes and latencies -> the law they follow, and where it crosses a target: pure functions.

A law is t(n) = a + b f(n) with a, b >= 0, fitted by least squares of relative errors. Which law, how steep, and where
it crosses is uncertain: each point is drawn anew from its interval's log-normal, and everything is fitted again (the
parametric bootstrap: Efron & Tibshirani, "An Introduction to the Bootstrap", 6.5).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from lab.model.growth import LawName
from lab.model.interval import OPEN_END, Z_95, Interval

Numbers = NDArray[np.float64]

FORMS: Mapping[LawName, Callable[[Numbers], Numbers]] = {
    "flat": np.zeros_like,
    "logarithmic": np.log1p,
    "linear": lambda n: n,
    "linearithmic": lambda n: n * np.log1p(n),
    "quadratic": lambda n: n * n,
}
"""The slowest growth first."""
_RESAMPLES = 400
_LEAST_SPREAD = 0.03
"""The least standard error of a logarithm: two loads of the same size differ by about that."""
_BETTER = 4.0
"""How much smaller a steeper law's weighted sum of squares must be to be believed: more than one parameter's worth at
the 95 % level of chi-squared with one degree of freedom (3.84)."""


@dataclass(frozen=True, slots=True)
class Fit:
    """One law's constants, and how badly it fits: the sum of squared errors in standard errors."""

    name: LawName
    constant: float
    slope: float
    misfit: float

    def at(self, sizes: Numbers) -> Numbers:
        return self.constant + self.slope * FORMS[self.name](sizes)


@dataclass(frozen=True, slots=True)
class Growing:
    """A law with what is uncertain about it. `crosses_at` is None where the target is not crossed up to `farthest`."""

    fit: Fit
    support: float
    exponent: Interval
    crosses_at: Interval | None


def fit_growth(
    sizes: Sequence[float], seconds: Sequence[Interval], target: float, farthest: float, seed: int = 1
) -> Growing:
    """The law of latencies at `sizes` (shape (k,), k >= 2, in factors of the smallest), and where it first exceeds
    `target` seconds. Raises ValueError for fewer than two points."""
    if len(sizes) < 2:
        raise ValueError("growth needs two sizes")
    n = np.array(sizes, dtype=float)
    times = np.array([interval.estimate for interval in seconds])
    spread = np.array([max(_deviation(interval), _LEAST_SPREAD) for interval in seconds])
    best = best_fit(n, times, spread)
    random = np.random.default_rng(seed)
    drawn = times * np.exp(random.normal(size=(_RESAMPLES, len(n))) * spread)
    fits = [best_fit(n, row, spread) for row in drawn]
    names = Counter(fit.name for fit in fits)
    slopes = np.polyfit(np.log(n), np.log(drawn).T, 1)[0]
    exponent = Interval(float(np.polyfit(np.log(n), np.log(times), 1)[0]), *_percentiles(slopes))
    crossings = np.array([crossing(fit, target, farthest) for fit in fits])
    return Growing(best, names[best.name] / _RESAMPLES, exponent, _crossed(best, crossings, target, farthest))


def _crossed(best: Fit, crossings: Numbers, target: float, farthest: float) -> Interval | None:
    low, high = (float(np.quantile(crossings, q, method="nearest")) for q in (0.025, 0.975))
    if low > farthest:
        return None
    middle = min(max(crossing(best, target, farthest), low), high)
    return Interval(middle, low, high)


def best_fit(sizes: Numbers, times: Numbers, spread: Numbers) -> Fit:
    """The slowest law that no steeper one fits clearly better."""
    chosen: Fit | None = None
    for name in FORMS:
        fit = _fit(name, sizes, times, spread)
        if chosen is None or fit.misfit < chosen.misfit - _BETTER:
            chosen = fit
    return cast("Fit", chosen)


def _fit(name: LawName, sizes: Numbers, times: Numbers, spread: Numbers) -> Fit:
    """Weighted least squares with neither constant below 0: of two unknowns, the bounded optimum lies inside, or on an
    edge."""
    weight = 1 / (times * spread)
    columns = np.stack([np.ones_like(sizes), FORMS[name](sizes)], axis=1)
    wanted = times * weight
    candidates = []
    for kept in ([0, 1], [1], [0]):
        if name == "flat" and 1 in kept:
            continue
        part = columns[:, kept] * weight[:, None]
        found = np.linalg.lstsq(part, wanted, rcond=None)[0]
        if (found >= 0).all():
            both = np.zeros(2)
            both[kept] = found
            misfit = float((((columns @ both) * weight - wanted) ** 2).sum())
            candidates.append(Fit(name, float(both[0]), float(both[1]), misfit))
    return min(candidates, key=lambda fit: fit.misfit)


def crossing(fit: Fit, target: float, farthest: float) -> float:
    """The smallest size at which the law exceeds the target, by bisection; OPEN_END where that is beyond
    `farthest`."""
    low, high = 1e-3, farthest
    if float(fit.at(np.array([high]))[0]) <= target:
        return OPEN_END
    for _ in range(60):
        middle = math.sqrt(low * high)
        if float(fit.at(np.array([middle]))[0]) > target:
            high = middle
        else:
            low = middle
    return high


def _deviation(interval: Interval) -> float:
    """The standard error of the logarithm."""
    return (math.log(interval.high) - math.log(interval.low)) / (2 * Z_95)


def _percentiles(values: Numbers) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def predict_seconds(
    costs: Sequence[float], seconds: Sequence[Interval], cost: float, least: float, is_same_plan: bool
) -> Interval:
    """What a plan of `cost` will take, by what plans of the same operation took at `costs` (shape (k,), k >= 1).

    Time is a constant plus a rate times cost, neither below 0, by least squares of relative errors. The constant is
    taken to be near `least`, what a statement takes that does next to nothing: two sizes alone say little of it. The
    interval grows with how badly that fits and with how far the cost lies beyond those that were measured. A plan of
    another shape has another rate, by a factor that is not known: its interval is wider."""
    n = np.array(costs, dtype=float)
    times = np.array([interval.estimate for interval in seconds])
    spread = np.array([max(_deviation(interval), _LEAST_SPREAD) for interval in seconds])
    constant, rate, misfit = _constant_and_rate(n, times, spread, min(least, float(times.min())))
    estimate = constant + rate * cost
    stretch = abs(math.log(cost / float(n.max()))) if cost > 0 else 0.0
    moving = rate * cost / estimate
    deviation = misfit + moving * _PER_STRETCH * stretch + (0.0 if is_same_plan else _OTHER_PLAN)
    factor = math.exp(Z_95 * deviation)
    return Interval(estimate, estimate / factor, estimate * factor)


def _constant_and_rate(costs: Numbers, times: Numbers, spread: Numbers, least: float) -> tuple[float, float, float]:
    """With the standard error of a time's logarithm."""
    weight = 1 / (times * spread)
    doubt = max(_CONSTANT_SPREAD * least, _CONSTANT_SHARE * float(times.min()))
    rows = np.stack([np.append(weight, 1 / doubt), np.append(costs * weight, 0.0)], axis=1)
    wanted = np.append(times * weight, least / doubt)
    constant, rate = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    if constant < 0 or rate < 0:
        constant = min(max(constant, 0.0), float(times.mean()))
        rate = max(float(((times - constant) / np.maximum(costs, 1e-9)).mean()), 0.0) if rate > 0 else 0.0
        constant = constant if rate > 0 else float(times.mean())
    errors = np.log((constant + rate * costs) / times)
    return float(constant), float(rate), max(float(np.sqrt((errors**2).mean())), float(spread.mean()), _LEAST_SPREAD)


_CONSTANT_SPREAD, _CONSTANT_SHARE = 0.3, 0.15
"""How far an operation's constant may lie from the least statement's: planning and the sending of rows add to it."""
_PER_STRETCH = 0.08
"""What a plan's rate is off by for each power of e the cost lies beyond what was measured: by benchmarks/prediction."""
_OTHER_PLAN = math.log(2) / Z_95
"""Rates of plans of different shapes are taken to lie within a factor of two of each other, 19 times in 20."""
