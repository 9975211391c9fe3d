"""What one operation asks of a machine at any size, by what it asked at the sizes that were measured or predicted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lab.model.change import BASE
from lab.model.growth import Growth, Point
from lab.model.run import EngineRun, OperationRun

_STEEPEST = 2.0
"""The highest power of the size that is followed beyond the sizes looked at."""
_ROWS_TOUCHED = ("rows read", "documents examined", "rows examined")
"""Counters of engines that do not count pages: each row is taken to lie on a page of its own."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A quantity by size: straight lines between points on logarithmic axes, and on by the power from the first to the
    last."""

    points: tuple[tuple[float, float], ...]

    def at(self, size: float) -> float:
        known = [(where, value) for where, value in self.points if value > 0]
        if not known:
            return 0.0
        if size <= known[0][0] or len(known) == 1:
            return known[0][1]
        for low, high in pairwise(known):
            if size <= high[0]:
                return float(low[1] * (size / low[0]) ** _power(low, high))
        power = min(max(_power(known[0], known[-1]), 0.0), _STEEPEST)
        return float(known[-1][1] * (size / known[-1][0]) ** power)


def _power(low: tuple[float, float], high: tuple[float, float]) -> float:
    return math.log(high[1] / low[1]) / math.log(high[0] / low[0])


@dataclass(frozen=True, slots=True)
class Demand:
    """One operation of the base. `share` is its part of all requests, `pages` those of one execution, `seconds` the
    processor time of one, `rows` what one writes."""

    operation: str
    is_write: bool
    share: float
    tables: tuple[str, ...]
    rows: float
    pages: Curve
    seconds: Curve


def demands(growth: Growth, run: EngineRun, touched: Mapping[str, Sequence[str]]) -> Iterator[Demand]:
    """Of every operation that was measured; `touched` names the tables it reads or writes, `run` is that of the
    largest size."""
    base = run.variant(BASE.name)
    served = [operation for operation in base.operations if operation.summary] if base else []
    total = sum(operation.weight for operation in served)
    for operation in served:
        yield Demand(
            operation.name,
            operation.is_write,
            operation.weight / total if total else 0.0,
            tuple(dict.fromkeys(touched.get(operation.name, ()))),
            operation.rows if operation.is_write else 0.0,
            Curve(tuple((size, pages_of(point)) for size, point in _points(growth, operation))),
            Curve(tuple(_seconds(growth, operation))),
        )


def _points(growth: Growth, operation: OperationRun) -> Iterator[tuple[float, Point]]:
    for size in growth.sizes:
        for point in size.points:
            if point.variant == BASE.name and point.operation == operation.name:
                yield size.factor, point


def pages_of(point: Point) -> float:
    """Pages one execution touches, by the engine's own counters; 0 where it has none."""
    if "buffers" in point.work:
        return point.work["buffers"]
    return max((point.work[name] for name in _ROWS_TOUCHED if name in point.work), default=0.0)


def _seconds(growth: Growth, operation: OperationRun) -> Iterable[tuple[float, float]]:
    """The server's own time where it tells one, which leaves out waiting for the disk; else the latency. A latency that
    is predicted is of the server's to the same part as the last one measured."""
    part = 1.0
    for size, point in _points(growth, operation):
        if point.p50:
            own = min(point.server_seconds or math.inf, point.p50.estimate)
            part = own / point.p50.estimate
            yield size, own
    for told in growth.predictions:
        if told.variant == BASE.name and told.operation == operation.name and told.p50:
            yield told.factor, told.p50.estimate * part
