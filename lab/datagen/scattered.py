"""Permutations of row numbers that need no memory, and leave no row near its neighbours."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from lab.datagen.seed import Rows

SHORT = 65_536
"""Up to so many rows, a table of all of them is faster."""


def scatter(ranks: Rows, count: int) -> Rows:
    """A fixed permutation of [0, count)."""
    moved = ranks * coprime(count)
    moved += count // 3
    # numpy divides by one number with multiplications; its remainder does not.
    moved -= moved // count * count
    return moved


def unscatter(places: Rows, count: int) -> Rows:
    """The permutation undone."""
    ranks = (places - count // 3) * _inverse(count)
    ranks -= ranks // count * count
    return ranks


@lru_cache(maxsize=64)
def scattered(count: int) -> Rows:
    """The permutation as a table."""
    return scatter(np.arange(count), count)


@lru_cache(maxsize=1024)
def coprime(count: int) -> int:
    """A stride that visits all of [0, count) before it repeats, near the golden section of it."""
    stride = max(1, int(count * 0.6180339887))
    while math.gcd(stride, count) != 1:
        stride += 1
    return stride


@lru_cache(maxsize=1024)
def _inverse(count: int) -> int:
    return pow(coprime(count), -1, count)
