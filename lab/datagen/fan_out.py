"""How many children each parent has, where children lie together, parent after parent."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lab.datagen import exact
from lab.datagen.references import NO_ROW
from lab.datagen.scattered import scatter
from lab.datagen.seed import Rows, uniform

_LARGE_MEAN = 500


@dataclass(frozen=True)
class FanOut:
    """Children lie together, parent after parent; `ends[p]` is where those of parent p end."""

    ends: NDArray[np.int64]

    @property
    def count(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    @property
    def most(self) -> int:
        """Children of the parent that has most."""
        return int(np.diff(self.ends, prepend=0).max())

    @property
    def fewest(self) -> int:
        return int(np.diff(self.ends, prepend=0).min())

    @cached_property
    def _parents(self) -> NDArray[np.int32]:
        """Of each child: no larger than the ends themselves, and read many times faster than they are searched."""
        return np.repeat(np.arange(len(self.ends), dtype=np.int32), np.diff(self.ends, prepend=0))

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.concatenate([[0], self.ends[:-1]])

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        return np.diff(self.ends, prepend=0)

    def parents(self, rows: Rows) -> Rows:
        """Rows beyond the last one belong to the last parent."""
        if not self.count:
            return np.full(len(rows), len(self.ends) - 1)
        found = self._parents.take(rows, mode="clip").astype(np.int64)
        if int(rows.max(initial=0)) >= self.count:
            found[rows >= self.count] = len(self.ends) - 1
        return found

    def starts(self, parents: Rows) -> Rows:
        return self._starts.take(parents)

    @cached_property
    def firsts(self) -> Rows:
        """The first child of each parent, or of the last one before it that has some; NO_ROW where there is none."""
        owners = self.parents(np.maximum(self.ends - 1, 0))
        return np.where(self.ends > 0, self.starts(owners), NO_ROW)

    def ranks(self, rows: Rows) -> Rows:
        """How many siblings come before each row."""
        return rows - self.starts(self.parents(rows))

    def sizes(self, parents: Rows) -> Rows:
        """How many children each parent has."""
        return self._sizes.take(parents)


def fan_out(
    key: np.uint64,
    parents: int,
    mean: float,
    fewest: int,
    most: int | None,
    total: int | None = None,
    spread: str | None = None,
) -> FanOut:
    """So many children a parent, spread above the fewest: geometrically unless told otherwise, so that a few parents
    have many; `total` of them in all, as far as fewest and most allow."""
    excess = max(mean - fewest, 0.0)
    counts = np.full(parents, fewest, np.int64)
    if excess:
        counts += _SPREADS[spread or "geometric"](uniform(key, np.arange(parents)), excess)
    if most is not None:
        counts = np.minimum(counts, most)
    if total is not None:
        counts = _adjusted(counts, total, fewest, most)
    return FanOut(np.cumsum(counts))


def _geometric(u: NDArray[np.float64], mean: float) -> Rows:
    """Whole numbers from 0, each less frequent than the one before by the same factor."""
    return np.floor(exact.log(1 - u) / exact.log(np.array([1 - 1 / (1 + mean)]))).astype(np.int64)


def _poisson(u: NDArray[np.float64], mean: float) -> Rows:
    """By the distribution function, summed up; a normal law where the mean is large."""
    if mean > _LARGE_MEAN:
        return np.maximum(np.rint(mean + math.sqrt(mean) * exact.normal_quantile(u)), 0).astype(np.int64)
    counts = np.arange(1, int(mean + 12 * math.sqrt(mean)) + 20)
    shares = exact.exp(np.array([-mean])) * np.cumprod(np.concatenate([[1.0], mean / counts]))
    found: Rows = np.searchsorted(np.cumsum(shares), u, side="right").astype(np.int64)
    return found


def _uniform_counts(u: NDArray[np.float64], mean: float) -> Rows:
    """Anything from none to twice the mean, equally often; rounded by the shares' finer digits."""
    return np.floor(2 * mean * u + u * 2.0**20 % 1).astype(np.int64)


def _constant(u: NDArray[np.float64], mean: float) -> Rows:
    """The mean, or the whole numbers next to it."""
    return np.floor(mean + u).astype(np.int64)


def _zipf_counts(u: NDArray[np.float64], mean: float) -> Rows:
    """Inversely to the parent's rank, the ranks scattered: one parent has a large part of all children."""
    ranks = scatter(np.arange(len(u)), len(u)) + 1.0
    whole = float(np.cumsum(1 / np.arange(1.0, len(u) + 1))[-1])
    found: Rows = np.floor(mean * len(u) / ranks / whole + u).astype(np.int64)
    return found


_SPREADS: dict[str, Callable[[NDArray[np.float64], float], Rows]] = {
    "geometric": _geometric,
    "poisson": _poisson,
    "zipf": _zipf_counts,
    "uniform": _uniform_counts,
    "constant": _constant,
}
SPREADS = tuple(_SPREADS)


def _adjusted(counts: Rows, total: int, fewest: int, most: int | None) -> Rows:
    """Counts that add up to the total, one child more or less for scattered parents."""
    order = scatter(np.arange(len(counts)), len(counts))
    while missing := total - int(counts.sum()):
        step = 1 if missing > 0 else -1
        can = counts[order] > fewest if step < 0 else counts[order] < (most if most is not None else total)
        changed = order[can][: abs(missing)]
        if not len(changed):
            break
        counts[changed] += step
    return counts
