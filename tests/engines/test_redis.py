"""What is Redis's alone; the contract suite has the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest
from provision.test_servers import folders
from shop import ORDERS, SHOP, USERS, order_batch, user_batch

from lab.engines import redis
from lab.engines.engine import (
    Database,
    LoadError,
    Server,
    ServerLost,
    StatementError,
    StatementTimeout,
    Text,
    UnknownName,
)
from lab.engines.redis.commands import epoch, fill, parse
from lab.engines.redis.connection import open_client
from lab.engines.redis.layout import key_pattern
from lab.engines.redis.replies import rows
from lab.errors import LabError
from lab.model.change import AddIndex
from lab.model.schema import ForeignKey, Key, Position
from lab.provision import parse_spec, start
from lab.provision.settings import REDIS

LAYOUT = {
    "users": [["HSET", "user:{id}", "{*}"], ["SET", "user:email:{email}", "{id}"]],
    "orders": [
        ["HSET", "order:{id}", "id", "{id}", "user_id", "{user_id}", "tags", "{tags}"],
        ["ZADD", "user:{user_id}:orders", "{placed_on.epoch}", "{id}"],
        ["SADD", "tagged:{tags}", "{id}"],
    ],
}
LAID_OUT = replace(SHOP, layouts={"redis": json.dumps(LAYOUT)})


@pytest.fixture
def database(redis_server: Server) -> Iterator[Database]:
    redis.create_database(redis_server, "own")
    database = redis.connect(redis_server, "own")
    database.run(Text(sql) for sql in redis.create_sql(LAID_OUT).before)
    database.load(USERS, [user_batch()])
    database.load(ORDERS, [order_batch()])
    yield database
    database.close()
    redis.drop_database(redis_server, "own")


def run(database: Database, *commands: list[Any], **parameters: Any) -> list[tuple[Any, ...]]:
    return database.rows(json.dumps(commands), parameters)


# Text


def test_without_a_layout_a_row_is_a_hash() -> None:
    assert [json.loads(text) for text in redis.create_sql(SHOP).before] == [
        {"table": "users", "keys": [["HSET", "users:{id}", "{*}"]]},
        {"table": "orders", "keys": [["HSET", "orders:{id}", "{*}"]]},
    ]


def test_what_redis_does_not_keep_or_enforce_is_a_loss() -> None:
    keyless = replace(USERS, name="keyless", primary_key=None)
    losses = {
        loss.what: loss.consequence for loss in redis.create_sql(replace(SHOP, tables=(*SHOP.tables, keyless))).losses
    }
    assert losses["table keyless"] == "not kept in Redis"
    assert losses["unique keys, types and NOT NULL of users"] == "not enforced"
    assert losses["indexes of orders (orders_user_id_idx)"].startswith("not created")


def test_a_change_of_the_schema_is_a_gap() -> None:
    with pytest.raises(LabError, match="Redis has no schema that orders_user_id_idx could change"):
        redis.change_sql(AddIndex(ORDERS.indexes[0]))


def test_parameters_are_put_into_strings() -> None:
    commands = parse('[["HMGET", "user:{id}", {"$param": "field"}, "{unknown}"], ["EVAL", "return {id}", 1, "{id}"]]')
    values = {"id": 7, "field": "email"}
    assert [fill(command, values) for command in commands] == [
        ["HMGET", "user:7", "email", "{unknown}"],
        ["EVAL", "return {id}", "1", "7"],
    ]
    assert fill(["SET", "k", "{at.epoch}", True], {"at": "2025-01-02 03:04:05.678900+00:00"})[2:] == [
        "1735787045.678900",
        "1",
    ]


def test_a_parameter_redis_has_no_form_of() -> None:
    with pytest.raises(ValueError, match="cannot be had as 'decimal'"):
        fill(["SET", "k", "{price.decimal}"], {"price": 1})


def test_times_before_1970_are_negative() -> None:
    assert float(epoch("1969-12-31 23:59:59.500000+00:00")) == -0.5


@pytest.mark.parametrize(
    ("template", "fits", "does_not"),
    [
        ("user:{id}", ["user:5", "user:{id}"], ["user:5:orders", "users:5", "user:"]),
        ("user:{id}:orders", ["user:5:orders"], ["user:5"]),
        ("a.b:{x}", ["a.b:1"], ["aXb:1"]),
    ],
)
def test_a_key_fits_its_template(template: str, fits: list[str], does_not: list[str]) -> None:
    assert all(key_pattern(template).fullmatch(key) for key in fits)
    assert not any(key_pattern(template).fullmatch(key) for key in does_not)


@pytest.mark.parametrize(
    ("name", "reply", "expected"),
    [
        ("HMGET", [b"a", None], [("a", None)]),
        ("HMGET", [None, None], []),
        ("HGETALL", [b"f", b"1", b"g", b"2"], [("1", "2")]),
        ("HGETALL", [], []),
        ("GET", None, []),
        ("GET", b"x", [("x",)]),
        ("GET", b'[["a", 1], ["b", 2]]', [("a", 1), ("b", 2)]),
        ("GET", b'["a", 1]', [("a", 1)]),
        ("GET", b"[no json", [("[no json",)]),
        ("ZRANGE", [b"1", b"2"], [("1",), ("2",)]),
        ("LRANGE", [b'["a", null]'], [("a", None)]),
        ("ZCARD", 3, [(3,)]),
        ("EVAL", [[b"1", None], [b"2", b"x"]], [("1", None), ("2", "x")]),
        ("EVAL", [], []),
    ],
)
def test_replies_become_rows(name: str, reply: Any, expected: list[tuple[Any, ...]]) -> None:
    assert list(rows(name, reply)) == expected


# Rows


def test_rows_are_kept_as_the_layout_says(database: Database) -> None:
    assert run(database, ["GET", "user:email:u7@example.org"]) == [("7",)]
    assert run(database, ["HMGET", "user:2", "email", "is_active", "created_at"]) == [
        ("u2@example.org", "1", "2025-01-01 10:00:00.250000+00:00")
    ]
    assert run(database, ["HGETALL", "order:1"]) == [("1", "2", '["a", "b"]')]
    assert run(database, ["ZRANGE", "user:2:orders", 0, -1, "WITHSCORES"])[:2] == [("1",), ("1740787200",)]


def test_null_leaves_a_field_or_a_command_out(database: Database) -> None:
    assert run(database, ["HMGET", "order:2", "id", "tags"]) == [("2", None)]
    assert run(database, ["EXISTS", "tagged:"]) == [(0,)]
    assert run(database, ["SCARD", 'tagged:["a", "b"]']) == [(100,)]


def test_memory_is_that_of_the_rows_and_of_the_keys_beside_them(database: Database) -> None:
    sizes = {relation.name: relation for relation in database.relations()}
    assert sizes["orders"].rows == 200 and sizes["users"].rows == 50
    assert 50 * 60 < sizes["users"].table_bytes < 50 * 1000
    assert 50 * 40 < sizes["users"].index_bytes < 50 * 300


def test_types_are_kept_as_text(database: Database) -> None:
    redis_layout = replace(SHOP, layouts={})
    database.run(Text(sql) for sql in redis.create_sql(redis_layout).before)
    database.load(ORDERS, [order_batch(1)])
    fields = ["total", "token", "address", "details", "placed_on"]
    ((total, token, address, details, placed_on),) = run(database, ["HMGET", "orders:1", *fields])
    assert (Decimal(total), address, json.loads(details), placed_on) == (
        Decimal("0.25"),
        "10.0.0.1",
        {"colour": "red"},
        "2025-03-01",
    )
    assert token == "00000000-0000-0000-0000-000000000001"


def test_orphans_are_counted_where_both_tables_are_kept(database: Database) -> None:
    assert database.count_orphans(ORDERS, ORDERS.foreign_keys[0]) == 0
    assert database.count_orphans(ORDERS, ForeignKey(("id",), "users", ("id",))) == 150
    assert database.count_orphans(ORDERS, ForeignKey(("total",), "users", ("id",))) is None
    assert database.count_orphans(ORDERS, ForeignKey(("user_id",), "elsewhere", ("id",))) is None


# On the server


def test_a_pipeline_is_one_operation(database: Database) -> None:
    commands = [
        ["HSET", "user:{id}", "email", "{email}"],
        ["GET", "user:email:u1@example.org"],
        ["HMGET", "user:{id}", "email"],
    ]
    text = json.dumps(commands)
    prepared = database.prepare(text)
    bound = prepared.bind({"id": 1, "email": "new"})
    assert isinstance(bound, bytes)
    assert prepared.count(prepared.execute(bound)) == 3
    assert database.rows(text, {"id": 1, "email": "newer"}) == [("1",), ("newer",)]


def test_an_error_of_one_command_is_raised(database: Database) -> None:
    prepared = database.prepare('[["GET", "user:email:u1@example.org"], ["INCR", "user:{id}"]]')
    replies = prepared.execute(prepared.bind({"id": 1}))
    with pytest.raises(StatementError, match="WRONGTYPE"):
        prepared.count(replies)
    assert run(database, ["HMGET", "user:1", "email"]) == [("u1@example.org",)]


def test_commands_run_as_one_transaction(database: Database) -> None:
    with pytest.raises(StatementError, match="number of arguments"):
        database.run([Text('[["SET", "user:9:note", "x"], ["GET"]]')])
    assert run(database, ["EXISTS", "user:9:note"]) == [(0,)]


def test_a_script_is_sent_once(database: Database) -> None:
    script = "return {{ARGV[1]}}"
    prepared = database.prepare(json.dumps([["EVAL", script, 0, "{x}"]]))
    bound = prepared.bind({"x": "seven"})
    assert b"EVALSHA" in bound and script.encode() not in bound
    assert prepared.count(prepared.execute(bound)) == 1


def test_work_is_counted_inside_scripts_too(database: Database) -> None:
    script = "local r = {} for i = 1, 5 do r[i] = redis.call('HGET', 'user:' .. i, 'email') end return r"
    explained = database.explain(json.dumps([["EVAL", script, 0], ["GET", "user:email:u1@example.org"]]), {})
    assert explained.work["commands"] == 6 and explained.work["keys looked up"] == 6
    assert "commands: get 1, hget 5" in explained.plan and "  local r = {}" in explained.plan
    again = database.explain(json.dumps([["EVAL", script, 0], ["GET", "user:email:u1@example.org"]]), {})
    assert again == explained


@pytest.mark.parametrize(
    "command",
    [["SET", "user:1", "x"], ["EVAL", "redis.call('GET', 'x') return redis.call('DEL', KEYS[1])", 1, "user:1"]],
)
def test_what_writes_is_explained_without_running(database: Database, command: list[Any]) -> None:
    explained = database.explain(json.dumps([command]), {})
    assert explained.plan.endswith("(not run: it writes)")
    assert run(database, ["HMGET", "user:1", "id"]) == [("1",)]


@pytest.mark.parametrize(
    ("command", "said", "hint"),
    [
        (["GETS", "x"], "Redis has no command GETS", "did you mean GET"),
        (["HGETALL", "usr:{id}"], "no table is kept by the key usr:{id}", "user:{id}"),
        (
            ["EVAL", "return 1", 1, "user:{id}:order"],
            "no table is kept by the key user:{id}:order",
            "user:{user_id}:orders",
        ),
    ],
)
def test_names_there_are_not(database: Database, command: list[Any], said: str, hint: str) -> None:
    with pytest.raises(UnknownName) as caught:
        database.check(Text(json.dumps([command]), Position("redis.py", 12)))
    assert caught.value.message == f"redis.py:12: {said}"
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[["HGETALL"]]', "redis.py:12: Redis says of HGETALL"),
        ('[["EVAL", "local x = = 1", 0]]', "redis.py:12: Redis says: .*compiling script"),
        ("{", "redis.py:12: this is no JSON"),
        ("[]", "redis.py:12: write a list of commands"),
        ("[[1]]", "redis.py:12: a command is a list that begins with its name"),
    ],
)
def test_a_wrong_command_is_located(database: Database, text: str, said: str) -> None:
    with pytest.raises(StatementError, match=said):
        database.check(Text(text, Position("redis.py", 12)))


def test_good_commands_are_not_complained_of(database: Database) -> None:
    for text in (
        '["HGETALL", "user:{id}"]',
        '[["MGET", "user:email:{a}", "user:email:{b}"], ["PING"]]',
        '[["EVAL", "return 1", 0], ["EVAL", "return 1", 2, "order:{id}", "user:{id}:orders"]]',
    ):
        database.check(Text(text))


def test_a_command_no_one_can_stop_is_waited_for(database: Database) -> None:
    database.set_timeout(0.1)
    sleepless = "[[\"EVAL\", \"redis.call('SET', 'user:1:x', 1) for i = 1, 300000000 do end return 7\", 0]]"
    with pytest.raises(StatementTimeout):
        database.rows(sleepless, {})
    assert run(database, ["GET", "user:1:x"]) == [("1",)], "its replies are not taken for those of later commands"


# Databases


def test_somebody_elses_database_is_not_taken(redis_server: Server, database: Database) -> None:
    address = f"{redis_server.address}/40"
    import redis as driver

    theirs = driver.Redis.from_url(address)
    theirs.set("precious", "1")
    try:
        for number in range(45):
            redis.create_database(redis_server, f"filler {number}")
        assert theirs.keys() == [b"precious"]
    finally:
        for number in range(45):
            redis.drop_database(redis_server, f"filler {number}")
        assert theirs.get("precious") == b"1"
        theirs.flushdb()
        theirs.close()
    assert redis.list_databases(redis_server) == ["own"]


def test_no_database_left_is_explained(redis_server: Server) -> None:
    made = 0
    try:
        with pytest.raises(LabError, match="no empty database left of its 64") as caught:
            for number in range(65):
                redis.create_database(redis_server, f"filler {number}")
                made += 1
        assert "--databases" in caught.value.hint
    finally:
        for number in range(made):
            redis.drop_database(redis_server, f"filler {number}")


def test_a_clone_holds_every_key(redis_server: Server, database: Database) -> None:
    redis.clone_database(redis_server, "own", "copy")
    copy = redis.connect(redis_server, "copy")
    try:
        assert copy.relations() == database.relations()
        assert run(copy, ["DBSIZE"]) == run(database, ["DBSIZE"])
        assert run(copy, ["HGETALL", "user:9"]) == run(database, ["HGETALL", "user:9"])
    finally:
        copy.close()
        redis.drop_database(redis_server, "copy")


def test_a_database_there_is_not(redis_server: Server) -> None:
    with pytest.raises(LabError, match="there is no database called nowhere"):
        redis.connect(redis_server, "nowhere")


# Servers


def listeners(server: Server) -> list[psutil.Process]:
    """Redis gives its process a title of its own, so it is known by its port."""
    port = int(server.address.rsplit(":", 1)[1])
    found = {c.pid for c in psutil.net_connections("inet") if c.laddr and c.laddr.port == port and c.status == "LISTEN"}
    return [psutil.Process(process_id) for process_id in found if process_id]


def test_a_private_server_wants_its_password_and_goes(state: Path, redis_server: Server) -> None:
    before = folders(state)
    with start(parse_spec("redis")) as server:
        (folder,) = folders(state) - before
        port = int(server.address.rsplit(":", 1)[1])
        listening = {c.laddr for c in psutil.net_connections("inet") if c.status == psutil.CONN_LISTEN}
        assert {address.ip for address in listening if address.port == port} == {"127.0.0.1"}
        for wrong in (f"redis://127.0.0.1:{port}", f"redis://:wrong@127.0.0.1:{port}"):
            with pytest.raises(
                LabError, match=rf"cannot connect to Redis at 127\.0\.0\.1:{port}: .*(?i:auth|password)"
            ):
                redis.server_version(wrong)
        (running,) = listeners(server)
        password = server.address.split(":")[2].split("@")[0]
        assert not any(password in part for part in running.cmdline())
    assert not folder.exists()
    assert not running.is_running()


def test_a_node_of_a_cluster_is_told_from_a_server(redis_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.provision.redis.REDIS", {**REDIS, "cluster-enabled": "yes"})
    with (
        start(parse_spec("redis")) as node,
        pytest.raises(LabError, match="a node of a Redis Cluster, which has one database") as raised,
    ):
        redis.server_version(node.address)
    assert "--engine redis" in raised.value.hint


def test_a_server_that_dies_in_the_middle_is_lost(state: Path, redis_server: Server) -> None:
    with pytest.raises(ServerLost, match="Redis server went away"), start(parse_spec("redis")) as server:
        redis.create_database(server, "x")
        database = redis.connect(server, "x")
        prepared = database.prepare('["GET", "x"]')
        for process in listeners(server):
            process.kill()
            process.wait()
        try:
            prepared.execute(prepared.bind({}))
        finally:
            database.close()


def test_a_write_is_on_the_disk_before_it_is_acknowledged(redis_server: Server) -> None:
    settings = redis.settings(redis_server)
    assert (settings["appendonly"], settings["appendfsync"], settings["save"]) == ("yes", "always", "none")


def test_databases_on_a_server_of_ones_own_bear_a_prefix(redis_server: Server) -> None:
    with start(parse_spec(redis_server.address)) as existing:
        redis.create_database(existing, "base")
        assert redis.list_databases(existing) == ["base"]
        assert redis.list_databases(redis_server) == [f"{existing.prefix}base"]
    assert redis.list_databases(redis_server) == []


def test_many_rows_keep_their_order_of_replies(database: Database) -> None:
    count = 5000
    batch = pa.record_batch(
        {
            "id": pa.array(range(1000, 1000 + count), pa.int64()),
            "email": pa.array([f"m{number}" for number in range(count)]),
            "is_active": pa.array([True] * count),
            "created_at": pa.array([datetime(2025, 1, 1, tzinfo=UTC)] * count, pa.timestamp("us", tz="UTC")),
        }
    )
    assert database.load(USERS, [batch]) == count
    assert run(database, ["GET", "user:email:m4999"]) == [("5999",)]


def test_a_key_of_several_columns() -> None:
    table = replace(USERS, name="pairs", primary_key=Key(("id", "email")))
    (text,) = redis.create_sql(replace(SHOP, tables=(table,))).before
    assert json.loads(text)["keys"] == [["HSET", "pairs:{id}:{email}", "{*}"]]


@pytest.mark.parametrize(("policy", "what"), [("noeviction", "it refuses more"), ("allkeys-lru", "it has evicted")])
def test_a_memory_limit_hit_while_loading_is_a_sentence(redis_server: Server, policy: str, what: str) -> None:
    redis.create_database(redis_server, "full")
    database = redis.connect(redis_server, "full")
    try:
        database.run(Text(sql) for sql in redis.create_sql(LAID_OUT).before)
        with open_client(redis_server.address) as client:
            client.config_set("maxmemory-policy", policy)
            client.config_set("maxmemory", client.info("memory")["used_memory"] + 300_000)
            try:
                with pytest.raises(LoadError, match=rf"users: Redis's memory limit of .* MiB .* and {what}") as caught:
                    database.load(USERS, [user_batch(8000).slice(first, 500) for first in range(0, 8000, 500)])
            finally:
                client.config_set("maxmemory", 0)
                client.config_set("maxmemory-policy", "noeviction")
    finally:
        database.close()
        redis.drop_database(redis_server, "full")
    assert caught.value.hint == "raise its maxmemory, or lower --scale"
