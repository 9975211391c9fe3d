"""Functional dependencies and keys that hold in rows: level by level over left sides, on stripped partitions.

Source: Huhtala, Kärkkäinen, Porkka and Toivonen, "TANE: an efficient algorithm for discovering functional and
approximate dependencies", The Computer Journal 42(2), 1999: a dependency holds when no class of rows equal in its left
side differs in its right; classes of one row cannot, and are stripped; supersets of a key are pruned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from lab.normalize.agreement import MOST_COLUMNS, Agreements
from lab.normalize.codes import Coded, Codes, commonest, joined
from lab.normalize.dependencies import Columns, Dependency, depends

MOST_LEFT = 3
_FEW_PAIRS = 30


@dataclass(frozen=True, slots=True)
class Mined:
    """What holds in the rows: minimal dependencies of one column on the right, minimal keys, columns of one value;
    and what nearly holds."""

    dependencies: tuple[Dependency, ...]
    keys: tuple[Columns, ...]
    constants: Columns
    nearly: tuple[Dependency, ...] = ()


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of two rows or more that are equal in some columns: the rows, and the class of each."""

    rows: npt.NDArray[np.int64]
    of_rows: Codes
    count: int


def classes(left: Coded) -> Classes:
    """A stripped partition."""
    sizes = np.bincount(left.codes, minlength=left.count)
    rows = np.flatnonzero(sizes[left.codes] > 1)
    numbers = np.cumsum(sizes > 1) - 1
    return Classes(rows, numbers[left.codes[rows]], int((sizes > 1).sum()))


def refuting(partition: Classes, right: Coded) -> npt.NDArray[np.bool_]:
    """For each row of the partition whether it differs in `right` from the last row of its class."""
    values = right.codes[partition.rows]
    last = np.empty(partition.count, np.int64)
    last[partition.of_rows] = values
    return np.not_equal(last[partition.of_rows], values)


def to_remove(partition: Classes, right: Coded) -> int:
    """How many rows must go for the dependency to hold: `g3` of Kivinen and Mannila (1995), times the rows."""
    of_rows = Coded(partition.of_rows, partition.count)
    values = Coded(right.codes[partition.rows], right.count)
    return int(len(partition.rows) - commonest(of_rows, values).sum())


def mine(
    columns: Mapping[str, Coded],
    lefts: Collection[str] | None = None,
    most_left: int = MOST_LEFT,
    most_error: float = 0.0,
) -> Mined:
    """Finds them among at most 62 columns; only those of `lefts` stand on the left, and no more than `most_left`.

    With `most_error`, dependencies of one or two columns on the left that hold but for this share of the rows that
    have company are found too.
    """
    return _Miner(columns, lefts, most_left, most_error).mined()


class _Miner:
    def __init__(
        self, columns: Mapping[str, Coded], lefts: Collection[str] | None, most_left: int, most_error: float
    ) -> None:
        varying = [name for name, column in columns.items() if column.count > 1][:MOST_COLUMNS]
        self._constants = frozenset(name for name, column in columns.items() if column.count <= 1)
        self._names = varying
        self._columns = [columns[name] for name in varying]
        self._row_count = len(next(iter(columns.values())).codes) if columns else 0
        self._bits = [1 << place for place, name in enumerate(varying) if lefts is None or name in lefts]
        self._most_left = most_left
        self._most_error = most_error
        self._agreements = Agreements(self._columns)
        self._coded = {1 << place: column for place, column in enumerate(self._columns)}
        self._lefts_of: dict[int, list[int]] = {1 << place: [] for place in range(len(varying))}
        self._keys: list[int] = []
        self._nearly: list[tuple[int, int]] = []

    def mined(self) -> Mined:
        for size in range(1, self._most_left + 1):
            for left in self._candidates(size):
                self._try(left)
        found = [(left, right) for right, lefts in self._lefts_of.items() for left in lefts]
        nearly = [(left, right) for left, right in self._nearly if not self._is_known(left, right)]
        return Mined(
            tuple(self._said(found)), tuple(map(self._set, self._keys)), self._constants, tuple(self._said(nearly))
        )

    def _candidates(self, size: int) -> Iterator[int]:
        """Left sides of so many columns that contain no key."""
        for bits in combinations(self._bits, size):
            left = sum(bits)
            if not any(key & left == key for key in self._keys):
                yield left

    def _try(self, left: int) -> None:
        refuted = self._agreements.refuted(left)
        open_ = [bit for bit in self._lefts_of if not bit & left and not self._is_known(left, bit)]
        rights = [bit for bit in open_ if not bit & refuted]
        nearly = [bit for bit in open_ if self._may_nearly_hold(left, bit)] if self._most_error else []
        if not (rights or nearly) and self._agreements.agree(left):
            return
        coded = self._codes_of(left)
        if coded.count == self._row_count:
            self._keys.append(left)
            self._add(left, rights)
            return
        partition = classes(coded)
        self._add(left, [bit for bit in rights if self._holds(partition, bit)])
        for bit in nearly:
            error = to_remove(partition, self._coded[bit])
            if 0 < error <= self._most_error * len(partition.rows):
                self._nearly.append((left, bit))

    def _add(self, left: int, rights: list[int]) -> None:
        for bit in rights:
            self._lefts_of[bit].append(left)

    def _holds(self, partition: Classes, bit: int) -> bool:
        differing = np.flatnonzero(refuting(partition, self._coded[bit]))
        if not len(differing):
            return True
        one = differing[0]
        last = np.flatnonzero(partition.of_rows == partition.of_rows[one])[-1]
        self._agreements.learn(int(partition.rows[one]), int(partition.rows[last]))
        return False

    def _may_nearly_hold(self, left: int, bit: int) -> bool:
        if left.bit_count() > 2 or any(known & left == known for known, right in self._nearly if right == bit):
            return False
        agreeing, parting = self._agreements.disagreement(left, bit)
        return agreeing >= _FEW_PAIRS and parting <= 4 * self._most_error * agreeing

    def _is_known(self, left: int, bit: int) -> bool:
        """Whether fewer columns determine it already."""
        return any(known & left == known for known in self._lefts_of[bit])

    def _codes_of(self, left: int) -> Coded:
        if left not in self._coded:
            first = left & -left
            coded = joined(self._codes_of(left - first), self._coded[first])
            if left.bit_count() > 2:
                return coded
            self._coded[left] = coded
        return self._coded[left]

    def _set(self, bits: int) -> Columns:
        return frozenset(name for place, name in enumerate(self._names) if bits >> place & 1)

    def _said(self, found: list[tuple[int, int]]) -> Iterator[Dependency]:
        for left, right in found:
            yield depends(self._set(left), self._set(right))
