"""Time-series collections on real servers: rows become measurements and rows again; what is refused is told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nests import loaded_base
from pymongo import MongoClient
from test_mongodb_reshape import hashes, reshaped

from lab.engines import mongodb
from lab.engines.engine import Database, Server, StatementError, Text
from lab.engines.mongodb.measurements import require_possible
from lab.model.schema import Loss, Schema
from lab.readers.sql import read

SCHEMA = """\
CREATE TABLE devices (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE moves (
  id bigint PRIMARY KEY,
  device_id bigint NOT NULL REFERENCES devices (id),
  note varchar(40),
  price numeric(12, 2),
  facts jsonb,
  at timestamptz NOT NULL,
  code varchar(20) NOT NULL UNIQUE
);
CREATE INDEX moves_note_idx ON moves (note);
CREATE INDEX moves_device_idx ON moves (device_id, at);
CREATE TABLE readings (
  device_id bigint REFERENCES devices (id),
  at timestamptz,
  value double precision NOT NULL CHECK (value > -300),
  PRIMARY KEY (device_id, at)
);
"""
DATA = "[devices]\nrows = 5\n[moves]\nrows = 300\n[moves.note]\nnulls = 0.4\n[readings]\nrows = 200\n"
MAPPING = """\
[timeseries.moves]
time = "at"
meta = "device_id"
granularity = "hours"

[timeseries.readings]
time = "at"
meta = "device_id"
days = 400

[indexes]
readings = ["device_id, at desc"]
"""
BASE, COPY = "lab_series", "lab_series_copy"


@pytest.fixture(scope="module")
def schema() -> Schema:
    return read([(Path("schema.sql"), SCHEMA)])


@pytest.fixture(scope="module", params=["mongodb"])
def loaded(
    request: pytest.FixtureRequest, schema: Schema, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    server: Server = request.getfixturevalue(f"{request.param}_server")
    with loaded_base(server, schema, DATA, BASE, tmp_path_factory.mktemp("data")):
        yield server


@pytest.fixture
def copy(loaded: Server) -> Iterator[Database]:
    mongodb.clone_database(loaded, BASE, COPY)
    database = mongodb.connect(loaded, COPY)
    yield database
    database.close()
    mongodb.drop_database(loaded, COPY)


def own_hashes(server: Server, name: str) -> dict[str, str]:
    """Without MongoDB's list of views, which stays behind, empty."""
    return {name: found for name, found in hashes(server, name).items() if name != "system.views"}


def said(losses: Iterable[Loss]) -> dict[str, str]:
    return {loss.what: loss.consequence for loss in losses}


@pytest.mark.parametrize("loaded", ["mongodb", "mongodb_5", "mongodb_7"], indirect=True)
def test_the_way_there_and_back_restores_catalog_and_documents(loaded: Server, copy: Database, schema: Schema) -> None:
    change = reshaped(MAPPING, schema)
    catalog, documents = copy.catalog(), own_hashes(loaded, BASE)
    left_out = copy.run(change.up) or ()
    described = copy.catalog()
    assert json.loads(described["collection readings"])["timeseries"]["metaField"] == "device_id"
    assert "index readings.readings_device_id_at_idx" in described
    left = {"5": {"index moves_note_idx"}, "6": set(), "7": {"index moves_device_idx"}}[loaded.version[0]]
    assert said(left_out).keys() == left
    assert ("index moves.moves_device_idx" in described) is (loaded.version[0] != "7")
    sizes = {relation.name: relation.rows for relation in copy.relations()}
    assert sizes == {"devices": 5, "moves": 300, "readings": 200}
    with MongoClient[dict[str, Any]](loaded.address) as client:
        base, there = client[BASE], client[COPY]
        assert list(there.moves.find().sort("_id")) == [
            {name: value for name, value in row.items() if value is not None} for row in base.moves.find().sort("_id")
        ]
        row = base.readings.find_one()
        assert row is not None
        found = there.readings.find_one(row["_id"])
        assert found is not None and found["value"] == row["value"]
    assert copy.rows('{"count": "moves", "query": {"device_id": {"$gte": 0}}}', {}) == [(300,)]
    copy.run(change.down)
    assert copy.catalog() == catalog
    assert own_hashes(loaded, COPY) == documents


def test_what_is_no_longer_enforced_is_a_loss(schema: Schema) -> None:
    losses = said(reshaped(MAPPING, schema).losses)
    assert "no unique index" in losses["key of moves (id)"]
    assert "no unique index" in losses["unique (code) on moves"]
    assert "no validator" in losses["types and checks of readings"]
    assert "no events" in losses["change streams of moves"]
    assert losses["transactions that write to moves"] == "refused by MongoDB"


def test_a_measurement_that_is_refused_half_way_leaves_the_rows_as_they_were(
    loaded: Server, copy: Database, schema: Schema
) -> None:
    catalog, documents = copy.catalog(), own_hashes(loaded, BASE)
    up = reshaped(MAPPING, schema).up
    broken = Text(up[2].sql.replace('"$project"', '"$sort": {"at": 1}}, {"$unset": "at"}, {"$project"'), up[2].position)
    with pytest.raises(StatementError, match="at' must be present"):
        copy.run([*up[:2], broken, *up[3:]])
    assert copy.catalog() == catalog
    assert own_hashes(loaded, COPY) == documents


SERIES = {"moves": {"timeField": "at", "metaField": "device_id"}}
UPDATE = {"update": "moves", "updates": [{"q": {"device_id": 1}, "u": {"$set": {"device_id": 2}}, "multi": True}]}
NOTE = {"update": "moves", "updates": [{"q": {"device_id": 1}, "u": {"$set": {"note": "x"}}, "multi": True}]}
ONE = {"update": "moves", "updates": [{"q": {"device_id": 1}, "u": {"$set": {"device_id": 2}}}]}
UPSERT = {"update": "moves", "updates": [{"q": {}, "u": {"$set": {"device_id": 2}}, "upsert": True}]}
DELETE = {"delete": "moves", "deletes": [{"q": {"device_id": 1}, "limit": 0}]}
DELETE_ONE = {"delete": "moves", "deletes": [{"q": {"device_id": 1}, "limit": 1}]}
DELETE_OTHER = {"delete": "moves", "deletes": [{"q": {"note": "x"}, "limit": 0}]}
MERGE = {"aggregate": "devices", "pipeline": [{"$merge": {"into": "moves"}}], "cursor": {}}
TAKE = {"findAndModify": "moves", "query": {"device_id": 1}, "remove": True}
COMMANDS = {
    "update": UPDATE,
    "note": NOTE,
    "one": ONE,
    "upsert": UPSERT,
    "delete": DELETE,
    "delete one": DELETE_ONE,
    "delete other": DELETE_OTHER,
    "merge": MERGE,
    "take": TAKE,
}
REASONS = {
    (5, 0, 4): {
        "update": "5.0.4 updates none",
        "note": "updates none",
        "one": "updates none",
        "upsert": "updates none",
        "delete": "deletes none",
        "delete one": "deletes none",
        "delete other": "deletes none",
        "merge": r"\$merge cannot write to moves",
        "take": "findAndModify cannot",
    },
    (6, 0, 5): {
        "note": "only the meta field may be asked for and set, which is device_id",
        "one": "multi: true",
        "upsert": "no upsert",
        "delete one": "all that match",
        "delete other": "by the meta field alone",
        "merge": r"\$merge cannot write to moves",
        "take": "findAndModify cannot",
    },
    (7, 0, 28): {
        "note": "only the meta field",
        "one": "multi: true",
        "upsert": "no upsert",
        "merge": r"\$merge cannot write to moves",
        "take": "findAndModify cannot",
    },
}


@pytest.mark.parametrize("version", REASONS)
@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_version_does_to_no_measurement_is_refused_by_name(version: tuple[int, ...], name: str) -> None:
    reason = REASONS[version].get(name)
    if reason is None:
        require_possible(COMMANDS[name], SERIES, version, None)
        return
    with pytest.raises(StatementError, match=reason) as caught:
        require_possible(COMMANDS[name], SERIES, version, None)
    assert caught.value.hint.startswith("write the operation anew")


@pytest.mark.parametrize("loaded", ["mongodb", "mongodb_5", "mongodb_7"], indirect=True)
def test_the_server_refuses_the_same(loaded: Server, copy: Database, schema: Schema) -> None:
    copy.run(reshaped(MAPPING, schema).up)
    version = tuple(map(int, loaded.version.split(".")))
    for name, command in COMMANDS.items():
        prepared = copy.prepare(json.dumps(command))
        if name in REASONS[version]:
            with pytest.raises(StatementError):
                prepared.count(prepared.execute(prepared.bind({})))
            with pytest.raises(StatementError, match=REASONS[version][name]):
                copy.check(Text(json.dumps(command)))
        else:
            prepared.count(prepared.execute(prepared.bind({})))
