"""How latencies spread: for each operation one ridge for each variant, on a logarithmic axis of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from lab.model.run import EngineRun, OperationRun, Run
from lab.model.workload import TARGET_SECONDS
from lab.report import charts, units
from lab.report.blocks import Block, Cell, Chart, ChartGrid, Column, Heading, Paragraph, Table
from lab.report.cells import all_operations
from lab.report.distribution import Latencies, density, latencies
from lab.report.placement import LETTER_WIDTH
from lab.report.verdict import EngineDecision, decide

TITLE = "Latency distributions"
WIDTH, ROW_HEIGHT, OVERLAP = 240, 24, 0.92
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
REACH = 4.0
"""The target is drawn when it is at most this many times beyond the latencies shown."""


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    found: list[Block] = []
    for engine, decision in zip(run.engines, decide(run).engines, strict=True):
        found.append(Heading(decision.label, 3))
        found.extend(_engine_blocks(run, engine, decision, latencies(samples, engine)))
    if not found:
        return [Paragraph("No engine was measured.", "unclear")]
    return [Paragraph(READING, "quiet"), *found]


READING = (
    "Every timed execution, as a density over the logarithm of its latency; each ridge has the same height. "
    "The bar is the median, the dot the 95th percentile, the dashed line the target where it is near."
)


def _engine_blocks(
    run: Run, engine: EngineRun, decision: EngineDecision, found: Mapping[tuple[str, str], Latencies]
) -> list[Block]:
    drawn = []
    for name in all_operations(run):
        ridges = {
            variant.name: found[variant.name, name] for variant in engine.variants if (variant.name, name) in found
        }
        known = next((operation for variant in engine.variants if (operation := variant.operation(name))), None)
        if ridges and known:
            drawn.append(_chart(known, ridges, decision))
    if not drawn:
        return [Paragraph("No samples were kept for this engine.", "unclear")]
    return [ChartGrid(tuple(drawn), _table(run, engine, decision.label, found))]


def _chart(operation: OperationRun, ridges: Mapping[str, Latencies], decision: EngineDecision) -> Chart:
    names = list(ridges)
    low, high = _domain(ridges.values())
    target = TARGET_SECONDS[operation.target_class]
    if high < target <= high * REACH:
        high = target * 1.1
    if low > target >= low / REACH:
        low = target / 1.1
    x = {
        "field": "seconds",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": charts.labelled_axis(charts.log_ticks(low, high, 4), units.seconds, gridOpacity=0.7),
    }
    layers = [_ridge_layer(x, ridges, decision, low, high), *_mark_layers(x, ridges, names)]
    if low <= target <= high:
        layers.insert(1, _target_layer(x, target, operation.target_class))
    spec = charts.specification(layers, WIDTH, ROW_HEIGHT * len(names) + 8)
    medians = ", ".join(f"{name} {units.seconds(float(np.median(values)))}" for name, values in ridges.items())
    title = f"`{operation.name}` · target {units.tick(units.seconds(target))}"
    return Chart(title, spec, f"Latency of {operation.name} on {decision.label}; medians: {medians}.")


def _domain(ridges: Any) -> tuple[float, float]:
    """From the lowest to the highest latency, less a half per cent of stragglers at either end, with a margin."""
    low = min(float(np.quantile(values, 0.005)) for values in ridges)
    high = max(float(np.quantile(values, 0.995)) for values in ridges)
    margin = max((high / low) ** 0.06, 1.08)
    return low / margin, high * margin


def _ridge_layer(
    x: Mapping[str, Any], ridges: Mapping[str, Latencies], decision: EngineDecision, low: float, high: float
) -> dict[str, Any]:
    rows = []
    for number, (name, values) in enumerate(ridges.items()):
        shape = density(values, low, high)
        rows += [
            {
                "variant": name,
                "seconds": float(f"{at:.4g}"),
                "floor": -number,
                "top": round(-number + OVERLAP * height, 4),
            }
            for at, height in zip(shape["seconds"], shape["height"], strict=True)
        ]
    names = list(ridges)
    colors = [charts.BASE if i == 0 else charts.CALM for i in range(len(names))]
    if decision.variant in names:
        colors[names.index(decision.variant)] = charts.ACCENT
    color = {"field": "variant", "scale": {"domain": names, "range": colors}, "legend": None}
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "fillOpacity": 0.3, "strokeWidth": 1.1, "strokeOpacity": 1, "aria": False},
        "encoding": {
            "x": x,
            "y": _rows_axis(names, "floor"),
            "y2": {"field": "top"},
            "fill": color,
            "stroke": color,
            "detail": {"field": "variant"},
        },
    }


def _rows_axis(names: Sequence[str], field: str) -> dict[str, Any]:
    """The first name uppermost, each beside the foot of its ridge."""
    axis = {
        "values": [-number for number in range(len(names))],
        "labelExpr": f"{json.dumps([_shortened(name) for name in names])}[round(-datum.value)]",
        "title": None,
        "grid": False,
        "labelBaseline": "bottom",
        "labelLimit": 140,
        "minExtent": max(len(_shortened(name)) for name in names) * LETTER_WIDTH,
    }
    scale = {"domain": [1 - len(names) - 0.1, 1.05], "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "axis": axis, "scale": scale}


def _mark_layers(x: Mapping[str, Any], ridges: Mapping[str, Latencies], names: Sequence[str]) -> list[dict[str, Any]]:
    encoding = {"x": x, "y": _rows_axis(names, "row"), "description": {"field": "words"}}
    return [
        {
            "data": {
                "values": [_mark_row(name, values, quantile, -i) for i, (name, values) in enumerate(ridges.items())]
            },
            "mark": mark,
            "encoding": encoding,
        }
        for quantile, mark in (
            (
                0.5,
                {
                    "type": "tick",
                    "orient": "vertical",
                    "thickness": 2,
                    "height": 9,
                    "opacity": 1,
                    "color": charts.INK,
                    "yOffset": -4,
                },
            ),
            (0.95, {"type": "point", "filled": True, "size": 22, "opacity": 1, "color": charts.INK, "yOffset": -2}),
        )
    ]


def _mark_row(name: str, values: Latencies, quantile: float, row: int) -> dict[str, Any]:
    middle, late = (float(np.quantile(values, q)) for q in (0.5, 0.95))
    words = f"{name}: p50 {units.seconds(middle)}, p95 {units.seconds(late)}, {len(values):,} executions"
    return {"seconds": float(np.quantile(values, quantile)), "row": row, "words": words}


def _target_layer(x: Mapping[str, Any], target: float, kind: str) -> dict[str, Any]:
    return {
        "data": {"values": [{"seconds": target, "words": f"target of {kind} operations: {units.seconds(target)}"}]},
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": charts.TARGET, "strokeWidth": 1.2},
        "encoding": {"x": x, "description": {"field": "words"}},
    }


def _shortened(name: str) -> str:
    return name if len(name) <= 17 else f"{name[:16]}…"


def _table(run: Run, engine: EngineRun, label: str, found: Mapping[tuple[str, str], Latencies]) -> Table:
    columns = (
        Column("operation"),
        Column("variant"),
        Column("n", True),
        *(Column(f"p{q * 100:g}", True) for q in QUANTILES),
    )
    rows = tuple(
        (Cell(name), Cell(variant.name), Cell(units.count(len(values))), *_quantile_cells(values))
        for name in all_operations(run)
        for variant in engine.variants
        if (values := found.get((variant.name, name))) is not None
    )
    return Table(columns, rows, f"Quantiles of the samples on {label}")


def _quantile_cells(values: Latencies) -> list[Cell]:
    return [Cell(units.seconds(float(value))) for value in np.quantile(values, QUANTILES)]
