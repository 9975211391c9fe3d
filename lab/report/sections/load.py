"""What happened under load from several clients: latencies from the intended start, and the rate each variant bears."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from lab.model.run import EngineRun, Run
from lab.model.traffic import LoadOperation, LoadRun, Percentiles, RateSweep
from lab.report import charts, units
from lab.report.blocks import Block, Bullets, Cell, Chart, Column, Details, Heading, Paragraph, Table
from lab.report.cells import TONES
from lab.report.labels import MARKS, engine_labels
from lab.report.under_load import described, doubts_of, limit_words, rate_words
from lab.report.verdict import EngineDecision, decide

TITLE = "Under load"
WIDTH, HEIGHT = 420, 180
READING = (
    "A response time counts from the moment a request was meant to start, the service time from when it was sent: "
    "waiting behind a stall is part of the first alone. In a closed loop nothing is meant to start before the last "
    "answer, so a stall hardly shows there."
)
NO_SERVER = "This engine has no server: the clients do its work, and what limits them limits it."
DASHES = ([6, 3], [2, 2], [8, 3, 2, 3], [1, 3], [12, 4])
AXIS = ("p50", "p95", "p99", "p99.9", "highest")


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    found: list[Block] = []
    labels = engine_labels(run)
    for engine, decision in zip(run.engines, decide(run).engines, strict=True):
        if engine.loads or engine.sweeps:
            found.append(Heading(labels[engine.server.spec], 3))
            found.extend(_of_engine(engine, decision))
    return [Paragraph(READING, "quiet"), *found] if found else []


def _of_engine(engine: EngineRun, decision: EngineDecision) -> Iterator[Block]:
    label = decision.label
    if not engine.has_server:
        yield Paragraph(NO_SERVER, "quiet")
    if engine.loads:
        caption = f"{described(engine.loads[0])}, on {label}"
        yield _overview(engine.loads, caption[0].upper() + caption[1:])
        yield _chart(engine.loads, decision)
        doubts = tuple(f"`{load.variant}`: {doubt}." for load in engine.loads for doubt in doubts_of(load))
        if doubts:
            yield Bullets(doubts)
        for load in engine.loads:
            yield Details(f"Operations of `{load.variant}` under load", (_operations(load),), note=_note(load))
    if engine.sweeps:
        yield _sweeps(engine.sweeps, label)
        for sweep in engine.sweeps:
            yield Details(f"Rates tried on `{sweep.variant}`", (_steps(sweep),), note=f"{len(sweep.steps)} tried")


def _overview(loads: Sequence[LoadRun], caption: str) -> Table:
    titles = ("answered a second", "p50", "p95", "p99", "p99.9", "highest", "service p99", "clients' delay p99")
    rows = tuple(
        (
            Cell(load.variant, "" if load.is_complete else "cut short"),
            Cell(_met(load)),
            Cell(units.count(round(load.answered_rate, 1))),
            *_times(load.response),
            Cell(units.seconds(load.service.p99) if load.service else units.UNKNOWN),
            Cell(units.seconds(load.lag.p99) if load.lag else units.UNKNOWN),
        )
        for load in loads
    )
    return Table((Column("variant"), Column("targets met"), *(Column(t, True) for t in titles)), rows, caption)


def _met(load: LoadRun) -> str:
    return f"{sum(o.target == 'met' for o in load.operations)} of {len(load.operations)}"


def _note(load: LoadRun) -> str:
    return f"{_met(load)} met"


def _times(found: Percentiles | None) -> list[Cell]:
    if found is None:
        return [Cell(units.UNKNOWN)] * 5
    return [Cell(units.seconds(value)) for value in (found.p50, found.p95, found.p99, found.p999, found.highest)]


def _operations(load: LoadRun) -> Table:
    titles = ("n", "p50", "p95", "p99", "p99.9", "highest", "service p50", "service p99", "failed", "never sent")
    rows = tuple(_operation(operation) for operation in load.operations)
    columns = (Column("operation"), Column("target"), *(Column(title, True) for title in titles))
    return Table(columns, rows, f"Response times by operation on {load.variant}")


def _operation(operation: LoadOperation) -> tuple[Cell, ...]:
    response, service = operation.response, operation.service
    mark = MARKS[operation.target]
    return (
        Cell(operation.name, "write" if operation.is_write else ""),
        Cell(operation.target, "", mark, TONES[mark]),
        Cell(units.count(response.count) if response else "0"),
        *_times(response),
        Cell(units.seconds(service.p50) if service else units.UNKNOWN),
        Cell(units.seconds(service.p99) if service else units.UNKNOWN),
        Cell(units.count(operation.errors), hover=operation.first_error),
        Cell(units.count(operation.unsent)),
    )


def _chart(loads: Sequence[LoadRun], decision: EngineDecision) -> Chart:
    """Percentiles from the middle outwards. The adopted variant is told by colour, the others by their dashes."""
    rows = [
        {
            "variant": load.variant,
            "at": name,
            "seconds": value,
            "words": f"{load.variant}: {name} {units.seconds(value)}",
        }
        for load in loads
        if load.response
        for name, value in zip(AXIS, _values(load.response), strict=True)
    ]
    values = [float(str(row["seconds"])) for row in rows] or [1e-3]
    low, high = min(values) / 1.2, max(values) * 1.2
    names = [load.variant for load in loads]
    axis = charts.labelled_axis(charts.log_ticks(low, high, 5), units.seconds, minExtent=48)
    dashes = [[1, 0] if name in ("base", decision.variant) else DASHES[i % len(DASHES)] for i, name in enumerate(names)]
    encoding: dict[str, Any] = {
        "x": {"field": "at", "type": "ordinal", "sort": list(AXIS), "axis": {"labelAngle": 0, "title": None}},
        "y": {
            "field": "seconds",
            "type": "quantitative",
            "scale": {"type": "log", "domain": [low, high], "nice": False},
            "axis": axis,
        },
        "color": {
            "field": "variant",
            "scale": {"domain": names, "range": [_colour(name, decision) for name in names]},
            "legend": {"title": None, "labelColor": charts.MUTED, "orient": "right", "symbolType": "stroke"},
        },
        "strokeDash": {"field": "variant", "scale": {"domain": names, "range": dashes}},
    }
    layers = [
        {"data": {"values": rows}, "mark": {"type": "line", "strokeWidth": 1.5}, "encoding": encoding},
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "size": 26, "opacity": 1},
            "encoding": {**encoding, "description": {"field": "words"}},
        },
    ]
    words = "; ".join(f"{load.variant} p99 {units.seconds(load.response.p99)}" for load in loads if load.response)
    title = f"Response time by percentile on {decision.label}"
    return Chart(title, charts.specification(layers, WIDTH, HEIGHT), f"{title}: {words}.")


def _values(found: Percentiles) -> tuple[float, ...]:
    return found.p50, found.p95, found.p99, found.p999, found.highest


def _colour(variant: str, decision: EngineDecision) -> str:
    if variant == decision.variant:
        return charts.ACCENT
    return charts.BASE if variant == "base" else charts.CALM


def _sweeps(sweeps: Sequence[RateSweep], label: str) -> Table:
    columns = (
        Column("variant"),
        Column("requests a second", True),
        Column("met at", True),
        Column("missed at", True),
        Column("answered a second", True),
        Column("what gave way"),
    )
    rows = tuple(
        (
            Cell(sweep.variant, "" if sweep.is_complete else "the time was up before the search ended"),
            Cell(rate_words(sweep)),
            Cell(_rate(sweep.highest_met)),
            Cell(_rate(sweep.lowest_missed)),
            Cell(_rate(sweep.answered_rate or None)),
            Cell(limit_words(sweep)),
        )
        for sweep in sweeps
    )
    return Table(columns, rows, f"Highest rate at which every operation meets its target on {label}")


def _rate(rate: float | None) -> str:
    return units.count(round(rate, 1)) if rate else units.UNKNOWN


def _steps(sweep: RateSweep) -> Table:
    columns = (Column("intended", True), Column("answered", True), Column("targets"), Column("furthest off"))
    rows = tuple(
        (
            Cell(_rate(step.rate)),
            Cell(_rate(step.answered_rate)),
            Cell("met" if step.is_met else "missed", "the clients' own doing" if step.is_client_limited else ""),
            Cell(step.broken or units.UNKNOWN, units.seconds(step.broken_p95_seconds) if step.broken else ""),
        )
        for step in sweep.steps
    )
    return Table(columns, rows, f"Requests a second tried on {sweep.variant}, in their order")
