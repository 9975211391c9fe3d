"""Arrow arrays with NULLs in given places."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lab.datagen.seed import Mask


def with_nulls(array: pa.Array, mask: Mask) -> pa.Array:
    """The array with NULLs where the mask says."""
    if array.null_count or array.offset or pa.types.is_nested(array.type):
        return pc.if_else(pa.array(mask), pa.scalar(None, array.type), array)
    is_valid = pa.py_buffer(np.packbits(~mask, bitorder="little"))
    return pa.Array.from_buffers(array.type, len(array), [is_valid, *array.buffers()[1:]])


def among_nulls(array: pa.Array, mask: Mask) -> pa.Array:
    """NULLs where the mask says, and the array's values, as many as it leaves, in the places between."""
    is_there = ~mask
    before = np.cumsum(is_there, dtype=np.int32)
    kind, start = array.type, array.offset
    if array.null_count or not len(array) or start or not (pa.types.is_string(kind) or _octets(kind)):
        return array.take(pa.array(before - np.int32(1), mask=mask))
    is_valid = pa.py_buffer(np.packbits(is_there, bitorder="little"))
    _, first, *texts = array.buffers()
    if texts:
        ends = np.frombuffer(first, np.int32)
        places = np.empty(len(mask) + 1, np.int32)
        places[0] = ends[0]
        ends.take(before, out=places[1:], mode="clip")
    else:
        places = np.frombuffer(first, f"u{_octets(kind)}")[: len(array)].take(before - np.int32(1), mode="clip")
    return pa.Array.from_buffers(kind, len(mask), [is_valid, pa.py_buffer(places), *texts])


def _octets(kind: pa.DataType) -> int:
    """Of a number or a time; 0 for other types."""
    return kind.bit_width // 8 if pa.types.is_primitive(kind) and not pa.types.is_decimal(kind) else 0
