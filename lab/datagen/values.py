"""Arrow arrays from numbers: the last step of every column."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lab.datagen.bounds import Bounds
from lab.datagen.seed import Numbers, Rows, below, normal, uniform
from lab.model.data import ColumnSpec
from lab.model.schema import Column, Type

_INTEGERS = {"smallint": pa.int16(), "integer": pa.int32(), "bigint": pa.int64(), "oid": pa.int64()}
_PLAIN = {
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
_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1}
_PRICES = re.compile(r"price|amount|total|cost|fee|balance|revenue|salary|value|paid", re.I)


def arrow_type(type_: Type) -> pa.DataType:
    """The Arrow type generated values of a column type have."""
    if type_.dimensions:
        return pa.list_(arrow_type(Type(type_.name, type_.arguments)))
    if type_.name in ("numeric", "money"):
        precision, scale = (*type_.arguments, 0)[:2] if type_.arguments else (18, 2)
        return pa.decimal128(min(precision, 38), min(scale, 18))
    return _INTEGERS.get(type_.name) or _PLAIN.get(type_.name) or pa.string()


def is_integer(type_: Type) -> bool:
    return type_.name in _INTEGERS and not type_.dimensions


def is_number(type_: Type) -> bool:
    return not type_.dimensions and (
        type_.name in ("numeric", "money", "real", "double precision") or is_integer(type_)
    )


def largest(type_: Type) -> int | None:
    return _LARGEST.get(type_.name)


def numbers(column: Column, spec: ColumnSpec, bounds: Bounds, key: np.uint64, rows: Rows) -> Numbers:
    """Numbers in the column's range: the spec's, else what checks and the name suggest."""
    low, high, distribution = _range(column, spec, bounds)
    if distribution == "uniform":
        found = low + uniform(key, rows) * (high - low + (1 if is_integer(column.type) else 0))
    elif distribution == "normal":
        found = (low + high) / 2 + normal(key, rows) * (high - low) / 6
    elif distribution == "geometric":
        found = low + np.floor(-np.log1p(-uniform(key, rows)) * 1.2)
    elif distribution == "rating":
        found = high - np.floor((high - low + 1) * uniform(key, rows) ** 2.2)
    else:
        bottom, top = math.log(max(low, 1.0)), math.log(max(high, 2.0))
        found = np.exp((bottom + top) / 2 + normal(key, rows) * (top - bottom) / 6)
    return np.clip(found, low, high)


def _range(column: Column, spec: ColumnSpec, bounds: Bounds) -> tuple[float, float, str]:
    low, high, distribution = _usual_range(column)
    if bounds.low is not None:
        low = max(low, bounds.low) if low > bounds.low or high > bounds.low else bounds.low
        high = max(high, low)
    if bounds.high is not None:
        high = min(high, bounds.high)
        low = min(low, high)
    if spec.range is not None:
        low, high = spec.range
        distribution = "uniform"
    if column.type.name == "numeric" and column.type.arguments:
        precision, scale = (*column.type.arguments, 0)[:2]
        high = min(high, float(10 ** (precision - scale) - 10**-scale))
    if (limit := largest(column.type)) is not None:
        high = min(high, limit)
    return low, max(high, low), spec.distribution or distribution


def _usual_range(column: Column) -> tuple[float, float, str]:
    name = column.name.lower()
    usual: tuple[tuple[str, float, float, str], ...] = (
        (r"rating|stars|score", 1, 5, "rating"),
        (r"quantity|qty|seats|units", 1, 12, "geometric"),
        (r"discount|tax|shipping|surcharge|tip", 0, 40, "uniform"),
        (r"stock|inventory|on_hand|reserved|available", 0, 250, "uniform"),
        (r"percent|pct|ratio|rate", 0, 100, "uniform"),
        (r"year", 1990, 2025, "uniform"),
        (r"\bage\b", 18, 90, "normal"),
        (r"sort|position|priority|rank|order_no|sequence|depth|level", 0, 50, "uniform"),
        (r"weight|width|height|length|depth|size|bytes", 1, 5000, "lognormal"),
        (r"latitude|\blat\b", -90, 90, "uniform"),
        (r"longitude|\blng\b|\blon\b", -180, 180, "uniform"),
    )
    for pattern, low, high, distribution in usual:
        if re.search(pattern, name):
            return low, high, distribution
    if _PRICES.search(name):
        return (1, 900, "lognormal")
    return (0, 1000, "uniform")


def number_array(found: Numbers, type_: Type) -> pa.Array:
    """Numbers as the column's type, rounded to its scale."""
    kind = arrow_type(type_)
    if pa.types.is_decimal(kind):
        return decimals(np.round(found * 10**kind.scale).astype(np.int64), kind)
    if pa.types.is_integer(kind):
        return pa.array(np.floor(found).astype(np.int64)).cast(kind)
    return pa.array(np.round(found, 3)).cast(kind)


def decimals(units: Rows, kind: pa.Decimal128Type) -> pa.Array:
    """Decimals from their unscaled values, 128-bit two's complement written directly."""
    words = np.empty((len(units), 2), np.int64)
    words[:, 0] = units
    words[:, 1] = units >> 63
    return pa.Array.from_buffers(kind, len(units), [None, pa.py_buffer(words.tobytes())])


def moment_array(moments: Rows, type_: Type) -> pa.Array:
    """Microseconds since 1970 as the column's type; times keep the precision they are declared with."""
    kind = arrow_type(type_)
    if pa.types.is_date(kind):
        return pa.array((moments // 86_400_000_000).astype(np.int32)).cast(kind)
    if pa.types.is_time(kind):
        return pa.array(moments % 86_400_000_000).cast(kind)
    digits = type_.arguments[0] if type_.arguments else 6
    step = 10 ** (6 - digits)
    return pa.array(moments // step * step).cast(kind)


def weighted(values: Mapping[str, float], key: np.uint64, rows: Rows) -> pa.Array:
    """One of the values a row, as often as its weight says."""
    weights = np.cumsum(np.array(list(values.values()), np.float64))
    chosen = np.searchsorted(weights, uniform(key, rows) * weights[-1], side="right")
    return pa.array(list(values), pa.string()).take(pa.array(np.minimum(chosen, len(weights) - 1)))


def from_pool(pool: pa.Array, key: np.uint64, rows: Rows) -> pa.Array:
    return pool.take(pa.array(below(key, rows, len(pool))))


def made_unique(texts: pa.Array, rows: Rows, length: int | None) -> pa.Array:
    """Texts with the row's number worked in: before the @ of an address, else at the end."""
    numbers = pa.array(rows + 1).cast(pa.string())
    if length is not None:
        room = length - max(len(str(int(rows.max()) + 1)) if len(rows) else 1, 1) - 1
        texts = pc.utf8_slice_codeunits(texts, 0, max(room, 0))
        if room <= 0:
            return numbers
    if len(texts) and "@" in (texts[0].as_py() or ""):
        parts = pc.replace_substring_regex(texts, "@.*", "")
        return pc.binary_join_element_wise(parts, numbers, "@example.org", "")
    return pc.binary_join_element_wise(texts, numbers, "-")


def emptied(array: pa.Array, share: float, key: np.uint64, rows: Rows) -> pa.Array:
    """The array with NULLs in so many of its places."""
    if share <= 0:
        return array
    return with_nulls(array, uniform(key, rows) < share)


def with_nulls(array: pa.Array, mask: NDArray[np.bool_]) -> pa.Array:
    return pc.if_else(pa.array(mask), pa.scalar(None, array.type), array)


def binary(octets: NDArray[np.uint8]) -> pa.Array:
    """Rows of 16 octets each as an array of uuids."""
    return pa.Array.from_buffers(pa.binary(16), len(octets), [None, pa.py_buffer(octets.tobytes())])
