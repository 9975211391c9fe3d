"""Arrow arrays from numbers: the last step of every column."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lab.datagen import exact, grid, spelled
from lab.datagen.bounds import Bounds
from lab.datagen.names import snake
from lab.datagen.options import Options
from lab.datagen.seed import Numbers, Places, Rows, bits
from lab.model.data import ColumnSpec
from lab.model.schema import Column, Schema, Type

_PLAIN = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "oid": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "boolean": pa.bool_(),
    "uuid": pa.binary(16),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "bytea": pa.binary(),
}
_DECIMAL_DIGITS = 38
_EXACT_DIGITS = 15
"""Digits a float keeps."""
_UNIT = 1e-9
_FEW = 24
_LONG = 64


@lru_cache(maxsize=1024)
def arrow_type(type_: Type) -> pa.DataType:
    """The Arrow type generated values of a column type have."""
    if type_.dimensions:
        return pa.list_(arrow_type(Type(type_.name, type_.arguments)))
    if grid.is_decimal(type_):
        precision, scale = grid.precision_and_scale(type_)
        return pa.decimal128(min(precision, _DECIMAL_DIGITS), min(scale, 18))
    return _PLAIN.get(type_.name) or pa.string()


def is_unknown(type_: Type, schema: Schema) -> bool:
    """Whether it is not known what the type takes: a domain, a composite type, one of some extension."""
    single = Type(type_.name)
    is_known = type_.name in _PLAIN or grid.is_decimal(single) or type_.name in grid.TEXTS | {"json", "jsonb"}
    return not is_known and not spelled.is_spelled(single) and schema.enum(type_.name) is None


def numbers(column: Column, spec: ColumnSpec, bounds: Bounds, shares: Numbers) -> Numbers:
    """Numbers in the column's range (the spec's, else what checks and the name suggest): those that so large a share
    of all numbers lies below."""
    low, high, distribution = _range(column, spec, bounds)
    end = high + 1 if grid.step_of(column.type) == 1 else high
    if spec.distinct is not None:
        shares = (np.floor(shares * spec.distinct) + 0.5) / spec.distinct
    if spec.histogram is not None:
        found = _by_histogram(spec.histogram, spec.common or {}, shares)
    elif distribution == "uniform":
        found = low + shares * (end - low)
    elif distribution == "rating":
        found = high - np.floor((high - low + 1) * _falling()(shares))
    elif distribution in ("normal", "lognormal"):
        found = _law(distribution, low, end)(shares)
    else:
        found = low + np.floor(-exact.log(1 - shares) * 1.2)
    return on_grid(found, column.type, low, high)


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
    least, most = math.ceil(low / step - _UNIT) * step, math.floor(high / step + _UNIT) * step
    return np.clip(rounded, least, max(most, least))


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


def number_array(found: Numbers, type_: Type) -> pa.Array:
    """Numbers as the column's type, rounded to its scale."""
    kind = arrow_type(type_)
    if pa.types.is_decimal(kind):
        return _decimals(found, kind)
    if pa.types.is_integer(kind):
        return whole_array(np.floor(found).astype(np.int64), type_)
    return pa.array(found).cast(kind)


def whole_array(found: Rows, type_: Type) -> pa.Array:
    """Whole numbers as the column's type."""
    kind = arrow_type(type_)
    if not pa.types.is_integer(kind):
        return number_array(found.astype(np.float64), type_)
    end = 1 << kind.bit_width - 1
    if kind.bit_width == _LONG or not -end <= found.min(initial=0) <= found.max(initial=0) < end:
        return pa.array(found).cast(kind)
    return pa.array(found.astype(f"i{kind.bit_width // 8}"))


def _decimals(found: Numbers, kind: pa.Decimal128Type) -> pa.Array:
    """Decimals from their unscaled values, 128-bit two's complement written directly; of a scale no float fills, as
    many digits as one does."""
    largest = float(np.abs(found).max()) if len(found) else 0.0
    spare = _EXACT_DIGITS - math.ceil(math.log10(largest + 1))
    digits = min(kind.scale, max(spare, 0))
    units = np.round(found * 10.0**digits).astype(np.int64)
    words = np.empty((len(units), 2), np.int64)
    words[:, 0] = units
    words[:, 1] = units >> 63
    exact = pa.decimal128(kind.precision - (kind.scale - digits), digits)
    array = pa.Array.from_buffers(exact, len(units), [None, pa.py_buffer(words)])
    return array if exact == kind else array.cast(kind)


def moment_array(moments: Rows, type_: Type) -> pa.Array:
    """Microseconds since 1970 as the column's type."""
    kind = arrow_type(type_)
    if pa.types.is_date(kind):
        return pa.array((moments // grid.DAY).astype(np.int32)).cast(kind)
    return pa.array(moments).cast(kind)


def clock_array(moments: Rows, type_: Type) -> pa.Array:
    """The time of day, as finely as it is declared."""
    step = 10 ** (6 - min(type_.arguments[0], 6)) if type_.arguments else 1
    return pa.array(moments % grid.DAY // step * step).cast(pa.time64("us"))


def weighted(weights: Mapping[str, float], shares: Numbers) -> Places:
    """Which of the values each row has, as often as its weight says: early ones for small shares."""
    ends = np.cumsum(np.array(list(weights.values()), np.float64))
    ends /= ends[-1]
    if len(ends) > _FEW:
        return np.minimum(np.searchsorted(ends, shares, side="right"), len(ends) - 1).astype(np.int32)
    # So many comparisons of whole arrays take less than a search, whose branches no processor can foresee.
    counted = np.zeros(len(shares), np.int8)
    for end in ends[:-1]:
        counted += shares >= end
    return counted.astype(np.int32)


def listed(values: Iterable[str], type_: Type) -> Options:
    """Values as a person writes them, to choose from, as the column's type."""
    return Options(as_type(list(values), type_))


def as_type(texts: list[str], type_: Type) -> pa.Array:
    """Values as a person writes them, as the column's type. Raises ArrowInvalid or ValueError for one that is none."""
    kind = arrow_type(type_)
    if type_.name == "uuid":
        return pa.array([bytes.fromhex(text.replace("-", "")) for text in texts], kind)
    if type_.name == "time":
        return pa.array(texts).cast(pa.time64("us"))
    return pa.array(texts, pa.string()).cast(kind)


def random_uuids(key: np.uint64, rows: Rows) -> NDArray[np.uint8]:
    """Version 4 uuids (RFC 9562, 5.4): shape (n, 16)."""
    halves = np.stack([bits(key, rows), bits(key ^ np.uint64(0x5851F42D4C957F2D), rows)], axis=1)
    octets = halves.astype("<u8").view(np.uint8).reshape(-1, 16).copy()
    octets[:, 6] = (octets[:, 6] & 0x0F) | 0x40
    octets[:, 8] = (octets[:, 8] & 0x3F) | 0x80
    return octets


def uuid_array(octets: NDArray[np.uint8]) -> pa.Array:
    """Rows of 16 octets each as an array of uuids."""
    return pa.Array.from_buffers(pa.binary(16), len(octets), [None, pa.py_buffer(octets.tobytes())])
