"""Values in the shares that weights ask for."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from lab.datagen.seed import Numbers, Places

_FEW = 24


class Weights:
    """Which of some values each row has, as often as its weight says: early ones for small shares."""

    def __init__(self, weights: Iterable[float]) -> None:
        ends = np.cumsum(np.array(list(weights), np.float64))
        self._ends = ends / ends[-1]
        starts = (math.ceil(end * 2.0**32) for end in self._ends[:-1])
        self._starts = [np.uint32(start) for start in starts if start < 2**32]
        """Of all values but the first, among 32 random bits."""

    def of_shares(self, shares: Numbers) -> Places:
        """By numbers in [0, 1)."""
        found = np.searchsorted(self._ends, shares, side="right")
        return np.minimum(found, len(self._ends) - 1).astype(np.int32)

    def of_draws(self, draws: NDArray[np.uint32]) -> Places:
        """By 32 random bits a row."""
        if len(self._ends) > _FEW:
            return self.of_shares(draws.astype(np.float64) * 2.0**-32)
        # So many comparisons of whole arrays take less than a search, whose branches no processor can foresee.
        counted = np.zeros(len(draws), np.int8)
        for start in self._starts:
            counted += (draws >= start).view(np.int8)
        return counted.astype(np.int32)
