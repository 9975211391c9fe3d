"""A design's rows: any column of any row of any table, at any time, without the others."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from lab.datagen.following import check_circles
from lab.datagen.maker import Maker
from lab.datagen.plan import plan_tables
from lab.datagen.references import Reference
from lab.datagen.seed import Rows
from lab.datagen.timeline import Timeline
from lab.datagen.wiring import Wiring, check_wirings
from lab.datagen.worked_out import check_formulas
from lab.errors import LabError
from lab.model.data import DataSpec
from lab.model.schema import Schema

CHUNK_ROWS = 16_384
_CHUNK_OCTETS = 8 * 2**20
_SAMPLE_ROWS = 64
_making = threading.RLock()
"""Of all generators: Faker, which fills the pools they share, has a state that threads must not."""


class Generator:
    """Rows for a schema at a scale. The same arguments make the same rows, chunk by chunk, in any order and in any
    process. Raises LabError for a scale of no size, or more rows than a key has values."""

    def __init__(self, schema: Schema, spec: DataSpec, scale: float, seed: int) -> None:
        if not (scale > 0 and math.isfinite(scale)):
            raise LabError(f"the scale must be a number above 0, not {scale:g}", "write --scale 0.1 for a tenth")
        self.schema = schema
        self.spec = spec
        self.scale = scale
        self.seed = seed
        with _making:
            self._plans = plan_tables(schema, spec, scale, seed)
            self._makers: dict[str, Maker] = {}
            self._chunk_sizes: dict[str, int] = {}
            wirings: dict[str, Wiring] = {}
            timelines: dict[str, Timeline] = {}
            for name, plan in self._plans.items():
                wirings[name] = Wiring(
                    plan, self._plans, seed, wirings, _existing_in(timelines, name), _known_in(timelines, name)
                )
                timelines[name] = Timeline(plan, self._plans, spec, seed, timelines, wirings[name].reference)
                self._makers[name] = Maker(
                    plan, schema, spec, seed, wirings[name], timelines[name], self.column, self._plans
                )
            check_circles({name: timeline.sources for name, timeline in timelines.items()}, self._plans)
            check_wirings(wirings, self._plans)
            check_formulas({name: maker.formulas for name, maker in self._makers.items()}, self._plans)

    @property
    def tables(self) -> tuple[str, ...]:
        """In load order: parents first."""
        return tuple(self._plans)

    def row_count(self, table: str) -> int:
        return self._plans[table].count

    def chunk_size(self, table: str) -> int:
        """Rows of each chunk of a table but the last: CHUNK_ROWS, or half, a quarter, … of that where rows are so wide
        that more of them would fill 8 MiB."""
        if table not in self._chunk_sizes:
            rows = np.arange(min(_SAMPLE_ROWS, self.row_count(table)))
            octets = self._rows(table, rows).nbytes / max(len(rows), 1) * CHUNK_ROWS
            halvings = max(math.ceil(math.log2(max(octets, 1) / _CHUNK_OCTETS)), 0)
            self._chunk_sizes[table] = max(CHUNK_ROWS >> halvings, 1)
        return self._chunk_sizes[table]

    def chunk_count(self, table: str) -> int:
        return -(-self.row_count(table) // self.chunk_size(table))

    def chunk_rows(self, table: str, chunk: int) -> int:
        return len(self._chunk(table, chunk))

    def columns(self, table: str) -> tuple[str, ...]:
        """Those values are made for: generated and tsvector columns are left to the database."""
        return tuple(column.name for column in self._makers[table].columns)

    def batch(self, table: str, chunk: int) -> pa.RecordBatch:
        """Rows [chunk * chunk_size(table), …) of a table."""
        rows = self._chunk(table, chunk)
        return self._rows(table, np.arange(rows.start, rows.stop))

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        return (self.batch(table, chunk) for chunk in range(self.chunk_count(table)))

    def column(self, table: str, column: str, rows: Rows) -> pa.Array:
        """One column's values in the given rows."""
        with _making:
            return self._makers[table].column(column, rows)

    def _chunk(self, table: str, chunk: int) -> range:
        first, count = chunk * self.chunk_size(table), self.row_count(table)
        return range(first, min(first + self.chunk_size(table), count))

    def _rows(self, table: str, rows: Rows) -> pa.RecordBatch:
        return pa.record_batch({name: self.column(table, name, rows) for name in self.columns(table)})

    def fresh(self, table: str, column: str, offsets: Rows) -> pa.Array:
        """Values of a column no row has, other ones for each offset. Raises LabError where there are none."""
        with _making:
            return self._makers[table].fresh(column, offsets)


def _existing_in(timelines: dict[str, Timeline], name: str) -> Callable[[int, Reference, int], Reference]:
    return lambda number, drawn, spare: timelines[name].existing(number, drawn, spare)


def _known_in(timelines: dict[str, Timeline], name: str) -> Callable[[int], Callable[[Rows], Rows] | None]:
    return lambda number: timelines[name].known(number)
