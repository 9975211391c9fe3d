"""What rows say for a dependency and against it, so that an accident of few rows is not taken for a rule.

A dependency that holds may do so because nothing could contradict it: no two rows are equal on its left, or the
right is nearly always the same, or a part of the left nearly determines it and the rest only makes classes small.
`log10_chance` bounds how likely the rows would agree as they do if one column of the left had no say: each class of n
rows then agrees with at most the (n-1)th power of the share of the commonest value, among rows equal in the rest of
the left. It is the weakest over the columns of the left, and counts every dependency that was tried (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from lab.normalize.codes import Coded, commonest, joined
from lab.normalize.dependencies import Columns, Dependency
from lab.normalize.mine import Classes, classes, refuting, to_remove

LEAST_CLASSES = 10
MOST_LOG10_CHANCE = -6.0
_SHOWN = 3
_KEPT = 40
_KEPT_SIDES = 8


@dataclass(frozen=True, slots=True)
class Evidence:
    """`left_values` are the different left sides; `classes` those with two rows or more, of `grouped_rows` rows in
    all, which make `pairs` that could have contradicted. `violations` are rows that must go for it to hold; `examples`
    are rows by number, from 0, that contradict each other. `expected_violations` are those of
    rows that agree by chance alone, as `log10_chance` means it. `stray_rows` have a value on the right and none on the
    left: a join would lose it."""

    rows: int
    left_values: int
    classes: int
    grouped_rows: int
    pairs: int
    violations: int
    log10_chance: float
    expected_violations: float
    stray_rows: int = 0
    examples: tuple[tuple[int, int], ...] = ()

    @property
    def violation_share(self) -> float:
        """Of the rows that have company."""
        return self.violations / self.grouped_rows if self.grouped_rows else 0.0

    @property
    def is_convincing(self) -> bool:
        """Whether it holds, and hardly by accident."""
        return not self.violations and self.classes >= LEAST_CLASSES and self.log10_chance <= MOST_LOG10_CHANCE

    @property
    def is_nearly_convincing(self) -> bool:
        """Whether it holds but for rows so few that they look like mistakes: a tenth, at most, of those that chance
        would make contradict."""
        return self.classes >= LEAST_CLASSES and 0 < self.violations <= self.expected_violations / 10


@dataclass(frozen=True, slots=True)
class _Side:
    """A left side: how many values it has, its classes, how many rows each has beside one, and one row of each."""

    values: int
    partition: Classes
    others: npt.NDArray[np.int64]
    a_row: npt.NDArray[np.int64]


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _keep(kept: dict[_Key, _Value], key: _Key, value: _Value, most: int) -> None:
    """Forgets the oldest, since each is as long as the rows are many."""
    if len(kept) >= most:
        kept.pop(next(iter(kept)))
    kept[key] = value


class Scales:
    """Weighs dependencies by the rows of one table, `tried` being how many the rows were asked about."""

    def __init__(self, columns: Mapping[str, Coded], tried: int = 1) -> None:
        self._columns = columns
        self._log10_tried = math.log10(max(tried, 1))
        self._coded: dict[Columns, Coded] = {}
        self._sides: dict[Columns, _Side] = {}
        self._shares: dict[tuple[Columns, str], npt.NDArray[np.float64]] = {}

    def weigh(self, dependency: Dependency) -> Evidence:
        """The evidence for a dependency of one column on the right, and against it."""
        (right_name,) = dependency.right
        side, right = self._side(dependency.left), self._columns[right_name]
        partition = side.partition
        differing = np.flatnonzero(refuting(partition, right))
        chance, expected = self._by_chance(dependency, side) if partition.count >= LEAST_CLASSES else (0.0, 0.0)
        return Evidence(
            rows=len(right.codes),
            left_values=side.values,
            classes=partition.count,
            grouped_rows=len(partition.rows),
            pairs=int((side.others * (side.others + 1) // 2).sum()),
            violations=to_remove(partition, right) if len(differing) else 0,
            log10_chance=chance,
            expected_violations=expected,
            stray_rows=_stray_rows(self._columns, dependency),
            examples=tuple(_examples(partition, differing)),
        )

    def _side(self, names: Columns) -> _Side:
        if names not in self._sides:
            coded = self._codes_of(names)
            partition = classes(coded)
            a_row = np.empty(partition.count, np.int64)
            a_row[partition.of_rows] = partition.rows
            others = np.bincount(partition.of_rows, minlength=partition.count) - 1
            _keep(self._sides, names, _Side(coded.count, partition, others, a_row), _KEPT_SIDES)
        return self._sides[names]

    def _codes_of(self, names: Columns) -> Coded:
        if names not in self._coded:
            _keep(self._coded, names, reduce(joined, (self._columns[name] for name in sorted(names))), _KEPT)
        return self._coded[names]

    def _shares_in(self, names: Columns, right: str) -> npt.NDArray[np.float64]:
        """Of each value of these columns the share its commonest value on the right has."""
        key = (names, right)
        if key not in self._shares:
            groups = self._codes_of(names)
            sizes = np.bincount(groups.codes, minlength=groups.count)
            _keep(self._shares, key, commonest(groups, self._columns[right]) / sizes, _KEPT)
        return self._shares[key]

    def _by_chance(self, dependency: Dependency, side: _Side) -> tuple[float, float]:
        """The chance that all classes agree, and how many rows are expected to differ, where one column has no say."""
        (right,) = dependency.right
        chance, expected = -math.inf, math.inf
        for column in sorted(dependency.left):
            if rest := dependency.left - {column}:
                of_classes = self._shares_in(rest, right)[self._codes_of(rest).codes[side.a_row]]
            else:
                sizes = np.bincount(self._columns[right].codes)
                of_classes = np.full(side.partition.count, sizes.max() / sizes.sum())
            chance = max(chance, float((side.others * np.log10(of_classes)).sum()) + self._log10_tried)
            expected = min(expected, float((side.others * (1 - of_classes)).sum()))
            if chance > MOST_LOG10_CHANCE:
                break
        return min(0.0, chance), expected


def _examples(partition: Classes, differing: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Pairs of rows that contradict, of different classes."""
    lasts = np.zeros(partition.count, np.int64)
    lasts[partition.of_rows] = partition.rows
    _, firsts = np.unique(partition.of_rows[differing], return_index=True)
    for row in differing[firsts[:_SHOWN]]:
        yield int(partition.rows[row]), int(lasts[partition.of_rows[row]])


def _stray_rows(columns: Mapping[str, Coded], dependency: Dependency) -> int:
    (right_name,) = dependency.right
    right = columns[right_name]
    is_empty = np.zeros(len(right.codes), np.bool_)
    for name in dependency.left:
        if columns[name].null >= 0:
            is_empty |= columns[name].codes == columns[name].null
    return int((is_empty & (right.codes != right.null)).sum())
