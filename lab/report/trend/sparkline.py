"""A history in a line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

BARS = "▁▂▃▄▅▆▇█"
GAP = "·"
MOST = 32
"""Characters; of a longer history each stands for several runs, by their median."""
LEAST_RANGE = 1.5
"""The bars span at least this ratio, so that noise does not look like a cliff."""


def sparkline(values: Sequence[float | None]) -> str:
    """A bar for each value, by its logarithm between the lowest and the highest; a dot where there is none."""
    shown = _thinned(values)
    known = [value for value in shown if value is not None and value > 0]
    if not known:
        return GAP * len(shown)
    low, high = math.log(min(known)), math.log(max(known))
    missing = max(math.log(LEAST_RANGE) - (high - low), 0.0)
    low, high = low - missing / 2, high + missing / 2
    return "".join(GAP if value is None else _bar(value, low, high) for value in shown)


def _bar(value: float, low: float, high: float) -> str:
    if value <= 0:
        return BARS[0]
    return BARS[min(int((math.log(value) - low) / (high - low) * len(BARS)), len(BARS) - 1)]


def _thinned(values: Sequence[float | None]) -> Sequence[float | None]:
    if len(values) <= MOST:
        return values
    edges = [round(number * len(values) / MOST) for number in range(MOST + 1)]
    parts = [values[start:end] for start, end in pairwise(edges)]
    return [median(known) if (known := [v for v in part if v is not None]) else None for part in parts]
