"""What to keep in mind: warnings of the measurement, and what an engine could not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from lab.model.run import EngineRun, OperationRun, Run, VariantRun
from lab.model.schema import Loss
from lab.report.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Table
from lab.report.labels import engine_labels
from lab.report.wording import words

TITLE = "Caveats"
MOST_NAMED = 4


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    found: list[Block] = []
    general = [*_of_run(run), *run.warnings]
    if general:
        found.append(Bullets(tuple(general)))
    found += _losses("the schema's source", run.design.schema.losses)
    for engine in run.engines:
        found += _of_engine(engine, engine_labels(run)[engine.server.spec])
    return found or [Paragraph("None: no warning was raised, and every engine could say all of the design.", "good")]


def _of_run(run: Run) -> Iterator[str]:
    if not run.is_complete:
        yield "The run is not complete: it was interrupted, or is still going."
    if run.scale < 1:
        yield f"Measured at scale {run.scale:g}: on more data the ratios may differ."


def _of_engine(engine: EngineRun, label: str) -> list[Block]:
    items = [*map(words, engine.warnings), *_not_measured(engine), *_grouped(_warnings(engine))]
    losses = [*(engine.load.losses if engine.load else ()), *(loss for v in engine.variants for loss in v.losses)]
    found: list[Block] = [Bullets(tuple(items))] if items else []
    found += _losses(label, tuple(dict.fromkeys(losses)))
    return [Heading(label, 3), *found] if found else []


def _not_measured(engine: EngineRun) -> Iterator[str]:
    if not engine.variants:
        yield "No variant was measured."
    for variant in engine.variants:
        if variant.status != "measured":
            yield _sentence(f"`{variant.name}`: {variant.status}", variant.reason)
        for operation in variant.operations:
            if operation.status != "measured":
                yield _sentence(f"`{operation.name}` on `{variant.name}`: {operation.status}", operation.reason)


def _sentence(what: str, reason: str) -> str:
    return f"{what}: {reason}" if reason else what


def _warnings(engine: EngineRun) -> Iterator[tuple[str, str]]:
    """(warning, where) of every cell."""
    for variant in engine.variants:
        for operation in variant.operations:
            for warning in _of_operation(operation):
                yield warning, _place(operation, variant)


def _of_operation(operation: OperationRun) -> Iterator[str]:
    summary = operation.summary.warnings if operation.summary else ()
    yield from map(words, (*summary, *(operation.comparison.warnings if operation.comparison else ())))


def _place(operation: OperationRun, variant: VariantRun) -> str:
    return f"`{operation.name}` on `{variant.name}`"


def _grouped(warnings: Iterable[tuple[str, str]]) -> list[str]:
    """Each warning once, with the places it was raised at."""
    places: dict[str, list[str]] = {}
    for warning, place in warnings:
        places.setdefault(warning, []).append(place)
    return [f"{warning}: {_listed(where)}" for warning, where in places.items()]


def _listed(places: list[str]) -> str:
    rest = len(places) - MOST_NAMED
    return ", ".join(places[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _losses(where: str, losses: Sequence[Loss]) -> list[Block]:
    if not losses:
        return []
    rows = tuple((Cell(loss.what), Cell(loss.consequence), Cell(str(loss.position or "–"))) for loss in losses)
    columns = (Column("what"), Column("consequence"), Column("where"))
    return [Table(columns, rows, f"What {where} could not say")]
