"""How latencies grow with the tables, where targets break, which plans change, and what the data will take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from lab.model.growth import Growth, Law, Point, Prediction
from lab.model.run import Run
from lab.model.workload import TARGET_SECONDS
from lab.report import charts, units
from lab.report.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    ChartGrid,
    Code,
    Column,
    Details,
    Heading,
    Paragraph,
    Table,
)
from lab.report.growth_words import breaks_at, factor, first_breaks, flips, law_words

TITLE = "Growth"
WIDTH, HEIGHT = 300, 170
MOST_CHARTS = 9
READING = (
    "Sizes are multiples of this run's rows. Points were measured, each at its size, with 95 % intervals; hollow ones "
    "are predicted. Both axes are logarithmic, so a straight line is a power of the size: flat costs the same at any "
    "size, a slope of one doubles with the rows. The dashed line is the target."
)
LAW = (
    "A law is a + b f(n), the slowest growth that fits; a question mark says that fewer than 8 in 10 resamples of the "
    "measurements agree. Targets are of the 95th percentile, laws and exponents of the median."
)
PREDICTION = (
    "Plans beyond the measured sizes are PostgreSQL's own, on statistics and file sizes made up from how they grew; "
    "seconds are what such costs took at the measured sizes, with a 95 % prediction interval, wider where the plan is "
    "another. Everything is taken to stay in memory."
)


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    return list(_blocks(run, run.growth)) if run.growth and run.growth.sizes else []


def _blocks(run: Run, growth: Growth) -> Iterator[Block]:
    yield Bullets(tuple(first_breaks(growth)))
    if growth.left_out:
        yield Paragraph(" ".join(f"{factor(left.factor)} was not measured: {left.reason}." for left in growth.left_out))
    if growth.laws:
        yield Paragraph(READING, "quiet")
        yield ChartGrid(tuple(_charts(growth)), None)
        yield Details("Every operation", (Paragraph(LAW, "quiet"), _laws(growth)), note=f"{len(growth.laws)} laws")
    yield Heading("Beyond what was measured", 3)
    if growth.predictions:
        yield Paragraph(PREDICTION, "quiet")
        yield from _plan_flips(growth)
        yield Details("Predicted latencies", (_predicted(growth),), note=f"to {factor(growth.asked_to)}")
    else:
        yield Paragraph(f"No plans are predicted: {growth.not_predicted or 'nothing lies beyond'}.")
    yield from _keys(growth)


def _charts(growth: Growth) -> Iterator[Chart]:
    """Of what breaks first, then of what grows fastest."""
    order = sorted(growth.laws, key=lambda law: (law.breaks_at is None, -law.exponent.estimate))
    for operation in list(dict.fromkeys(law.operation for law in order))[:MOST_CHARTS]:
        yield _chart(growth, operation)


def _chart(growth: Growth, operation: str) -> Chart:
    (law, *_) = [law for law in growth.laws if law.operation == operation]
    target = TARGET_SECONDS[law.target_class]
    rows = [*_measured(growth, operation), *_predictions(growth, operation)]
    seconds = [target, *(row["seconds"] for row in rows)]
    sizes = [row["size"] for row in rows]
    y_domain, x_domain = (min(seconds) / 1.5, max(seconds) * 1.5), (min(sizes) / 1.2, max(sizes) * 1.2)
    x = _axis("size", x_domain, charts.labelled_axis(charts.log_ticks(*x_domain, 4), factor))
    y = _axis("seconds", y_domain, charts.labelled_axis(charts.log_ticks(*y_domain, 4), units.seconds, minExtent=44))
    names = list(dict.fromkeys(row["variant"] for row in rows))
    colours = [charts.BASE, charts.ACCENT, charts.CALM, charts.MUTED, charts.INK]
    scale = {"domain": names, "range": [colours[place % len(colours)] for place, _ in enumerate(names)]}
    legend = {"title": None, "labelColor": charts.MUTED, "orient": "bottom"} if len(names) > 1 else None
    colour = {"field": "variant", "scale": scale, "legend": legend}
    dots = {"x": x, "y": y, "color": colour, "description": {"field": "words"}}
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": [{"seconds": target}]},
            "mark": {"type": "rule", "strokeDash": [4, 3], "color": charts.TARGET},
            "encoding": {"y": y},
        },
        {
            "data": {"values": [row for row in rows if not row["is_predicted"]]},
            "mark": {"type": "line", "strokeWidth": 1.5},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "rule", "strokeWidth": 1, "opacity": 0.5, "clip": True},
            "encoding": {**dots, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        {
            "data": {"values": [row for row in rows if not row["is_predicted"]]},
            "mark": {"type": "point", "filled": True, "size": 28, "opacity": 1},
            "encoding": dots,
        },
        {
            "data": {"values": [row for row in rows if row["is_predicted"]]},
            "mark": {"type": "point", "filled": False, "size": 32, "opacity": 1},
            "encoding": dots,
        },
    ]
    words = "; ".join(row["words"] for row in rows)
    return Chart(operation, charts.specification(layers, WIDTH, HEIGHT), f"{operation} by size: {words}.")


def _axis(field: str, domain: tuple[float, float], axis: dict[str, Any]) -> dict[str, Any]:
    scale = {"type": "log", "domain": list(domain), "nice": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def _measured(growth: Growth, operation: str) -> Iterator[dict[str, Any]]:
    for size in growth.sizes:
        for point in size.points:
            if point.operation == operation and point.p50 is not None:
                yield _row(point.variant, size.factor, point.p50.estimate, point.p50.low, point.p50.high, False)


def _predictions(growth: Growth, operation: str) -> Iterator[dict[str, Any]]:
    for each in growth.predictions:
        if each.operation == operation and each.p50 is not None:
            yield _row(each.variant, each.factor, each.p50.estimate, each.p50.low, each.p50.high, True)


def _row(variant: str, size: float, seconds: float, low: float, high: float, is_predicted: bool) -> dict[str, Any]:
    how = "predicted" if is_predicted else "measured"
    return {
        "variant": variant,
        "size": size,
        "seconds": seconds,
        "low": low,
        "high": high,
        "is_predicted": is_predicted,
        "words": f"{variant} at {factor(size)}: {units.seconds(seconds)}, {how}",
    }


def _laws(growth: Growth) -> Table:
    sizes = [Column(f"p95 at {factor(size.factor)}", True) for size in growth.sizes]
    columns = (
        Column("operation"), Column("variant"), Column("law"), Column("exponent", True), *sizes, Column("breaks at")
    )  # fmt: skip
    points = {(s.factor, p.variant, p.operation): p for s in growth.sizes for p in s.points}
    rows = tuple(
        (
            Cell(law.operation, law.target_class),
            Cell(law.variant),
            Cell(law_words(law), hover=f"best in {units.percent(law.support)} of resamples"),
            Cell(f"{law.exponent.estimate:.2f}", f"{law.exponent.low:.2f} to {law.exponent.high:.2f}"),
            *(_p95(points.get((size.factor, law.variant, law.operation)), law) for size in growth.sizes),
            Cell(breaks_at(law), tone="bad" if law.is_broken else "plain"),
        )
        for law in growth.laws
    )
    return Table(columns, rows, "Growth of each operation, what breaks first at the top")


def _p95(point: Point | None, law: Law) -> Cell:
    if point is None or point.p95 is None:
        return Cell(units.UNKNOWN, hover=point.reason if point else "")
    is_missed = point.p95.low > TARGET_SECONDS[law.target_class]
    return Cell(units.seconds(point.p95.estimate), tone="bad" if is_missed else "plain")


def _plan_flips(growth: Growth) -> Iterator[Block]:
    found = flips(growth)
    if not found:
        yield Paragraph(f"No plan changes up to {factor(growth.asked_to)}.", "good")
        return
    last = growth.sizes[-1]
    now = {(point.variant, point.operation): point.plan for point in last.points}
    yield Paragraph(f"{len(found)} operations are planned another way beyond {factor(last.factor)}:")
    for each in found:
        yield Details(
            f"`{each.operation}` on `{each.variant}`, from {factor(each.factor)} on",
            (
                Code(now[each.variant, each.operation], caption=f"At {factor(last.factor)}, measured"),
                Code(each.plan, caption=f"At {factor(each.factor)}, predicted"),
            ),
            note=units.seconds_interval(each.p50),
            is_bulky=True,
        )


def _predicted(growth: Growth) -> Table:
    factors = list(dict.fromkeys(each.factor for each in growth.predictions))
    rows: dict[tuple[str, str], dict[float, Prediction]] = {}
    for each in growth.predictions:
        rows.setdefault((each.operation, each.variant), {})[each.factor] = each
    columns = (Column("operation"), Column("variant"), *(Column(f"p50 at {factor(size)}", True) for size in factors))
    cells = (
        (Cell(operation), Cell(variant), *(_prediction(found.get(size)) for size in factors))
        for (operation, variant), found in rows.items()
    )
    return Table(columns, tuple(cells), "Predicted medians; ↷ marks another plan")


def _prediction(found: Prediction | None) -> Cell:
    if found is None or found.p50 is None:
        return Cell(units.UNKNOWN, hover=found.reason if found else "")
    mark = "↷" if found.change == "other plan" else ""
    return Cell(units.seconds(found.p50.estimate), units.seconds_interval(found.p50), mark)


def _keys(growth: Growth) -> Iterator[Block]:
    if not growth.keys:
        return
    yield Heading("Keys that run out", 3)
    columns = (Column("column"), Column("type"), Column("highest", True), Column("rows now", True), Column("full at"))
    rows = tuple(
        (
            Cell(f"{key.table}.{key.column}"),
            Cell(key.type),
            Cell(units.count(key.highest)),
            Cell(units.count(key.rows)),
            Cell(factor(key.breaks_at), tone="bad"),
        )
        for key in growth.keys
    )
    yield Table(columns, rows, f"Whole-number keys too narrow for {factor(growth.asked_to)}: make them bigint in time")
