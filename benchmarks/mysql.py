"""The lab's timed path and load on MySQL and MariaDB, beside what PyMySQL itself does.

A key read: the lab's prepared statement in the binary protocol, and PyMySQL's cursor, in turn on one server. The load:
Arrow batches through LOAD DATA LOCAL, and a ready file of the same rows through PyMySQL's LOAD DATA LOCAL.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import pyarrow as pa

from lab.engines import load_engine
from lab.engines.engine import Database, Server, Text
from lab.engines.mysql.driver import Connection
from lab.engines.mysql.load import encode, load_sql
from lab.engines.mysql.session import ask, connect, parse_address
from lab.model.schema import Column, Key, Schema, Table, Type
from lab.provision import parse_spec, start

ROWS = 100_000
LOADED = 300_000
ROUNDS = 7
READS = 2_000
ACCOUNTS = Table(
    "accounts",
    (
        Column("id", Type("bigint"), False),
        Column("balance", Type("numeric", (12, 2)), False),
        Column("owner", Type("varchar", (60,)), False),
        Column("opened_at", Type("timestamptz"), False),
    ),
    Key(("id",)),
)


def main() -> int:
    figures: dict[str, float] = {}
    for name in ("mysql", "mariadb"):
        with start(parse_spec(f"{name}@local")) as server:
            measure(name, server, figures)
    print(json.dumps(figures))
    return 0


def measure(name: str, server: Server, figures: dict[str, float]) -> None:
    engine, dialect = load_engine(name), import_module(f"lab.engines.{name}").DIALECT
    engine.create_database(server, "bench")
    database = engine.connect(server, "bench")
    plain = connect(dialect, parse_address(server.address, dialect), "bench")
    (create,) = engine.create_sql(Schema((ACCOUNTS,))).before
    database.run([Text(create)])
    database.load(ACCOUNTS, [batch(ROWS)])
    reads = {"lab": lab_read(database), "PyMySQL": plain_read(plain)}
    p50s = {path: float(np.median(rounds)) for path, rounds in interleaved(reads).items()}
    print(f"\n{engine.title} {server.version}, a key read (p50)")
    for path, seconds in p50s.items():
        print(f"  {path:<34}{seconds * 1e6:>9.1f} µs")
    rates = loads(database, plain, create)
    print(f"{engine.title} {server.version}, a load of {LOADED:,} rows")
    for path, rate in rates.items():
        print(f"  {path:<34}{rate:>9,.0f} rows/s")
    figures[f"{name}_p50_ratio"] = round(p50s["lab"] / p50s["PyMySQL"], 3)
    figures[f"{name}_load_ratio"] = round(rates["lab: Arrow, from memory"] / rates["PyMySQL: a ready file"], 3)
    database.close()
    plain.close()


def batch(count: int) -> pa.RecordBatch:
    numbers = np.arange(1, count + 1)
    return pa.record_batch(
        {
            "id": pa.array(numbers),
            "balance": pa.array(numbers % 100_000).cast(pa.decimal128(19, 0)).cast(pa.decimal128(12, 2)),
            "owner": pa.array([f"Somebody Number {number % 997}" for number in range(count)]),
            "opened_at": pa.array(numbers * 1_000_003 + 1_700_000_000_000_000).cast(pa.timestamp("us", "UTC")),
        }
    )


def lab_read(database: Database) -> Callable[[int], float]:
    prepared = database.prepare("SELECT balance FROM accounts WHERE id = :id")
    bind, execute, count, clock = prepared.bind, prepared.execute, prepared.count, time.perf_counter

    def read(key: int) -> float:
        bound = bind({"id": key})
        started = clock()
        result = execute(bound)
        seconds = clock() - started
        count(result)
        return seconds

    return read


def plain_read(connection: Connection) -> Callable[[int], float]:
    cursor, clock = connection.cursor(), time.perf_counter

    def read(key: int) -> float:
        started = clock()
        cursor.execute("SELECT balance FROM accounts WHERE id = %s", (key,))
        cursor.fetchall()
        return clock() - started

    return read


def interleaved(reads: dict[str, Callable[[int], float]]) -> dict[str, list[float]]:
    """The median of each round, by path."""
    draw = random.Random(1).randint
    found: dict[str, list[float]] = {path: [] for path in reads}
    for _ in range(ROUNDS):
        for path, read in reads.items():
            found[path].append(float(np.median([read(draw(1, ROWS)) for _ in range(READS)])))
    return found


def loads(database: Database, plain: Connection, create: str) -> dict[str, float]:
    """Rows per second, the better of three: the machine's disk has other work too."""
    rows = batch(LOADED)
    with tempfile.NamedTemporaryFile(dir="/var/tmp", suffix=".csv") as file:
        Path(file.name).write_bytes(b"".join(encode(rows)))
        statement = load_sql("accounts", rows.schema).replace("'rows'", f"'{file.name}'")

        def from_file() -> None:
            ask(plain, "SET SESSION foreign_key_checks = 0, unique_checks = 0")
            ask(plain, statement)

        ways = {
            "lab: Arrow, from memory": lambda: database.load(ACCOUNTS, [rows]),
            "PyMySQL: a ready file": from_file,
        }
        best = dict.fromkeys(ways, 0.0)
        for _ in range(3):
            for name, load in ways.items():
                database.run([Text("DROP TABLE accounts"), Text(create)])
                started = time.perf_counter()
                load()
                best[name] = max(best[name], LOADED / (time.perf_counter() - started))
    return best


if __name__ == "__main__":
    sys.exit(main())
