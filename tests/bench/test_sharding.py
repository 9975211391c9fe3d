"""Shard keys judged on rows; MongoDB 7.0 counts the same on the same rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymongo import MongoClient

from lab.bench import Silent
from lab.bench.load import load_base
from lab.bench.sharding import judge_shard_keys, simulate
from lab.datagen import Generator, read_spec
from lab.engines import mongodb
from lab.engines.engine import Server
from lab.model.sharding import ShardKey
from lab.model.workload import Operation
from lab.readers.sql import read
from lab.report.sections.sharding import sentence

SCHEMA = read(
    [
        (
            Path("schema.sql"),
            "CREATE TABLE users (id bigint PRIMARY KEY);\n"
            "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
            "user_id bigint NOT NULL REFERENCES users (id), status varchar(8) NOT NULL, "
            "placed_at timestamptz NOT NULL DEFAULT now());\n",
        )
    ]
)
DATA = """\
[users]
rows = 300
[orders]
rows = 4000
[orders.status]
values = { paid = 80, open = 20 }
"""
TEXTS: dict[str, tuple[float, Any]] = {
    "of_user": (6, {"find": "orders", "filter": {"user_id": {"$param": "u"}, "status": "paid"}}),
    "one": (2, {"aggregate": "orders", "pipeline": [{"$match": {"_id": {"$param": "i"}}}], "cursor": {}}),
    "by_status": (1, {"find": "orders", "filter": {"status": {"$param": "s"}}}),
    "place": (1, {"insert": "orders", "documents": [{"_id": {"$param": "i"}}]}),
}
OPERATIONS = [
    Operation(name, "simple", {"mongodb": json.dumps(text)}, weight=weight, is_write=name == "place")
    for name, (weight, text) in TEXTS.items()
]


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Generator:
    spec = tmp_path_factory.mktemp("data") / "data.toml"
    spec.write_text(DATA)
    return Generator(SCHEMA, read_spec(spec, SCHEMA), 1.0, 1)


@pytest.fixture(scope="module")
def keys(generator: Generator) -> dict[str, ShardKey]:
    return {key.name: key for key in judge_shard_keys(SCHEMA, OPERATIONS, "mongodb", generator)}


def test_each_key_is_judged_by_what_it_does(keys: dict[str, ShardKey]) -> None:
    assert next(iter(keys)).startswith("user_id")
    assert keys["user_id"].targeted == pytest.approx(0.7) and keys["id"].targeted == pytest.approx(0.3)
    assert keys["id"].monotonicity == pytest.approx(1) and keys["id"].busiest_shard == 1
    assert keys["id hashed"].monotonicity == 0 and keys["id hashed"].busiest_shard < 0.35
    assert keys["status"].most_common == pytest.approx(0.8, abs=0.03) and keys["status"].largest_chunk > 30
    assert keys["status"].objections == ("one value has too many documents to be split",)
    assert keys["user_id, id"].distinct == 4000 and keys["user_id, id"].largest_chunk < 1.1


def test_the_best_is_a_sentence(keys: dict[str, ShardKey]) -> None:
    said = sentence(list(keys.values()))
    assert said.startswith("Shard `orders` by `user_id") and "one shard answers 70 % of its operations" in said
    assert sentence([keys["status"]]).startswith("`orders` has no good key: even by `status` one value")


def test_chunks_that_grow_at_one_end_take_all_that_is_new() -> None:
    rising, mixed = np.arange(10_000), np.random.default_rng(1).permutation(10_000)
    assert simulate(rising) == (pytest.approx(1, abs=0.05), 1.0)
    assert simulate(mixed)[1] < 0.35


def test_mongodb_7_counts_the_same(generator: Generator, keys: dict[str, ShardKey], mongodb_7_server: Server) -> None:
    load_base(mongodb, mongodb_7_server, SCHEMA, generator, Silent(), "lab_sharding")
    try:
        with MongoClient[dict[str, Any]](mongodb_7_server.address) as client:
            orders = client["lab_sharding"].orders
            orders.create_index("user_id")
            orders.create_index("status")
            for name, path in (("user_id", "user_id"), ("status", "status"), ("id", "_id")):
                command = {"analyzeShardKey": "lab_sharding.orders", "key": {path: 1}, "readWriteDistribution": False}
                theirs = client.admin.command(command)["keyCharacteristics"]
                ours = keys[name]
                assert theirs["numDistinctValues"] == ours.distinct
                most = theirs["mostCommonValues"][0]["frequency"] if not theirs["isUnique"] else 1
                assert most == round(ours.most_common * ours.documents)
                assert theirs["monotonicity"]["type"] == ("monotonic" if ours.monotonicity >= 0.7 else "not monotonic")
    finally:
        mongodb.drop_database(mongodb_7_server, "lab_sharding")
