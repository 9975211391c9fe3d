"""Times: rows of a table come in the order of their creation, more of them lately, and children after their parents.

All in microseconds since 1970.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Protocol

import numpy as np

from lab.datagen import exact
from lab.datagen.grid import DAY, is_moment, step_of
from lab.datagen.names import has_word, snake
from lab.datagen.seed import Rows, fine_uniform
from lab.model.data import DataSpec
from lab.model.schema import Column, Table, Type

EXPONENT = 0.6
"""Of the growth curve: with 1, as many rows in the first month as in the last; below it, more lately."""
HOUR = DAY // 24


class Curve(Protocol):
    """When the rows of a table were made, in their order."""

    @property
    def start(self) -> int: ...

    def at(self, rows: Rows) -> Rows: ...

    def count_before(self, moments: Rows) -> Rows:
        """How many rows were surely made by then."""


@dataclass(frozen=True)
class Growth:
    """Row r of n is made at start + span * ((r + u) / n) ** 0.6, by straight lines below that curve: increasing in r,
    and invertible; row 0 at the start, so that whatever refers to the table may start right after it."""

    key: np.uint64
    count: int
    start: int
    span: int

    def at(self, rows: Rows) -> Rows:
        share = fine_uniform(self.key, rows)
        share += rows.astype(np.float64)
        share /= self.count
        if rows.min(initial=1) <= 0:
            share[rows <= 0] = 0.0
        if rows.max(initial=0) >= self.count:
            np.minimum(share, 1.0, out=share)
        found = _growth()(share)
        found *= self.span
        found += self.start
        return found.astype(np.int64)

    def count_before(self, moments: Rows) -> Rows:
        share = (moments - self.start).astype(np.float64)
        share /= max(self.span, 1)
        np.clip(share, 0.0, 1.0, out=share)
        found = _growth_inverse()(share)
        found *= self.count
        np.clip(found, 0.0, self.count, out=found)
        return found.astype(np.int64)


@cache
def _growth() -> exact.Lines:
    return exact.chords(lambda share: exact.power(share, EXPONENT))


@cache
def _growth_inverse() -> exact.Lines:
    """Nowhere above the inverse of the curve, which is nowhere above that of its lines."""
    inverse = 1 / EXPONENT
    return exact.tangents(
        lambda share: exact.power(share, inverse), lambda share: inverse * exact.power(share, inverse - 1)
    )


@dataclass(frozen=True)
class Steady:
    """Row r is made at start + r * step: no two rows at one time."""

    count: int
    start: int
    step: int

    def at(self, rows: Rows) -> Rows:
        return self.start + rows * self.step

    def count_before(self, moments: Rows) -> Rows:
        return np.clip((moments - self.start) // self.step + 1, 0, self.count)


def growth(key: np.uint64, count: int, start: int, end: int) -> Growth:
    return Growth(key, max(count, 1), start, end - start)


def steady(count: int, spec: DataSpec, type_: Type) -> Steady:
    """Evenly over the history of the data, which begins earlier where so many rows do not fit."""
    unit = int(step_of(type_))
    step = max(unit, (newest(spec) - oldest(spec)) // max(count, 1) // unit * unit)
    return Steady(count, newest(spec) // unit * unit - step * max(count - 1, 0), step)


def newest(spec: DataSpec) -> int:
    """The newest moment in the data."""
    return round(spec.now.timestamp() * 1_000_000)


def oldest(spec: DataSpec) -> int:
    return newest(spec) - timedelta(days=spec.history_days) // timedelta(microseconds=1)


def after(key: np.uint64, rows: Rows, earlier: Rows, latest: int | None, within_days: float | None) -> Rows:
    """A moment after `earlier`, rather soon; at `latest` at most, unless that has passed already."""
    shares = fine_uniform(key, rows)
    shares *= shares
    longest = math.inf if within_days is None else within_days * DAY
    if latest is None:
        shares *= longest
    else:
        span = (latest - earlier).astype(np.float64)
        shares *= np.clip(span, 0.0, longest, out=span)
    found = shares.astype(np.int64)
    found += earlier
    return found


def quantized(moments: Rows, type_: Type, earlier: Rows | None = None) -> Rows:
    """Moments as finely as the type keeps them, none of them pushed before `earlier`. A date may be the day of what
    it follows."""
    step = int(step_of(type_))
    if step == 1:
        return moments
    found = moments // step * step
    if earlier is None or type_.name == "date":
        return found
    return np.where(found < earlier, found + step, found)


def main_moment(table: Table) -> Column | None:
    """The column that says when a row was made."""
    moments = [c for c in table.columns if is_moment(c.type) and c.generated is None and not is_birth(c.name)]
    made = r"(^|_)(creat|placed|occur|insert|added|logged|record)"
    filled = [column for column in moments if not column.is_nullable]
    preferred = [column for column in moments if re.search(made, snake(column.name))]
    past = [column for column in filled if not is_future(column.name)]
    return next(iter((*preferred, *past, *filled)), None)


def is_future(column: str) -> bool:
    return has_word(column, r"expir\w*|valid_?(?:un)?til|until|ends?|due|renew\w*|deadline")


def is_birth(column: str) -> bool:
    return has_word(column, r"birth\w*|born|dob")
