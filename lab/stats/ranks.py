"""Rank correlation: whether values rise, or fall, in the order they came."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def order_correlation(values: NDArray[Any]) -> float:
    """Spearman's coefficient, without its sign, of values of shape (n,) with their order; equal ones share their mean
    rank. 0 where there are not two different values."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(counts) < 2:
        return 0.0
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2)[inverse]
    return abs(float(np.corrcoef(ranks, np.arange(len(values)))[0, 1]))
