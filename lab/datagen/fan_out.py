"""How many children each parent has, where children lie together, parent after parent."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.datagen import exact
from lab.datagen.references import NO_ROW
from lab.datagen.scattered import scatter
from lab.datagen.seed import Rows, uniform

_LARGE_MEAN = 500
_SHORT = 2**20
"""Children of which a table says whose they are."""
_NEAR = 4
_PART = 65_536


class FanOut:
    """Children lie together, parent after parent. All that is kept is where those of each parent end."""

    def __init__(self, ends: Rows) -> None:
        self.count = int(ends[-1]) if len(ends) else 0
        kind = np.int32 if self.count < 2**31 else np.int64
        self._bounds: NDArray[np.signedinteger[Any]] = np.concatenate([[0], ends]).astype(kind)
        """Where the children of each parent begin, and where all end."""

    @property
    def most(self) -> int:
        """Children of the parent that has most."""
        return int(np.diff(self._bounds).max())

    @property
    def fewest(self) -> int:
        return int(np.diff(self._bounds).min())

    def parents(self, rows: Rows) -> Rows:
        """Rows beyond the last one belong to the last parent."""
        last = len(self._bounds) - 2
        if not self.count:
            return np.full(len(rows), last)
        found = self._parents.take(rows, mode="clip").astype(np.int64) if self.count <= _SHORT else self._searched(rows)
        if int(rows.max(initial=0)) >= self.count:
            found[rows >= self.count] = last
        return found

    @cached_property
    def _parents(self) -> NDArray[np.int32]:
        """Of each child: read many times faster than the bounds are searched."""
        return np.repeat(np.arange(len(self._bounds) - 1, dtype=np.int32), np.diff(self._bounds))

    def _searched(self, rows: Rows) -> Rows:
        """The same with a table of as many rows as there are from the first to the last of `rows`, where those lie
        near each other."""
        first = int(rows.min(initial=self.count - 1))
        end = max(min(int(rows.max(initial=0)) + 1, self.count), first + 1)
        kind = self._bounds.dtype
        if end - first > _NEAR * len(rows):
            return np.searchsorted(self._bounds, rows.astype(kind), side="right") - 1
        low, high = np.searchsorted(self._bounds, np.array([first, end], kind), side="right") - 1
        sizes = np.diff(np.clip(self._bounds[low : high + 2], first, end))
        return np.repeat(np.arange(low, low + len(sizes)), sizes).take(rows - first, mode="clip")

    def starts(self, parents: Rows) -> Rows:
        return self._bounds.take(parents).astype(np.int64)

    def sizes(self, parents: Rows) -> Rows:
        """How many children each parent has."""
        return (self._bounds.take(parents + 1) - self._bounds.take(parents)).astype(np.int64)

    @cached_property
    def firsts(self) -> Rows:
        """The first child of each parent, or of the last one before it that has some; NO_ROW where there is none."""
        ends = self._bounds[1:].astype(np.int64)
        return np.where(ends > 0, self.starts(self.parents(np.maximum(ends - 1, 0))), NO_ROW)

    def ranks(self, rows: Rows) -> Rows:
        """How many siblings come before each row."""
        return rows - self.starts(self.parents(rows))


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
    for first in range(0, parents, _PART) if excess else ():
        part = np.arange(first, min(first + _PART, parents))
        counts[part] += _SPREADS[spread or "geometric"](uniform(key, part), excess, part, parents)
    if most is not None:
        counts = np.minimum(counts, most)
    if total is not None:
        counts = _adjusted(counts, total, fewest, most)
    return FanOut(np.cumsum(counts))


def _geometric(u: NDArray[np.float64], mean: float, *_: object) -> Rows:
    """Whole numbers from 0, each less frequent than the one before by the same factor."""
    return np.floor(exact.log(1 - u) / exact.log(np.array([1 - 1 / (1 + mean)]))).astype(np.int64)


def _poisson(u: NDArray[np.float64], mean: float, *_: object) -> Rows:
    """By the distribution function, summed up; a normal law where the mean is large."""
    if mean > _LARGE_MEAN:
        return np.maximum(np.rint(mean + math.sqrt(mean) * exact.normal_quantile(u)), 0).astype(np.int64)
    counts = np.arange(1, int(mean + 12 * math.sqrt(mean)) + 20)
    shares = exact.exp(np.array([-mean])) * np.cumprod(np.concatenate([[1.0], mean / counts]))
    found: Rows = np.searchsorted(np.cumsum(shares), u, side="right").astype(np.int64)
    return found


def _uniform_counts(u: NDArray[np.float64], mean: float, *_: object) -> Rows:
    """Anything from none to twice the mean, equally often; rounded by the shares' finer digits."""
    return np.floor(2 * mean * u + u * 2.0**20 % 1).astype(np.int64)


def _constant(u: NDArray[np.float64], mean: float, *_: object) -> Rows:
    """The mean, or the whole numbers next to it."""
    return np.floor(mean + u).astype(np.int64)


def _zipf_counts(u: NDArray[np.float64], mean: float, parents: Rows, count: int) -> Rows:
    """Inversely to the parent's rank, the ranks scattered: one parent has a large part of all children."""
    ranks = scatter(parents, count) + 1.0
    found: Rows = np.floor(mean * count / ranks / _harmonic(count) + u).astype(np.int64)
    return found


@lru_cache(maxsize=64)
def _harmonic(count: int) -> float:
    return float(np.cumsum(1 / np.arange(1.0, count + 1))[-1])


_SPREADS: dict[str, Callable[[NDArray[np.float64], float, Rows, int], Rows]] = {
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
