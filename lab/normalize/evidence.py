"""What rows say for a dependency and against it, so that an accident of few rows is not taken for a rule.

A dependency that holds may do so because nothing could contradict it: no two rows are equal on its left, or the
right is nearly always the same, or a part of the left nearly determines it and the rest only makes classes small.
`log10_chance` bounds how likely the rows would agree as they do if one column of the left had no say: each class of n
rows then agrees with at most the (n-1)th power of the share of the commonest value, among rows equal in the rest of
the left. It is the weakest over the columns of the left, and counts every dependency that was tried (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from lab.normalize.codes import Coded, joined
from lab.normalize.dependencies import Columns, Dependency
from lab.normalize.mine import classes, commonest, refuting, to_remove

LEAST_CLASSES = 10
MOST_LOG10_CHANCE = -6.0
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """`left_values` are the different left sides; `classes` those with two rows or more, of `grouped_rows` rows in
    all, which make `pairs` that could have contradicted. `violations` are rows that must go for it to hold; `examples`
    are rows by number, from 0, that contradict each other. `stray_rows` have a value on the right and none on the
    left: a join would lose it."""

    rows: int
    left_values: int
    classes: int
    grouped_rows: int
    pairs: int
    violations: int
    log10_chance: float
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


def codes_of(columns: Mapping[str, Coded], names: Columns) -> Coded:
    return reduce(joined, (columns[name] for name in sorted(names)))


def weigh(columns: Mapping[str, Coded], dependency: Dependency, tried: int = 1) -> Evidence:
    """The evidence in these rows, `tried` being how many dependencies they were asked about."""
    (right_name,) = dependency.right
    left, right = codes_of(columns, dependency.left), columns[right_name]
    partition = classes(left)
    sizes = np.bincount(partition.of_rows, minlength=partition.count)
    differing = np.flatnonzero(refuting(partition, right))
    lasts = np.zeros(partition.count, np.int64)
    lasts[partition.of_rows] = partition.rows
    _, first_of_class = np.unique(partition.of_rows[differing], return_index=True)
    shown = differing[first_of_class[:_SHOWN]]
    examples = [(int(partition.rows[row]), int(lasts[partition.of_rows[row]])) for row in shown]
    return Evidence(
        rows=len(left.codes),
        left_values=left.count,
        classes=partition.count,
        grouped_rows=len(partition.rows),
        pairs=int((sizes * (sizes - 1) // 2).sum()),
        violations=to_remove(partition, right) if len(differing) else 0,
        log10_chance=_log10_chance(columns, dependency, tried),
        stray_rows=_stray_rows(columns, dependency),
        examples=tuple(examples),
    )


def _log10_chance(columns: Mapping[str, Coded], dependency: Dependency, tried: int) -> float:
    (right_name,) = dependency.right
    left = codes_of(columns, dependency.left)
    sizes = np.bincount(left.codes, minlength=left.count)
    a_row = np.zeros(left.count, np.int64)
    a_row[left.codes] = np.arange(len(left.codes))
    weakest = -math.inf
    for column in sorted(dependency.left):
        rest = dependency.left - {column}
        wider = codes_of(columns, rest) if rest else Coded(np.zeros(len(left.codes), np.int64), 1)
        shares = _commonest_shares(wider, columns[right_name])
        chance = float(((sizes - 1) * np.log10(shares[wider.codes[a_row]])).sum())
        weakest = max(weakest, chance + math.log10(max(tried, 1)))
        if weakest > MOST_LOG10_CHANCE:
            break
    return min(0.0, weakest)


def _commonest_shares(groups: Coded, right: Coded) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """For each group the share of its commonest value on the right."""
    return commonest(groups, right) / np.bincount(groups.codes, minlength=groups.count)


def _stray_rows(columns: Mapping[str, Coded], dependency: Dependency) -> int:
    (right_name,) = dependency.right
    right = columns[right_name]
    is_empty = np.zeros(len(right.codes), np.bool_)
    for name in dependency.left:
        if columns[name].null >= 0:
            is_empty |= columns[name].codes == columns[name].null
    return int((is_empty & (right.codes != right.null)).sum())
