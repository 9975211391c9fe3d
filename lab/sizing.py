"""What a design's growth asks of machines: measured room, work and time, put together with its workload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from lab.advise.accesses import find_accesses
from lab.datagen import Generator
from lab.growth import Room, Touch, capacities, capacity_at, demands, inserted, shard_keys, steps
from lab.model.design import Design
from lab.model.growth import Growth
from lab.model.run import EngineRun
from lab.model.workload import Operation

_SAMPLED_ROWS = 100_000


def with_capacity(
    growth: Growth, design: Design, run: EngineRun, generator: Generator, rate: float, room: Room
) -> Growth:
    """`growth` with what each size asks of a machine at `rate` requests a second, when to do what about it, and the
    keys to spread rows by. `run` is that of the largest size, `generator` that of size 1."""
    engine = run.server.engine
    operations = design.workload.operations
    touches = {operation.name: tuple(_touches(operation, engine, design)) for operation in operations}
    touched = {name: [touch.table for touch in found] for name, found in touches.items()}
    asked = tuple(demands(growth, run, touched))
    rows = {table.table: generator.row_count(table.table) for table in growth.tables}
    grows = {table.table: table.grows for table in growth.tables}
    keys = shard_keys(design.schema, rows, grows, operations, touches, lambda *of: _sample(generator, *of))
    found = steps(
        lambda size: capacity_at(size, growth.tables, asked, rate, room), room, keys, growth.asked_to, bool(rate)
    )
    return replace(
        growth,
        shard_keys=keys,
        rate=rate,
        capacities=capacities(growth.tables, asked, rate, room, growth.asked_to),
        steps=found,
    )


def _touches(operation: Operation, engine: str, design: Design) -> Iterator[Touch]:
    """The table that is written first."""
    into = inserted(operation, engine)
    if into:
        yield into
    for access in find_accesses(operation, engine, design.schema):
        yield Touch(access.table, access.equal, access.joins)


def _sample(generator: Generator, table: str, column: str) -> pa.Array:
    """Of a column, rows evenly apart, in their order; none where no values are made for it."""
    if column not in generator.columns(table):
        return pa.nulls(0)
    count = generator.row_count(table)
    rows = np.unique(np.linspace(0, count - 1, min(count, _SAMPLED_ROWS)).astype(np.int64))
    found = generator.column(table, column, rows)
    return found.dictionary_decode() if pa.types.is_dictionary(found.type) else found
