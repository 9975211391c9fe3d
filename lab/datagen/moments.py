"""Times: rows of a table come in the order of their creation, more of them lately, and children after their parents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from lab.datagen.seed import Rows, stream, uniform
from lab.model.data import DataSpec
from lab.model.schema import Column, Table

DAY = 86_400_000_000
"""Microseconds."""
_EXPONENT = 0.6
"""Of the growth curve: with 1, as many rows in the first month as in the last; below it, more lately."""
TYPES = ("timestamptz", "timestamp", "date")


@dataclass(frozen=True)
class Growth:
    """Row r of n is made at start + span * ((r + u) / n) ** 0.6: increasing in r, and invertible."""

    key: np.uint64
    count: int
    start: int
    span: int

    def at(self, rows: Rows) -> Rows:
        share = np.minimum((rows + uniform(self.key, rows)) / self.count, 1.0)
        return (self.start + self.span * share**_EXPONENT).astype(np.int64)

    def count_before(self, moments: Rows) -> Rows:
        """How many rows were surely made by then."""
        share = np.clip((moments - self.start) / self.span, 0.0, 1.0)
        return np.floor(self.count * share ** (1 / _EXPONENT)).astype(np.int64)


def growth(seed: int, table: str, count: int, spec: DataSpec) -> Growth:
    span = timedelta(days=spec.history_days) // timedelta(microseconds=1)
    return Growth(stream(seed, table, "growth"), max(count, 1), newest(spec) - span, span)


def newest(spec: DataSpec) -> int:
    """Microseconds since 1970 of the newest moment in the data."""
    return round(spec.now.timestamp() * 1_000_000)


def after(key: np.uint64, rows: Rows, earlier: Rows, now: int, within_days: float | None, power: float = 2.0) -> Rows:
    """A moment between `earlier` and now, rather soon."""
    span = np.maximum(now - earlier, 0).astype(np.float64)
    if within_days is not None:
        span = np.minimum(span, within_days * DAY)
    return (earlier + span * uniform(key, rows) ** power).astype(np.int64)


def main_moment(table: Table) -> Column | None:
    """The column that says when a row was made."""
    moments = [c for c in table.columns if c.type.name in TYPES and not c.type.dimensions and c.generated is None]
    preferred = [c for c in moments if re.search(r"creat|placed|occur|insert|added|logged|recorded", c.name, re.I)]
    return next(iter(preferred), next((column for column in moments if not column.is_nullable), None))


def is_future(column: str) -> bool:
    return bool(re.search(r"expir|valid_?(un)?til|ends?_|_end|due|renew", column, re.I))


def is_birth(column: str) -> bool:
    return bool(re.search(r"birth|born|dob", column, re.I))
