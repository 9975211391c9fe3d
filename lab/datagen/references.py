"""Which row a row refers to: rules that need no lookup, and give the same answer for any row at any time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lab.datagen.scattered import scatter
from lab.datagen.seed import Rows, remainders

NO_ROW = -1


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
class Other:
    """Never the row another reference of the same row names; `drawn` is one row short for it."""

    drawn: Reference
    named: Reference

    def parents(self, rows: Rows) -> Rows:
        drawn = self.drawn.parents(rows)
        return drawn + (drawn >= self.named.parents(rows))


@dataclass(frozen=True)
class Through:
    """The parent of the row another reference names."""

    child: Reference
    above: Reference

    def parents(self, rows: Rows) -> Rows:
        return self.above.parents(self.child.parents(rows))
