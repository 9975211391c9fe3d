"""What is MongoDB's alone; the contract suite has the rest."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import bson
import psutil
import pyarrow as pa
import pytest
from bson import Decimal128, Int64
from provision.test_servers import folders, servers_below
from shop import ORDERS, SHOP, USERS, order_batch, user_batch

from lab.engines import mongodb
from lab.engines.engine import Database, Server, ServerLost, StatementError, Text, UnknownName
from lab.engines.mongodb.commands import columns, fill, parse
from lab.engines.mongodb.connection import Connection
from lab.engines.mongodb.rows import documents
from lab.errors import LabError
from lab.model.change import AddIndex, DropIndex, Script
from lab.model.schema import Check, Column, ForeignKey, Index, IndexPart, Key, Position, Schema, Table, Type
from lab.provision import parse_spec, start
from lab.provision.start import load_provider

LISTED = Table(
    "listed",
    (
        Column("product_id", Type("bigint"), is_nullable=False),
        Column("category_id", Type("bigint"), is_nullable=False),
        Column("code", Type("varchar", (8,))),
        Column("rank", Type("integer")),
        Column("starts_on", Type("date")),
        Column("ends_on", Type("date")),
        Column("kind", Type("order_status")),
        Column("facets", Type("jsonb")),
    ),
    Key(("product_id", "category_id")),
    uniques=(Key(("code",)),),
    checks=(
        Check("rank BETWEEN 1 AND 5"),
        Check("ends_on > starts_on"),
        Check("code = upper(code)"),
        Check("kind <> 'new' OR rank IS NOT NULL"),
        Check("my_function(code)"),
    ),
    indexes=(
        Index("by_category", "listed", (IndexPart("category_id"),), where="rank >= 3 AND starts_on IS NOT NULL"),
        Index("by_facet", "listed", (IndexPart("facets ->> 'colour'", is_expression=True),)),
        Index("by_length", "listed", (IndexPart("length(code)", is_expression=True),)),
        Index("by_text", "listed", (IndexPart("code"),), method="gin"),
    ),
    foreign_keys=(ForeignKey(("product_id",), "orders", ("id",)),),
)
WITH_LISTED = Schema((*SHOP.tables, LISTED), SHOP.enums)
ROW: dict[str, Any] = {"_id": {"product_id": Int64(1), "category_id": Int64(2)}}


def opened(server: Server, name: str, schema: Schema) -> Database:
    mongodb.create_database(server, name)
    database = mongodb.connect(server, name)
    ddl = mongodb.create_sql(schema)
    database.run(Text(sql) for sql in ddl.before)
    database.load(USERS, [user_batch()])
    database.load(ORDERS, [order_batch()])
    database.run(Text(sql) for sql in ddl.after)
    return database


@pytest.fixture(scope="module")
def shared(mongodb_server: Server) -> Iterator[Database]:
    """For tests that only read."""
    database = opened(mongodb_server, "shared", WITH_LISTED)
    yield database
    database.close()
    mongodb.drop_database(mongodb_server, "shared")


@pytest.fixture
def database(mongodb_server: Server) -> Iterator[Database]:
    database = opened(mongodb_server, "own", WITH_LISTED)
    yield database
    database.close()
    mongodb.drop_database(mongodb_server, "own")


def run(database: Database, command: Any, **parameters: Any) -> list[tuple[Any, ...]]:
    return database.rows(json.dumps(command), parameters)


def insert(database: Database, collection: str, **document: Any) -> None:
    text = bson.json_util.dumps({"insert": collection, "documents": [document]})
    database.rows(text, {})


# Text


def test_a_table_becomes_a_collection_with_a_validator() -> None:
    users = json.loads(mongodb.create_sql(SHOP).before[0])
    assert users["create"] == "users"
    rules = users["validator"]["$jsonSchema"]
    assert rules["properties"]["_id"] == {"title": "id", "bsonType": ["int", "long"]}
    assert rules["properties"]["created_at"] == {"bsonType": "date"}
    assert rules["required"] == ["email", "is_active", "created_at"]


def test_types_say_what_is_null_and_what_is_listed() -> None:
    orders = json.loads(mongodb.create_sql(SHOP).before[1])["validator"]["$jsonSchema"]["properties"]
    assert orders["status"] == {"enum": ["new", "paid", "sent"]}
    assert orders["total"] == {"bsonType": "decimal", "minimum": 0}
    assert orders["token"] == {"bsonType": ["binData", "null"]}
    assert orders["tags"] == {"bsonType": ["array", "null"], "items": {"bsonType": "string"}}
    assert orders["details"] == {}


def test_what_mongodb_cannot_say_is_a_loss() -> None:
    losses = {loss.what: loss.consequence for loss in mongodb.create_sql(WITH_LISTED).losses}
    assert losses["references of orders (user_id)"] == "not enforced"
    assert losses["check (my_function(code)) on listed"] == "not enforced"
    assert losses["times of users (created_at)"] == "kept to the millisecond"
    assert losses["defaults and identities of users (id, is_active, created_at)"].startswith("must be given")
    assert losses["index by_text"] == "not created: MongoDB has no gin indexes"
    assert "index over an expression" in losses["index by_length"]


def test_a_partial_index_and_an_index_into_a_document() -> None:
    made = json.loads(mongodb.create_sql(WITH_LISTED).after[-1])["indexes"]
    by_name = {index["name"]: index for index in made}
    assert by_name["listed_code_key"]["unique"] and "partialFilterExpression" in by_name["listed_code_key"]
    assert by_name["by_category"]["key"] == {"_id.category_id": 1}
    filtered = by_name["by_category"]["partialFilterExpression"]["$and"]
    assert filtered[0] == {"rank": {"$gte": 3}} and "date" in filtered[1]["starts_on"]["$type"]
    assert by_name["by_facet"]["key"] == {"facets.colour": 1}


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("ALTER TABLE orders ADD COLUMN note text;", "ALTER TABLE orders ADD COLUMN note text"),
        ("CREATE INDEX i ON orders USING gin (details);", "gin indexes"),
        ("DROP INDEX elsewhere;", "which table elsewhere is on"),
        ("CREATE INDEX i ON orders (lower(status));", "index over an expression"),
        ("CREATE INDEX i ON orders (id) WHERE status <> 'paid';", "MongoDB has no index where status <> 'paid'"),
    ],
)
def test_a_script_about_more_than_indexes_is_a_gap(sql: str, reason: str) -> None:
    with pytest.raises(LabError) as caught:
        mongodb.change_sql(Script("v", {"": sql}, {"": "DROP INDEX i;"}))
    assert reason in caught.value.message


def test_a_script_of_another_engine_is_a_gap() -> None:
    with pytest.raises(LabError, match="variant v has no migration for MongoDB"):
        mongodb.change_sql(Script("v", {"sqlite": "SELECT 1"}, {"sqlite": "SELECT 1"}))


def test_parameters_take_the_type_that_is_asked_for() -> None:
    text = (
        '{"find": "t", "filter": {"a": {"$param": "a", "as": "long"}, "b": {"$param": "b", "as": "decimal"}, '
        '"c": {"$param": "c", "as": "date"}, "d": {"$param": "d", "as": "uuid"}, "e": "^{e}$"}}'
    )
    values = {"a": 1, "b": 2.5, "c": "2025-01-02 03:04:05.678900+00:00", "d": str(bson.uuid.UUID(int=7)), "e": "x"}
    filled = fill(parse(text)[0], values)["filter"]
    assert isinstance(filled["a"], Int64)
    assert filled["b"] == Decimal128("2.5")
    assert filled["c"] == datetime(2025, 1, 2, 3, 4, 5, 678900, UTC)
    assert filled["d"].subtype == 4
    assert filled["e"] == "^x$"


def test_rows_are_in_the_order_of_the_last_projection() -> None:
    assert columns({"find": "t", "projection": {"b": 1, "_id": 0, "a": 1}}) == ["b", "a"]
    stages = [{"$project": {"z": 1}}, {"$project": {"b": "$z", "_id": 1}}, {"$limit": 1}]
    assert columns({"aggregate": "t", "pipeline": stages}) == ["b", "_id"]
    assert columns({"aggregate": "t", "pipeline": [{"$group": {"_id": "$a", "n": {"$sum": 1}}}]}) is None


# Rows


def test_arrow_becomes_the_documents_pymongo_would_make() -> None:
    table = Table(
        "t",
        (
            Column("id", Type("bigint"), is_nullable=False),
            *(
                Column(name, Type(kind))
                for name, kind in {
                    "small": "smallint",
                    "amount": "numeric",
                    "ratio": "real",
                    "is_on": "boolean",
                    "at": "timestamptz",
                    "local": "timestamp",
                    "day": "date",
                    "hour": "time",
                    "octets": "bytea",
                    "word": "text",
                    "facts": "jsonb",
                }.items()
            ),
            Column("tags", Type("text", dimensions=1)),
        ),
        Key(("id",)),
    )
    batch = pa.record_batch(
        {
            "id": pa.array([1, 2], pa.int64()),
            "small": pa.array([-3, None], pa.int16()),
            "amount": pa.array([Decimal("-123456789012345678901234.567891"), None], pa.decimal128(38, 6)),
            "ratio": pa.array([1.5, None], pa.float32()),
            "is_on": pa.array([True, None]),
            "at": pa.array([datetime(2025, 1, 1, 1, 1, 1, 999_999, UTC), None], pa.timestamp("us", tz="UTC")),
            "local": pa.array([datetime(1969, 12, 31, 23, 59, 59, 500_000), None], pa.timestamp("us")),
            "day": pa.array([date(2025, 3, 1), None]),
            "hour": pa.array([time(3, 4, 5), None], pa.time64("us")),
            "octets": pa.array([b"\0abc", None]),
            "word": pa.array(["né", None]),
            "facts": pa.array(['{"a": [1, {"b": 2.5}]}', None]),
            "tags": pa.array([["x", None], None]),
        }
    )
    expected = {
        "_id": Int64(1),
        "small": -3,
        "amount": Decimal128("-123456789012345678901234.567891"),
        "ratio": 1.5,
        "is_on": True,
        "at": datetime(2025, 1, 1, 1, 1, 1, 999_000),
        "local": datetime(1969, 12, 31, 23, 59, 59, 500_000),
        "day": datetime(2025, 3, 1),
        "hour": "03:04:05.000000",
        "octets": b"\0abc",
        "word": "né",
        "facts": {"a": [1, {"b": 2.5}]},
        "tags": ["x", None],
    }
    first, second = documents(batch, table).to_pylist()
    assert bson.decode(first) == expected
    assert bson.decode(second) == {"_id": 2} | dict.fromkeys(list(expected)[1:])
    assert first == bson.encode(expected)
    (sliced,) = documents(batch.slice(1, 1), table).to_pylist()
    assert sliced == second


def test_decimals_are_exact() -> None:
    draw = random.Random(1)
    amounts = [Decimal(draw.randint(-(10**12), 10**12)).scaleb(-2) for _ in range(500)] + [Decimal(0), Decimal("-0.01")]
    table = Table("t", (Column("id", Type("numeric")), Column("n", Type("numeric"))), Key(("id",)))
    keys = pa.array([Decimal(n) for n in range(len(amounts))], pa.decimal128(12, 0))
    batch = pa.record_batch({"id": keys, "n": pa.array(amounts, pa.decimal128(14, 2))})
    found = [bson.decode(document)["n"].to_decimal() for document in documents(batch, table).to_pylist()]
    assert found == amounts


def test_more_documents_than_one_message_holds(database: Database) -> None:
    count = 100_001
    batch = pa.record_batch(
        {
            "id": pa.array(range(1000, 1000 + count), pa.int64()),
            "email": pa.array([f"m{number}" for number in range(count)]),
            "is_active": pa.array([True] * count),
            "created_at": pa.array([datetime(2025, 1, 1, tzinfo=UTC)] * count, pa.timestamp("us", tz="UTC")),
        }
    )
    assert database.load(USERS, [batch]) == count
    assert run(database, {"count": "users"}) == [(50 + count,)]


# On the server


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("rank", (1, 5, None), (0, 6)),
        ("code", ("ABC", None), ("abc", "TOOLONGFORIT")),
        ("kind", ("paid", None), ("lost",)),
    ],
)
def test_a_validator_lets_pass_what_a_check_does(
    database: Database, field: str, good: tuple[Any, ...], bad: tuple[Any, ...]
) -> None:
    for number, value in enumerate(good):
        insert(database, "listed", _id={"product_id": Int64(number), "category_id": Int64(1)}, **{field: value})
    for value in bad:
        with pytest.raises(StatementError, match="failed validation"):
            insert(database, "listed", **ROW, **{field: value})


def test_checks_over_several_columns_know_nothing_of_null(database: Database) -> None:
    days = [datetime(2025, 1, day, tzinfo=UTC) for day in (1, 2)]
    insert(database, "listed", _id={"product_id": Int64(1), "category_id": Int64(1)}, starts_on=days[0], ends_on=None)
    insert(
        database, "listed", _id={"product_id": Int64(1), "category_id": Int64(2)}, starts_on=days[0], ends_on=days[1]
    )
    for wrong in ({"starts_on": days[1], "ends_on": days[0]}, {"kind": "new", "rank": None}):
        with pytest.raises(StatementError, match="failed validation"):
            insert(database, "listed", **ROW, **wrong)


def test_a_broken_rule_is_named(database: Database) -> None:
    with pytest.raises(StatementError, match=r"code: .*maxLength"):
        insert(database, "listed", **ROW, code="TOOLONGFORIT")


def test_several_rows_may_lack_a_unique_value(database: Database) -> None:
    for number in (1, 2):
        insert(database, "listed", _id={"product_id": Int64(number), "category_id": Int64(1)}, code=None)
    insert(database, "listed", _id={"product_id": Int64(3), "category_id": Int64(1)}, code="A")
    with pytest.raises(StatementError, match="unique"):
        insert(database, "listed", _id={"product_id": Int64(4), "category_id": Int64(1)}, code="A")


def test_a_cursor_is_drained(shared: Database) -> None:
    text = '{"find": "orders", "filter": {}, "batchSize": 30, "projection": {"_id": 1}}'
    assert len(shared.rows(text, {})) == 200
    prepared = shared.prepare(text)
    replies = prepared.execute(prepared.bind({}))
    assert len(replies) == 2
    assert prepared.count(replies) == 200


def test_commands_of_one_operation_run_one_after_another(database: Database) -> None:
    text = json.dumps(
        [
            {"update": "users", "updates": [{"q": {"_id": {"$param": "id"}}, "u": {"$set": {"is_active": False}}}]},
            {"find": "users", "filter": {"_id": {"$param": "id"}}, "projection": {"is_active": 1}},
        ]
    )
    prepared = database.prepare(text)
    assert prepared.count(prepared.execute(prepared.bind({"id": 2}))) == 2
    assert database.rows(text, {"id": 4}) == [(False,)]


def test_what_changes_documents_is_one_transaction(database: Database) -> None:
    change = {"update": "users", "updates": [{"q": {"_id": 1}, "u": {"$set": {"is_active": True}}}]}
    broken = {"update": "users", "updates": [{"q": {"_id": 2}, "u": {"$set": {"is_active": "maybe"}}}]}
    with pytest.raises(StatementError, match="failed validation"):
        database.run([Text(json.dumps(change)), Text(json.dumps(broken))])
    assert run(database, {"find": "users", "filter": {"_id": 1}, "projection": {"is_active": 1}}) == [(False,)]


def test_what_changes_indexes_is_undone_when_it_fails(database: Database) -> None:
    before = database.catalog()
    fine = mongodb.change_sql(AddIndex(Index("fine", "orders", (IndexPart("total"),)))).up
    gone = mongodb.change_sql(DropIndex(Index("orders_user_id_idx", "orders", (IndexPart("user_id"),)))).up
    double = mongodb.change_sql(AddIndex(Index("double", "orders", (IndexPart("user_id"),), is_unique=True))).up
    with pytest.raises(StatementError, match="unique"):
        database.run([*fine, *gone, *double])
    assert database.catalog() == before


def test_an_index_finds_columns_in_the_key(database: Database) -> None:
    change = mongodb.change_sql(AddIndex(Index("i", "listed", (IndexPart("category_id"), IndexPart("rank")))))
    database.run(change.up)
    assert database.catalog()["index listed.i"].count("_id.category_id") == 1
    change = mongodb.change_sql(AddIndex(Index("j", "orders", (IndexPart("placed_on"), IndexPart("id", False, True)))))
    database.run(change.up)
    assert '"placed_on": {"$numberInt": "1"}, "_id": {"$numberInt": "-1"}' in database.catalog()["index orders.j"]


def test_a_hidden_index_is_out_of_the_plans(database: Database) -> None:
    text = '{"find": "orders", "filter": {"user_id": 3}}'
    before = database.catalog()
    change = mongodb.hidden_sql(ORDERS.indexes[0])
    assert "orders_user_id_idx" in database.explain(text, {}).plan
    database.run(change.up)
    hidden = database.explain(text, {})
    assert "COLLSCAN" in hidden.plan and hidden.work["documents examined"] == 200
    database.run(change.down)
    assert database.catalog() == before
    assert database.explain(text, {}).work == {"documents examined": 4, "keys examined": 4}


def test_a_plan_is_a_tree_with_what_each_step_read(shared: Database) -> None:
    pipeline = [
        {"$match": {"user_id": 3}},
        {"$group": {"_id": "$user_id", "n": {"$sum": 1}}},
        {
            "$lookup": {
                "from": "users",
                "let": {"u": "$_id"},
                "pipeline": [{"$match": {"$expr": {"$eq": ["$_id", "$$u"]}}}],
                "as": "user",
            }
        },
    ]
    explained = shared.explain(json.dumps({"aggregate": "orders", "pipeline": pipeline, "cursor": {}}), {})
    lines = explained.plan.splitlines()
    assert lines[0].startswith("$lookup") and "documents 1" in lines[0]
    assert lines[-1].strip().startswith("IXSCAN") and "orders_user_id_idx" in lines[-1]
    assert explained.work == {"documents examined": 1, "keys examined": 5}


def test_explaining_what_writes_changes_nothing(database: Database) -> None:
    merge = [{"$match": {"_id": 1}}, {"$set": {"status": "paid"}}, {"$merge": {"into": "orders"}}]
    written = [
        {"aggregate": "orders", "pipeline": merge, "cursor": {}},
        {"insert": "users", "documents": [{"_id": 99}]},
        {"delete": "users", "deletes": [{"q": {"_id": 1}, "limit": 1}, {"q": {"_id": 2}, "limit": 1}]},
    ]
    before = run(database, {"find": "orders", "filter": {"_id": 1}})
    explained = database.explain(json.dumps(written), {})
    assert "$merge" in explained.plan and "insert" in explained.plan and explained.plan.count("DELETE") == 2
    assert run(database, {"find": "orders", "filter": {"_id": 1}}) == before
    assert run(database, {"count": "users"}) == [(50,)]


@pytest.mark.parametrize(
    ("command", "said", "hint"),
    [
        ({"find": "order"}, "there is no collection order", "orders"),
        ({"find": "orders", "filter": {"$or": [{"statu": 1}]}}, "orders has no field statu", "status"),
        ({"find": "orders", "filter": {"id": 1}}, "orders has no field id", "the column id is _id here"),
        (
            {"find": "listed", "filter": {"category_id": 1}},
            "listed has no field",
            "category_id is _id.category_id here",
        ),
        ({"find": "orders", "sort": {"placed": 1}}, "orders has no field placed", "placed_on"),
        ({"update": "orders", "updates": [{"q": {}, "u": {"$set": {"statu": 1}}}]}, "no field statu", "status"),
        ({"insert": "users", "documents": [{"emial": 1}]}, "users has no field emial", "email"),
        ({"aggregate": "orders", "pipeline": [{"$project": {"x": "$totl"}}]}, "no field totl", "total"),
        ({"aggregate": "orders", "pipeline": [{"$group": {"_id": "$totl"}}]}, "no field totl", "total"),
        (
            {"aggregate": "orders", "pipeline": [{"$project": {"x": 1}}, {"$match": {"total": 1}}]},
            "orders has no field total",
            "",
        ),
        (
            {"aggregate": "orders", "pipeline": [{"$match": {"$expr": {"$gt": ["$totl", 1]}}}]},
            "orders has no field totl",
            "total",
        ),
        (
            {
                "aggregate": "orders",
                "pipeline": [{"$lookup": {"from": "users", "localField": "user_id", "foreignField": "uid", "as": "u"}}],
            },
            "users has no field uid",
            "",
        ),
        (
            {
                "aggregate": "orders",
                "pipeline": [{"$lookup": {"from": "users", "pipeline": [{"$match": {"mail": 1}}], "as": "u"}}],
            },
            "users has no field mail",
            "email",
        ),
    ],
)
def test_names_there_are_not(shared: Database, command: dict[str, Any], said: str, hint: str) -> None:
    with pytest.raises(UnknownName) as caught:
        shared.check(Text(json.dumps(command), Position("mongodb.py", 12)))
    assert caught.value.message.startswith("mongodb.py:12: ") and said in caught.value.message
    assert hint in caught.value.hint


def test_names_that_stages_make_are_known(shared: Database) -> None:
    pipeline = [
        {"$match": {"details.colour": "red", "$and": [{"total": {"$gte": 1}}]}},
        {"$lookup": {"from": "users", "localField": "user_id", "foreignField": "_id", "as": "user"}},
        {"$unwind": {"path": "$user", "includeArrayIndex": "place"}},
        {"$set": {"cents": {"$multiply": ["$total", 100]}, "text": {"$literal": "$nothing"}}},
        {"$group": {"_id": "$user.email", "sum": {"$sum": "$cents"}, "places": {"$max": "$place"}}},
        {"$sort": {"sum": -1, "_id.x": 1}},
        {"$project": {"sum": 1, "half": {"$divide": ["$sum", 2]}}},
        {"$facet": {"all": [{"$match": {"whatever": 1}}]}},
        {"$match": {"anything": 1}},
    ]
    shared.check(Text(json.dumps({"aggregate": "orders", "pipeline": pipeline, "cursor": {}})))


def test_a_text_that_is_no_command_is_explained(shared: Database) -> None:
    for text, said in (("{", "no JSON"), ("[]", "an object that begins with its name"), ("[1]", "an object")):
        with pytest.raises(StatementError, match=said) as caught:
            shared.check(Text(text, Position("mongodb.py", 3)))
        assert "mongodb.py:3" in caught.value.message


def test_a_parameter_of_the_wrong_type_is_told(shared: Database) -> None:
    with pytest.raises(StatementError, match=r"find: .*is no decimal"):
        run(shared, {"find": "orders", "filter": {"total": {"$param": "t", "as": "decimal"}}}, t="much")
    with pytest.raises(StatementError, match="cannot be had as 'epoch'"):
        run(shared, {"find": "orders", "filter": {"total": {"$param": "t", "as": "epoch"}}}, t=1)


def test_the_timed_path_still_finds_its_way_into_pymongo(mongodb_server: Server) -> None:
    """It takes a connection from pymongo by a name that is not documented: this fails first when that changes."""
    connection = Connection(mongodb_server.address)
    assert connection.client._conn_for_writes and connection.is_replica_set
    connection.close()


# Servers


def test_a_private_server_wants_its_password_and_goes(state: Any, mongodb_server: Server) -> None:
    before = folders(state)
    with start(parse_spec("mongodb")) as server:
        (folder,) = folders(state) - before
        port = int(server.address.split("@")[1].split("/")[0].split(":")[1])
        listening = {c.laddr for c in psutil.net_connections("inet") if c.status == psutil.CONN_LISTEN}
        assert {address.ip for address in listening if address.port == port} == {"127.0.0.1"}
        with pytest.raises(LabError, match=rf"cannot connect to MongoDB at 127\.0\.0\.1:{port}: Authentication failed"):
            mongodb.server_version(f"mongodb://lab:wrong@127.0.0.1:{port}/?directConnection=true")
        assert servers_below(folder)
    assert not folder.exists()
    assert not servers_below(folder)


def test_a_server_that_dies_in_the_middle_is_lost(state: Any, mongodb_server: Server) -> None:
    before = folders(state)
    with pytest.raises(ServerLost, match="MongoDB server went away"), start(parse_spec("mongodb")) as server:
        (folder,) = folders(state) - before
        database = opened(server, "x", SHOP)
        prepared = database.prepare('{"find": "users", "filter": {}}')
        bound = prepared.bind({})
        for process in servers_below(folder):
            process.kill()
            process.wait()
        try:
            prepared.execute(bound)
        finally:
            database.close()


def test_databases_on_a_server_of_ones_own_bear_a_prefix(mongodb_server: Server) -> None:
    dsn = mongodb_server.address
    with start(parse_spec(dsn)) as existing:
        database = opened(existing, "base", SHOP)
        database.close()
        assert mongodb.list_databases(existing) == ["base"]
        assert f"{existing.prefix}base" in mongodb.list_databases(mongodb_server)
    assert not [name for name in mongodb.list_databases(mongodb_server) if name.startswith(existing.prefix)]


def test_a_server_that_does_not_answer_is_explained() -> None:
    with pytest.raises(LabError, match=r"cannot connect to MongoDB at 127\.0\.0\.1:1: .*refused") as caught:
        mongodb.server_version("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300")
    assert "mongodb://user:password@host:27017" in caught.value.hint


def test_a_version_there_is_not_names_those_there_are(mongodb_server: Server) -> None:
    assert load_provider("mongodb").available()
    with pytest.raises(LabError, match=r"no MongoDB 4\.0 here \(found: "), start(parse_spec("mongodb:4.0")):
        pass


def test_settings_say_how_durable_a_write_is(mongodb_server: Server) -> None:
    settings = mongodb.settings(mongodb_server)
    assert settings["write_concern"] == "w: majority, j: true"
    assert settings["cache_bytes"] == str(512 * 1024 * 1024)
    assert settings["replica_set"] == "lab"
