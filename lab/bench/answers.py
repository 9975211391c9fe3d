"""Whether a variant answers as the base does."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

Row = tuple[Any, ...]

_DIGITS = 9
"""Numbers count as equal when their first nine digits are: sums of floats depend on the order of addition."""


def difference(expected: Sequence[Row], actual: Sequence[Row], is_ordered: bool) -> str:
    """The first differing row of each side, or an empty string. Unordered rows are compared as a multiset."""
    ours, theirs = [_normal(row) for row in expected], [_normal(row) for row in actual]
    if is_ordered:
        return _ordered_difference(ours, theirs)
    missing, surplus = Counter(ours) - Counter(theirs), Counter(theirs) - Counter(ours)
    if not missing and not surplus:
        return ""
    return _describe(next(iter(missing), None), next(iter(surplus), None))


def _ordered_difference(ours: list[Row], theirs: list[Row]) -> str:
    for number in range(max(len(ours), len(theirs))):
        base = ours[number] if number < len(ours) else None
        variant = theirs[number] if number < len(theirs) else None
        if base != variant:
            return f"row {number + 1}: {_describe(base, variant)}"
    return ""


def _describe(base: Row | None, variant: Row | None) -> str:
    return f"base has {_printed(base)}, variant has {_printed(variant)}"


def _printed(row: Row | None) -> str:
    return "no such row" if row is None else f"({', '.join(map(str, row))})"


def _normal(row: Row) -> Row:
    return tuple(map(_normal_value, row))


def _normal_value(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return _normal_number(value)
    if isinstance(value, list | dict):
        return repr(value)
    return value


def _normal_number(value: int | float | Decimal) -> Any:
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        return str(value)
    if value == int(value):
        return int(value)
    return float(f"{value:.{_DIGITS}g}")
