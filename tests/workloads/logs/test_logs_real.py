"""Workloads out of what real servers wrote down of a real workload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from conftest import skip_or_fail
from psycopg.conninfo import make_conninfo
from tiny import SCHEMA

from lab import pipeline, readers
from lab.bench import Settings, Silent
from lab.engines.engine import Server
from lab.errors import LabError
from lab.model.run import Run
from lab.model.schema import Schema
from lab.model.workload import Ago, Choice, FromColumn, Operation
from lab.provision import parse_spec, start
from lab.provision.settings import POSTGRES
from lab.scaffold import scaffold
from lab.workloads.logs import Logged, read_log

HISTORY = "SELECT id, status, total FROM orders WHERE user_id = {} ORDER BY placed_at DESC, id DESC LIMIT 20"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.sql"
    path.write_text(SCHEMA)
    return path


@pytest.fixture(scope="module")
def schema(shop: Path) -> Schema:
    return readers.read(shop)


def by_name(logged: Logged) -> dict[str, Operation]:
    return {operation.name: operation for operation in logged.workload.operations}


def rules(operation: Operation) -> dict[str, object]:
    return {parameter.name: parameter.rule for parameter in operation.parameters}


def compared(shop: Path, home: Path, log: str, engine: str) -> Run:
    """What `lab compare` measures of the design that `lab init --from-log` makes."""
    (home / "schemas").mkdir()
    scaffold(shop, "shop", home, logged=read_log(log, readers.read(shop)))
    options = pipeline.Options((engine,), scale=0.05, out=home / "results", settings=Settings(1.0))
    return pipeline.compare(home / "schemas/shop", options, Silent()).run


def statuses(run: Run) -> dict[str, str]:
    return {found.name: found.status + found.reason for found in run.engines[0].variants[0].operations}


# PostgreSQL


@dataclass(frozen=True)
class Asked:
    """A server that was asked, and where it wrote that down."""

    address: str
    logs: dict[str, Path]


@pytest.fixture(scope="module")
def postgres(state: Path, shop: Path) -> Iterator[Asked]:
    settings = {
        "shared_preload_libraries": "pg_stat_statements",
        "logging_collector": "on",
        "log_destination": "stderr,csvlog,jsonlog",
        "log_min_duration_statement": "0",
        "log_min_messages": "warning",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setitem(POSTGRES, name, value)  # type: ignore[arg-type]
        with start(parse_spec("postgres")) as server:
            with psycopg.connect(server.address, dbname="postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE shop")
            address = make_conninfo(server.address, dbname="shop")
            ask_postgres(address, shop)
            with psycopg.connect(address) as connection:
                (data,) = connection.execute("SELECT current_setting('data_directory')").fetchone() or ("",)
            folder = Path(data) / "log"
            files = {suffix: next(folder.glob(f"*.{suffix}")) for suffix in ("log", "csv", "json")}
            parts = psycopg.conninfo.conninfo_to_dict(address)
            url = f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}/shop"
            yield Asked(url, files)


def ask_postgres(address: str, shop: Path) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute(shop.read_text())
        connection.execute("INSERT INTO users (email) SELECT 'u' || n || '@example.org' FROM generate_series(1, 40) n")
        for number in range(30):
            connection.execute(HISTORY.format(number))
            connection.execute(HISTORY.format("%s"), [number])
        for status in ("new", "paid", "paid"):
            connection.execute("SELECT count(*) FROM orders WHERE status = %s AND total > %s", [status, 9.5])
        for number in range(1, 4):
            connection.execute(
                "INSERT INTO orders (user_id, status, total, placed_at) VALUES (%s, 'new', %s, now())", [number, 12]
            )
        connection.execute("SELECT id FROM users WHERE created_at > now() - interval '30 days' ORDER BY id")
        connection.execute("SELECT date_trunc('month', placed_at) AS month, sum(total) FROM orders GROUP BY 1")
        connection.execute("SELECT relname FROM pg_class LIMIT 1")


@pytest.mark.parametrize("format_", ["log", "csv", "json"])
def test_postgres_logs_give_operations_with_weights_and_values(postgres: Asked, schema: Schema, format_: str) -> None:
    logged = read_log(str(postgres.logs[format_]), schema)
    found = by_name(logged)
    assert found["select_orders_by_user_id"].weight == 60
    assert rules(found["select_orders_by_user_id"]) == {"user_id": FromColumn("orders", "user_id")}
    assert found["select_orders_by_user_id"].text("").endswith("LIMIT 20")
    counted = rules(found["count_orders_by_status_and_total"])
    assert counted == {"status": Choice(("paid", "new")), "total": Choice((9.5,))}
    recent = found["select_users"]
    assert "created_at > :days_ago_30" in recent.text("") and rules(recent) == {"days_ago_30": Ago(30, 30)}
    assert found["insert_orders"].is_write and found["insert_orders"].weight == 3
    assert "date_trunc('month', placed_at)" in found["select_orders"].text("")
    reasons = {other.reason for other in logged.left_out}
    assert "CREATE is neither a query nor a write" in reasons
    assert "names pg_class, which is no table of the schema" in reasons


def test_all_of_postgres_logs_tell_the_same(postgres: Asked, schema: Schema) -> None:
    logged = [read_log(str(path), schema).workload.operations for path in postgres.logs.values()]
    assert logged[0] == logged[1] == logged[2]


def test_pg_stat_statements_gives_operations_without_values(postgres: Asked, schema: Schema) -> None:
    logged = read_log(postgres.address, schema)
    found = by_name(logged)
    assert found["select_orders_by_user_id"].weight == 60
    assert rules(found["select_orders_by_user_id"]) == {
        "user_id": FromColumn("orders", "user_id"),
        "most": Choice((20,)),
    }
    assert rules(found["count_orders_by_status_and_total"])["total"] == FromColumn("orders", "total")
    assert any("whose value the log does not tell" in other.reason for other in logged.left_out)
    assert "select_pg_class" not in found


def test_a_database_without_the_extension_says_what_to_do(postgres: Asked, schema: Schema) -> None:
    with pytest.raises(LabError, match="keeps no pg_stat_statements") as caught:
        read_log(postgres.address.replace("/shop", "/postgres"), schema)
    assert "CREATE EXTENSION" in caught.value.hint


def test_a_server_that_is_not_there(schema: Schema) -> None:
    with pytest.raises(LabError, match="cannot connect to PostgreSQL"):
        read_log("postgresql://lab:secret@127.0.0.1:1/shop", schema)


def test_a_workload_from_postgres_log_is_measured(postgres: Asked, shop: Path, tmp_path: Path) -> None:
    run = compared(shop, tmp_path, str(postgres.logs["log"]), "postgres")
    assert len(statuses(run)) >= 5 and set(statuses(run).values()) == {"measured"}


# MySQL


@pytest.fixture(scope="module")
def mysql(mysql_server: Server) -> Iterator[Asked]:
    pymysql = pytest.importorskip("pymysql")
    parts = urlsplit(mysql_server.address)
    options = {"host": parts.hostname, "port": parts.port, "user": parts.username, "password": parts.password}
    with pymysql.connect(**options, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@slow_query_log_file, @@datadir")
        file, data = cursor.fetchone()
        cursor.execute("SET GLOBAL long_query_time = 0, GLOBAL slow_query_log = ON")
        cursor.execute("CREATE DATABASE asked")
    with pymysql.connect(**options, database="asked", autocommit=True) as connection, connection.cursor() as cursor:
        ask_mysql(cursor)
    yield Asked(f"mysql://{parts.username}:{parts.password}@127.0.0.1:{parts.port}/asked", {"slow": Path(data) / file})
    with pymysql.connect(**options, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SET GLOBAL long_query_time = DEFAULT, GLOBAL slow_query_log = OFF")
        cursor.execute("DROP DATABASE asked")


def ask_mysql(cursor: object) -> None:
    execute = cursor.execute  # type: ignore[attr-defined]
    execute("CREATE TABLE users (id bigint PRIMARY KEY AUTO_INCREMENT, email varchar(200), created_at datetime)")
    execute(
        "CREATE TABLE orders (id bigint PRIMARY KEY AUTO_INCREMENT, user_id bigint, status varchar(10), "
        "total decimal(12, 2), placed_at datetime(6))"
    )
    for number in range(30):
        execute(HISTORY.format(number))
    for status in ("new", "paid", "paid"):
        execute(f"SELECT COUNT(*) FROM `orders` WHERE `status` = '{status}' AND total > 9.5")
    execute("SELECT id FROM users WHERE created_at > DATE_SUB(NOW(), INTERVAL 30 DAY) ORDER BY id")
    execute("INSERT INTO orders (user_id, status, total, placed_at) VALUES (7, 'new', 12, NOW())")
    execute("SELECT id FROM users WHERE id IN (1, 2, 3)")
    execute("SELECT id FROM users WHERE id IN (4, 5)")
    execute("SET @nothing = 1")


def test_mysqls_slow_log_gives_operations_in_both_dialects(mysql: Asked, schema: Schema) -> None:
    logged = read_log(str(mysql.logs["slow"]), schema)
    found = by_name(logged)
    history = found["select_orders_by_user_id"]
    assert history.weight == 30 and rules(history) == {"user_id": FromColumn("orders", "user_id")}
    counted = found["count_orders_by_status_and_total"]
    assert rules(counted) == {"status": Choice(("paid", "new")), "total": Choice((9.5,))}
    assert "`status` = :status" in counted.text("mysql") and '"status" = :status' in counted.text("")
    assert found["select_users_by_id"].weight == 2
    assert rules(found["select_users"]) == {"days_ago_30": Ago(30, 30)}
    assert "SET is neither a query nor a write" in {other.reason for other in logged.left_out}


def test_performance_schema_gives_operations_by_digest(mysql: Asked, schema: Schema) -> None:
    found = by_name(read_log(mysql.address, schema))
    assert found["select_orders_by_user_id"].weight == 30
    assert found["count_orders_by_status_and_total"].weight == 3
    assert rules(found["select_orders_by_user_id"]) == {"user_id": FromColumn("orders", "user_id")}


def test_a_workload_from_mysqls_slow_log_is_measured(mysql: Asked, shop: Path, tmp_path: Path) -> None:
    run = compared(shop, tmp_path, str(mysql.logs["slow"]), "mysql")
    assert len(statuses(run)) >= 5 and set(statuses(run).values()) == {"measured"}


# MongoDB


@pytest.fixture(scope="module")
def mongodb(mongodb_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    try:
        from bson import json_util
        from pymongo import MongoClient
    except ModuleNotFoundError:
        skip_or_fail("there is no pymongo", "pip install pymongo")
    client = MongoClient(mongodb_server.address)
    asked = client["asked"]
    asked.command("profile", 2)
    ask_mongodb(asked)
    asked.command("profile", 0)
    exported = tmp_path_factory.mktemp("profile") / "profile.json"
    lines = [json_util.dumps(document) for document in asked["system.profile"].find()]
    exported.write_text("\n".join(lines))
    yield Asked(mongodb_server.address.replace("/?", "/asked?"), {"profile": exported})
    client.drop_database("asked")
    client.close()


def ask_mongodb(asked: object) -> None:
    from datetime import UTC, datetime

    from bson import Decimal128, Int64

    orders, users = asked["orders"], asked["users"]  # type: ignore[index]
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    for number in range(3):
        orders.insert_one({"_id": number, "user_id": Int64(number), "status": "new", "total": Decimal128("1")})
    for number in range(20):
        found = orders.find({"user_id": number}, {"_id": 1, "status": 1}).sort([("placed_at", -1), ("_id", -1)])
        list(found.limit(20))
    for status in ("paid", "paid", "new"):
        orders.count_documents({"status": status, "total": {"$gt": 9.5}})
    list(orders.aggregate([{"$group": {"_id": "$status", "orders": {"$sum": 1}, "spent": {"$sum": "$total"}}}]))
    orders.update_one({"_id": 1}, {"$set": {"status": "paid", "placed_at": moment}})
    orders.delete_one({"_id": 2})
    users.distinct("email", {"_id": {"$in": [1, 2]}})
    users.find_one({"email": {"$regex": "^a"}})
    list(orders.aggregate([{"$lookup": {"from": "users", "localField": "a", "foreignField": "b", "as": "c"}}]))
    asked["carts"].find_one({})  # type: ignore[index]


@pytest.mark.parametrize("source", ["file", "server"])
def test_mongodbs_profile_gives_operations_in_both_tongues(mongodb: Asked, schema: Schema, source: str) -> None:
    logged = read_log(str(mongodb.logs["profile"]) if source == "file" else mongodb.address, schema)
    found = by_name(logged)
    history = found["select_orders_by_user_id"]
    assert history.weight == 20
    assert "ORDER BY placed_at DESC, id DESC LIMIT 20" in history.text("")
    counted = found["count_orders_by_status_and_total"]
    assert rules(counted) == {"status": Choice(("paid", "new")), "total": Choice((9.5,))}
    assert found["insert_orders"].weight == 3
    assert {"update_orders_by_id", "delete_orders_by_id", "select_orders_per_status"} <= found.keys()
    assert "def select_orders_by_user_id(user_id):" in logged.functions
    assert {other.reason for other in logged.left_out} >= {
        "its filter uses $regex",
        "names the collection carts, which is no table of the schema",
        "its pipeline is more than $match, $group, $sort and $limit: write it by hand",
    }


def test_a_workload_from_mongodbs_profile_is_measured(mongodb: Asked, shop: Path, tmp_path: Path) -> None:
    run = compared(shop, tmp_path, str(mongodb.logs["profile"]), "mongodb")
    assert len(statuses(run)) >= 6 and set(statuses(run).values()) == {"measured"}


def test_it_answers_on_mongodb_as_on_sqlite(mongodb: Asked, shop: Path, tmp_path: Path) -> None:
    logged = read_log(str(mongodb.logs["profile"]), readers.read(shop))
    scaffold(shop, "shop", tmp_path, logged=logged)
    options = pipeline.Options(("sqlite", "mongodb"), scale=0.05, out=tmp_path / "results", settings=Settings(0.5))
    run = pipeline.compare(tmp_path / "schemas/shop", options, Silent()).run
    answers = {found.name: found.answer for found in run.engines[1].variants[0].operations if not found.is_write}
    assert answers and all(answer is not None and answer.is_same for answer in answers.values()), answers
