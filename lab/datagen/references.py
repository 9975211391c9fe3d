"""Which row a row refers to: rules that need no lookup, and give the same answer for any row at any time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lab.datagen import exact
from lab.datagen.seed import Rows, below, quotients, remainders, uniform

NO_ROW = -1
_SHORT = 65_536
"""Rows of tables that are no longer are scattered by a table of all of them."""


class Reference(Protocol):
    def parents(self, rows: Rows) -> Rows:
        """The parent's row number for each row, or NO_ROW."""


class Kept:
    """Like `drawn`, with the last answer kept: the columns of a chunk ask one after the other for the same rows."""

    def __init__(self, drawn: Reference) -> None:
        self._drawn = drawn
        self._last: tuple[Rows, Rows] | None = None

    def parents(self, rows: Rows) -> Rows:
        last = self._last
        if last is None or last[0] is not rows:
            last = self._last = rows, self._drawn.parents(rows)
        return last[1]


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


_LARGE_MEAN = 500
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


@dataclass(frozen=True)
class Popular:
    """Drawn by popularity: a bounded Zipf law of exponent `skew` (0 is uniform) over `count` parents, scattered so
    that the popular ones are not the oldest."""

    key: np.uint64
    count: int
    skew: float

    @cached_property
    def _ranks(self) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
        def ranks(u: NDArray[np.float64]) -> NDArray[np.float64]:
            return _zipf(u, np.array([self.count]), self.skew)

        return exact.chords(ranks) if self.skew <= 1 else ranks

    def parents(self, rows: Rows) -> Rows:
        ranks = self._ranks(uniform(self.key, rows)).astype(np.int64)
        if self.count <= _SHORT:
            return _scattered(self.count).take(ranks, mode="clip")
        return scatter(np.minimum(ranks, self.count - 1, out=ranks), self.count)


def _zipf(u: NDArray[np.float64], counts: Rows, skew: float) -> NDArray[np.float64]:
    """Ranks in [0, counts]: the inverse of the law's continuous distribution function."""
    ends = (counts + 1).astype(np.float64)
    if skew == 0:
        return u * counts
    if skew == 1:
        return exact.exp(u * exact.log(ends)) - 1
    return exact.power(1 + u * (exact.power(ends, 1 - skew) - 1), 1 / (1 - skew)) - 1


def zipf_skew(count: int, top: float) -> float:
    """The exponent with which the most popular of `count` parents has the share `top` of all children."""
    low, high = 0.0, 5.0
    for _ in range(40):
        middle = (low + high) / 2
        if middle == 1:
            middle += 1e-9
        share = (2 ** (1 - middle) - 1) / ((count + 1.0) ** (1 - middle) - 1)
        low, high = (middle, high) if share < top else (low, middle)
    return low


def scatter(ranks: Rows, count: int) -> Rows:
    """A fixed permutation of [0, count)."""
    moved = ranks * coprime(count)
    moved += count // 3
    # numpy divides by one number with multiplications; its remainder does not.
    moved -= moved // count * count
    return moved


@lru_cache(maxsize=64)
def _scattered(count: int) -> Rows:
    return scatter(np.arange(count), count)


@lru_cache(maxsize=1024)
def coprime(count: int) -> int:
    """A stride that visits all of [0, count) before it repeats, near the golden section of it."""
    stride = max(1, int(count * 0.6180339887))
    while math.gcd(stride, count) != 1:
        stride += 1
    return stride


@dataclass(frozen=True)
class Existing:
    """Like `drawn`, but only parents that were there already: `limits` gives how many that is for each row."""

    drawn: Reference
    limits: Callable[[Rows], Rows]

    def parents(self, rows: Rows) -> Rows:
        return remainders(self.drawn.parents(rows), np.maximum(self.limits(rows), 1))


@dataclass(frozen=True)
class Settled:
    """Like `drawn`, but parents that were there by the row's own time, `moments`, as far as `settle` finds some."""

    drawn: Reference
    moments: Callable[[Rows], Rows]
    settle: Callable[[Rows, Rows], Rows]

    def parents(self, rows: Rows) -> Rows:
        return self.settle(self.drawn.parents(rows), self.moments(rows))


@dataclass(frozen=True)
class OneToOne:
    """Row r belongs to parent r."""

    count: int

    def parents(self, rows: Rows) -> Rows:
        return rows % self.count


@dataclass(frozen=True)
class Nothing:
    """No row refers to any."""

    def parents(self, rows: Rows) -> Rows:
        return np.full(len(rows), NO_ROW)


@dataclass(frozen=True)
class Couples:
    """Every second row refers to the one before it, so that none is referred to twice."""

    def parents(self, rows: Rows) -> Rows:
        return np.where(rows % 2 == 1, rows - 1, NO_ROW)


@dataclass(frozen=True)
class Digit:
    """Rows count through all combinations of several parents; this one changes every `period` rows."""

    period: int
    count: int

    def parents(self, rows: Rows) -> Rows:
        return scatter(rows // self.period % self.count, self.count)


@dataclass(frozen=True)
class Distinct:
    """No parent twice within a group: each sibling draws, by popularity, from a share of the parents of its own; as
    far as `known` says how many parents were there before the group's row, from those, if they are enough."""

    group: FanOut
    key: np.uint64
    count: int
    skew: float
    known: Callable[[Rows], Rows] | None = None

    def parents(self, rows: Rows) -> Rows:
        groups = self.group.parents(rows)
        shares = np.clip(self.group.sizes(groups), 1, self.count)
        share = (uniform(self.key ^ np.uint64(1), groups) * shares).astype(np.int64)
        share += rows - self.group.starts(groups)
        share = remainders(share, shares)
        which = 2 * shares + (share < self._rests.take(shares))
        drawn = self._ranks(uniform(self.key, rows), which)
        if self.known is None:
            return scatter(share + shares * drawn, self.count)
        # Scattered within the share, so that those that were not there give way to others of it.
        places = remainders(drawn * self._strides.take(which), self._counts.take(which))
        there = np.clip(self.known(groups), shares, self.count)
        return share + shares * remainders(places, quotients(there - share - 1, shares) + 1)

    @cached_property
    def _strides(self) -> Rows:
        return np.array([coprime(max(int(count), 1)) for count in self._counts])

    def _ranks(self, u: NDArray[np.float64], which: Rows) -> Rows:
        counts = self._counts.take(which)
        if 0 < self.skew < 1:
            u *= self._spans.take(which)
            ranks = self._inverse(u)
        else:
            ranks = _zipf(u, counts, self.skew)
        return np.minimum(ranks.astype(np.int64), counts - 1)

    @cached_property
    def _numbers(self) -> Rows:
        """Of shares there can be."""
        return np.maximum(np.arange(min(self.group.most, self.count) + 1), 1)

    @cached_property
    def _rests(self) -> Rows:
        """How many shares have one parent more than the others."""
        return self.count % self._numbers

    @cached_property
    def _counts(self) -> Rows:
        """How many parents are in a share: of each number of shares, in the last ones and in the first."""
        wholes = self.count // self._numbers
        return np.stack([wholes, wholes + 1], axis=1).ravel()

    @cached_property
    def _spans(self) -> NDArray[np.float64]:
        """Between the ends of the law over so many parents, before it is inverted."""
        return exact.power((self._counts + 1).astype(np.float64), 1 - self.skew) - 1

    @cached_property
    def _inverse(self) -> exact.Lines:
        return exact.chords(lambda x: exact.power(1 + x, 1 / (1 - self.skew)) - 1, float(self._spans.max()))


@dataclass(frozen=True)
class Other:
    """Never the row another reference of the same row names; `drawn` is one row short for it."""

    drawn: Reference
    named: Reference

    def parents(self, rows: Rows) -> Rows:
        drawn = self.drawn.parents(rows)
        return drawn + (drawn >= self.named.parents(rows))


@dataclass(frozen=True)
class AmongChildren:
    """One of the rows that belong to the same grandparent: an order's address is one of its user's."""

    owner: Reference
    children: FanOut
    key: np.uint64

    def parents(self, rows: Rows) -> Rows:
        owners = self.owner.parents(rows)
        sizes = self.children.sizes(owners)
        chosen = self.children.starts(owners) + (uniform(self.key, rows) * sizes).astype(np.int64)
        alone = np.flatnonzero(sizes == 0)
        if len(alone):
            chosen[alone] = below(self.key, rows[alone], self.children.count)
        return chosen


@dataclass(frozen=True)
class DistinctAmongChildren:
    """Like `AmongChildren`, no row twice within a group."""

    owner: Reference
    children: FanOut
    group: FanOut
    key: np.uint64

    def parents(self, rows: Rows) -> Rows:
        owners = self.owner.parents(rows)
        sizes = np.maximum(self.children.sizes(owners), 1)
        first = (uniform(self.key, self.group.parents(rows)) * sizes).astype(np.int64)
        return self.children.starts(owners) + (first + self.group.ranks(rows)) % sizes


@dataclass(frozen=True)
class Through:
    """The parent of the row another reference names."""

    child: Reference
    above: Reference

    def parents(self, rows: Rows) -> Rows:
        return self.above.parents(self.child.parents(rows))


@dataclass(frozen=True)
class Tree:
    """A self-reference of so many levels: each row's parent lies a level above; the first level has none."""

    key: np.uint64
    ends: NDArray[np.int64]
    """Where each level ends."""

    def parents(self, rows: Rows) -> Rows:
        level = np.searchsorted(self.ends, rows, side="right")
        above = np.clip(level - 1, 0, len(self.ends) - 1)
        start = np.where(above > 0, self.ends[above - 1], 0)
        parent = start + (uniform(self.key, rows) * (self.ends[above] - start)).astype(np.int64)
        return np.where(level == 0, NO_ROW, parent)


def tree(key: np.uint64, count: int, depth: int) -> Tree:
    """Levels that grow geometrically to `count` rows in all, none of them empty while there are rows enough."""
    depth = min(depth, count)
    widths = exact.exp(exact.log(np.array([max(count, 2.0)])) * np.arange(1, depth + 1) / depth)
    sums = np.cumsum(widths)
    ends = np.floor(sums * count / sums[-1]).astype(np.int64)
    levels = np.arange(1, depth + 1)
    ends = np.clip(ends, levels, count - depth + levels)
    ends[-1] = count
    return Tree(key, np.maximum.accumulate(ends))


@dataclass(frozen=True)
class SiblingTree:
    """A tree within each group of siblings: the first `depth` - 1 of them may have children."""

    group: FanOut
    key: np.uint64
    depth: int

    def parents(self, rows: Rows) -> Rows:
        ranks = self.group.ranks(rows)
        room = np.minimum(ranks, max(self.depth - 1, 1))
        chosen = rows - ranks + (uniform(self.key, rows) * room).astype(np.int64)
        return np.where((ranks == 0) | (self.depth < 2), NO_ROW, chosen)
