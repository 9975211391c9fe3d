"""Arrow batches as BSON documents (bsonspec.org, version 1.1), made column by column.

Each column becomes an array of elements (type, name, value) in bytes, and the elements of a row are joined: no Python
object is made for a value, but for JSON and arrays.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import bson
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lab.engines.mongodb.connection import DECODED
from lab.engines.mongodb.mapping import KEY
from lab.model.schema import Column, Table

_NULL = b"\x0a"
_EXPONENT_BIAS = 6176
_MILLISECONDS_A_DAY = 86_400_000


def documents(batch: pa.RecordBatch, table: Table) -> pa.BinaryArray:
    """A document for each row. Columns of the primary key lead, as `_id`."""
    key = table.primary_key.columns if table.primary_key else ()
    arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
    elements = [_element(name, table.column(name), array) for name, array in arrays.items() if name not in key]
    if len(key) == 1:
        elements.insert(0, _element(KEY, table.column(key[0]), arrays[key[0]]))
    elif key:
        inner = _document([_element(name, table.column(name), arrays[name]) for name in key])
        elements.insert(0, _joined(b"\x03" + _cstring(KEY), inner))
    return _document(elements)


def _document(elements: list[pa.Array]) -> pa.Array:
    """Elements between their length and a zero byte (bsonspec: document ::= int32 e_list unsigned_byte(0))."""
    sizes = sum((lengths(array) for array in elements), np.zeros(len(elements[0]), np.int64))
    return _joined(_fixed((sizes + 5).astype("<i4")), *elements, b"\0")


def _element(name: str, column: Column, array: pa.Array) -> pa.Array:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    kind, values = _values(column, array)
    label = _cstring(name)
    made = _labelled(label, values) if kind is None else _joined(kind + label, values)
    if not array.null_count:
        return made
    return pc.if_else(array.is_valid(), made, pa.scalar(_NULL + label, pa.large_binary()))


def _labelled(label: bytes, values: list[Any]) -> pa.Array:
    """Elements of mixed types, encoded one by one; equal values once."""
    made: dict[Any, bytes] = {}
    name = label[:-1].decode()
    for value in values:
        if value not in made:
            decoded = json.loads(value) if isinstance(value, str) else list(value) if value is not None else None
            made[value] = bson.encode({name: decoded}, codec_options=DECODED)[4:-1]
    return pa.array([made[value] for value in values], pa.large_binary())


def _values(column: Column, array: pa.Array) -> tuple[bytes | None, Any]:
    """The type byte and the values' bytes; None and Python values for what has no fixed type."""
    kind = array.type
    if pa.types.is_list(kind):
        return None, [None if value is None else tuple(value) for value in array.to_pylist()]
    if column.type.name in ("json", "jsonb"):
        return None, array.to_pylist()
    for is_kind, code, encode in _ENCODERS:
        if is_kind(kind):
            return code, encode(array)
    return b"\x02", _text(array.cast(pa.string()))


def _text(array: pa.Array) -> pa.Array:
    sizes = lengths(array)
    return _joined(_fixed((sizes + 1).astype("<i4")), array.cast(pa.large_binary()), b"\0")


def _octets(array: pa.Array) -> pa.Array:
    is_uuid = pa.types.is_fixed_size_binary(array.type)
    sizes = _fixed(lengths(array.cast(pa.large_binary())).astype("<i4"))
    return _joined(sizes, b"\x04" if is_uuid else b"\x00", array.cast(pa.large_binary()))


def _numbers(dtype: str, kind: pa.DataType) -> Callable[[pa.Array], pa.Array]:
    return lambda array: _fixed(pc.fill_null(array.cast(kind), 0).to_numpy(zero_copy_only=False).astype(dtype))


def _booleans(array: pa.Array) -> pa.Array:
    return _fixed(pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype("u1"))


def _moments(array: pa.Array) -> pa.Array:
    """Milliseconds since 1970; what is finer is cut off."""
    stamps = array.cast(pa.timestamp("us")) if array.type.tz is None else array.cast(pa.timestamp("us", tz="UTC"))
    micros = pc.fill_null(stamps.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return _fixed((micros // 1000).astype("<i8"))


def _days(array: pa.Array) -> pa.Array:
    days = pc.fill_null(array.cast(pa.int32()), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return _fixed((days * _MILLISECONDS_A_DAY).astype("<i8"))


def _decimals(array: pa.Array) -> pa.Array:
    """IEEE 754 decimal128, binary integer significand: sign, exponent and 113 bits of significand, from Arrow's two's
    complement."""
    words = _words(array)
    low, high = words[:, 0].copy(), words[:, 1].copy()
    is_negative = high >> np.uint64(63) == 1
    low[is_negative] = ~low[is_negative] + np.uint64(1)
    carried = (low[is_negative] == 0).astype(np.uint64)
    high[is_negative] = ~high[is_negative] + carried
    high |= np.uint64(_EXPONENT_BIAS - array.type.scale) << np.uint64(49)
    high |= is_negative.astype(np.uint64) << np.uint64(63)
    return _fixed(np.column_stack([low, high]).astype("<u8"))


def _words(array: pa.Array) -> NDArray[np.uint64]:
    """The 128-bit integers of a decimal array as pairs of 64-bit words, the lower first."""
    buffer = array.buffers()[1]
    words = np.frombuffer(buffer, "<u8", count=2 * len(array), offset=16 * array.offset)
    return words.reshape(-1, 2)


_ENCODERS: tuple[tuple[Callable[[pa.DataType], bool], bytes, Callable[[pa.Array], pa.Array]], ...] = (
    (pa.types.is_boolean, b"\x08", _booleans),
    (pa.types.is_int64, b"\x12", _numbers("<i8", pa.int64())),
    (pa.types.is_integer, b"\x10", _numbers("<i4", pa.int32())),
    (pa.types.is_floating, b"\x01", _numbers("<f8", pa.float64())),
    (pa.types.is_decimal, b"\x13", _decimals),
    (pa.types.is_timestamp, b"\x09", _moments),
    (pa.types.is_date, b"\x09", _days),
    (pa.types.is_fixed_size_binary, b"\x05", _octets),
    (pa.types.is_binary, b"\x05", _octets),
)
"""By Arrow type: BSON's type byte and how values are encoded; all else is text."""


def _cstring(name: str) -> bytes:
    return name.encode() + b"\0"


def _fixed(numbers: NDArray[Any]) -> pa.Array:
    """An array of byte strings of equal width from the memory of an array of numbers."""
    count = len(numbers)
    width = numbers.nbytes // count if count else 1
    octets = pa.Array.from_buffers(pa.binary(width), count, [None, pa.py_buffer(np.ascontiguousarray(numbers))])
    return octets.cast(pa.large_binary())


def lengths(array: pa.Array) -> NDArray[np.int64]:
    return pc.fill_null(pc.binary_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)  # type: ignore[no-any-return]


def _joined(*parts: pa.Array | bytes) -> pa.Array:
    scalars = [pa.scalar(part, pa.large_binary()) if isinstance(part, bytes) else part for part in parts]
    return pc.binary_join_element_wise(*scalars, pa.scalar(b"", pa.large_binary()))
