"""What loading costs beside PostgreSQL's own COPY of ready CSV files, on the e-commerce design.

Four figures, each a ratio of rates in the same round (above 1: the lab is faster):

- `ready_ratio`: batches made beforehand, into bare tables, over as many connections as the lab's load opens,
  beside COPY of the same rows as CSV into the same tables.
- `one_connection_ratio`: the same over one connection, as COPY of the files has one.
- `whole_ratio`: generate, encode, load, then keys, indexes, references and ANALYZE, beside COPY of ready CSV into
  tables that have all of them from the start, and ANALYZE.
- `after_ratio`: the same COPY with keys, indexes and references made after the rows, beside that with them before.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pyarrow as pa

from benchmarks.table import print_table
from lab.bench import Silent, load_base, load_tables
from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.ddl import qualified
from lab.engines.engine import Server, Text, quote_all
from lab.model.schema import Schema
from lab.provision import parse_spec, start

DESIGN = Path(__file__).parent.parent / "schemas" / "ecommerce"
SCALE = float(os.environ.get("SCALE", "0.3"))
ROUNDS = int(os.environ.get("ROUNDS", "5"))
engine = load_engine("postgres")
LANES = engine.load_connections
Batches = dict[str, list[pa.RecordBatch]]


def main() -> int:
    design = read_design(DESIGN)
    generator = Generator(design.schema, design.data, SCALE, seed=1)
    batches = {name: list(generator.batches(name)) for name in generator.tables}
    rows = sum(generator.row_count(name) for name in generator.tables)
    with start(parse_spec("postgres@local")) as server, files_the_server_reads() as folder:
        columns = write_csv(server, design.schema, batches, folder)
        ways: dict[str, Callable[[], float]] = {
            "COPY of CSV, bare tables": lambda: copy_csv(server, design.schema, columns, folder, "bare"),
            "lab, ready batches, bare tables": lambda: load_ready(server, design.schema, batches, LANES),
            "the same over one connection": lambda: load_ready(server, design.schema, batches),
            "COPY of CSV, indexes before": lambda: copy_csv(server, design.schema, columns, folder, "before"),
            "COPY of CSV, indexes after": lambda: copy_csv(server, design.schema, columns, folder, "after"),
            "lab, generate and load whole": lambda: load_whole(server, design.schema, generator),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                seconds[name].append(way())
    print_table(
        ("way", "rows/s"), [(name, f"{rows / statistics.median(taken):,.0f}") for name, taken in seconds.items()]
    )
    bare, ready, single, before, after, whole = seconds.values()
    figures = {
        "ready_ratio": _ratio(bare, ready),
        "one_connection_ratio": _ratio(bare, single),
        "whole_ratio": _ratio(before, whole),
        "after_ratio": _ratio(before, after),
        "rows": rows,
    }
    print(json.dumps(figures))
    return 0


def _ratio(reference: list[float], ours: list[float]) -> float:
    return round(statistics.median(r / o for r, o in zip(reference, ours, strict=True)), 3)


def _largest_first(batches: Batches) -> Batches:
    return dict(sorted(batches.items(), key=lambda item: -sum(batch.num_rows for batch in item[1])))


@contextmanager
def files_the_server_reads() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def write_csv(server: Server, schema: Schema, batches: Batches, folder: Path) -> dict[str, list[str]]:
    """The rows as PostgreSQL itself writes them; returns the columns of each table."""
    load_ready(server, schema, batches, keep=True)
    columns = {name: list(found[0].schema.names) for name, found in batches.items() if found}
    with psycopg.connect(server.address, dbname="bench") as connection:
        for name, names in columns.items():
            query = f"COPY {qualified(schema.table(name))} ({quote_all(names)}) TO STDOUT (FORMAT csv)"
            with (folder / f"{name}.csv").open("wb") as file, connection.cursor().copy(query.encode()) as copy:
                for block in copy:
                    file.write(block)
            (folder / f"{name}.csv").chmod(0o644)
    engine.drop_database(server, "bench")
    return columns


@contextmanager
def empty_database(server: Server, keep: bool = False) -> Iterator[None]:
    engine.create_database(server, "bench")
    try:
        yield
    finally:
        if not keep:
            engine.drop_database(server, "bench")


def load_ready(server: Server, schema: Schema, batches: Batches, connections: int = 1, keep: bool = False) -> float:
    with empty_database(server, keep):
        database = engine.connect(server, "bench")
        database.run(Text(sql) for sql in engine.create_sql(schema).before)
        started = time.perf_counter()
        if connections == 1:
            for name, found in batches.items():
                database.load(schema.table(name), found)
        else:
            load_tables(engine, server, "bench", schema, _largest_first(batches))
        seconds = time.perf_counter() - started
        database.close()
    return seconds


def copy_csv(server: Server, schema: Schema, columns: dict[str, list[str]], folder: Path, indexes: str) -> float:
    ddl = engine.create_sql(schema)
    with empty_database(server):
        database = engine.connect(server, "bench")
        database.run(Text(sql) for sql in (*ddl.before, *(ddl.after if indexes == "before" else ())))
        started = time.perf_counter()
        for name, names in columns.items():
            table = qualified(schema.table(name))
            database.run([Text(f"COPY {table} ({quote_all(names)}) FROM '{folder / name}.csv' (FORMAT csv)")])
        if indexes == "after":
            database.run(Text(sql) for sql in ddl.after)
        if indexes != "bare":
            database.run([Text("ANALYZE")])
        seconds = time.perf_counter() - started
        database.close()
    return seconds


def load_whole(server: Server, schema: Schema, generator: Generator) -> float:
    started = time.perf_counter()
    load_base(engine, server, schema, generator, Silent(), "bench")
    seconds = time.perf_counter() - started
    engine.drop_database(server, "bench")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
