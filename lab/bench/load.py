"""Filling the base: tables, rows, then constraints and indexes, then a proof that no reference dangles."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import pyarrow as pa

from lab.bench.blame import refused_constraint, refused_load
from lab.bench.observer import Observer
from lab.datagen import Generator
from lab.engines.engine import Database, Ddl, Engine, Server, StatementError, Text
from lab.model.run import ForeignKeyCheck, Load
from lab.model.schema import Schema

BASE = "lab_base"
"""The database every variant is copied from."""


def load_base(
    engine: Engine, server: Server, schema: Schema, generator: Generator, observer: Observer, name: str = BASE
) -> Load:
    """Builds and fills a database. Raises LoadError naming the table, or DiskFull."""
    ddl = engine.create_sql(schema)
    engine.create_database(server, name)
    database = engine.connect(server, name)
    try:
        database.run(Text(sql) for sql in ddl.before)
        rows, generate_seconds, load_seconds = _load_rows(engine, server, ddl, database, schema, generator, observer)
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
    return Load(rows, generate_seconds, load_seconds, index_seconds, checks, ddl.losses, rules)


def _load_rows(
    engine: Engine,
    server: Server,
    ddl: Ddl,
    database: Database,
    schema: Schema,
    generator: Generator,
    observer: Observer,
) -> tuple[int, float, float]:
    """Rows, seconds spent making them, seconds spent writing them."""
    observer.stage("rows", sum(generator.row_count(name) for name in generator.tables), "rows")
    rows = 0
    started = time.monotonic()
    stopwatch = _Stopwatch()
    for name in generator.tables:
        table = schema.table(name)
        batches = _observed(stopwatch.around(generator.batches(name)), name, observer)
        try:
            rows += database.load(table, batches)
        except StatementError as error:
            raise refused_load(error, engine, server, ddl, table, generator) from error
    return rows, stopwatch.seconds, time.monotonic() - started - stopwatch.seconds


class _Stopwatch:
    """Adds up the time an iterator takes to produce its items."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        iterator = iter(batches)
        while True:
            started = time.monotonic()
            batch = next(iterator, None)
            self.seconds += time.monotonic() - started
            if batch is None:
                return
            yield batch


def _observed(batches: Iterable[pa.RecordBatch], table: str, observer: Observer) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch
        observer.advance(batch.num_rows, table)


def _check_references(database: Database, schema: Schema) -> Iterator[ForeignKeyCheck]:
    for table, foreign_key in schema.foreign_keys():
        orphans = database.count_orphans(table, foreign_key)
        if orphans is not None:
            yield ForeignKeyCheck(table.name, foreign_key.columns, foreign_key.table, orphans)
