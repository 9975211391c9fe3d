"""What a column's values must satisfy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a column's values must satisfy. Moments are bounded in microseconds since 1970."""

    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    shortest: int | None = None
    longest: int | None = None
    case: Literal["lower", "upper"] | None = None
    presence: Literal["always", "never"] | None = None
    """Whether the value is never, or always, NULL."""
    above: tuple[str, ...] = ()
    """Columns of the row it may not fall below."""
    is_strictly_above: bool = False
    unlike: tuple[str, ...] = ()
    """Columns of the row it may not equal."""
    expression: str | None = None
    """What it must equal."""
    patterns: tuple[str, ...] = ()
    """Regular expressions it must match."""
    required: tuple[str, ...] = ()
    """Conditions on other columns of the row under which it is not NULL."""
    absent: tuple[str, ...] = ()
    """Conditions on other columns of the row under which it is NULL."""
    missing_with: str | None = None
    """A column of the row without which it is NULL, too."""

    @property
    def cost(self) -> int:
        """How much freedom it takes."""
        never = 100 if self.presence == "never" else 0
        return never + (10 if self.values else 0) + (5 if self.excluded else 0) + 1


def both(one: Bounds, other: Bounds) -> Bounds:
    common = tuple(value for value in one.values if value in other.values)
    return Bounds(
        largest(one.low, other.low),
        smallest(one.high, other.high),
        common or one.values or other.values,
        one.excluded + other.excluded,
        largest(one.shortest, other.shortest),
        smallest(one.longest, other.longest),
        one.case or other.case,
        one.presence or other.presence,
        one.above + other.above,
        one.is_strictly_above or other.is_strictly_above,
        one.unlike + other.unlike,
        one.expression or other.expression,
        one.patterns + other.patterns,
        one.required + other.required,
        one.absent + other.absent,
    )


def largest(one: _Number | None, other: _Number | None) -> _Number | None:
    return max((number for number in (one, other) if number is not None), default=None)


def smallest(one: _Number | None, other: _Number | None) -> _Number | None:
    return min((number for number in (one, other) if number is not None), default=None)


Conditions = list[tuple[str, Bounds]]
"""Columns, and what is asked of each."""
