"""Numbers for readers: three significant digits, a unit that keeps them short, and intervals."""

from __future__ import annotations

import math
import re

from lab.model.interval import Interval

SECOND_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
BYTE_UNITS = ((1024**4, "TiB"), (1024**3, "GiB"), (1024**2, "MiB"), (1024, "KiB"), (1, "B"))
UNKNOWN = "–"
"""Printed where there is no number."""


def significant(value: float, digits: int = 3) -> str:
    """`value` to so many significant digits, without an exponent: 0.0412, 3.14, 1,230."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else UNKNOWN
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(digits - 1 - math.floor(math.log10(abs(rounded))), 0)
    return f"{rounded:,.{decimals}f}"


def seconds(value: float | None) -> str:
    """3.21 ms, 48.1 µs, 1.2 s, 4 min 10 s."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value >= 120:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes:,} min {rest} s"
    size, unit = _unit_of(value, SECOND_UNITS)
    return f"{significant(value / size)} {unit}"


def size_bytes(value: float | None) -> str:
    """512 B, 3.21 MiB, 1.2 GiB."""
    if value is None:
        return UNKNOWN
    size, unit = _unit_of(value, BYTE_UNITS)
    return f"{significant(value / size)} {unit}"


def ratio(value: float | None) -> str:
    """0.041x, 0.81x, 1.12x, 12.3x."""
    return UNKNOWN if value is None else f"{_factor(value)}x"


def ratio_interval(interval: Interval | None) -> str:
    """0.81–0.93x."""
    if interval is None:
        return UNKNOWN
    low, high = _factor(interval.low), _factor(interval.high)
    return f"{low}x" if low == high else f"{low}–{high}x"


def seconds_interval(interval: Interval | None) -> str:
    """3.1–3.4 ms; both ends in the unit of the upper one."""
    if interval is None:
        return UNKNOWN
    if interval.high >= 120 or not math.isfinite(interval.high):
        return f"{seconds(interval.low)} – {seconds(interval.high)}"
    size, unit = _unit_of(interval.high, SECOND_UNITS)
    low, high = significant(interval.low / size), significant(interval.high / size)
    return f"{low} {unit}" if low == high else f"{low}–{high} {unit}"


def tick(text: str) -> str:
    """A printed number without zeros at its end: 1 ms for 1.00 ms."""
    return re.sub(r"(\.\d*?)0+(?=\D|$)", r"\1", text).replace(". ", " ").replace(".x", "x")


def count(value: float) -> str:
    """1,234,567; 2.5."""
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else significant(value)


def percent(share: float) -> str:
    """A share of 1 in per cent; never 0 % or 100 % for what is only nearly so."""
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{share:.0%}".replace("%", " %")


def _factor(value: float) -> str:
    """Three digits above 1, two decimals from 0.1, two digits below."""
    if value >= 1 or value == 0:
        return significant(value)
    return f"{value:.2f}" if value >= 0.0995 else significant(value, 2)


def _unit_of(value: float, units: tuple[tuple[float, str], ...]) -> tuple[float, str]:
    """The largest unit in which `value`, to three digits, is at least 1, or the smallest; of 0 the plain one."""
    if value == 0:
        return next(unit for unit in units if unit[0] == 1)
    return next((unit for unit in units if float(f"{value / unit[0]:.2e}") >= 1), units[-1])
