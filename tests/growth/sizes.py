"""Sizes made up from laws, for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lab.model.growth import Point, Size
from lab.model.interval import Interval


def around(seconds: float, share: float = 0.02) -> Interval:
    return Interval(seconds, seconds * (1 - share), seconds * (1 + share))


def sizes(operations: Mapping[str, Callable[[float], float]], factors: Sequence[float] = (1, 2, 5, 10)) -> list[Size]:
    """Each operation's median by the size; its 95th percentile is twice that."""
    return [
        Size(
            factor,
            round(1000 * factor),
            {"base": round(1e6 * factor)},
            {"base": round(5e5 * factor)},
            1.0,
            tuple(
                Point("base", name, around(law(factor)), around(2 * law(factor)), {"buffers": 10 * factor})
                for name, law in operations.items()
            ),
        )
        for factor in factors
    ]
