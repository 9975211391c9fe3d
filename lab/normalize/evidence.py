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

import numpy as np
import numpy.typing as npt

from lab.normalize.codes import Coded, commonest, joined
from lab.normalize.dependencies import Columns, Dependency
from lab.normalize.mine import Classes, classes, refuting, to_remove

LEAST_CLASSES = 10
MOST_LOG10_CHANCE = -6.0
_SHOWN = 3
_KEPT = 40


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


class Scales:
    """Weighs dependencies by the rows of one table, `tried` being how many the rows were asked about."""

    def __init__(self, columns: Mapping[str, Coded], tried: int = 1) -> None:
        self._columns = columns
        self._log10_tried = math.log10(max(tried, 1))
        self._coded: dict[Columns, Coded] = {}

    def weigh(self, dependency: Dependency) -> Evidence:
        """The evidence for a dependency of one column on the right, and against it."""
        (right_name,) = dependency.right
        left, right = self._codes_of(dependency.left), self._columns[right_name]
        partition = classes(left)
        sizes = np.bincount(partition.of_rows, minlength=partition.count)
        differing = np.flatnonzero(refuting(partition, right))
        chance, expected = (
            self._by_chance(dependency.left, right, left) if partition.count >= LEAST_CLASSES else (0.0, 0.0)
        )
        return Evidence(
            rows=len(left.codes),
            left_values=left.count,
            classes=partition.count,
            grouped_rows=len(partition.rows),
            pairs=int((sizes * (sizes - 1) // 2).sum()),
            violations=to_remove(partition, right) if len(differing) else 0,
            log10_chance=chance,
            expected_violations=expected,
            stray_rows=_stray_rows(self._columns, dependency),
            examples=tuple(_examples(partition, differing)),
        )

    def _codes_of(self, names: Columns) -> Coded:
        if names not in self._coded:
            if len(self._coded) >= _KEPT:
                self._coded.pop(next(iter(self._coded)))
            self._coded[names] = reduce(joined, (self._columns[name] for name in sorted(names)))
        return self._coded[names]

    def _by_chance(self, names: Columns, right: Coded, left: Coded) -> tuple[float, float]:
        """The chance that all classes agree, and how many rows are expected to differ, where one column has no say."""
        others = np.bincount(left.codes, minlength=left.count) - 1
        a_row = np.empty(left.count, np.int64)
        a_row[left.codes] = np.arange(len(left.codes))
        a_row, others = a_row[others > 0], others[others > 0]
        chance, expected = -math.inf, math.inf
        for column in sorted(names):
            rest = names - {column}
            wider = self._codes_of(rest) if rest else Coded(np.zeros(len(left.codes), np.int64), 1)
            shares = commonest(wider, right) / np.bincount(wider.codes, minlength=wider.count)
            of_classes = shares[wider.codes[a_row]]
            chance = max(chance, float((others * np.log10(of_classes)).sum()) + self._log10_tried)
            expected = min(expected, float((others * (1 - of_classes)).sum()))
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
