"""Codes no two rows share: letters and digits by a template, and digests."""

from __future__ import annotations

import math
import string
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lab.datagen.scattered import scatter
from lab.datagen.seed import Rows, bits, pick, stream

_TEMPLATES = {"sku": "AAA-99999", "code": "XXXXXXX", "plate": "AAA-9999", "isbn": "978-9-9999-9999-9"}
"""A: a letter, 9: a digit, X: either; anything else stands for itself, and so does what stands before the first hyphen
of an ISBN."""
_ALPHABETS = {"A": string.ascii_uppercase, "9": string.digits, "X": string.digits + string.ascii_uppercase}
_FIXED = {"isbn": 3}
_AT_ONCE = 3
_DIGEST, _OWN, _ENDS = 64, 16, 500


def room(kind: str, longest: int | None) -> int:
    """How many different codes of a kind there are; 0 where it is none, or too long."""
    if kind == "sha256":
        return 2**62 if longest is None or longest >= _DIGEST else 0
    template = _TEMPLATES.get(kind, "")
    return 0 if longest is not None and longest < len(template) else math.prod(map(len, _symbols(kind).values()))


def coded(kind: str, key: np.uint64, rows: Rows) -> pa.StringArray:
    """The code of each row; rows must be fewer than there is room for."""
    written = _digests(key, rows) if kind == "sha256" else _by_template(kind, rows)
    width = written.shape[1]
    starts = np.arange(0, (len(rows) + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(len(rows), pa.py_buffer(starts), pa.py_buffer(written))


def _symbols(kind: str) -> dict[int, str]:
    """By place: what may stand there, where that is more than one thing."""
    marks = enumerate(_TEMPLATES.get(kind, ""))
    return {place: _ALPHABETS[mark] for place, mark in marks if mark in _ALPHABETS and place >= _FIXED.get(kind, 0)}


def _by_template(kind: str, rows: Rows) -> NDArray[np.uint8]:
    written = np.tile(np.frombuffer(_TEMPLATES[kind].encode(), np.uint8), (len(rows), 1))
    numbers = scatter(rows, room(kind, None))
    for places, spelled in _spelled(kind):
        rest = numbers // len(spelled)
        octets = spelled.take(numbers - rest * len(spelled)).view(np.uint8).reshape(len(rows), -1)
        for number, place in enumerate(places):
            written[:, place] = octets[:, number]
        numbers = rest
    return written


@cache
def _spelled(kind: str) -> list[tuple[list[int], NDArray[np.uint32]]]:
    """The places of a template by up to three, the last ones first, and all that can stand there, as it lies in
    memory: so many symbols at a time take fewer divisions."""
    symbols = _symbols(kind)
    places = list(symbols)
    found = []
    for end in range(len(places), 0, -_AT_ONCE):
        some = places[max(end - _AT_ONCE, 0) : end]
        octets = [np.frombuffer(symbols[place].encode(), np.uint8) for place in some]
        texts = np.zeros((*map(len, octets), 4), np.uint8)
        for number, each in enumerate(np.ix_(*octets)):
            texts[..., number] = each
        found.append((some, texts.view(np.uint32).ravel()))
    return found


def _digests(key: np.uint64, rows: Rows) -> NDArray[np.uint8]:
    """They begin with 64 bits that differ from row to row, and end as one of some hundreds of digests does."""
    written = _ends().take(pick(key, rows, _ENDS), mode="clip").view(f"V{_OWN}").reshape(len(rows), -1)
    written[:, 0] = _hexadecimal(bits(key, rows))
    return written.view(np.uint8)


@cache
def _ends() -> NDArray[np.void]:
    keys = [stream("digest", number) for number in range(_DIGEST // _OWN)]
    words = np.stack([bits(key, np.arange(_ENDS)) for key in keys], axis=1)
    return _hexadecimal(words.ravel()).view(f"V{_DIGEST}")


def _hexadecimal(words: NDArray[np.uint64]) -> NDArray[np.void]:
    """The 16 digits of each word's octets, the last octet first."""
    return _quads().take(words.astype("<u8", copy=False).view("<u2"), mode="clip").view(f"V{_OWN}")


@cache
def _quads() -> NDArray[np.uint32]:
    """Of each number of 16 bits its digits, those of its lower octet first, as they lie in memory."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    numbers = np.arange(1 << 16)
    return np.stack([digits[numbers >> shift & 15] for shift in (4, 0, 12, 8)], axis=1).view(np.uint32).ravel()
