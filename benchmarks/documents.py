"""What the lab's timed path to MongoDB and Redis costs beside their own drivers, and its load beside theirs.

Reads by key, round after round in turn, one client; then the same rows loaded as documents made column by column, and
as dictionaries through `insert_many`, both into a collection with its validator.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pymongo
import redis as redis_driver
from bson import Decimal128, Int64

from lab.datagen import Generator
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Database, Server, Text
from lab.model.schema import Table
from lab.provision import parse_spec, start

ROUNDS = 10
READS = 1000
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
        for side in ("lab", "driver"):
            print(f"  {side:<8}{reads[side] * 1e6:>8.1f} µs a read{rates[side]:>12,.0f} rows/s loaded")
        figures[f"{name}_read_ratio"] = round(reads["lab"] / reads["driver"], 3)
        figures[f"{name}_load_ratio"] = round(rates["lab"] / rates["driver"], 3)
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


def _loads(server: Server, database: Database, table: Table, generator: Generator) -> dict[str, float]:
    """Rows a second: the driver's first, into what is then emptied."""
    batches = list(generator.batches(TABLE))
    rows = sum(batch.num_rows for batch in batches)
    driver = _insert_many if server.engine == "mongodb" else _pipelines
    started = time.monotonic()
    driver(server, batches)
    theirs = time.monotonic() - started
    started = time.monotonic()
    database.load(table, batches)
    return {"driver": rows / theirs, "lab": rows / (time.monotonic() - started)}


def _insert_many(server: Server, batches: list[Any]) -> None:
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(server.address)
    with client:
        collection = client["bench"][TABLE]
        for batch in batches:
            collection.insert_many([_document(row) for row in batch.to_pylist()], ordered=False)
        collection.delete_many({})


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
