"""What lies between two readings of the clock, what that costs by itself, and which verdicts it could turn round."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from lab.model.run import EngineRun, Run
from lab.report import units
from lab.report.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Table
from lab.report.doubts import doubts
from lab.report.labels import engine_labels

TITLE = "What was timed, and what timing costs"


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    measured = [engine for engine in run.engines if engine.overhead]
    if not measured:
        return [Paragraph("No engine was measured.", "unclear")]
    labels = engine_labels(run)
    found: list[Block] = [_table(measured, labels), *_intervals(measured, labels)]
    for engine in measured:
        flagged = tuple(_flagged(engine))
        if flagged:
            found.append(Heading(f"{labels[engine.server.spec]}: verdicts that this could turn round", 3))
            found.append(Bullets(flagged))
    if not any(isinstance(block, Bullets) for block in found):
        found.append(Paragraph("No verdict hangs on it: targets and differences lie further off.", "good"))
    return found


def _table(engines: list[EngineRun], labels: dict[str, str]) -> Table:
    columns = (
        Column("engine"),
        Column("overhead of one execution", True),
        Column("decoding of rows", hover="Making Python values of all rows an execution returns"),
        Column("slowest decoding", True),
    )
    caption = "An empty statement through the timed path, calibrated in this run; and decoding, timed apart"
    return Table(columns, tuple(_row(engine, labels[engine.server.spec]) for engine in engines), caption)


def _row(engine: EngineRun, label: str) -> tuple[Cell, ...]:
    assert engine.overhead
    times = [
        (operation.decode_seconds, operation.name)
        for variant in engine.variants
        for operation in variant.operations
        if operation.decode_seconds is not None
    ]
    slowest = max(times, default=None)
    return (
        Cell(label),
        Cell(units.seconds(engine.overhead.estimate), units.seconds_interval(engine.overhead)),
        Cell("inside the timed interval" if engine.decodes_in_time else "outside the timed interval"),
        Cell(units.seconds(slowest[0]), slowest[1]) if slowest else Cell(units.UNKNOWN),
    )


def _intervals(engines: list[EngineRun], labels: dict[str, str]) -> Iterator[Block]:
    for engine in engines:
        if engine.timed_interval:
            yield Paragraph(f"{labels[engine.server.spec]}: {engine.timed_interval}.", "quiet")


def _flagged(engine: EngineRun) -> Iterator[str]:
    base = engine.variants[0] if engine.variants else None
    for variant in engine.variants:
        for operation in variant.operations:
            reference = base.operation(operation.name) if base and variant is not base else None
            for doubt in doubts(engine, operation, reference):
                yield f"`{operation.name}` on `{variant.name}`: {doubt}."
