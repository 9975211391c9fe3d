"""Arrow arrays from numbers: the last step of every column."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lab.datagen import grid, spelled
from lab.datagen.options import Options
from lab.datagen.seed import Numbers, Rows, bits
from lab.model.schema import Schema, Type

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
EXACT_DIGITS = 15
"""Digits a float keeps."""
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
    if kind.bit_width == _LONG:
        return pa.array(found)
    end = 1 << kind.bit_width - 1
    if not -end <= found.min(initial=0) <= found.max(initial=0) < end:
        return pa.array(found).cast(kind)
    return pa.array(found.astype(f"i{kind.bit_width // 8}"))


def _decimals(found: Numbers, kind: pa.Decimal128Type) -> pa.Array:
    """Of a scale no float fills, as many digits as one does."""
    largest = float(np.abs(found).max()) if len(found) else 0.0
    spare = EXACT_DIGITS - math.ceil(math.log10(largest + 1))
    digits = min(kind.scale, max(spare, 0))
    units = np.round(found * 10.0**digits).astype(np.int64)
    array = decimal_array(units, pa.decimal128(kind.precision - (kind.scale - digits), digits))
    return array if array.type == kind else array.cast(kind)


def decimal_array(units: Rows, kind: pa.Decimal128Type) -> pa.Array:
    """Decimals from their unscaled values: 128-bit two's complement, written directly."""
    words = np.empty((len(units), 2), np.int64)
    words[:, 0] = units
    np.right_shift(units, 63, out=words[:, 1])
    return pa.Array.from_buffers(kind, len(units), [None, pa.py_buffer(words)])


def moment_array(moments: Rows, type_: Type) -> pa.Array:
    """Microseconds since 1970 as the column's type."""
    kind = arrow_type(type_)
    if pa.types.is_date(kind):
        return pa.array((moments // grid.DAY).astype(np.int32)).view(kind)
    return pa.array(moments).view(kind)


def clock_array(moments: Rows, type_: Type) -> pa.Array:
    """The time of day, as finely as it is declared."""
    step = 10 ** (6 - min(type_.arguments[0], 6)) if type_.arguments else 1
    return pa.array(moments % grid.DAY // step * step).cast(pa.time64("us"))


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
