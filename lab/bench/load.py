"""Filling the base: tables, rows, then constraints and indexes, then a proof that no reference dangles."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import pyarrow as pa

from lab.bench.blame import refused_constraint, refused_load
from lab.bench.lanes import Lanes
from lab.bench.observer import Observer
from lab.datagen import Generator
from lab.engines.engine import Database, Engine, LoadError, Server, StatementError, Text
from lab.memory import give_back_memory
from lab.model.run import ForeignKeyCheck, Load
from lab.model.schema import Schema, Table

BASE = "lab_base"
"""The database every variant is copied from."""


class TableRefused(LoadError):
    """The database refused rows of a table."""

    def __init__(self, table: Table, error: StatementError) -> None:
        super().__init__(f"cannot load table {table.name}: {error.message}", error.hint)
        self.table = table
        self.error = error


class Filled(NamedTuple):
    """Tables filled: how many rows, how long they took to make, and how much longer until all were written."""

    rows: int
    generate_seconds: float
    load_seconds: float


Fill = Callable[[Engine, Server, Schema, Generator, Observer, str], Filled]
"""Fills the tables of the database of that name."""


def load_rows(
    engine: Engine, server: Server, schema: Schema, generator: Generator, observer: Observer, name: str
) -> Filled:
    """Fills all tables from here."""
    observer.stage("rows", sum(generator.row_count(table) for table in generator.tables), "rows")
    tap = _Tap(observer.advance)
    largest_first = sorted(generator.tables, key=generator.row_count, reverse=True)
    order = largest_first if engine.load_connections > 1 else generator.tables
    started = time.monotonic()
    rows = load_tables(engine, server, name, schema, {table: tap.drawn(generator, table) for table in order})
    return Filled(rows, tap.seconds, time.monotonic() - started - tap.seconds)


def load_base(
    engine: Engine,
    server: Server,
    schema: Schema,
    generator: Generator,
    observer: Observer,
    name: str = BASE,
    fill: Fill = load_rows,
) -> Load:
    """Builds and fills a database. Raises LoadError naming the table, or DiskFull."""
    give_back_memory()
    ddl = engine.create_sql(schema)
    engine.create_database(server, name)
    database = engine.connect(server, name)
    try:
        database.run(Text(sql) for sql in ddl.before)
        try:
            filled = fill(engine, server, schema, generator, observer, name)
        except TableRefused as refused:
            raise refused_load(refused.error, engine, server, ddl, refused.table, generator) from refused
        observer.stage("constraints, indexes, statistics")
        started = time.monotonic()
        try:
            database.run(Text(sql) for sql in ddl.after)
        except StatementError as error:
            raise refused_constraint(error, schema, generator) from error
        database.analyze()
        index_seconds = time.monotonic() - started
        checks = tuple(_check_references(database, schema))
        rules = tuple(check for table in schema.tables for check in database.count_violations(table, schema))
    finally:
        database.close()
    return Load(*filled, index_seconds, checks, ddl.losses, rules)


def load_tables(
    engine: Engine, server: Server, name: str, schema: Schema, tables: Mapping[str, Iterable[pa.RecordBatch]]
) -> int:
    """Appends batches to the tables of a database, over as many connections as the engine makes use of; returns the
    rows written. The first tables named are begun first. Raises TableRefused or DiskFull."""
    lanes = Lanes(engine.load_connections, lambda: engine.connect(server, name))
    jobs = [partial(_load_table, schema.table(table), lanes.check(batches)) for table, batches in tables.items()]
    return sum(lanes.run(jobs))


def _load_table(table: Table, batches: Iterable[pa.RecordBatch], database: Database) -> int:
    try:
        return database.load(table, batches)
    except StatementError as error:
        raise TableRefused(table, error) from error


class _Tap:
    """Lets one lane at a time draw a batch from the generator, and adds up how long that takes."""

    def __init__(self, advance: Callable[[float, str], None]) -> None:
        self.seconds = 0.0
        self._advance = advance
        self._turn = threading.Lock()

    def drawn(self, generator: Generator, table: str) -> Iterator[pa.RecordBatch]:
        with self._turn:
            chunks = range(generator.chunk_count(table))
        for chunk in chunks:
            with self._turn:
                started = time.monotonic()
                batch = generator.batch(table, chunk)
                self.seconds += time.monotonic() - started
            yield batch
            with self._turn:
                self._advance(batch.num_rows, table)


def _check_references(database: Database, schema: Schema) -> Iterator[ForeignKeyCheck]:
    for table, foreign_key in schema.foreign_keys():
        orphans = database.count_orphans(table, foreign_key)
        if orphans is not None:
            yield ForeignKeyCheck(table.name, foreign_key.columns, foreign_key.table, orphans)
