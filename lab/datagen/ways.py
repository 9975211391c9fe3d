"""How a column's values become an array with NULLs among them: the cheapest way for each kind of values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from lab.datagen.nulls import among_nulls, with_nulls
from lab.datagen.options import Options
from lab.datagen.seed import Mask, Places, Rows

Made = Callable[[Rows], pa.Array]
"""A column's values in such rows."""
Way = Callable[[Rows, Mask | None], pa.Array]
"""The same, with NULLs where the mask says, if there is one."""

_MANY_NULLS = 0.2
"""The share of NULLs from which only the other values are made."""


def whole(made: Made) -> Way:
    """For values that cost less than to tell those apart that are needed."""

    def way(rows: Rows, is_empty: Mask | None) -> pa.Array:
        return made(rows) if is_empty is None else with_nulls(made(rows), is_empty)

    return way


def spared(made: Made) -> Way:
    """For values that cost more: none are made for NULLs where those are many."""

    def way(rows: Rows, is_empty: Mask | None) -> pa.Array:
        if is_empty is None or np.count_nonzero(is_empty) < _MANY_NULLS * len(rows):
            return whole(made)(rows, is_empty)
        return among_nulls(made(rows[~is_empty]), is_empty)

    return way


def chosen(options: Options, places: Callable[[Rows], Places]) -> Way:
    """For a few values to choose from."""
    return lambda rows, is_empty: options.take(places(rows), is_empty)
