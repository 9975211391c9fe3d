"""The requests of a comparison of caches as the run keeps them: one row each, beside those of any other load."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from lab.bench.requests import SCHEMA
from lab.caching.front import HIT
from lab.caching.load import FAILED, UNSENT, Records, Trace
from lab.caching.outcomes import judged
from lab.model.caching import CachePlan

Played = Sequence[tuple[Trace, Records]]


def request_table(
    engine: str, variant: str, way: str, played: Played, plans: Sequence[CachePlan], warm_seconds: float
) -> pa.Table:
    """What became of each request of one way, over all its rounds; those meant to start before `warm_seconds` are its
    warm-up."""
    parts = []
    for number, (trace, records) in enumerate(played):
        phases = np.where(trace.starts < warm_seconds, "warm-up", "measured")
        stale = {audit: is_stale for audit, _, is_stale, _ in judged(trace, records, plans)}
        parts.append(_table(engine, variant, way, number, phases, trace, records, stale))
    return pa.concat_tables([SCHEMA.empty_table(), *parts])


def stampede_table(engine: str, variant: str, way: str, trace: Trace, records: Records) -> pa.Table:
    """The requests for one key that expires again and again."""
    return _table(engine, variant, way, 0, np.full(len(trace.starts), "stampede"), trace, records, {})


def _table(
    engine: str,
    variant: str,
    way: str,
    number: int,
    phases: np.ndarray[tuple[int], np.dtype[np.str_]],
    trace: Trace,
    records: Records,
    stale: dict[int, bool | None],
) -> pa.Table:
    kinds, count = records.kinds, len(trace.starts)
    names = np.array([operation.name for operation in trace.operations])
    due_ns = np.round(trace.starts * 1e9) + records.begin_ns
    is_unsent, is_failed = kinds == UNSENT, kinds == FAILED
    outcomes = np.where(is_unsent, "unsent", np.where(is_failed, "failed", "answered"))
    columns = {
        "engine": pa.array([engine] * count),
        "variant": pa.array([variant] * count),
        "model": pa.array(["open"] * count),
        "operation": pa.array(names[trace.sequence], pa.string()),
        "client": pa.array(np.zeros(count, np.int32)),
        "intended_seconds": pa.array(trace.starts),
        "response_seconds": pa.array((records.end_ns - due_ns) / 1e9),
        "service_seconds": pa.array((records.end_ns - records.start_ns) / 1e9, mask=is_unsent),
        "rows": pa.nulls(count, pa.int64()),
        "outcome": pa.array(outcomes, pa.string()),
        "way": pa.array([way] * count),
        "phase": pa.array(phases, pa.string()),
        "round": pa.array(np.full(count, number, np.int32)),
        "served_by": pa.array(np.where(kinds == HIT, "cache", "database"), pa.string(), mask=is_unsent | is_failed),
        "is_stale": pa.array([stale.get(place) for place in range(count)], pa.bool_()),
    }
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)
