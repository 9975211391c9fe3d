"""Tables whose rows refer to each other: a tree of so many levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.datagen import exact
from lab.datagen.references import NO_ROW
from lab.datagen.seed import Rows, uniform


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
