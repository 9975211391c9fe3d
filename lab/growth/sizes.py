"""An engine's run at one size -> the size's points, and how each table takes room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median

from lab.model.change import BASE
from lab.model.growth import Point, Size, TableGrowth
from lab.model.run import EngineRun, OperationRun
from lab.model.schema import Schema


def size_of(factor: float, run: EngineRun, seconds: float, shape: Callable[[str], str]) -> Size:
    """What was measured at `factor` times the rows, in `seconds`; `shape` takes the numbers out of a plan."""
    variants = [variant for variant in run.variants if variant.status == "measured"]
    return Size(
        factor,
        run.load.rows if run.load else 0,
        {variant.name: variant.table_bytes for variant in variants},
        {variant.name: variant.index_bytes for variant in variants},
        seconds,
        tuple(point_of(variant.name, operation, shape) for variant in variants for operation in variant.operations),
        median(floor.processor_seconds for floor in run.floors) if run.floors else None,
    )


def point_of(variant: str, run: OperationRun, shape: Callable[[str], str]) -> Point:
    summary = run.summary if run.status == "measured" else None
    return Point(
        variant,
        run.name,
        summary.p50 if summary else None,
        summary.p95 if summary else None,
        run.work,
        shape(run.plan),
        "" if summary else run.reason or run.status,
        run.server_seconds,
    )


def tables_of(first: EngineRun, last: EngineRun, grows: Mapping[str, bool], schema: Schema) -> tuple[TableGrowth, ...]:
    """The base's tables, by the run at the smallest and at the largest size."""
    small, large = first.variant(BASE.name), last.variant(BASE.name)
    if small is None or large is None:
        return ()
    rows = {relation.name: relation.rows for relation in small.relations}
    indexes = {t.name: len(t.indexes) + len(t.uniques) + (t.primary_key is not None) for t in schema.tables}
    return tuple(
        TableGrowth(
            relation.name,
            rows[relation.name],
            grows.get(relation.name, True),
            (relation.table_bytes + relation.index_bytes) / max(relation.rows, 1),
            relation.index_bytes / max(relation.table_bytes + relation.index_bytes, 1),
            indexes.get(relation.name, 0),
        )
        for relation in large.relations
        if relation.name in rows
    )
