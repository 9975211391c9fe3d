"""What is gained in reading against what is paid in writing and storage."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from lab.model.interval import Interval
from lab.model.run import Run
from lab.report import charts, units
from lab.report.blocks import Block, Cell, Chart, ChartGrid, Column, Heading, Paragraph, Table
from lab.report.cells import ratio_cell
from lab.report.placement import LINE_HEIGHT, Box, place_names
from lab.report.standing import Standing
from lab.report.verdict import EngineDecision, decide

TITLE = "Gain and price"
WIDTH, HEIGHT = 440, 270
ONE = Interval(1.0, 1.0, 1.0)
READING = (
    "Both axes are ratios to the base (weighted geometric means over operations): lower is faster, further left "
    "is cheaper, so the lower left is where one wants to be. Bars are 95 % confidence intervals."
)


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    found: list[Block] = []
    for decision in decide(run).engines:
        found.append(Heading(decision.label, 3))
        found.append(_grid(decision) or Paragraph("No variant was compared with the base.", "unclear"))
    return [Paragraph(READING, "quiet"), *found] if found else [Paragraph("No engine was measured.", "unclear")]


def _grid(decision: EngineDecision) -> ChartGrid | None:
    places = [place for place in decision.standings if place.is_base or place.reads]
    if len(places) < 2:
        return None
    by_writes = [place for place in places if place.is_base or place.writes]
    drawn = []
    if len(by_writes) > 1:
        drawn.append(_chart(by_writes, decision, "write time", _writes))
    stored = [place for place in places if place.storage_ratio is not None]
    if len(stored) > 1:
        drawn.append(_chart(stored, decision, "storage", _storage))
    return ChartGrid(tuple(drawn), _table(places, decision.label), "medium") if drawn else None


def _reads(place: Standing) -> Interval:
    return place.reads or ONE


def _writes(place: Standing) -> Interval:
    return place.writes or ONE


def _storage(place: Standing) -> Interval:
    ratio = place.storage_ratio or 1.0
    return Interval(ratio, ratio, ratio)


def _chart(
    places: Sequence[Standing], decision: EngineDecision, price: str, price_of: Callable[[Standing], Interval]
) -> Chart:
    x_domain = _domain([price_of(place) for place in places], 1.08)
    y_domain = _domain([_reads(place) for place in places], 1.3)
    x = _encoding("price", x_domain, f"{price}, beside the base")
    y = _encoding("reads", y_domain, "read time, beside the base")
    rows = [_row(place, decision, price, price_of) for place in places]
    _place_labels(rows, x_domain, y_domain)
    spec = charts.specification(_layers(rows, x, y), WIDTH, HEIGHT)
    words = "; ".join(row["words"] for row in rows)
    return Chart(f"Read time against {price}", spec, f"Read time against {price} on {decision.label}. {words}.")


def _domain(intervals: Sequence[Interval], margin: float) -> tuple[float, float]:
    low = min(1.0, *(interval.low for interval in intervals))
    high = max(1.0, *(interval.high for interval in intervals))
    wider = max((high / low) ** 0.08, margin)
    return low / wider, high * wider


def _encoding(field: str, domain: tuple[float, float], title: str) -> dict[str, Any]:
    axis = charts.labelled_axis(_ticks(*domain), units.ratio, title=title, titlePadding=8)
    scale = {"type": "log", "domain": list(domain), "nice": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def _ticks(low: float, high: float) -> list[float]:
    """Powers of ten and their 2 and 5 where the range is wide, even steps where it is narrow; 1 always."""
    if high / low > 8:
        return charts.log_ticks(low, high)
    step = next(step for step in (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0) if (high - low) / step <= 7)
    return [round(number * step, 4) for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _row(
    place: Standing, decision: EngineDecision, price: str, price_of: Callable[[Standing], Interval]
) -> dict[str, Any]:
    paid, reads = price_of(place), _reads(place)
    kind = "chosen" if place.variant == decision.variant else "base" if place.is_base else "other"
    words = f"{place.variant}: reads {units.ratio(reads.estimate)}, {price} {units.ratio(paid.estimate)}"
    return {
        "name": f"{place.variant} (out)" if place.objections else place.variant,
        "kind": "out" if place.objections else kind,
        "price": paid.estimate,
        "price_low": paid.low,
        "price_high": paid.high,
        "reads": reads.estimate,
        "reads_low": reads.low,
        "reads_high": reads.high,
        "words": words,
    }


def _place_labels(rows: list[dict[str, Any]], x_domain: tuple[float, float], y_domain: tuple[float, float]) -> None:
    """Give each row the place of its name, in values of the axes, and whether that is far from its point."""

    def across(value: float) -> float:
        return WIDTH * _position(value, x_domain)

    def downward(value: float) -> float:
        return HEIGHT * (1 - _position(value, y_domain))

    points = [(across(row["price"]), downward(row["reads"])) for row in rows]
    bars = [
        Box(across(row["price_low"]), y - 2, across(row["price_high"]), y + 2)
        for row, (_, y) in zip(rows, points, strict=True)
    ]
    lines = [Box(0, downward(1.0) - 1, WIDTH, downward(1.0) + 1), Box(across(1.0) - 1, 0, across(1.0) + 1, HEIGHT)]
    boxes = place_names(points, [row["name"] for row in rows], Box(0, 0, WIDTH + 8, HEIGHT), [*bars, *lines])
    for row, (x, y), box in zip(rows, points, boxes, strict=True):
        middle = (box.top + box.bottom) / 2
        row["side"] = "right" if box.right < x else "left"
        row["name_x"] = _value((box.right if box.right < x else box.left) / WIDTH, x_domain)
        row["name_y"] = _value(1 - middle / HEIGHT, y_domain)
        row["near_x"] = _value(min(max(x, box.left), box.right) / WIDTH, x_domain)
        row["is_far"] = abs(middle - y) > LINE_HEIGHT * 1.5


def _position(value: float, domain: tuple[float, float]) -> float:
    low, high = domain
    return math.log(value / low) / math.log(high / low)


def _value(position: float, domain: tuple[float, float]) -> float:
    low, high = domain
    return low * math.exp(position * math.log(high / low))


def _layers(rows: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    colors = [charts.BASE, charts.CALM, charts.ACCENT, charts.MUTED]
    color = {"field": "kind", "scale": {"domain": ["base", "other", "chosen", "out"], "range": colors}, "legend": None}
    one = {"data": {"values": [{"price": 1.0, "reads": 1.0}]}}
    dashed = {"type": "rule", "strokeDash": [3, 3], "color": charts.MUTED, "opacity": 0.7}
    point = {"type": "point", "filled": True, "size": 90, "opacity": 1}
    bar = {"type": "rule", "strokeWidth": 1.4, "opacity": 0.6}
    return [
        {**one, "mark": dashed, "encoding": {"x": x}},
        {**one, "mark": dashed, "encoding": {"y": y}},
        {
            "data": {"values": rows},
            "layer": [
                {
                    "mark": bar,
                    "encoding": {
                        "x": {**x, "field": "price_low"},
                        "x2": {"field": "price_high"},
                        "y": y,
                        "color": color,
                    },
                },
                {
                    "mark": bar,
                    "encoding": {
                        "y": {**y, "field": "reads_low"},
                        "y2": {"field": "reads_high"},
                        "x": x,
                        "color": color,
                    },
                },
                {"mark": point, "encoding": {"x": x, "y": y, "color": color, "description": {"field": "words"}}},
                *_name_layers(x, y),
            ],
        },
    ]


def _name_layers(x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    """The names, and a thin line to those that had to stand aside."""
    leader = {
        "transform": [{"filter": "datum.is_far"}],
        "mark": {"type": "rule", "strokeWidth": 0.8, "color": charts.MUTED, "opacity": 0.6},
        "encoding": {"x": x, "y": y, "x2": {"field": "near_x"}, "y2": {"field": "name_y"}},
    }
    return [leader, *(_names_layer(x, y, side) for side in ("left", "right"))]


def _names_layer(x: dict[str, Any], y: dict[str, Any], side: str) -> dict[str, Any]:
    place = {"x": {**x, "field": "name_x"}, "y": {**y, "field": "name_y"}}
    return {
        "transform": [{"filter": f"datum.side === '{side}'"}],
        "mark": {"type": "text", "align": side, "baseline": "middle", "fontSize": 12, "color": charts.INK},
        "encoding": {**place, "text": {"field": "name"}},
    }


def _table(places: Sequence[Standing], label: str) -> Table:
    columns = (Column("variant"), *(Column(name, True) for name in ("reads", "writes", "all", "storage")))
    rows = tuple(
        (
            Cell(place.variant),
            *(ratio_cell(value) for value in (place.reads, place.writes, place.overall)),
            Cell(units.ratio(place.storage_ratio)),
        )
        for place in places
    )
    return Table(columns, rows, f"Ratios to the base on {label}")
