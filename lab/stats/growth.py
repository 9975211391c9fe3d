"""Sizes and latencies -> the law they follow, and where it crosses a target: pure functions.

A law is t(n) = a + b f(n) with a, b >= 0, fitted by least squares of relative errors. Which law, how steep, and where
it crosses is uncertain: each point is drawn anew from its interval's log-normal, and everything is fitted again (the
parametric bootstrap: Efron & Tibshirani, "An Introduction to the Bootstrap", 6.5).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
class Fits:
    """Laws fitted to several rows of times at once: which form fits each best, and its constants; shape (rows,)."""

    forms: NDArray[np.int64]
    constants: Numbers
    slopes: Numbers
    misfits: Numbers
    """Sums of squared errors, in standard errors."""

    def name(self, row: int) -> LawName:
        return tuple(FORMS)[int(self.forms[row])]

    def at(self, sizes: Numbers) -> Numbers:
        """Seconds of each row at its own size; both of shape (rows,)."""
        shapes = np.stack([form(sizes) for form in FORMS.values()])
        own: Numbers = np.take_along_axis(shapes, self.forms[None, :], axis=0)[0]
        return self.constants + self.slopes * own


@dataclass(frozen=True, slots=True)
class Growing:
    """A law with what is uncertain about it. `crosses_at` is None where the target is not crossed up to `farthest`."""

    name: LawName
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
    errors = np.random.default_rng(seed).normal(size=(_RESAMPLES, len(n))) * spread
    rows = times * np.exp(np.vstack([np.zeros(len(n)), errors]))  # the first row is what was measured
    fits = best_fits(n, rows, spread)
    slopes = np.polyfit(np.log(n), np.log(rows).T, 1)[0]
    low, high = np.quantile(slopes[1:], [0.025, 0.975])
    return Growing(
        fits.name(0),
        float((fits.forms[1:] == fits.forms[0]).mean()),
        Interval(float(slopes[0]), float(low), float(high)),
        _crossed(crossings(fits, target, farthest), farthest),
    )


def _crossed(found: Numbers, farthest: float) -> Interval | None:
    low, high = (float(np.quantile(found[1:], q, method="nearest")) for q in (0.025, 0.975))
    return None if low > farthest else Interval(min(max(float(found[0]), low), high), low, high)


def best_fits(sizes: Numbers, rows: Numbers, spread: Numbers) -> Fits:
    """Of each row of times, of shape (rows, k), the slowest law that no steeper one fits clearly better."""
    chosen = _fits(0, sizes, rows, spread)
    for form in range(1, len(FORMS)):
        steeper = _fits(form, sizes, rows, spread)
        is_better = steeper.misfits < chosen.misfits - _BETTER
        chosen = Fits(
            *(
                np.where(is_better, new, old)
                for new, old in (
                    (steeper.forms, chosen.forms),
                    (steeper.constants, chosen.constants),
                    (steeper.slopes, chosen.slopes),
                    (steeper.misfits, chosen.misfits),
                )
            )
        )
    return chosen


def _fits(form: int, sizes: Numbers, rows: Numbers, spread: Numbers) -> Fits:
    """Weighted least squares with neither constant below 0: of two unknowns, the bounded optimum lies inside, or on an
    edge."""
    shape = tuple(FORMS.values())[form](sizes)
    weight = 1 / (rows * spread) ** 2
    ones, ones_y = weight.sum(axis=1), (weight * rows).sum(axis=1)
    zero = np.zeros(len(rows))
    candidates = [(ones_y / ones, zero)]
    if shape.any():
        cross, squares, shape_y = ((weight * each).sum(axis=1) for each in (shape, shape**2, shape * rows))
        candidates.append((zero, shape_y / squares))
        determinant = np.maximum(ones * squares - cross**2, 1e-300)
        both = (squares * ones_y - cross * shape_y) / determinant, (ones * shape_y - cross * ones_y) / determinant
        candidates.append(both)
    misfits = np.stack(
        [
            np.where(
                (constant < 0) | (slope < 0),
                np.inf,
                (weight * (constant[:, None] + slope[:, None] * shape - rows) ** 2).sum(axis=1),
            )
            for constant, slope in candidates
        ]
    )
    best = misfits.argmin(axis=0)[None, :]
    constants, slopes = (np.take_along_axis(np.stack(each), best, axis=0)[0] for each in zip(*candidates, strict=True))
    found = np.take_along_axis(misfits, best, axis=0)[0]
    return Fits(np.full(len(rows), form), constants, slopes, found)


def crossings(fits: Fits, target: float, farthest: float) -> Numbers:
    """The smallest size at which each law exceeds the target, by bisection; OPEN_END where that is beyond
    `farthest`."""
    low, high = np.full(len(fits.forms), 1e-3), np.full(len(fits.forms), farthest)
    is_open = fits.at(high) <= target
    for _ in range(60):
        middle = np.sqrt(low * high)
        is_over = fits.at(middle) > target
        low, high = np.where(is_over, low, middle), np.where(is_over, middle, high)
    return np.where(is_open, OPEN_END, high)


def _deviation(interval: Interval) -> float:
    """The standard error of the logarithm."""
    return (math.log(interval.high) - math.log(interval.low)) / (2 * Z_95)


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
