"""Figures of a study, in words."""

from __future__ import annotations

from lab.model.caching import Figure
from lab.report import units


def figure_words(figure: Figure) -> str:
    return units.UNKNOWN if figure.value is None else _words(figure.value.estimate, figure.unit)


def figure_interval(figure: Figure) -> str:
    """Empty where the figure is exact."""
    value = figure.value
    if value is None or value.low == value.high:
        return ""
    if figure.unit == "s":
        return units.seconds_interval(value)
    if figure.unit == "x":
        return units.ratio_interval(value)
    return f"{_words(value.low, figure.unit)} – {_words(value.high, figure.unit)}"


def _words(value: float, unit: str) -> str:
    match unit:
        case "s":
            return units.seconds(value)
        case "B":
            return units.size_bytes(value)
        case "x":
            return units.ratio(value)
        case "share":
            return units.percent(value)
    return units.count(round(value)) if value >= 100 else units.significant(value)
