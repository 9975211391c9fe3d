"""What a study works with: a private server, the design's rows as records, and a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from lab.bench.schedule import mixed
from lab.caching.cache_database import CacheDatabase, configured
from lab.caching.plan import plan_caching
from lab.caching.touches import Read, Unreadable
from lab.datagen import Generator, draw
from lab.engines.engine import Server
from lab.engines.redis.commands import pack
from lab.engines.redis.connection import Connection, check_reply
from lab.engines.redis.rows import texts
from lab.errors import LabError
from lab.model.design import Design
from lab.model.schema import Table
from lab.model.workload import FromColumn, Operation

Command = tuple[str | bytes, ...]
MOST_RECORDS = 5000


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of one table as text, NULLs left out."""

    table: str
    keys: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class StudyGround:
    """`start_server` starts another private server like this one, for what is a setting of a whole server."""

    cache: CacheDatabase
    design: Design
    generator: Generator
    seed: int
    seconds: float
    """How long what must run for a while runs."""
    start_server: Callable[[], AbstractContextManager[Server]]

    @property
    def server(self) -> Server:
        return self.cache.server

    @cached_property
    def looked_up(self) -> tuple[Operation, Table]:
        """The read the workload makes most often by one value of a column that tells rows of a table apart, and that
        table."""
        found = [
            (operation, table)
            for operation in self.design.workload.operations
            if not operation.is_write and (table := self._table(operation)) is not None
        ]
        if not found:
            raise LabError("no read of the workload looks a row up by a key", "leave out --study")
        return max(found, key=lambda each: each[0].weight)

    def _table(self, operation: Operation) -> Table | None:
        try:
            read = Read(operation, self.design.schema)
        except Unreadable:
            return None
        for occurrence, name in read.occurrences.items():
            table = self.design.schema.table(name)
            keys = [key.columns for key in (table.primary_key, *table.uniques) if key]
            for parameter in operation.parameters:
                is_key = any(
                    len(columns) == 1 and read.equals.are_equal((occurrence, columns[0]), (":", parameter.name))
                    for columns in keys
                )
                if is_key and isinstance(parameter.rule, FromColumn):
                    return table
        return None

    @cached_property
    def records(self) -> Records:
        """The first rows of the table that is looked up most."""
        _, table = self.looked_up
        return records_of(self.generator, table)

    @cached_property
    def _cached_reads(self) -> tuple[Operation, ...]:
        operations = self.design.workload.operations
        plans = plan_caching(self.generator, self.design.schema, operations, self.seed)
        cached = {plan.read for plan in plans if plan.is_cached}
        if not cached:
            raise LabError("no read of this workload can be cached", "leave out --study")
        return tuple(operation for operation in operations if operation.name in cached)

    def asked_keys(self, count: int, sample: int = 0) -> list[str]:
        """Keys of cached answers, as often as the workload asks for each. Samples are drawn apart."""
        reads, rng = self._cached_reads, np.random.default_rng([self.seed, sample])
        sequence = mixed([operation.weight for operation in reads], count, rng)
        drawn = [self._drawn(o, int((sequence == place).sum()), sample) for place, o in enumerate(reads)]
        return [next(drawn[place]) for place in sequence.tolist()]

    def _drawn(self, operation: Operation, count: int, sample: int) -> Iterator[str]:
        drawn = (
            draw(self.generator, operation, count, self.seed + 23 + sample) if operation.parameters else [{}] * count
        )
        return (":".join([operation.name, *(str(value) for value in each.values())]) for each in drawn)


def records_of(generator: Generator, table: Table, most: int = MOST_RECORDS) -> Records:
    batch = generator.batch(table.name, 0).slice(0, most)
    columns = {name: texts(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    rows = tuple(
        {name: value for name, column in columns.items() if (value := column[row]) is not None}
        for row in range(batch.num_rows)
    )
    names = table.primary_key.columns if table.primary_key else tuple(columns)[:1]
    keys = tuple(":".join(row.get(name, "") for name in names) for row in rows)
    return Records(table.name, keys, rows)


def send(connection: Connection, commands: Sequence[Command], at_a_time: int = 1000) -> list[Any]:
    """Replies of commands sent as pipelines. Raises StatementError for an error among them."""
    found: list[Any] = []
    for start in range(0, len(commands), at_a_time):
        part = commands[start : start + at_a_time]
        found += connection.exchange(pack(part), len(part))  # type: ignore[arg-type]
    for reply in found:
        check_reply(reply)
    return found


def used_memory(connection: Connection) -> int:
    """What the data take: without the buffers of clients and of the file that is appended to."""
    facts = connection.client.info("memory")
    return int(facts["used_memory"] - facts["mem_clients_normal"] - facts["mem_aof_buffer"])


def memory_each(
    ground: StudyGround,
    connection: Connection,
    ways: Mapping[str, Sequence[Command]],
    count: int,
    settings: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> dict[str, float]:
    """Bytes each of `count` things takes when it is kept by a way's commands: by the memory used before and after, the
    middle of three times, taking turns."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(3):
        for name, commands in ways.items():
            ground.cache.empty()
            with configured(connection, settings.get(name, {})):
                before = used_memory(connection)
                send(connection, commands)
                found[name].append((used_memory(connection) - before) / count)
    ground.cache.empty()
    return {name: sorted(sizes)[1] for name, sizes in found.items()}


@contextmanager
def opened(ground: StudyGround) -> Iterator[Connection]:
    """A connection to the study's database, which is empty at first and at last."""
    ground.cache.empty()
    with closing(ground.cache.connect()) as connection:
        try:
            yield connection
        finally:
            ground.cache.empty()
