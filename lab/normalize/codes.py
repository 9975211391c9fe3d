"""Columns of values as numbers: equal values have equal codes, NULL is a value like others, equal to itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.int64]
"""One number a row, from 0 on."""


_DENSE = 4
"""Up to so many possible pairs for each row they are numbered by a table, which takes no sorting."""
_BITS = 63


@dataclass(frozen=True, slots=True)
class Coded:
    """One column: a code for each row, how many there are, and the code NULL has (-1: there is none)."""

    codes: Codes
    count: int
    null: int = -1


def code(column: pa.ChunkedArray) -> Coded:
    """The column's codes, in the order of first appearance; that of NULL is the last."""
    if pa.types.is_nested(column.type):
        column = pa.chunked_array([pa.array(map(repr, column.to_pylist()), pa.string())])
    if not len(column):
        return Coded(np.empty(0, np.int64), 0)
    encoded = pa.concat_arrays(column.chunks).dictionary_encode()
    known, has_null = len(encoded.dictionary), encoded.null_count > 0
    codes = pc.fill_null(encoded.indices, known).to_numpy(zero_copy_only=False).astype(np.int64)
    return Coded(codes, known + has_null, known if has_null else -1)


def joined(one: Coded, other: Coded) -> Coded:
    """The codes of pairs."""
    pairs = one.codes * other.count + other.codes
    possible = one.count * other.count
    if possible <= _DENSE * len(pairs):
        is_there = np.zeros(possible, np.bool_)
        is_there[pairs] = True
        numbers = np.cumsum(is_there)
        return Coded(numbers[pairs] - 1, int(numbers[-1]))
    row_bits = len(pairs).bit_length()
    if possible.bit_length() + row_bits > _BITS:
        values, codes = np.unique(pairs, return_inverse=True)
        return Coded(codes, len(values))
    # A pair and its row in one number: to sort numbers is far cheaper than to hash them, or to sort their places.
    ordered = np.sort(pairs << row_bits | np.arange(len(pairs)))
    is_new = np.diff(ordered >> row_bits, prepend=-1) != 0
    numbers = np.cumsum(is_new)
    found = np.empty(len(pairs), np.int64)
    found[ordered & ((1 << row_bits) - 1)] = numbers - 1
    return Coded(found, int(numbers[-1]))


def commonest(groups: Coded, right: Coded) -> Codes:
    """How often each group holds its commonest value."""
    pairs = groups.codes * right.count + right.codes
    possible = groups.count * right.count
    if 0 < possible <= _DENSE * len(pairs):
        counted = np.bincount(pairs, minlength=possible).reshape(groups.count, right.count)
        greatest: Codes = counted.max(axis=1)
        return greatest
    most = np.zeros(groups.count, np.int64)
    if not len(pairs):
        return most
    ordered = np.sort(pairs)
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    owners = ordered[starts] // right.count
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))
    most[owners[firsts]] = np.maximum.reduceat(np.diff(starts, append=len(ordered)), firsts)
    return most
