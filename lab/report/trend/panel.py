"""One chart of a history: a strip for each series, above one another, each with an axis of its own so that its changes
show."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lab.report import charts, units
from lab.report.trend.lines import Change, stretches

WIDTH, HEIGHT, SPACING = 420, 64, 4
REACH = 4.0
"""The target is drawn when it is at most this many times beyond what is shown."""
LEAST_RANGE = 1.5
"""An axis spans at least this ratio, so that noise does not look like a cliff."""
MOST_POINTS = 60
"""In a longer history only points without neighbours are drawn as such."""
MOST_NUMBERS = 12
"""Of more changes only the lines are drawn: their numbers would cover each other."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a run measured: a value, the ends of its interval, and a later quantile. `failure` in place of them."""

    position: int
    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    late: float | None = None
    words: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    color: str
    points: tuple[Point, ...]

    @property
    def measured(self) -> list[Point]:
        return [point for point in self.points if not point.failure]


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis: from `low` to `high`, with its ticks and how they are printed."""

    low: float
    high: float
    ticks: Sequence[float]
    words: Callable[[float], str]
    is_log: bool


def latency_scale(series: Series, target: float) -> Scale:
    """Logarithmic, over intervals and later quantiles, and the target where it is near."""
    points = series.measured
    low = min((point.low for point in points), default=target / 2)
    high = max((max(point.high, point.late or 0.0) for point in points), default=target)
    if high < target <= high * REACH:
        high = target
    if low > target >= low / REACH:
        low = target
    wider = max(math.sqrt(LEAST_RANGE * low / high), (high / low) ** 0.06, 1.04)
    low, high = low / wider, high * wider
    ticks = charts.log_ticks(low, high, 3) if high / low > 8 else _even_ticks(low, high, 1.0)
    return Scale(low, high, ticks, units.seconds, True)


def amount_scale(series: Series, words: Callable[[float], str], base: float) -> Scale:
    """From 0, in even steps of a unit that grows by `base`."""
    highest = max((point.high for point in series.measured), default=0.0) or 1.0
    unit = base ** math.floor(math.log(highest, base))
    return Scale(0.0, highest * 1.08, _even_ticks(0.0, highest * 1.08, unit), words, False)


def _even_ticks(low: float, high: float, unit: float) -> list[float]:
    """At most four or so multiples of 1, 2, 2.5 or 5 times a power of ten, counted in `unit`."""
    rough = (high - low) / unit / 4
    decade = 10.0 ** math.floor(math.log10(rough))
    step = unit * next((size * decade for size in (1, 2, 2.5, 5) if size * decade >= rough), 10 * decade)
    numbers = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [number * step for number in numbers]


def specification(
    series: Sequence[Series],
    changes: Sequence[Change],
    dates: Sequence[str],
    scale_of: Callable[[Series], Scale],
    target: float | None = None,
) -> dict[str, Any]:
    """The Vega-Lite chart. `dates` name the runs by their positions; only some are printed."""
    strips = [
        _strip(one, changes, dates, scale_of(one), target, is_first=one is series[0], is_last=one is series[-1])
        for one in series
    ]
    return charts.stacked(strips, SPACING)


def _strip(
    one: Series,
    changes: Sequence[Change],
    dates: Sequence[str],
    scale: Scale,
    target: float | None,
    is_first: bool,
    is_last: bool,
) -> dict[str, Any]:
    x = _across(dates, is_last)
    y = _upward(scale)
    layers = _change_layers(changes, x, is_first and len(changes) <= MOST_NUMBERS)
    if target is not None and scale.low <= target <= scale.high:
        layers.append(_target_layer(target, y))
    layers += _series_layers(one, len(dates), x, y)
    title = {"text": one.name, "anchor": "start", "frame": "group", "fontSize": 11, "fontWeight": "normal"}
    title |= {"color": charts.MUTED, "offset": 3}
    return {"width": WIDTH, "height": HEIGHT, "title": title, "layer": layers}


def _across(dates: Sequence[str], is_labelled: bool) -> dict[str, Any]:
    last = len(dates) - 1
    positions = sorted({0, round(last / 3), round(last * 2 / 3), last}) if last > 5 else sorted({0, last})
    words = {float(position): dates[position] for position in positions}
    axis = charts.labelled_axis(list(words), words.__getitem__, grid=False, labelFlush=True, labels=is_labelled)
    scale = {"domain": [-0.5, last + 0.5], "nice": False, "zero": False}
    return {"field": "at", "type": "quantitative", "scale": scale, "axis": axis}


def _upward(scale: Scale) -> dict[str, Any]:
    axis = charts.labelled_axis(scale.ticks, scale.words, gridOpacity=0.7, minExtent=52, maxExtent=52)
    kind = {"type": "log"} if scale.is_log else {"type": "linear", "zero": True}
    return {
        "field": "value",
        "type": "quantitative",
        "scale": {**kind, "domain": [scale.low, scale.high], "nice": False},
        "axis": axis,
    }


def _change_layers(changes: Sequence[Change], x: dict[str, Any], has_numbers: bool) -> list[dict[str, Any]]:
    if not changes:
        return []
    rows = [
        {"at": change.position - 0.5, "number": str(change.number), "words": f"{change.number}: {change.sentence}"}
        for change in changes
    ]
    rule = {"type": "rule", "strokeDash": [1, 2], "color": charts.INK, "strokeWidth": 1, "opacity": 0.7}
    layers = [{"data": {"values": rows}, "mark": rule, "encoding": {"x": x, "description": {"field": "words"}}}]
    if has_numbers:
        text = {"type": "text", "align": "left", "dx": 2, "baseline": "top", "fontSize": 10, "color": charts.INK}
        encoding = {"x": x, "y": {"value": 0}, "text": {"field": "number"}}
        layers.append({"data": {"values": rows}, "mark": text, "encoding": encoding})
    return layers


def _target_layer(target: float, y: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": {"values": [{"value": target, "words": f"target {units.tick(units.seconds(target))}"}]},
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": charts.TARGET, "strokeWidth": 1.2},
        "encoding": {"y": y, "description": {"field": "words"}},
    }


def _series_layers(one: Series, count: int, x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    rows = _rows(one.measured)
    alone = [row for row in rows if row["is_alone"]]
    shown = rows if count <= MOST_POINTS else alone
    line = {"x": x, "y": y, "detail": {"field": "stretch"}}
    spread = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    late = {**y, "field": "late"}
    described = {"description": {"field": "words"}}
    band = {"type": "area", "color": one.color, "opacity": 0.28, "aria": False}
    bar = {"type": "rule", "color": one.color, "strokeWidth": 2.5, "opacity": 0.45}
    stroke = {"type": "line", "color": one.color, "strokeWidth": 1.6, "aria": False}
    dotted = {"type": "line", "color": charts.INK, "strokeWidth": 0.9, "strokeDash": [1, 2], "aria": False}
    point = {"type": "point", "filled": True, "opacity": 1, "color": one.color, "size": 26}
    dot = {"type": "point", "filled": True, "opacity": 0.85, "color": charts.INK, "size": 9}
    cross = {"type": "point", "shape": "cross", "angle": 45, "filled": True, "opacity": 1, "color": charts.TARGET}
    failed = [{"at": point.position, "words": point.words} for point in one.points if point.failure]
    layers = [(rows, stroke, line), (shown, bar, spread), (shown, point, {"x": x, "y": y, **described})]
    later = [row for row in shown if row["late"] is not None]
    layers.append((later, dot, {"x": x, "y": late, **described}))
    if count > MOST_POINTS:
        layers.insert(0, (rows, band, {**spread, "detail": {"field": "stretch"}}))
        layers.append(([row for row in rows if row["late"] is not None], dotted, {**line, "y": late}))
    layers.append((failed, {**cross, "size": 40}, {"x": x, "y": {"value": 7}, **described}))
    return [{"data": {"values": data}, "mark": mark, "encoding": encoding} for data, mark, encoding in layers if data]


def _rows(points: Sequence[Point]) -> list[dict[str, Any]]:
    known = {point.position: point for point in points}
    return [
        {
            "at": position,
            "value": known[position].value,
            "low": known[position].low,
            "high": known[position].high,
            "late": known[position].late,
            "words": known[position].words,
            "stretch": number,
            "is_alone": len(stretch) == 1,
        }
        for number, stretch in enumerate(stretches(sorted(known)))
        for position in stretch
    ]
