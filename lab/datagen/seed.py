"""Random numbers by counter: the n-th number of a stream follows from the stream's key and n alone.

SplitMix64's output function (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014) over
a key and a row number. Any row of any column can be had without those before it, so chunks can be made in any order,
and a child can work out its parent's value without a lookup.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lab.datagen.exact import normal_quantile

Rows = NDArray[np.int64]
"""Row numbers, from 0; shape (n,)."""
Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]
Places = NDArray[np.int32]
"""Which of a few values each row has; shape (n,)."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MASK = 2**64 - 1
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_FACTORS = (np.uint32(0x21F0AAAD), np.uint32(0xD35A2D97))
_EXACT = 2**53
_COARSE = 2**24
"""Up to so many values, 32 bits a row draw them evenly enough."""


@lru_cache(maxsize=65_536, typed=True)
def stream(*parts: object) -> np.uint64:
    """A stream's key, from the seed and names that tell it from all others."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def bits(key: np.uint64, rows: Rows) -> NDArray[np.uint64]:
    """64 random bits a row."""
    z = rows.astype(np.int64, copy=False).view(np.uint64) * _GOLDEN
    # Of one number Python's own sum, which wraps round without a warning.
    z += np.uint64((int(key) + int(_GOLDEN)) & _MASK)
    shifted = np.right_shift(z, np.uint64(30))
    z ^= shifted
    z *= _FIRST
    np.right_shift(z, np.uint64(27), out=shifted)
    z ^= shifted
    z *= _SECOND
    np.right_shift(z, np.uint64(31), out=shifted)
    z ^= shifted
    return z


def draws(key: np.uint64, rows: Rows) -> NDArray[np.uint32]:
    """32 random bits a row, in a third of the time: Weyl's sequence by the key's upper half from its lower one, mixed
    by two rounds of multiplying and shifting (Wellons, "Hash Prospector", 2018). Rows 2**32 apart draw the same."""
    z = rows.astype(np.uint32)
    z *= np.uint32(int(key) >> 32 | 1)
    z += np.uint32(int(key) & 0xFFFFFFFF)
    shifted = np.right_shift(z, np.uint32(16))
    z ^= shifted
    for factor in _FACTORS:
        z *= factor
        np.right_shift(z, np.uint32(15), out=shifted)
        z ^= shifted
    return z


def remainders(numbers: Rows, limits: Rows) -> Rows:
    """numbers % limits, of numbers that are not negative: by floats, which processors divide several at a time."""
    found = quotients(numbers, limits)
    found *= limits
    return np.subtract(numbers, found, out=found)


def quotients(numbers: Rows, limits: Rows) -> Rows:
    """numbers // limits, of numbers that are not negative. Floats round no quotient up to the next whole number as
    long as they tell the numbers themselves apart."""
    if numbers.max(initial=0) >= _EXACT:
        return numbers // limits
    found = numbers.astype(np.float64)
    found /= limits.astype(np.float64)
    return found.astype(np.int64)


def uniform(key: np.uint64, rows: Rows) -> Numbers:
    """A number in [0, 1) a row, with 32 random bits."""
    shares = draws(key, rows).astype(np.float64)
    shares *= 2.0**-32
    return shares


def fine_uniform(key: np.uint64, rows: Rows) -> Numbers:
    """A number in [0, 1) a row, with 53 random bits."""
    drawn = bits(key, rows)
    drawn >>= np.uint64(11)
    # As signed numbers, which processors turn into floats at once.
    shares = drawn.view(np.int64).astype(np.float64)
    shares *= 2.0**-53
    return shares


def below(key: np.uint64, rows: Rows, limit: int) -> Rows:
    """A whole number in [0, limit) a row."""
    drawn = (uniform if limit <= _COARSE else fine_uniform)(key, rows)
    drawn *= limit
    return drawn.astype(np.int64)


def pick(key: np.uint64, rows: Rows, count: int) -> Places:
    """One of `count` places a row."""
    drawn = draws(key, rows).astype(np.float64)
    drawn *= count * 2.0**-32
    return drawn.astype(np.int32)


def chance(key: np.uint64, rows: Rows, share: float) -> Mask:
    """Whether a thing of that share of all rows befalls a row."""
    threshold = round(share * 2**32)
    if threshold > 2**32 - 1:
        return np.ones(len(rows), np.bool_)
    found: Mask = draws(key, rows) < np.uint32(threshold)
    return found


def normal(key: np.uint64, rows: Rows) -> Numbers:
    """A standard normal number a row, which grows with the uniform one."""
    return normal_quantile(uniform(key, rows))
