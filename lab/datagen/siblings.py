"""References to rows that lie together: one of a row's own siblings, or of the children of another row it names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.datagen.fan_out import FanOut
from lab.datagen.references import NO_ROW, Reference
from lab.datagen.seed import Rows, below, uniform


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
        if not sizes.min(initial=1):
            alone = np.flatnonzero(sizes == 0)
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
