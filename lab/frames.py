"""A run as tidy DataFrames: one row for each thing measured, units in the columns' names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from lab import results
from lab.model.caching import StrategyRun
from lab.model.interval import Interval
from lab.model.run import EngineRun, OperationRun, Run, VariantRun
from lab.model.workload import TARGET_SECONDS


def read_run(path: Path) -> RunFrames:
    """A run's folder, or the `run.json` in it. Raises LabError for what holds no run."""
    return RunFrames(*results.load(path), results.load_requests(path))


@dataclass(frozen=True, eq=False)
class RunFrames:
    """Each frame begins with the columns that say whose row it is: `engine` (as in `--engine`), `variant`,
    `operation`. What was not measured is NaN."""

    run: Run
    """Everything else: the design, the environment, plans, warnings."""
    table: pa.Table
    """The samples as they are stored."""
    request_table: pa.Table | None = None
    """The requests under load as they are stored; None where there was no load."""

    @cached_property
    def samples(self) -> pd.DataFrame:
        """One row for each timed execution: engine, variant, operation, round, pair, start_seconds (since the run
        began), latency_seconds, rows. Those of one engine, operation, round and pair shared their parameters."""
        frame: pd.DataFrame = self.table.to_pandas()
        return frame

    @cached_property
    def requests(self) -> pd.DataFrame:
        """One row for each request under load, of several clients or in a comparison of caches, with the columns that
        `lab.model.run` describes; none where there was no load."""
        return pd.DataFrame() if self.request_table is None else self.request_table.to_pandas()

    @cached_property
    def caches(self) -> pd.DataFrame:
        """One row for each way to keep answers: the variant behind it, way, quantiles of the cached reads with the ends
        of their 95 % intervals, p95_ratio and write_ratio (this way / no cache) with theirs, hit_ratio as measured and
        as expected, stale_share, and the targets it meets."""
        rows = (
            [engine.server.spec, engine.cache.variant, *_way(way)]
            for engine in (*self.run.engines, *self.run.advice)
            if engine.cache
            for way in engine.cache.strategies
        )
        return _frame(_WAY, rows)

    @cached_property
    def summaries(self) -> pd.DataFrame:
        """One row for each operation on a variant: its class, weight, status, target and target_seconds; quantiles
        with the ends of their 95 % intervals (p95_seconds, p95_low_seconds, p95_high_seconds); rows of an execution."""
        return _frame(_SUMMARY, (_summary(*place) for place in self._operations()))

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """One row for each operation on a variant beside the base: ratio (variant / base; below 1 is faster) with the
        ends of its 95 % interval, pairs, and direction (faster, slower, or ~ where no difference can be shown)."""
        return _frame(_COMPARISON, (_comparison(*p) for p in self._operations() if p[2].comparison is not None))

    @cached_property
    def work(self) -> pd.DataFrame:
        """One row for each counter of an operation on a variant: counter, and the amount of one execution."""
        columns = [*_KEY, "counter", "amount"]
        rows = (
            [*_key(engine, variant, operation), counter, amount]
            for engine, variant, operation in self._operations()
            for counter, amount in operation.work.items()
        )
        return _frame(columns, rows)

    @cached_property
    def sizes(self) -> pd.DataFrame:
        """One row for each table of a variant: rows, table_bytes, index_bytes."""
        columns = ["engine", "variant", "table", "rows", "table_bytes", "index_bytes"]
        rows = (
            [engine.server.spec, variant.name, found.name, found.rows, found.table_bytes, found.index_bytes]
            for engine, variant in self._variants()
            for found in variant.relations
        )
        return _frame(columns, rows)

    @cached_property
    def variants(self) -> pd.DataFrame:
        """One row for each variant: status and reason, seconds of its migration up and down, whether that restored
        the base, and its table_bytes and index_bytes."""
        return _frame(_VARIANT, (_variant(engine, variant) for engine, variant in self._variants()))

    @cached_property
    def loads(self) -> pd.DataFrame:
        """One row for each engine: its version and origin; rows of the base, and the seconds it took to make them, to
        write them, and to build what comes after them; the lab's own overhead_seconds in each execution."""
        return _frame(_LOAD, map(_load, self.run.engines))

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row for each change the advisor tried: its rule and reason, whether it was accepted, the verdict."""
        columns = ["engine", "change", "rule", "is_accepted", "verdict", "reason", "table_bytes", "index_bytes"]
        rows = (
            [
                engine.server.spec,
                trial.proposal.change.name,
                trial.proposal.rule,
                trial.is_accepted,
                trial.verdict,
                trial.proposal.reason,
                trial.measurement.table_bytes,
                trial.measurement.index_bytes,
            ]
            for engine in (*self.run.engines, *self.run.advice)
            for trial in engine.trials
        )
        return _frame(columns, rows)

    def _variants(self) -> Iterator[tuple[EngineRun, VariantRun]]:
        for engine in self.run.engines:
            for variant in engine.variants:
                yield engine, variant

    def _operations(self) -> Iterator[tuple[EngineRun, VariantRun, OperationRun]]:
        for engine, variant in self._variants():
            for operation in variant.operations:
                yield engine, variant, operation


_KEY = ["engine", "variant", "operation"]
_QUANTILES = ("p50", "p95", "p99")
_SUMMARY = [
    *_KEY,
    *"target_class weight is_write status reason target target_seconds samples mean_seconds".split(),
    *(f"{quantile}{end}_seconds" for quantile in _QUANTILES for end in ("", "_low", "_high")),
    *"rows is_same_answer".split(),
]
_COMPARISON = [*_KEY, *"weight is_write ratio ratio_low ratio_high pairs direction".split()]
_WAY = [
    *"engine variant way".split(),
    *(f"{quantile}{end}_seconds" for quantile in _QUANTILES for end in ("", "_low", "_high")),
    *(f"{ratio}_ratio{end}" for ratio in ("p95", "write", "hit") for end in ("", "_low", "_high")),
    *"predicted_hit_ratio stale_share stale_share_low stale_share_high targets_met targets".split(),
]
_VARIANT = "engine variant status reason up_seconds down_seconds is_restored table_bytes index_bytes".split()
_LOAD = (
    "engine version origin rows generate_seconds load_seconds index_seconds rows_per_second orphans overhead_seconds"
).split()


def _frame(columns: list[str], rows: Iterator[list[Any]] | map[list[Any]]) -> pd.DataFrame:
    return pd.DataFrame.from_records(list(rows), columns=columns)


def _key(engine: EngineRun, variant: VariantRun, operation: OperationRun) -> list[Any]:
    return [engine.server.spec, variant.name, operation.name]


def _ends(interval: Interval | None) -> list[float]:
    return [interval.estimate, interval.low, interval.high] if interval else [float("nan")] * 3


def _way(way: StrategyRun) -> list[Any]:
    reads = (way.reads.p50, way.reads.p95, way.reads.p99) if way.reads else (None, None, None)
    intervals = [end for interval in (*reads, way.p95_ratio, way.write_ratio, way.hit_ratio) for end in _ends(interval)]
    return [
        way.name,
        *intervals,
        way.predicted_hit_ratio,
        *_ends(way.stale_share),
        way.targets_met,
        way.targets,
    ]


def _summary(engine: EngineRun, variant: VariantRun, operation: OperationRun) -> list[Any]:
    summary = operation.summary
    return [
        *_key(engine, variant, operation),
        operation.target_class,
        operation.weight,
        operation.is_write,
        operation.status,
        operation.reason,
        operation.target,
        TARGET_SECONDS[operation.target_class],
        summary.count if summary else 0,
        summary.mean if summary else float("nan"),
        *(end for quantile in _QUANTILES for end in _ends(getattr(summary, quantile, None))),
        operation.rows if summary else float("nan"),
        operation.answer.is_same if operation.answer else None,
    ]


def _comparison(engine: EngineRun, variant: VariantRun, operation: OperationRun) -> list[Any]:
    found = operation.comparison
    assert found is not None
    return [
        *_key(engine, variant, operation),
        operation.weight,
        operation.is_write,
        *_ends(found.ratio),
        found.pairs,
        found.direction,
    ]


def _variant(engine: EngineRun, variant: VariantRun) -> list[Any]:
    way = variant.migration
    moved = [way.up_seconds, way.down_seconds, way.is_restored] if way else [None, None, None]
    sizes = [variant.table_bytes, variant.index_bytes]
    return [engine.server.spec, variant.name, variant.status, variant.reason, *moved, *sizes]


def _load(engine: EngineRun) -> list[Any]:
    load, server = engine.load, engine.server
    nothing = [float("nan")] * 6
    done = (
        [
            load.rows,
            load.generate_seconds,
            load.load_seconds,
            load.index_seconds,
            load.rows_per_second,
            sum(check.orphans for check in load.foreign_keys),
        ]
        if load
        else nothing
    )
    return [server.spec, server.version, server.origin, *done, engine.overhead.estimate if engine.overhead else None]
