"""Texts no two rows share: with the row's number worked in."""

from __future__ import annotations

import string

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lab.datagen.keys import SHORT
from lab.datagen.seed import Rows

_DIGITS = np.frombuffer((string.digits + string.ascii_uppercase).encode(), np.uint8)
_HOST = "@example.org"


def numbered(texts: pa.Array, chosen: Rows, rows: Rows, shortest: int, longest: int | None) -> pa.Array:
    """The chosen one of `texts` for each row with the row's number at the end, cut before that to the length allowed;
    it follows from its own row alone. Rows must be fewer than such texts are."""
    base = 10 if longest is None or longest >= SHORT else 36
    return _with_numbers(texts, chosen, rows + 1, base, "-", "", shortest, longest)


def numbered_addresses(addresses: pa.Array, chosen: Rows, rows: Rows, shortest: int, longest: int | None) -> pa.Array:
    """Like `numbered`, with the number before the @ of an email address, where there is room for one."""
    if longest is not None and longest < SHORT + len(_HOST):
        return numbered(addresses, chosen, rows, shortest, longest)
    names = pc.replace_substring_regex(addresses, "@.*", "")
    return _with_numbers(names, chosen, rows + 1, 10, "", _HOST, shortest, longest)


def _with_numbers(
    texts: pa.Array,
    chosen: Rows,
    numbers: Rows,
    base: int,
    between: str,
    end: str,
    shortest: int,
    longest: int | None,
) -> pa.Array:
    """Texts are joined with as many zeros as a number has digits, few times; the digits are then written over them."""
    if not len(numbers):
        return pa.array([], pa.string())
    if len(chosen) < len(texts):
        texts, chosen = texts.take(pa.array(chosen)), np.arange(len(chosen))
    widths = _widths(numbers, base)
    least, most = int(widths.min()), int(widths.max())
    frames = pa.concat_arrays(
        [_frames(texts, width, between, end, shortest, longest) for width in range(least, most + 1)]
    )
    framed = frames.take(pa.array((widths - least) * len(texts) + chosen))
    _, offsets, octets = framed.buffers()
    written = np.frombuffer(octets, np.uint8).copy()
    _write(
        written, np.frombuffer(offsets, np.int32)[1 : len(numbers) + 1] - np.int64(len(end) + 1), numbers, widths, base
    )
    return pa.StringArray.from_buffers(len(numbers), offsets, pa.py_buffer(written))


def _widths(numbers: Rows, base: int) -> Rows:
    """How many digits each number has."""
    widths, end = np.ones(len(numbers), np.int64), base
    largest = int(numbers.max())
    while end <= largest:
        widths += numbers >= end
        end *= base
    return widths


def _frames(texts: pa.Array, width: int, between: str, end: str, shortest: int, longest: int | None) -> pa.Array:
    """Each text with room for a number of so many digits; where nothing is left of it, the number alone."""
    if longest is not None:
        texts = pc.utf8_slice_codeunits(texts, 0, max(longest - len(end) - len(between) - width, 0))
    joined = pc.binary_join_element_wise(texts, between + "0" * width, "")
    framed = pc.if_else(pc.equal(pc.binary_length(texts), 0), "0" * max(width, shortest), joined)
    return pc.binary_join_element_wise(framed, end, "")


def _write(octets: NDArray[np.uint8], places: Rows, numbers: Rows, widths: Rows, base: int) -> None:
    """Each number's digits into the octets, the last one at its place."""
    fewest = int(widths.min())
    for digit in range(int(widths.max())):
        if digit >= fewest:
            is_longer = widths > digit
            places, numbers, widths = places[is_longer], numbers[is_longer], widths[is_longer]
        rest = numbers // base
        octets[places - digit] = _DIGITS[numbers - rest * base]
        numbers = rest
