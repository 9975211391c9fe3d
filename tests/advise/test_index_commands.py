"""Indexes for MongoDB's own commands: which are proposed, and that the server uses them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from test_rules import keys, run

from lab.advise import index_commands
from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.model.run import Proposal, Run

DDL = """
CREATE TABLE users (id bigint PRIMARY KEY, email varchar(80) NOT NULL, profile jsonb NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL, status varchar(10) NOT NULL, total int NOT NULL,
  placed_at timestamptz NOT NULL);
CREATE INDEX orders_total ON orders (total);
"""
P = {"$param": "u"}


def asking(command: object) -> Run:
    bare = run("SELECT 1", ddl=DDL)
    operation = replace(bare.design.workload.operations[0], sql={"mongodb": json.dumps(command)})
    workload = replace(bare.design.workload, operations=(operation,))
    return replace(bare, design=replace(bare.design, workload=workload))


def proposed(command: object) -> list[Proposal]:
    return list(index_commands.propose(asking(command), "mongodb"))


LOOKUP = {"from": "orders", "localField": "_id", "foreignField": "user_id", "as": "o"}
SEARCHES = [
    (
        {"find": "orders", "filter": {"user_id": P, "total": {"$gt": 3}}, "sort": {"placed_at": -1}},
        ["orders (user_id, placed_at DESC, total)", "orders (user_id, total)"],
    ),
    ({"find": "users", "filter": {"profile.kind": P}}, ["users (profile ->> 'kind')"]),
    (
        {"aggregate": "users", "pipeline": [{"$match": {"_id": P}}, {"$lookup": LOOKUP}], "cursor": {}},
        ["orders (user_id)"],
    ),
    (
        {"aggregate": "orders", "pipeline": [{"$group": {"_id": "$user_id"}}, {"$match": {"status": P}}]},
        [],
    ),
    ({"update": "orders", "updates": [{"q": {"status": {"$in": ["a"]}}, "u": {}}]}, ["orders (status)"]),
    ([{"find": "orders", "filter": {"total": P}}, {"find": "nowhere", "filter": {"a": 1}}], []),
    ({"find": "orders", "filter": {"_id": P, "status": "open"}}, []),
    ({"find": "orders", "filter": {"items.sku": P}}, []),
    ({"find": "orders", "filter": {"status": None}}, []),
    ({"find": "orders", "filter": {"$and": [{"status": P}, {"user_id": {"$eq": 1}}]}}, ["orders (status, user_id)"]),
]


@pytest.mark.parametrize(("command", "expected"), SEARCHES)
def test_keys_come_as_equality_sort_and_range(command: object, expected: list[str]) -> None:
    assert [keys(proposal) for proposal in proposed(command)] == expected


def test_other_engines_and_texts_that_are_no_commands_get_nothing() -> None:
    assert list(index_commands.propose(asking(SEARCHES[0][0]), "postgres")) == []
    assert list(index_commands.propose(run("SELECT id FROM orders WHERE status = :s", ddl=DDL), "mongodb")) == []


@pytest.mark.parametrize("command", [SEARCHES[0][0], SEARCHES[1][0], SEARCHES[2][0]])
def test_mongodb_uses_what_is_proposed(mongodb_server: Server, command: dict[str, object]) -> None:
    engine, proposal = load_engine("mongodb"), proposed(command)[0]
    users = [{"_id": i, "email": f"{i}@x.org", "profile": {"kind": f"k{i % 50}"}} for i in range(500)]
    orders = [
        {"_id": i, "user_id": i % 90, "status": "open", "total": i % 7, "placed_at": {"$date": 10**12 + i}}
        for i in range(2000)
    ]
    engine.create_database(mongodb_server, "commands")
    database = engine.connect(mongodb_server, "commands")
    try:
        database.run(Text(sql) for sql in engine.create_sql(run("SELECT 1", ddl=DDL).design.schema).before)
        for name, documents in (("users", users), ("orders", orders)):
            database.run([Text(json.dumps({"insert": name, "documents": documents}))])
        before = database.catalog()
        change = engine.change_sql(proposal.change)
        database.run(change.up)
        assert proposal.change.name in database.explain(json.dumps(command), {"u": 7}).plan
        database.run(change.down)
        assert database.catalog() == before
    finally:
        database.close()
        engine.drop_database(mongodb_server, "commands")
