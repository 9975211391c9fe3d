"""What the lab's timed path to MongoDB and Redis costs beside their own drivers, and its load beside theirs.

Reads by key, round after round in turn, one client; then the same rows loaded as documents made column by column, and
as dictionaries through `insert_many`, both into a collection with its validator; into Redis, as the lab sends them, as
the driver's pipelines do, and by `redis-cli --pipe` from a file of ready commands (Redis's own way for bulk loads).

MongoDB's own bulk loader, `mongoimport`, comes with none of the packages the lab's servers are made of (neither Debian
nor PyPI nor npm have it), so `insert_many`, unordered and in batches of a chunk, which is what it does over the wire,
stands for it. Loads are timed LOADS times in turn; ratios are medians.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pymongo
import redis as redis_driver
from bson import Decimal128, Int64

from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Database, Server, Text
from lab.errors import LabError
from lab.model.schema import Table
from lab.provision import parse_spec, start
from lab.provision.install import installed

ROUNDS = 10
READS = 1000
LOADS = 5
SCALE = 0.2
TABLE = "order_items"

FIND = '{"find": "order_items", "filter": {"_id": {"$param": "id"}}}'
GET = '[["HGETALL", "order_items:{id}"]]'


def main() -> int:
    design = read_design(Path("schemas/ecommerce"))
    table = design.schema.table(TABLE)
    generator = Generator(design.schema, design.data, SCALE, 1)
    figures: dict[str, float] = {}
    for name, text in (("mongodb", FIND), ("redis", GET)):
        with _opened(name, table) as (server, database):
            rates = _loads(server, database, table, generator)
            reads = _reads(server, database, text, generator.row_count(TABLE))
        print(f"{name} {server.version}, {generator.row_count(TABLE):,} rows")
        for side, found in rates.items():
            read = f"{reads[side] * 1e6:>8.1f} µs a read" if side in reads else " " * 18
            print(f"  {side:<8}{read}{statistics.median(found):>12,.0f} rows/s loaded")
        figures[f"{name}_read_ratio"] = round(reads["lab"] / reads["driver"], 3)
        for side in rates.keys() - {"lab"}:
            ratios = [ours / theirs for ours, theirs in zip(rates["lab"], rates[side], strict=True)]
            what = "load" if side == "driver" else f"{side}_load"
            figures[f"{name}_{what}_ratio"] = round(statistics.median(ratios), 3)
    print(json.dumps(figures))
    return 0


@contextmanager
def _opened(name: str, table: Table) -> Iterator[tuple[Server, Database]]:
    """An empty database with the table alone, laid out as by default."""
    engine = load_engine(name)
    design = read_design(Path("schemas/ecommerce"))
    schema = type(design.schema)((table,), design.schema.enums)
    with start(parse_spec(name)) as server:
        engine.create_database(server, "bench")
        database = engine.connect(server, "bench")
        database.run(Text(sql) for sql in engine.create_sql(schema).before)
        yield server, database
        database.close()


def _loads(server: Server, database: Database, table: Table, generator: Generator) -> dict[str, list[float]]:
    """Rows a second of each way, one after the other, each into what is then emptied."""
    batches = list(generator.batches(TABLE))
    rows = sum(batch.num_rows for batch in batches)
    with tempfile.TemporaryDirectory() as folder:
        ways: dict[str, Callable[[], object]] = {"lab": lambda: database.load(table, batches)}
        if server.engine == "mongodb":
            ways["driver"] = lambda: _insert_many(server, batches)
        else:
            ways["driver"] = lambda: _pipelines(server, batches)
            program, file = _redis_cli(), Path(folder) / "commands"
            file.write_bytes(b"".join(_commands(batches)))
            ways["pipe"] = lambda: _piped(server, program, file)
        rates: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(LOADS):
            for way, load in ways.items():
                started = time.monotonic()
                load()
                rates[way].append(rows / (time.monotonic() - started))
                _empty(server, rows)
        database.load(table, batches)
    return rates


def _empty(server: Server, rows: int) -> None:
    if server.engine == "mongodb":
        with pymongo.MongoClient[dict[str, Any]](server.address) as client:
            client["bench"][TABLE].delete_many({})
        return
    with redis_driver.Redis.from_url(server.address) as client:
        for first in range(1, rows + 1, 10_000):
            client.delete(*(f"{TABLE}:{key}" for key in range(first, first + 10_000)))


def _redis_cli() -> list[str]:
    """The one beside a server the lab installed, run as that server is; else the machine's."""
    for _, folder in installed("redis"):
        libraries = next(folder.glob("usr/lib/*-linux-gnu"), None)
        if libraries is not None and (program := folder / "usr" / "bin" / "redis-cli").exists():
            loader = next(libraries.glob("ld-linux-*"))
            return [str(loader), "--library-path", str(libraries), str(program)]
    if found := shutil.which("redis-cli"):
        return [found]
    raise LabError("there is no redis-cli to hold the load against", "run `lab engines install redis`")


def _commands(batches: list[Any]) -> Iterator[bytes]:
    """What makes each row a hash, in Redis's protocol."""
    for batch in batches:
        for row in batch.to_pylist():
            words = ["HSET", f"{TABLE}:{row['id']}", *(text for pair in row.items() for text in map(str, pair))]
            encoded = [word.encode() for word in words]
            yield b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)


def _piped(server: Server, program: list[str], file: Path) -> None:
    address = urlsplit(server.address)
    run = [*program, "-h", str(address.hostname), "-p", str(address.port), "--pipe"]
    known = {**os.environ, "REDISCLI_AUTH": unquote(address.password or "")}
    with file.open("rb") as commands:
        subprocess.run(run, stdin=commands, stdout=subprocess.DEVNULL, env=known, check=True)


def _insert_many(server: Server, batches: list[Any]) -> None:
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(server.address)
    with client:
        collection = client["bench"][TABLE]
        for batch in batches:
            collection.insert_many([_document(row) for row in batch.to_pylist()], ordered=False)


def _document(row: dict[str, Any]) -> dict[str, Any]:
    document = {key: Decimal128(value) if isinstance(value, Decimal) else value for key, value in row.items()}
    longs = {key: Int64(document[key]) for key in ("order_id", "variant_id")}
    return {"_id": Int64(document.pop("id")), **document, **longs}


def _pipelines(server: Server, batches: list[Any]) -> None:
    client = redis_driver.Redis.from_url(server.address)
    for batch in batches:
        for start_ in range(0, batch.num_rows, 2000):
            pipeline = client.pipeline(transaction=False)
            for row in batch.slice(start_, 2000).to_pylist():
                pipeline.hset(f"{TABLE}:{row['id']}", mapping={key: str(value) for key, value in row.items()})
            pipeline.execute()
    client.close()


def _reads(server: Server, database: Database, text: str, count: int) -> dict[str, float]:
    """Median seconds of a read by key."""
    prepared = database.prepare(text)
    with _driver_read(server) as driver:
        sides: dict[str, Callable[[int], Callable[[], Any]]] = {
            "lab": lambda key: (lambda bound: lambda: prepared.execute(bound))(prepared.bind({"id": key})),
            "driver": lambda key: lambda: driver(key),
        }
        draw = random.Random(1)
        latencies: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(ROUNDS):
            for side, prepare in sides.items():
                for _ in range(READS):
                    read = prepare(draw.randint(1, count))
                    started = time.perf_counter_ns()
                    read()
                    latencies[side].append((time.perf_counter_ns() - started) / 1e9)
    return {side: float(np.median(taken)) for side, taken in latencies.items()}


@contextmanager
def _driver_read(server: Server) -> Iterator[Callable[[int], Any]]:
    if server.engine == "mongodb":
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(server.address)
        collection = client["bench"][TABLE]
        yield lambda key: collection.find_one({"_id": key})
        client.close()
    else:
        redis = redis_driver.Redis.from_url(server.address)
        yield lambda key: redis.hgetall(f"{TABLE}:{key}")
        redis.close()


if __name__ == "__main__":
    sys.exit(main())
