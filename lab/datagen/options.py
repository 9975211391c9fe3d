"""A few values to choose from, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lab.datagen.nulls import with_nulls
from lab.datagen.seed import Mask, Places, Rows

_WIDEST = 64
"""Octets; longer items are copied no faster for being of one width."""
_RUN = 4
_MOST_RUNS = 4096
_MANY = 2048


class Options:
    """Values as an Arrow array. Those of one width are copied without looking where each of them begins, a few texts
    several rows at a time."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array
        self._width = _width(array)
        self._items = _octets(array, self._width).view(f"V{self._width}") if self._width else None
        self._texts = pa.concat_arrays([array, pa.array([""])]) if pa.types.is_string(array.type) else None
        """And the empty one, which stands for NULLs."""

    def __len__(self) -> int:
        return len(self.array)

    def take(self, chosen: Places | Rows, is_empty: Mask | None = None) -> pa.Array:
        """One of the values a row, by its number, or NULL where there is to be none."""
        if self._items is None and self._texts is not None:
            return self._take_texts(self._texts, chosen, is_empty)
        made = self._copied(self._items, chosen) if self._items is not None else _taken(self.array, chosen)
        return made if is_empty is None else with_nulls(made, is_empty)

    def _copied(self, items: NDArray[np.void], chosen: Places | Rows) -> pa.Array:
        taken = pa.py_buffer(items.take(chosen))
        if self._texts is None:
            return pa.Array.from_buffers(self.array.type, len(chosen), [None, taken])
        starts = np.arange(0, (len(chosen) + 1) * self._width, self._width, dtype=np.int32)
        return pa.StringArray.from_buffers(len(chosen), pa.py_buffer(starts), taken)

    def _take_texts(self, texts: pa.StringArray, chosen: Places | Rows, is_empty: Mask | None) -> pa.StringArray:
        if is_empty is not None:
            chosen = np.maximum(chosen, is_empty * np.int32(len(self)))
        are_few = len(texts) ** _RUN <= _MOST_RUNS and len(chosen) >= _MANY
        made = self._runs.take(chosen) if are_few else _taken(texts, chosen)
        return made if is_empty is None else with_nulls(made, is_empty)

    @cached_property
    def _runs(self) -> _Runs:
        return _Runs(self._texts)


class _Runs:
    """All sequences of four of a few texts."""

    def __init__(self, texts: pa.StringArray) -> None:
        self._count = len(texts)
        places = np.indices((self._count,) * _RUN).reshape(_RUN, -1).T
        self._texts = _side_by_side(texts, places)
        lengths = pc.binary_length(texts).to_numpy()
        self._ends = np.cumsum(lengths.take(places), axis=1, dtype=np.int32)

    def take(self, chosen: Places | Rows) -> pa.StringArray:
        runs = -(-len(chosen) // _RUN)
        padded = np.zeros(runs * _RUN, np.int32)
        padded[: len(chosen)] = chosen
        places = padded.reshape(runs, _RUN)
        which = places[:, 0].astype(np.int64)
        for place in range(1, _RUN):
            which *= self._count
            which += places[:, place]
        _, starts, octets = _taken(self._texts, which).buffers()
        ends = np.zeros(runs * _RUN + 1, np.int32)
        begun = np.frombuffer(starts, np.int32)[:runs, None]
        np.add(self._ends.take(which, axis=0, mode="clip"), begun, out=ends[1:].reshape(runs, _RUN))
        return pa.StringArray.from_buffers(len(chosen), pa.py_buffer(ends[: len(chosen) + 1]), octets)


class Joined:
    """Texts put together of one of each list."""

    def __init__(self, lists: Sequence[pa.StringArray]) -> None:
        self.lists = lists
        self._all = pa.concat_arrays(lists)
        self._firsts = np.cumsum([0, *map(len, lists[:-1])])

    def take(self, chosen: Sequence[NDArray[np.integer]]) -> pa.StringArray:
        """Of each list so many-th text, list by list."""
        places = np.empty((len(chosen[0]), len(chosen)), np.int32)
        for number, (first, numbers) in enumerate(zip(self._firsts, chosen, strict=True)):
            np.add(numbers, first, out=places[:, number], casting="unsafe")
        return _side_by_side(self._all, places)


def _side_by_side(texts: pa.StringArray, places: NDArray[np.integer]) -> pa.StringArray:
    """A text for each row of places, of all that it names: copied one after the other, they lie joined already."""
    rows, each = places.shape
    _, ends, octets = _taken(texts, places.ravel()).buffers()
    offsets = np.frombuffer(ends, np.int32)[: rows * each + 1 : each].copy()
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), octets)


def _taken(array: pa.Array, chosen: NDArray[np.integer]) -> pa.Array:
    return pc.take(array, pa.array(chosen), boundscheck=False)


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
