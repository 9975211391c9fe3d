"""What is known of each variant so far, as part of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from lab import stats
from lab.bench.bed import Bed
from lab.bench.samples import Cell, Samples, paired
from lab.bench.stand import Stand
from lab.model.change import BASE
from lab.model.run import OperationRun, VariantRun
from lab.model.workload import TARGET_SECONDS, Operation


def variant_runs(bed: Bed, stands: Sequence[Stand], samples: Samples) -> Iterator[VariantRun]:
    """Each stand as it is now, summarized and held against the base."""
    cells = samples.cells()
    for stand in stands:
        yield _variant_run(bed, stand, cells)


def _variant_run(bed: Bed, stand: Stand, cells: Mapping[tuple[str, str], Cell]) -> VariantRun:
    return VariantRun(
        stand.variant.name,
        stand.variant.description,
        stand.status,
        stand.reason,
        stand.migration,
        stand.relations,
        tuple(_operation_run(bed, stand, o, cells) for o in bed.design.workload.for_variant(stand.variant.name))
        if stand.database
        else (),
        stand.losses,
    )


def _operation_run(bed: Bed, stand: Stand, operation: Operation, cells: Mapping[tuple[str, str], Cell]) -> OperationRun:
    status, reason = stand.stopped.get(operation.name, ("measured", ""))
    answer = stand.answers.get(operation.name)
    if answer and not answer.is_same and status == "measured":
        status, reason = "failed", f"answers differently from the base: {answer.difference}"
    text = stand.texts.get(operation.name)
    plan, work = stand.plans.get(operation.name, ("", {}))
    run = OperationRun(
        operation.name,
        operation.target_class,
        operation.weight,
        operation.is_write,
        text.sql if text else operation.text(bed.engine.name),
        status,
        reason,
        answer=answer,
        plan=plan,
        work=work,
        server_seconds=median(found) if (found := stand.server_seconds.get(operation.name)) else None,
        decode_seconds=stand.decode_seconds.get(operation.name),
    )
    if status == "timed out":
        run = replace(run, target="missed")
    cell = cells.get((stand.variant.name, operation.name))
    return _summarized(run, cell, cells.get((BASE.name, operation.name))) if cell else run


def _summarized(run: OperationRun, cell: Cell, base: Cell | None) -> OperationRun:
    summary = stats.summarize(cell.latencies)
    target = run.target if run.status == "timed out" else stats.target(summary, TARGET_SECONDS[run.target_class])
    comparison = None
    if base is not None and base is not cell:
        ours, theirs, _ = paired(base, cell)
        if len(ours):
            comparison = stats.compare(ours, theirs)
    return replace(run, summary=summary, comparison=comparison, target=target, rows=cell.mean_rows)
