"""A few values to choose from, again and again."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lab.datagen.seed import Places, Rows

_WIDEST = 64
"""Octets; longer items are copied no faster for being of one width."""


class Options:
    """Values as an Arrow array. Those of one width are copied without looking where each of them begins."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array
        self._width = _width(array)
        self._items = _octets(array, self._width).view(f"V{self._width}") if self._width else None

    def __len__(self) -> int:
        return len(self.array)

    def take(self, chosen: Places | Rows) -> pa.Array:
        """One of the values a row, by its number."""
        if self._items is None:
            return pc.take(self.array, pa.array(chosen), boundscheck=False)
        taken = pa.py_buffer(self._items.take(chosen))
        if not pa.types.is_string(self.array.type):
            return pa.Array.from_buffers(self.array.type, len(chosen), [None, taken])
        starts = np.arange(0, (len(chosen) + 1) * self._width, self._width, dtype=np.int32)
        return pa.StringArray.from_buffers(len(chosen), pa.py_buffer(starts), taken)


def _width(array: pa.Array) -> int:
    """Of each value in octets; 0 where they differ."""
    kind = array.type
    if array.null_count or not len(array):
        return 0
    if pa.types.is_string(kind):
        ends = pc.min_max(pc.binary_length(array)).as_py()
        return int(ends["max"]) if ends["min"] == ends["max"] <= _WIDEST else 0
    is_fixed = pa.types.is_primitive(kind) or pa.types.is_fixed_size_binary(kind)
    return kind.bit_width // 8 if is_fixed and kind.bit_width >= 8 else 0


def _octets(array: pa.Array, width: int) -> NDArray[np.uint8]:
    compact = pc.take(array, pa.array(np.arange(len(array))))
    return np.frombuffer(compact.buffers()[-1], np.uint8)[: len(array) * width]
