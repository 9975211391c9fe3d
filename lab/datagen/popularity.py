"""References by popularity: a few parents have many children (a bounded Zipf law)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lab.datagen import exact
from lab.datagen.fan_out import FanOut
from lab.datagen.scattered import SHORT, coprime, scatter, scattered
from lab.datagen.seed import Rows, quotients, remainders, uniform


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
        if self.count <= SHORT:
            return scattered(self.count).take(ranks, mode="clip")
        return scatter(np.minimum(ranks, self.count - 1, out=ranks), self.count)


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
