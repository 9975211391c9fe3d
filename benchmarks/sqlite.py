"""What the lab's load costs beside the fastest ways into SQLite, on the e-commerce design.

The references are the `.import --csv` of the `sqlite3` program, from ready files, and `executemany` in one transaction,
from ready tuples as Python's own module takes them; the lab starts from ready Arrow batches. All into the same tables
with their keys and checks, under the same pragmas, in turn, round after round. Ratios above 1: the lab is faster.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.table import print_table
from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Server, Text, quote, quote_all
from lab.engines.sqlite.administration import PRAGMAS
from lab.engines.sqlite.rows import python_values
from lab.model.schema import Schema
from lab.provision import parse_spec, start

DESIGN = Path(__file__).parent.parent / "schemas" / "ecommerce"
SCALE = float(os.environ.get("SCALE", "0.2"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
engine = load_engine("sqlite")
Batches = dict[str, list[pa.RecordBatch]]
Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]
"""By table: its columns, and rows as SQLite's module takes them."""


def main() -> int:
    design = read_design(DESIGN)
    generator = Generator(design.schema, design.data, SCALE, seed=1)
    batches = {name: list(generator.batches(name)) for name in generator.tables}
    ready: Rows = {name: _ready(found) for name, found in batches.items() if found}
    count = sum(len(rows) for _, rows in ready.values())
    with start(parse_spec("sqlite")) as server, tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        ways: dict[str, Callable[[Path], None]] = {
            "lab, ready batches": lambda path: load_batches(server, design.schema, batches),
            "executemany, ready tuples": lambda path: load_tuples(path, ready),
        }
        if program := shutil.which("sqlite3"):
            script = write_import(ready, Path(folder))
            ways[".import of ready CSV"] = lambda path: import_csv(program, path, script)
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, load in ways.items():
                seconds[way].append(_timed(server, design.schema, load, count))
    print(f"SQLite {sqlite3.sqlite_version}, {count:,} rows")
    print_table(
        ("way", "rows/s"), [(way, f"{count / statistics.median(taken):,.0f}") for way, taken in seconds.items()]
    )
    ours, *references = seconds.values()
    figures = {
        name: round(statistics.median(r / o for r, o in zip(taken, ours, strict=True)), 3)
        for name, taken in zip(("executemany_ratio", "import_ratio"), references, strict=False)
    }
    print(json.dumps({**figures, "rows": count}))
    return 0


def _ready(batches: list[pa.RecordBatch]) -> tuple[list[str], list[tuple[Any, ...]]]:
    rows = [row for batch in batches for row in zip(*map(python_values, batch.columns), strict=True)]
    return list(batches[0].schema.names), rows


def _timed(server: Server, schema: Schema, load: Callable[[Path], None], count: int) -> float:
    """Seconds of a load into empty tables, which are counted afterwards."""
    engine.create_database(server, "bench")
    database = engine.connect(server, "bench")
    database.run(Text(sql) for sql in engine.create_sql(schema).before)
    started = time.perf_counter()
    load(Path(server.address) / f"{server.prefix}bench.db")
    seconds = time.perf_counter() - started
    found = sum(relation.rows for relation in database.relations())
    database.close()
    engine.drop_database(server, "bench")
    if found != count:
        raise RuntimeError(f"{found:,} rows arrived of {count:,}")
    return seconds


def load_batches(server: Server, schema: Schema, batches: Batches) -> None:
    database = engine.connect(server, "bench")
    for name, found in batches.items():
        database.load(schema.table(name), found)
    database.close()


def load_tuples(path: Path, ready: Rows) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma, value in {**PRAGMAS, "foreign_keys": "OFF"}.items():
        connection.execute(f"PRAGMA {pragma} = {value}")
    connection.execute("BEGIN")
    for name, (columns, rows) in ready.items():
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {quote(name)} ({quote_all(columns)}) VALUES ({marks})", rows)
    connection.execute("COMMIT")
    connection.close()


def write_import(ready: Rows, folder: Path) -> str:
    """A file for each table, and what the program is told. It takes fields by place, so a view names those there are,
    and NULL for an empty field where the file has one."""
    lines = [f"PRAGMA {pragma} = {value};" for pragma, value in {**PRAGMAS, "foreign_keys": "OFF"}.items()]
    lines.append("BEGIN;")
    for name, (columns, rows) in ready.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        fields = ", ".join(f"nullif(NEW.{quote(column)}, '')" for column in columns)
        view, nothing = quote(f"{name}_csv"), ", ".join(f"NULL AS {quote(column)}" for column in columns)
        lines += [
            f"CREATE TEMP VIEW {view} AS SELECT {nothing};",
            f"CREATE TEMP TRIGGER {quote(f'{name}_in')} INSTEAD OF INSERT ON {view} BEGIN "
            f"INSERT INTO {quote(name)} ({quote_all(columns)}) VALUES ({fields}); END;",
            f".import --csv --schema temp {folder / name}.csv {name}_csv",
        ]
    return "\n".join([*lines, "COMMIT;", ""])


def import_csv(program: str, path: Path, script: str) -> None:
    subprocess.run([program, "-bail", str(path)], input=script, text=True, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
