"""Operations by variants against their targets: one heat map for each engine."""

from __future__ import annotations

import pyarrow as pa

from lab.model.run import EngineRun, Run
from lab.model.workload import TARGET_SECONDS
from lab.report import units
from lab.report.blocks import Block, Cell, Column, Heading, HeatMap, Paragraph, Table
from lab.report.cells import LEGEND, all_operations, heat_cell, operation_anchor, ratio_cell, targets_cell
from lab.report.doubts import doubts
from lab.report.standing import Standing
from lab.report.verdict import EngineDecision, decide

TITLE = "Targets"


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    found: list[Block] = []
    for engine, decision in zip(run.engines, decide(run).engines, strict=True):
        found.append(Heading(decision.label, 3))
        if engine.variants:
            found.append(HeatMap(_table(run, engine, decision), LEGEND))
        else:
            found.append(Paragraph("No variant was measured on this engine.", "unclear"))
    return found or [Paragraph("No engine was measured.", "unclear")]


def _table(run: Run, engine: EngineRun, decision: EngineDecision) -> Table:
    first = Column("operation")
    columns = tuple(_column(place, decision) for place in decision.standings)
    rows = tuple(row for name in all_operations(run) if (row := _row(name, run, engine, decision.label)))
    return Table((first, *columns), rows, f"p95 by operation and variant on {decision.label}", _footer(decision))


def _column(place: Standing, decision: EngineDecision) -> Column:
    is_chosen = place.variant == decision.variant
    notes = {"adopt": "adopt", "keep the base": "keep", "cannot tell": ""}
    note = notes[decision.choice] if is_chosen else "out" if place.objections else "base" if place.is_base else ""
    if note == place.variant:
        note = ""
    return Column(place.variant, True, note, "; ".join(place.objections), is_chosen)


def _row(name: str, run: Run, engine: EngineRun, label: str) -> tuple[Cell, ...]:
    found = [variant.operation(name) for variant in engine.variants]
    known = next((operation for operation in found if operation), None)
    if known is None:
        return ()
    kind = f"{known.target_class}{', write' if known.is_write else ''}"
    target = units.tick(units.seconds(TARGET_SECONDS[known.target_class]))
    head = Cell(
        name,
        f"{kind} · weight {units.count(known.weight)}",
        hover=f"{all_operations(run)[name]}\ntarget {target}".strip(),
        link="#" + operation_anchor(label, name),
    )
    cells = (
        heat_cell(operation, label, variant.name, doubts(engine, operation, found[0]) if operation else ())
        if variant.operations
        else _absent(variant.status)
        for variant, operation in zip(engine.variants, found, strict=True)
    )
    return (head, *cells)


def _absent(status: str) -> Cell:
    return Cell(units.UNKNOWN, "" if status == "measured" else status, tone="quiet")


def _footer(decision: EngineDecision) -> tuple[tuple[Cell, ...], ...]:
    places = decision.standings
    return (
        (Cell("targets met"), *(targets_cell(place) for place in places)),
        (Cell("reads, beside base"), *(ratio_cell(place.reads) for place in places)),
        (Cell("writes, beside base"), *(ratio_cell(place.writes) for place in places)),
        (Cell("storage, beside base"), *(_storage(place) for place in places)),
    )


def _storage(place: Standing) -> Cell:
    if place.storage_ratio is None:
        return Cell(units.UNKNOWN)
    return Cell(units.ratio(place.storage_ratio), units.size_bytes(place.size_bytes))
