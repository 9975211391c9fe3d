"""Texts no two rows share: with the row's number worked in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lab.datagen.keys import SHORT
from lab.datagen.seed import Rows

_DIGITS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_HOST = "@example.org"


def numbered(texts: pa.Array, rows: Rows, shortest: int, longest: int | None) -> pa.Array:
    """Each text with its row's number at the end, cut before that to the length allowed; a text follows from its own
    row alone. Rows must be fewer than such texts are."""
    if longest is None or longest >= SHORT:
        return _joined(texts, _in_base_10(rows + 1), "-", "", shortest, longest)
    return _joined(texts, _in_base_36(rows + 1), "-", "", shortest, longest)


def numbered_addresses(addresses: pa.Array, rows: Rows, shortest: int, longest: int | None) -> pa.Array:
    """Like `numbered`, with the number before the @ of an email address, where there is room for one."""
    if longest is not None and longest < SHORT + len(_HOST):
        return numbered(addresses, rows, shortest, longest)
    names = pc.replace_substring_regex(addresses, "@.*", "")
    return _joined(names, _in_base_10(rows + 1), "", _HOST, shortest, longest)


def _joined(texts: pa.Array, digits: pa.Array, between: str, end: str, shortest: int, longest: int | None) -> pa.Array:
    if longest is not None:
        texts = _cut(texts, longest - len(end) - len(between), digits)
    whole = pc.binary_join_element_wise(texts, digits, between)
    is_bare = pc.equal(pc.binary_length(texts), 0)
    if pc.any(is_bare).as_py():
        whole = pc.if_else(is_bare, pc.utf8_lpad(digits, shortest, "0"), whole)
    return pc.binary_join_element_wise(whole, pa.scalar(end), "") if end else whole


def _cut(texts: pa.Array, room: int, digits: pa.Array) -> pa.Array:
    """Texts that leave room for their digits."""
    widths = pc.utf8_length(digits)
    found = pc.unique(widths).to_pylist()
    for width in found:
        short = pc.utf8_slice_codeunits(texts, 0, max(room - width, 0))
        texts = short if len(found) == 1 else pc.if_else(pc.equal(widths, width), short, texts)
    return texts


def _in_base_10(numbers: Rows) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def _in_base_36(numbers: Rows) -> pa.Array:
    rest, texts = numbers.copy(), np.full(len(numbers), "", dtype="<U13")
    while (rest > 0).any():
        texts = np.where(rest > 0, np.char.add(_DIGITS[rest % 36], texts), texts)
        rest //= 36
    return pa.array(texts.tolist(), pa.string())
