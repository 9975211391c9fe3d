"""How finely the values of a type lie, and how far they reach."""

from __future__ import annotations

from lab.model.schema import Type

DAY = 86_400_000_000
"""Microseconds, as all moments are counted in."""
MOMENTS = frozenset(("timestamptz", "timestamp", "date"))
INTEGERS = frozenset(("smallint", "integer", "bigint", "oid"))
TEXTS = frozenset(("text", "varchar", "char", "citext", "name"))
_DECIMALS = frozenset(("numeric", "money"))
_FLOATS = frozenset(("real", "double precision"))
_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "oid": 2**31 - 1}
_MOST_DIGITS = 6
_NAME_LENGTH = 63


def is_integer(type_: Type) -> bool:
    return type_.name in INTEGERS and not type_.dimensions


def is_number(type_: Type) -> bool:
    return type_.name in INTEGERS | _DECIMALS | _FLOATS and not type_.dimensions


def is_decimal(type_: Type) -> bool:
    return type_.name in _DECIMALS and not type_.dimensions


def is_text(type_: Type) -> bool:
    return type_.name in TEXTS and not type_.dimensions


def is_moment(type_: Type) -> bool:
    return type_.name in MOMENTS and not type_.dimensions


def precision_and_scale(type_: Type) -> tuple[int, int]:
    """Of a decimal: digits in all, and those behind the point. Without declared ones, those of an amount of money."""
    if not type_.arguments:
        return 18, 2
    precision, scale = (*type_.arguments, 0)[:2]
    return (precision, scale) if scale >= 0 else (precision - scale, 0)


def step_of(type_: Type) -> float:
    """The least distance between two drawn values: of numbers, and in microseconds of moments."""
    if type_.name == "date":
        return DAY
    if type_.name in MOMENTS:
        return float(10 ** (6 - min(type_.arguments[0], 6))) if type_.arguments else 1.0
    if type_.name in _DECIMALS:
        return float(10 ** -min(precision_and_scale(type_)[1], _MOST_DIGITS))
    return 0.001 if type_.name in _FLOATS else 1.0


def largest(type_: Type) -> float | None:
    """The largest number of a type; None where none is met."""
    if type_.name in _DECIMALS and type_.arguments:
        precision, scale = precision_and_scale(type_)
        return float(10 ** (precision - scale)) - step_of(type_)
    return _LARGEST.get(type_.name)


def text_length(type_: Type) -> int | None:
    """The most characters of a text; None for any number."""
    if type_.name == "name":
        return _NAME_LENGTH
    if type_.name == "char":
        return type_.arguments[0] if type_.arguments else 1
    return type_.arguments[0] if type_.name == "varchar" and type_.arguments else None
