"""Which row a row refers to: rules that need no lookup, and give the same answer for any row at any time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lab.datagen.seed import Rows, below, bits, stream, uniform


class Reference(Protocol):
    def parents(self, rows: Rows) -> Rows:
        """The parent's row number for each row."""


@dataclass(frozen=True)
class FanOut:
    """Children lie together, parent after parent; `ends[p]` is where those of parent p end."""

    ends: NDArray[np.int64]

    @property
    def count(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    def parents(self, rows: Rows) -> Rows:
        return np.minimum(np.searchsorted(self.ends, rows, side="right"), len(self.ends) - 1)

    def starts(self, parents: Rows) -> Rows:
        return np.where(parents > 0, self.ends[parents - 1], 0)

    def ranks(self, rows: Rows) -> Rows:
        """How many siblings come before each row."""
        return rows - self.starts(self.parents(rows))


def fan_out(key: np.uint64, parents: int, mean: float, fewest: int, most: int | None) -> FanOut:
    """So many children a parent: geometric above the fewest, so that a few parents have many."""
    excess = max(mean - fewest, 0.0)
    u = uniform(key, np.arange(parents))
    counts = np.full(parents, fewest, np.int64)
    if excess:
        counts += (np.log1p(-u) / math.log1p(-1 / (1 + excess))).astype(np.int64)
    if most is not None:
        counts = np.minimum(counts, most)
    return FanOut(np.cumsum(counts))


@dataclass(frozen=True)
class Popular:
    """Drawn by popularity: a bounded Zipf law of exponent `skew` (0 is uniform) over `count` parents, scattered so
    that the popular ones are not the oldest."""

    key: np.uint64
    count: int
    skew: float

    def parents(self, rows: Rows) -> Rows:
        u = uniform(self.key, rows)
        return scatter(_zipf(u, self.count, self.skew), self.count)


def _zipf(u: NDArray[np.float64], count: int, skew: float) -> Rows:
    """Ranks in [0, count): the inverse of the law's continuous distribution function."""
    if skew == 0:
        ranks = u * count
    elif skew == 1:
        ranks = np.exp(u * math.log(count + 1)) - 1
    else:
        ranks = (1 + u * ((count + 1) ** (1 - skew) - 1)) ** (1 / (1 - skew)) - 1
    return np.minimum(ranks.astype(np.int64), count - 1)


def scatter(ranks: Rows, count: int) -> Rows:
    """A fixed permutation of [0, count)."""
    return (ranks * coprime(count) + count // 3) % count


def coprime(count: int) -> int:
    """A stride that visits all of [0, count) before it repeats, near the golden section of it."""
    stride = max(1, int(count * 0.6180339887))
    while math.gcd(stride, count) != 1:
        stride += 1
    return stride


@dataclass(frozen=True)
class Existing:
    """Like `Popular`, but only of parents that were there already: `limits` gives how many that is for each row."""

    popular: Popular
    limits: Callable[[Rows], Rows]

    def parents(self, rows: Rows) -> Rows:
        drawn = self.popular.parents(rows)
        limits = np.maximum(self.limits(rows), 1)
        return np.where(drawn < limits, drawn, drawn % limits)


@dataclass(frozen=True)
class OneToOne:
    """Row r belongs to parent r."""

    count: int

    def parents(self, rows: Rows) -> Rows:
        return rows % self.count


@dataclass(frozen=True)
class Distinct:
    """No parent twice within a group: siblings step through the parents by a stride coprime to their number."""

    group: FanOut
    key: np.uint64
    count: int

    def parents(self, rows: Rows) -> Rows:
        start = below(self.key, self.group.parents(rows), self.count)
        return (start + self.group.ranks(rows) * coprime(self.count)) % self.count


@dataclass(frozen=True)
class AmongChildren:
    """One of the rows that belong to the same grandparent: an order's address is one of its user's."""

    owner: Reference
    children: FanOut
    key: np.uint64

    def parents(self, rows: Rows) -> Rows:
        owners = self.owner.parents(rows)
        starts = self.children.starts(owners)
        sizes = self.children.ends[owners] - starts
        chosen = starts + (uniform(self.key, rows) * sizes).astype(np.int64)
        return np.where(sizes > 0, chosen, below(self.key, rows, self.children.count))


@dataclass(frozen=True)
class Tree:
    """A self-reference of so many levels: each row's parent lies a level above; the first level has none (-1)."""

    key: np.uint64
    bounds: NDArray[np.int64]
    """Where each level ends."""

    def parents(self, rows: Rows) -> Rows:
        level = np.searchsorted(self.bounds, rows, side="right")
        above = np.maximum(level - 1, 0)
        start = np.where(above > 0, self.bounds[above - 1], 0)
        parent = start + (uniform(self.key, rows) * (self.bounds[above] - start)).astype(np.int64)
        return np.where(level == 0, -1, np.minimum(parent, rows - 1))


def tree(seed: int, table: str, count: int, depth: int) -> Tree:
    """Levels that grow geometrically to `count` rows in all."""
    widths = np.power(max(count, 2), np.arange(1, depth + 1) / depth)
    ends = np.maximum.accumulate(np.maximum(np.floor(np.cumsum(widths) * count / widths.sum()), 1)).astype(np.int64)
    ends[-1] = count
    return Tree(stream(seed, table, "tree"), ends)


def random_uuids(key: np.uint64, rows: Rows) -> NDArray[np.uint8]:
    """Version 4 uuids (RFC 9562, 5.4): shape (n, 16)."""
    halves = np.stack([bits(key, rows), bits(key ^ np.uint64(0x5851F42D4C957F2D), rows)], axis=1)
    octets = halves.view(np.uint8).reshape(-1, 16).copy()
    octets[:, 6] = (octets[:, 6] & 0x0F) | 0x40
    octets[:, 8] = (octets[:, 8] & 0x3F) | 0x80
    return octets
