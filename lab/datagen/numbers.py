"""Which numbers a column holds: their range, and how they are spread over it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
import pyarrow as pa

from lab.datagen import exact, grid, values
from lab.datagen.bounds import Bounds
from lab.datagen.names import snake
from lab.datagen.seed import Numbers
from lab.model.data import ColumnSpec
from lab.model.schema import Column, Type

_UNIT = 1e-9


def numbers(column: Column, spec: ColumnSpec, bounds: Bounds, shares: Numbers) -> Numbers:
    """Numbers in the column's range (the spec's, else what checks and the name suggest): those that so large a share
    of all numbers lies below."""
    low, high, distribution = _range(column, spec, bounds)
    return on_grid(_by_law(column, spec, low, high, distribution, shares), column.type, low, high)


def drawn(column: Column, spec: ColumnSpec, bounds: Bounds, shares: Numbers) -> pa.Array:
    """The same as the column's type."""
    low, high, distribution = _range(column, spec, bounds)
    kind, step = values.arrow_type(column.type), grid.step_of(column.type)
    digits = kind.scale if pa.types.is_decimal(kind) else 0
    is_whole = pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and step == 10.0**-digits)
    if not is_whole or max(abs(low), abs(high), 1.0) >= 10.0 ** (values.EXACT_DIGITS - digits):
        return values.number_array(numbers(column, spec, bounds, shares), column.type)
    # In steps of the type, which are what it is written in.
    found = _by_law(column, spec, low, high, distribution, shares)
    found = np.floor(found, out=found) if step == 1 else np.round(found / step)
    least, most = _steps(low, high, step)
    units = np.clip(found, least, most, out=found).astype(np.int64)
    return values.decimal_array(units, kind) if pa.types.is_decimal(kind) else values.whole_array(units, column.type)


def _by_law(column: Column, spec: ColumnSpec, low: float, high: float, distribution: str, shares: Numbers) -> Numbers:
    """Before they are rounded to the type's steps."""
    end = high + 1 if grid.step_of(column.type) == 1 else high
    if spec.distinct is not None:
        shares = (np.floor(shares * spec.distinct) + 0.5) / spec.distinct
    if spec.histogram is not None:
        return _by_histogram(spec.histogram, spec.common or {}, shares)
    if distribution == "uniform":
        return low + shares * (end - low)
    if distribution == "rating":
        return high - np.floor((high - low + 1) * _falling()(shares))
    if distribution in ("normal", "lognormal"):
        return _law(distribution, low, end)(shares)
    return low + np.floor(-exact.log(1 - shares) * 1.2)


def _by_histogram(bounds: Sequence[float], common: Mapping[str, float], shares: Numbers) -> Numbers:
    """Evenly between each bound and the next, each gap as often as any other; with the common values among them, in
    their place by size."""
    each = (1 - sum(common.values())) / (len(bounds) - 1)
    parts = [(low, high, each) for low, high in pairwise(bounds)]
    parts += [(float(value), float(value), share) for value, share in common.items()]
    parts.sort(key=lambda part: part[0] + part[1])
    lows, highs, sizes = (np.array(column) for column in zip(*parts, strict=True))
    ends = np.cumsum(sizes)
    chosen = np.minimum(np.searchsorted(ends, shares, side="right"), len(ends) - 1)
    within = np.clip((shares - (ends - sizes)[chosen]) / np.maximum(sizes[chosen], _UNIT), 0, 1)
    found: Numbers = lows[chosen] + (highs - lows)[chosen] * within
    return found


@cache
def _falling() -> exact.Lines:
    return exact.chords(lambda shares: exact.power(1 - shares, 2.2))


@lru_cache(maxsize=256)
def _law(distribution: str, low: float, high: float) -> exact.Lines:
    """Values by their shares. Normal laws are cut at the ends, three standard deviations from the middle."""

    def value(shares: Numbers) -> Numbers:
        z = np.clip(exact.normal_quantile(shares), -3, 3)
        return (low + high) / 2 + z * (high - low) / 6 if distribution == "normal" else _lognormal(low, high, z)

    return exact.chords(value)


def _lognormal(low: float, high: float, z: Numbers) -> Numbers:
    """Logarithms evenly about the middle of the range, moved where it reaches below 1."""
    moved = 0.0 if low >= 1 else 1.0 - low
    bottom, top = exact.log(np.array([low + moved, high + moved]))
    return exact.exp((bottom + top) / 2 + z * (top - bottom) / 6) - moved


def on_grid(found: Numbers, type_: Type, low: float, high: float) -> Numbers:
    """Numbers as finely as the type keeps them, within the bounds even so."""
    if type_.name in ("real", "double precision"):
        digits = 3 if high - low >= 1 else 3 - math.floor(math.log10(max(high - low, _UNIT)))
        return np.clip(np.round(found, digits), low, high)
    step = grid.step_of(type_)
    rounded = np.floor(found) if step == 1 else np.round(found / step) * step
    least, most = _steps(low, high, step)
    return np.clip(rounded, least * step, most * step)


def _steps(low: float, high: float, step: float) -> tuple[int, int]:
    """The first and the last whole number of steps within the bounds."""
    least = math.ceil(low / step - _UNIT)
    return least, max(math.floor(high / step + _UNIT), least)


def number_range(column: Column, spec: ColumnSpec, bounds: Bounds) -> tuple[float, float]:
    """The least and the largest number drawn for a column."""
    low, high, _ = _range(column, spec, bounds)
    return low, high


def _range(column: Column, spec: ColumnSpec, bounds: Bounds) -> tuple[float, float, str]:
    low, high, distribution = _usual_range(column)
    if spec.histogram is not None:
        known = [*spec.histogram, *map(float, spec.common or ())]
        low, high = min(known), max(known)
    elif spec.range is not None:
        (low, high), distribution = spec.range, "uniform"
    else:
        low, high = _within(low, high, bounds.low, bounds.high)
    largest = grid.largest(column.type)
    if largest is not None:
        low, high = min(low, largest), min(high, largest)
    return low, high, spec.distribution or distribution


def _within(low: float, high: float, least: float | None, most: float | None) -> tuple[float, float]:
    """The usual range as far as the bounds allow; moved where they leave nothing of it."""
    span = high - low
    if least is not None and most is not None:
        narrow = max(low, least), min(high, most)
        return narrow if narrow[0] < narrow[1] else (least, max(most, least))
    if least is not None:
        return max(low, least), high if high > least else least + span
    if most is not None:
        return low if low < most else most - span, min(high, most)
    return low, high


def _usual_range(column: Column) -> tuple[float, float, str]:
    return _usual_of(snake(column.name))


@lru_cache(maxsize=1024)
def _usual_of(name: str) -> tuple[float, float, str]:
    usual: tuple[tuple[str, float, float, str], ...] = (
        (r"rating|stars", 1, 5, "rating"),
        (r"(^|_)score", 1, 100, "normal"),
        (r"probab|confidence|progress|completion", 0, 100, "uniform"),
        (r"heart_?rate|pulse|bpm", 50, 120, "normal"),
        (r"systolic", 95, 165, "normal"),
        (r"diastolic", 55, 105, "normal"),
        (r"temperature|(^|_)temp(_|$)", 15, 40, "normal"),
        (r"height_?cm", 145, 200, "normal"),
        (r"weight_?kg|body_?weight", 40, 130, "normal"),
        (r"(^|_)credits?$", 1, 12, "uniform"),
        (r"capacity", 10, 400, "lognormal"),
        (r"(^|_)floors?(_|$)|storey", 0, 12, "uniform"),
        (r"mileage|odometer", 1_000, 250_000, "lognormal"),
        (r"minutes|(^|_)mins?_(read|long)|duration", 5, 240, "lognormal"),
        (r"distance|(^|_)(km|miles)(_|$)", 1, 2_000, "lognormal"),
        (r"salary|wage|income", 18_000, 160_000, "lognormal"),
        (r"budget|turnover", 500, 250_000, "lognormal"),
        (r"employee|headcount|population|members?_count", 1, 5_000, "lognormal"),
        (r"views|clicks|impressions|likes|downloads|visits|followers", 1, 100_000, "lognormal"),
        (r"(^|_)grade(_|$)", 1, 12, "uniform"),
        (r"(^|_)(dose|dosage)(_|$)", 1, 500, "lognormal"),
        (r"quantity|(^|_)qty|seats|units", 1, 12, "geometric"),
        (r"discount|(^|_)tax|shipping|surcharge|(^|_)tip(_|$)", 0, 40, "uniform"),
        (r"stock|inventory|on_hand|reserved|available", 0, 250, "uniform"),
        (r"percent|(^|_)pct|ratio|(^|_)rate(_|$)", 0, 100, "uniform"),
        (r"(^|_)year", 1990, 2025, "uniform"),
        (r"(^|_)age(_|$)", 18, 90, "normal"),
        (r"sort|position|priority|(^|_)rank|order_no|sequence|depth|level", 0, 50, "uniform"),
        (r"weight|width|height|length|size|bytes", 1, 5000, "lognormal"),
        (r"latitude|(^|_)lat(_|$)", -90, 90, "uniform"),
        (r"longitude|(^|_)(lng|lon)(_|$)", -180, 180, "uniform"),
        (r"price|amount|total|(^|_)cost|(^|_)fee|balance|revenue|salary|value|paid", 1, 900, "lognormal"),
    )
    found = (rule[1:] for rule in usual if re.search(rule[0], name))
    return next(found, (0, 1000, "uniform"))
