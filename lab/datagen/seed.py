"""Random numbers by counter: the n-th number of a stream follows from the stream's key and n alone.

SplitMix64's output function (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014) over
a key and a row number. Any row of any column can be had without those before it, so chunks can be made in any order,
and a child can work out its parent's value without a lookup.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from lab.datagen.exact import normal_quantile

Rows = NDArray[np.int64]
"""Row numbers, from 0; shape (n,)."""
Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def stream(*parts: object) -> np.uint64:
    """A stream's key, from the seed and names that tell it from all others."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def bits(key: np.uint64, rows: Rows) -> NDArray[np.uint64]:
    """64 random bits a row."""
    with np.errstate(over="ignore"):
        z = key + (rows.astype(np.uint64) + np.uint64(1)) * _GOLDEN
        z = (z ^ (z >> np.uint64(30))) * _FIRST
        z = (z ^ (z >> np.uint64(27))) * _SECOND
        return z ^ (z >> np.uint64(31))


def uniform(key: np.uint64, rows: Rows) -> Numbers:
    """A number in [0, 1) a row, with 53 random bits."""
    return (bits(key, rows) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def below(key: np.uint64, rows: Rows, limit: int) -> Rows:
    """A whole number in [0, limit) a row."""
    return (uniform(key, rows) * limit).astype(np.int64)


def normal(key: np.uint64, rows: Rows) -> Numbers:
    """A standard normal number a row, which grows with the uniform one."""
    return normal_quantile(uniform(key, rows))
