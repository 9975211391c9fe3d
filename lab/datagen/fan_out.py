"""How many children each parent has, where children lie together, parent after parent."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.datagen.references import NO_ROW
from lab.datagen.seed import Rows
from lab.datagen.spreads import drawn, parts

_MOST_KEPT = 2**18
"""Parents whose bounds are kept; of more, those of every second, fourth, eighth, … one are."""
_SHORT = 2**20
"""Children of which a table says whose they are."""
_NEAR = 4
_PART = 65_536

_Bounds = NDArray[np.signedinteger[Any]]


class FanOut:
    """Children lie together, parent after parent: `sizes` says how many each of `parents` has, as often as asked.

    What is kept of many parents is as much as of few: where the children of each block of parents begin. Within a
    block, sizes are asked for again.
    """

    def __init__(self, parents: int, sizes: Callable[[Rows], Rows]) -> None:
        self._ends_at = parents
        self._drawn = sizes
        self._block = 1 << ((parents - 1) // _MOST_KEPT).bit_length()
        counts, fewest, most = [], [], []
        for part in parts(parents, max(_PART, self._block)):
            found = sizes(part)
            fewest.append(int(found.min()))
            most.append(int(found.max()))
            counts.append(np.add.reduceat(found, np.arange(0, len(found), self._block)))
        self.fewest, self.most = min(fewest), max(most)
        """Children of the parent that has fewest, and of the one that has most."""
        self.count = sum(int(part.sum()) for part in counts)
        kind = np.int32 if self.count < 2**31 else np.int64
        self._marks: _Bounds = np.zeros(-(-parents // self._block) + 1, kind)
        """Where the children of each block begin, and where all end."""
        np.cumsum(np.concatenate(counts), out=self._marks[1:])
        self._last: tuple[Rows, Rows] | None = None
        self._asked: tuple[tuple[int, int], _Bounds] | None = None

    def parents(self, rows: Rows) -> Rows:
        """Rows beyond the last one belong to the last parent. The last answer is kept: what follows a reference asks
        for it again."""
        if self._last is None or self._last[0] is not rows:
            found = self._parents_of(rows)
            found.flags.writeable = False
            self._last = rows, found
        return self._last[1]

    def _parents_of(self, rows: Rows) -> Rows:
        if not self.count:
            return np.full(len(rows), self._ends_at - 1)
        found = self._parents.take(rows, mode="clip").astype(np.int64) if self.count <= _SHORT else self._searched(rows)
        if int(rows.max(initial=0)) >= self.count:
            found[rows >= self.count] = self._ends_at - 1
        return found

    def starts(self, parents: Rows) -> Rows:
        """The first child of each parent, or where it would be."""
        if self._block == 1:
            return self._marks.take(parents, mode="clip").astype(np.int64)
        parents = np.clip(parents, 0, self._ends_at)
        blocks = parents // self._block
        low, high = int(blocks.min(initial=0)), int(blocks.max(initial=0)) + 1
        if (high - low) * self._block <= _NEAR * len(parents):
            return self._bounds(low, high).take(parents - low * self._block).astype(np.int64)
        found = self._marks.take(blocks).astype(np.int64)
        for part in self._portions(len(parents)):
            places = np.arange(self._block) < (parents[part] - blocks[part] * self._block)[:, None]
            found[part] += (self._sizes_in(blocks[part]) * places).sum(axis=1)
        return found

    def sizes(self, parents: Rows) -> Rows:
        """How many children each parent has; NO_ROW has none."""
        if self._block == 1:
            return self.starts(parents + 1) - self.starts(parents)
        is_there = (parents >= 0) & (parents < self._ends_at)
        return self._drawn(np.clip(parents, 0, self._ends_at - 1)) * is_there

    def firsts(self, parents: Rows) -> Rows:
        """The first child of each parent, or of the last one before it that has some; NO_ROW where there is none."""
        ends = self.starts(parents + 1)
        return np.where(ends > 0, self.starts(self.parents(np.maximum(ends - 1, 0))), NO_ROW)

    def ranks(self, rows: Rows) -> Rows:
        """How many siblings come before each row."""
        return rows - self.starts(self.parents(rows))

    @cached_property
    def _parents(self) -> NDArray[np.int32]:
        """Of each child: read many times faster than the bounds are searched."""
        return np.repeat(np.arange(self._ends_at, dtype=np.int32), self.sizes(np.arange(self._ends_at)))

    def _searched(self, rows: Rows) -> Rows:
        """The same with a table of as many rows as there are from the first to the last of `rows`, where those lie
        near each other."""
        first = int(rows.min(initial=self.count - 1))
        end = max(min(int(rows.max(initial=0)) + 1, self.count), first + 1)
        low, high = self._block_of(np.array([first, end - 1])).tolist()
        if max(end - first, (high - low) * self._block) > _NEAR * len(rows):
            return self._searched_apart(np.minimum(rows, self.count - 1))
        bounds = np.clip(self._bounds(low, high + 1), first, end).astype(np.int64)
        begin = low * self._block
        sizes = bounds[1:] - bounds[:-1]
        return np.repeat(np.arange(begin, begin + len(sizes)), sizes).take(rows - first, mode="clip")

    def _searched_apart(self, rows: Rows) -> Rows:
        blocks = self._block_of(rows)
        if self._block == 1:
            return blocks
        ranks = rows - self._marks.take(blocks)
        found = blocks * self._block
        for part in self._portions(len(rows)):
            ends = self._sizes_in(blocks[part]).cumsum(axis=1)
            found[part] += (ends <= ranks[part][:, None]).sum(axis=1)
        return found

    def _block_of(self, rows: Rows) -> Rows:
        return np.searchsorted(self._marks, rows.astype(self._marks.dtype), side="right") - 1

    def _bounds(self, low: int, high: int) -> _Bounds:
        """Where the children of each parent in blocks [low, high) begin, and where the last one's end. The last answer
        is kept: other columns of a chunk ask for it again."""
        if self._block == 1:
            return self._marks[low : high + 1]
        if self._asked is None or self._asked[0] != (low, high):
            parents = np.arange(low * self._block, min(high * self._block, self._ends_at))
            found = np.empty(len(parents) + 1, np.int64)
            found[0] = 0
            np.cumsum(self._drawn(parents), out=found[1:])
            found += self._marks[low]
            self._asked = (low, high), found
        return self._asked[1]

    def _sizes_in(self, blocks: Rows) -> Rows:
        """Of each parent of each block; shape (blocks, parents of a block)."""
        parents = blocks[:, None] * self._block + np.arange(self._block)
        return self.sizes(parents.ravel()).reshape(parents.shape)

    def _portions(self, count: int) -> list[slice]:
        """Of so many rows, as many at a time as have a part's parents in their blocks."""
        step = max(_PART // self._block, 1)
        return [slice(first, first + step) for first in range(0, count, step)]


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
    return FanOut(parents, drawn(key, parents, mean, fewest, most, total, spread))
