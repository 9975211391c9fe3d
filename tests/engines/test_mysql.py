"""What only MySQL and MariaDB have, or lack, on real servers."""

from __future__ import annotations

import dataclasses
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pyarrow as pa
import pytest
from shop import ORDERS, SHOP, USERS, order_batch, user_batch

from lab.bench import Silent, load_base
from lab.bench.answers import difference
from lab.datagen import Generator, draw
from lab.design import read_design
from lab.engines import load_engine
from lab.engines.engine import Database, Engine, Server, ServerLost, StatementError, StatementTimeout, Text
from lab.engines.mysql.database import MysqlDatabase
from lab.engines.mysql.dialect import numbers
from lab.errors import LabError
from lab.model.change import AddIndex, Script
from lab.model.schema import Column, Enum, Index, IndexPart, Key, Position, Schema, Table, Type
from lab.provision import parse_spec, start

FAMILY = ("mysql", "mariadb", "mariadb:10.11")
TIMED_OUT = 0.4


@pytest.fixture(params=FAMILY)
def server(request: pytest.FixtureRequest) -> Server:
    name = request.param.replace(":", "_").replace(".", "_")
    found: Server = request.getfixturevalue(f"{name}_server")
    return found


@pytest.fixture
def database(engine: Engine, server: Server) -> Iterator[MysqlDatabase]:
    """The shop with 50 users and 200 orders."""
    yield from filled(engine, server, "own", SHOP)


def filled(engine: Engine, server: Server, name: str, schema: Schema) -> Iterator[MysqlDatabase]:
    engine.create_database(server, name)
    database = engine.connect(server, name)
    assert isinstance(database, MysqlDatabase)
    ddl = engine.create_sql(schema)
    database.run(Text(sql) for sql in ddl.before)
    if schema is SHOP:
        database.load(USERS, [user_batch()])
        database.load(ORDERS, [order_batch()])
    database.run(Text(sql) for sql in ddl.after)
    database.analyze()
    yield database
    database.close()
    engine.drop_database(server, name)


def run(database: MysqlDatabase, *statements: str) -> tuple[object, ...]:
    return database.run([Text(sql) for sql in statements])


def write(database: MysqlDatabase, sql: str) -> int:
    prepared = database.prepare(sql)
    return prepared.count(prepared.execute(prepared.bind({})))


EVERYTHING = Table(
    "everything",
    (
        Column("id", Type("bigint"), False, identity="by default"),
        Column("words", Type("text")),
        Column("state", Type("state")),
        Column("truth", Type("boolean")),
        Column("money", Type("numeric", (20, 4))),
        Column("real", Type("double precision")),
        Column("moment", Type("timestamptz")),
        Column("day", Type("date")),
        Column("token", Type("uuid")),
        Column("octets", Type("bytea")),
        Column("facets", Type("jsonb")),
        Column("tags", Type("text", dimensions=1)),
        Column("doubled", Type("numeric", (21, 4)), generated="money * 2"),
    ),
    Key(("id",)),
)
KINDS = Schema((EVERYTHING,), (Enum("state", ("new", "it's, \\done")),))
WORDS = ["tab\tbackslash\\ newline\n return\r", "quotes '\"` \\N NULL", "", "naïve 🐘 Ω", None]
OCTETS = [bytes(range(256)), b"", b"\\N\t\n", None, b"\0"]


def batch_of_everything() -> pa.RecordBatch:
    five = range(5)
    return pa.record_batch(
        {
            "id": pa.array([0, 1, 2, 3, 2**62], pa.int64()),
            "words": pa.array(WORDS),
            "state": pa.array(["new", "it's, \\done", None, "new", "new"]),
            "truth": pa.array([True, False, None, True, False]),
            "money": pa.array([Decimal("1234567890123456.7891"), Decimal("-0.0001"), None, 0, 1], pa.decimal128(20, 4)),
            "real": pa.array([1.1, -1e300, None, 5e-324, 0.1 + 0.2]),
            "moment": pa.array(
                [
                    datetime(2025, 3, 30, 2, 30, 0, 123456, UTC),
                    datetime(1970, 1, 1),
                    None,
                    datetime(9999, 12, 31),
                    None,
                ],
                pa.timestamp("us", "UTC"),
            ),
            "day": pa.array([date(2024, 2, 29), date(1000, 1, 1), None, date(9999, 12, 31), None]),
            "token": pa.array([number.to_bytes(16) if number != 2 else None for number in five], pa.binary(16)),
            "octets": pa.array(OCTETS, pa.binary()),
            "facets": pa.array(['{"b": [1, 2.5, null], "a": "\\"\\\\\\u00e9"}', "[]", None, "{}", '"x"']),
            "tags": pa.array([["a", 'b"\\'], [], None, ["c"], ["d"]], pa.list_(pa.string())),
        }
    )


@pytest.fixture
def everything(engine: Engine, server: Server) -> Iterator[MysqlDatabase]:
    yield from filled(engine, server, "kinds", KINDS)


def expect_everything(database: MysqlDatabase) -> None:
    columns = "id, words, state, truth, money, `real`, moment, day, token, octets, tags, doubled"
    rows = database.rows(f"SELECT {columns} FROM everything ORDER BY id", {})
    given = batch_of_everything().to_pydict()
    assert [row[1] for row in rows] == WORDS
    assert [row[9] for row in rows] == OCTETS
    for place, name in ((0, "id"), (2, "state"), (3, "truth"), (4, "money"), (5, "real"), (7, "day")):
        assert [row[place] for row in rows] == given[name]
    assert [row[6] for row in rows] == [moment and moment.replace(tzinfo=None) for moment in given["moment"]]
    assert rows[1][8] == "00000000-0000-0000-0000-000000000001" and rows[2][8] is None
    assert rows[0][10] == '["a", "b\\"\\\\"]'
    assert rows[1][11] == Decimal("-0.0002")
    assert database.rows("SELECT JSON_UNQUOTE(JSON_EXTRACT(facets, '$.a')) FROM everything WHERE id = 0", {}) == [
        ('"\\é',)
    ]


def test_every_kind_of_value_is_loaded_exactly(everything: MysqlDatabase) -> None:
    assert everything.load(EVERYTHING, [batch_of_everything().slice(0, 2), batch_of_everything().slice(2)]) == 5
    expect_everything(everything)
    assert write(everything, "INSERT INTO everything (words) VALUES ('next')") == 1
    assert everything.rows("SELECT id FROM everything WHERE words = 'next'", {}) == [(2**62 + 1,)]


def test_a_server_without_load_data_is_loaded_by_inserts(everything: MysqlDatabase) -> None:
    run(everything, "SET GLOBAL local_infile = OFF")
    try:
        everything.load(EVERYTHING, [batch_of_everything()])
    finally:
        run(everything, "SET GLOBAL local_infile = ON")
    expect_everything(everything)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"id": [12], "state": ["lost"]}, r"(?i)truncated for column 'state'"),
        ({"id": [12], "words": ["x" * 70_000]}, r"(?i)(truncated|too long) for column 'words'"),
        ({"id": [1]}, r"(?i)duplicate entry '1'"),
        ({"id": [12], "facets": ["{no"]}, r"(?i)json|constraint .*facets"),
    ],
)
def test_a_row_the_server_would_skip_fails_the_load(
    everything: MysqlDatabase, columns: dict[str, list[object]], said: str
) -> None:
    run(everything, "INSERT INTO everything (id) VALUES (1)")
    bad = pa.record_batch({name: pa.array(values) for name, values in columns.items()})
    good = pa.record_batch(
        {name: pa.array([10, 11] if name == "id" else [None, None], bad[name].type) for name in columns}
    )
    with pytest.raises(StatementError, match=said):
        everything.load(EVERYTHING, [good, bad])
    assert everything.rows("SELECT count(*) FROM everything", {}) == [(1,)]


def test_duplicates_among_the_first_rows_fail_the_load(everything: MysqlDatabase) -> None:
    with pytest.raises(StatementError, match=r"(?i)duplicate entry '5'"):
        everything.load(EVERYTHING, [pa.record_batch({"id": pa.array([4, 5, 5, 6])})])
    assert everything.rows("SELECT count(*) FROM everything", {}) == [(0,)]


def test_a_load_that_is_broken_off_leaves_nothing(database: MysqlDatabase) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield user_batch(10).set_column(0, "id", pa.array(range(1000, 1010)))
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        database.load(USERS, batches())
    assert database.rows("SELECT count(*) FROM users", {}) == [(50,)]


def test_text_compares_and_sorts_by_code_points(database: MysqlDatabase) -> None:
    words = ["a", "B", "a ", "é", "e", "A", "🐘", "ﬀ"]
    run(database, "CREATE TABLE words (word VARCHAR(20) PRIMARY KEY)")
    for word in words:
        write(database, f"INSERT INTO words VALUES ('{word}')")
    assert [word for (word,) in database.rows("SELECT word FROM words ORDER BY word", {})] == sorted(words)
    assert database.rows("SELECT count(*) FROM words WHERE word = :word", {"word": "a"}) == [(1,)]


def test_moments_are_given_with_a_zone_and_kept_in_utc(database: MysqlDatabase) -> None:
    query = "SELECT count(*), :at FROM users WHERE created_at = :at"
    for text in ("2025-01-01 10:00:00.250000+00:00", "2025-01-01T11:00:00.25+01:00", "2025-01-01 10:00:00.25"):
        assert database.rows(query, {"at": text})[0][0] == 50


def test_numbers_truth_and_nothing_are_parameters(database: MysqlDatabase) -> None:
    query = "SELECT id FROM orders WHERE id = :id AND total >= :least AND :truth AND :nothing IS NULL"
    parameters = {"id": 8, "least": 1.99, "truth": True, "nothing": None}
    assert database.rows(query, parameters) == [(8,)]
    assert database.rows(query, {**parameters, "truth": False}) == []


def test_an_answer_of_many_packets_is_counted_and_decoded(database: MysqlDatabase) -> None:
    query = "SELECT o.id, p.email, o.details, repeat('x', :wide) FROM orders o, users p ORDER BY o.id, p.id"
    prepared = database.prepare(query)
    for wide in (1, 500):
        assert prepared.count(prepared.execute(prepared.bind({"wide": wide}))) == 10_000
    rows = database.rows(query, {"wide": 500})
    assert rows[-1][0] == 200 and {len(row[3]) for row in rows} == {500}


def test_a_row_that_looks_like_the_end_of_an_answer_is_none(database: MysqlDatabase) -> None:
    end = bytes([5, 0, 0, 9, 0xFE, 0, 0, 2, 0])
    query = f"SELECT unhex('{end.hex() * 8000}') FROM users"
    prepared = database.prepare(query)
    assert prepared.count(prepared.execute(prepared.bind({}))) == 50
    assert database.rows(query, {})[49][0] == end * 8000
    assert database.rows("SELECT 1", {}) == [(1,)]


def test_an_error_amid_the_rows_ends_the_answer(database: MysqlDatabase) -> None:
    """The first rows are sent before the one that fails."""
    query = (
        "SELECT repeat('x', 60000), (SELECT id FROM users WHERE id = o.id OR o.id > 180) FROM orders o ORDER BY o.id"
    )
    prepared = database.prepare(query)
    with pytest.raises(StatementError, match="more than 1 row"):
        prepared.count(prepared.execute(prepared.bind({})))
    assert database.rows("SELECT 1", {}) == [(1,)]


LIVE = Index("orders_live_idx", "orders", (IndexPart("user_id"), IndexPart("placed_on", is_descending=True)))


def test_an_index_takes_the_place_of_a_foreign_keys_own(engine: Engine, server: Server) -> None:
    """As the server does by itself; also on a copy, and the second time."""
    bare = Schema((USERS, dataclasses.replace(ORDERS, indexes=())), SHOP.enums)
    for original in filled(engine, server, "bare", bare):
        original.close()
        engine.clone_database(server, "bare", "copy")
        copy = engine.connect(server, "copy")
        before, change = copy.catalog(), engine.change_sql(AddIndex(LIVE))
        assert "index orders.orders_user_id_fkey" in before
        for _ in range(2):
            copy.run(change.up)
            assert "index orders.orders_user_id_fkey" not in copy.catalog()
            (loss,) = copy.run(change.down) or ()
            assert "orders_user_id_fkey gets an index of its own" in loss.consequence
            assert copy.catalog() == before
        copy.close()
        engine.drop_database(server, "copy")


def test_what_a_user_wrote_runs_as_it_stands(database: MysqlDatabase) -> None:
    where = Position("v.mysql.sql", 7)
    with pytest.raises(StatementError, match=r"v\.mysql\.sql:7: .*foreign key") as caught:
        database.run([Text("DROP INDEX orders_user_id_idx ON orders", where)])
    assert "ADD INDEX" in caught.value.hint


def test_an_index_that_only_holds_beginnings_says_so(engine: Engine, database: MysqlDatabase) -> None:
    run(database, "ALTER TABLE orders ADD COLUMN note TEXT")
    before, change = database.catalog(), engine.change_sql(AddIndex(Index("notes", "orders", (IndexPart("note"),))))
    (loss,) = database.run(change.up)
    assert re.fullmatch(r"holds the first \d+ characters of note", loss.consequence)
    database.run(change.down)
    assert database.catalog() == before
    wide = engine.change_sql(AddIndex(Index("notes", "orders", (IndexPart("note"), IndexPart("id")))))
    (loss,) = database.run(wide.up)
    assert loss.consequence == "holds the first 255 characters of note"


def test_a_users_index_of_a_long_text_has_to_name_a_length(mysql_server: Server) -> None:
    for database in filled(load_engine("mysql"), mysql_server, "notes", SHOP):
        run(database, "ALTER TABLE orders ADD COLUMN note TEXT")
        with pytest.raises(StatementError, match="without a key length") as caught:
            database.run([Text("CREATE INDEX mine ON orders (note)", Position("v.mysql.sql", 1))])
        assert "note(255)" in caught.value.hint


def test_a_failing_script_names_what_cannot_come_back(database: MysqlDatabase) -> None:
    before = database.catalog()
    with pytest.raises(StatementError, match=r"totl") as caught:
        run(
            database,
            "CREATE TABLE notes (id INT PRIMARY KEY, body TEXT)",
            "ALTER TABLE orders ADD COLUMN extra INT, DROP COLUMN tags",
            "CREATE INDEX extra_idx ON orders (user_id, extra)",
            "CREATE INDEX broken ON orders (totl)",
        )
    assert "table notes" in caught.value.hint and "column orders.extra" in caught.value.hint
    assert "cannot bring back column orders.tags" in caught.value.hint
    run(database, "ALTER TABLE orders ADD COLUMN tags JSON AFTER address")
    assert database.catalog() == before


def test_a_hidden_index_is_kept_but_not_used(engine: Engine, server: Server, database: MysqlDatabase) -> None:
    index = Index("orders_placed_idx", "orders", (IndexPart("placed_on"), IndexPart("total")))
    query = "SELECT count(*) FROM orders WHERE placed_on = '2025-01-01'"
    run(database, engine.hidden_index_sql(index))  # type: ignore[attr-defined]
    hidden = database.catalog()["index orders.orders_placed_idx"]
    assert "orders_placed_idx" not in database.explain(query, {}).plan
    if see := load_engine(server.engine).DIALECT.seeing_hidden:  # type: ignore[attr-defined]
        run(database, f"SET SESSION optimizer_switch = '{see}'")
        assert "orders_placed_idx" in database.explain(query, {}).plan
        run(database, f"SET SESSION optimizer_switch = '{see.replace('=on', '=off')}'")
    run(database, engine.show_index_sql(index))  # type: ignore[attr-defined]
    assert "orders_placed_idx" in database.explain(query, {}).plan
    assert database.catalog()["index orders.orders_placed_idx"] != hidden
    run(database, engine.hide_index_sql(index))  # type: ignore[attr-defined]
    assert database.catalog()["index orders.orders_placed_idx"] == hidden


def test_an_expression_is_found_in_its_index(mysql_server: Server) -> None:
    engine = load_engine("mysql")
    index = Index("users_lower_idx", "users", (IndexPart("lower(email)", is_expression=True),))
    for database in filled(engine, mysql_server, "functional", SHOP):
        before, change = database.catalog(), engine.change_sql(AddIndex(index))
        database.run(change.up)
        explained = database.explain("SELECT id FROM users WHERE LOWER(email) = :email", {"email": "u7@example.org"})
        assert "users_lower_idx" in explained.plan and explained.work["handler reads"] <= 2
        database.run(change.down)
        assert database.catalog() == before


def test_an_index_on_a_generated_column_is_told_apart(server: Server, database: MysqlDatabase) -> None:
    """Where the optimizer does not know the expression again, that is a loss, and true."""
    losses = run(
        database,
        "ALTER TABLE users ADD COLUMN lowered VARCHAR(512) GENERATED ALWAYS AS (LOWER(email)) VIRTUAL",
        "CREATE INDEX users_lowered_idx ON users (lowered)",
    )
    explained = database.explain("SELECT id FROM users WHERE LOWER(email) = 'u7@example.org'", {})
    is_matched = server.engine == "mysql" or numbers(server.version) >= (11, 8)
    assert ("users_lowered_idx" in explained.plan) == is_matched
    assert bool(losses) != is_matched


def test_a_view_that_is_not_materialized_is_refused(mysql_server: Server) -> None:
    for database in filled(load_engine("mysql"), mysql_server, "views", SHOP):
        before = database.catalog()
        with pytest.raises(StatementError, match=r"v\.sql:3: .*makes a plain view"):
            database.run([Text("CREATE MATERIALIZED VIEW v AS SELECT id FROM users", Position("v.sql", 3))])
        assert database.catalog() == before


PROGRAMS = """
ALTER TABLE users ADD CONSTRAINT has_at CHECK (email LIKE '%@%, or none'
  OR email LIKE '%@%'),
  ADD COLUMN shout VARCHAR(512) GENERATED ALWAYS AS (UPPER(email)) STORED,
  ADD FULLTEXT INDEX users_text_idx (email);
CREATE TABLE days (day DATE NOT NULL PRIMARY KEY, n INT NOT NULL DEFAULT 0)
  PARTITION BY RANGE COLUMNS (day) (
    PARTITION early VALUES LESS THAN ('2025-01-01'), PARTITION late VALUES LESS THAN (MAXVALUE)
  );
INSERT INTO days VALUES ('2024-12-31', 1), ('2025-01-01', 2);
CREATE FUNCTION twice (n INT) RETURNS INT DETERMINISTIC RETURN n * 2;
CREATE PROCEDURE count_day (IN at DATE)
BEGIN
  INSERT INTO days VALUES (at, 1) ON DUPLICATE KEY UPDATE n = n + 1;
END;
CREATE VIEW a_view AS SELECT id, twice(id) AS double_id FROM z_view;
CREATE TRIGGER orders_day AFTER INSERT ON orders FOR EACH ROW CALL count_day(NEW.placed_on)
"""


@pytest.mark.parametrize("by_files", [True, False], ids=["files", "rows"])
def test_a_clone_holds_everything(engine: Engine, server: Server, database: MysqlDatabase, by_files: bool) -> None:
    run(database, "CREATE VIEW z_view AS SELECT id FROM users")
    programs = engine.change_sql(Script("v", {"mysql": PROGRAMS}, {"mysql": "DROP VIEW a_view"})).up
    database.run(programs)
    database.analyze()
    wanted, relations = database.catalog(), database.relations()
    database.close()
    address = server.address if by_files else server.address.partition("&data=")[0]
    engine.clone_database(dataclasses.replace(server, address=address), "own", "copy")
    copy = engine.connect(server, "copy")
    try:
        assert copy.catalog() == wanted
        assert [(r.name, r.rows) for r in copy.relations()] == [(r.name, r.rows) for r in relations]
        write(copy, "INSERT INTO orders (user_id, total, placed_on) VALUES (1, 1, '2025-01-01')")  # type: ignore[arg-type]
        assert copy.rows("SELECT n FROM days ORDER BY day", {}) == [(1,), (3,)]
        assert copy.rows("SELECT max(o.id), max(v.double_id) FROM orders o, a_view v", {}) == [(201, 100)]
        with pytest.raises(StatementError, match=r"(?i)foreign key"):
            write(copy, "INSERT INTO orders (user_id, total, placed_on) VALUES (99, 1, '2025-01-01')")  # type: ignore[arg-type]
    finally:
        copy.close()
        engine.drop_database(server, "copy")
    own = engine.connect(server, "own")
    assert own.rows("SELECT count(*) FROM orders", {}) == [(200,)]
    own.close()


def test_a_write_that_takes_too_long_is_cancelled(database: MysqlDatabase) -> None:
    database.set_timeout(TIMED_OUT)
    started = time.monotonic()
    with pytest.raises(StatementTimeout):
        write(database, "UPDATE orders SET total = total + 0 * sleep(0.1)")
    assert time.monotonic() - started < 5
    assert write(database, "UPDATE orders SET total = 1 WHERE id = 1") == 1
    database.set_timeout(None)


def test_a_write_that_waits_for_a_lock_is_cancelled(engine: Engine, server: Server, database: MysqlDatabase) -> None:
    other = engine.connect(server, "own")
    other.run([Text("BEGIN"), Text("UPDATE orders SET total = 2 WHERE id = 1")])
    try:
        database.set_timeout(TIMED_OUT)
        with pytest.raises(StatementTimeout):
            write(database, "UPDATE orders SET total = 3 WHERE id = 1")
        database.set_timeout(None)
    finally:
        other.close()
    assert database.rows("SELECT total FROM orders WHERE id = 1", {}) == [(Decimal("0.25"),)]


class Stopped(BaseException):
    """What a signal's handler raises."""


def stop(number: int, frame: object) -> None:
    raise Stopped


@pytest.mark.parametrize("use", ["rows", "run", "load", "explain"])
def test_what_is_interrupted_holds_nothing_up(engine: Engine, server: Server, use: str) -> None:
    for database in filled(engine, server, "stopped", SHOP):
        slow = "SELECT sleep(30) FROM orders"

        def batches() -> Iterator[pa.RecordBatch]:
            yield user_batch(10).set_column(0, "id", pa.array(range(1000, 1010)))
            time.sleep(30)

        uses = {
            "rows": lambda: database.rows(slow, {}),  # noqa: B023
            "run": lambda: run(database, f"CREATE TABLE copied AS {slow}"),  # noqa: B023
            "load": lambda: database.load(USERS, batches()),  # noqa: B023
            "explain": lambda: database.explain(slow, {}),  # noqa: B023
        }
        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        try:
            with pytest.raises(Stopped):
                uses[use]()
        finally:
            signal.signal(signal.SIGALRM, before)
        started = time.monotonic()
        database.close()
        engine.drop_database(server, "stopped")
        assert time.monotonic() - started < 5


def test_the_plan_of_a_write_names_its_table(database: MysqlDatabase) -> None:
    explained = database.explain("UPDATE orders SET total = :total WHERE user_id = :id", {"total": 1, "id": 1})
    assert "orders" in explained.plan and "orders_user_id_idx" in explained.plan
    assert explained.work["handler writes"] == 4
    assert database.rows("SELECT count(*) FROM orders WHERE total = 1", {}) == [(1,)]


def test_work_is_the_same_each_time(database: MysqlDatabase) -> None:
    query = "SELECT status, count(*), sum(total) FROM orders JOIN users ON users.id = user_id GROUP BY status"
    assert len({database.explain(query, {}).work["handler reads"] for _ in range(3)}) == 1


def test_a_call_cannot_be_measured(database: MysqlDatabase) -> None:
    with pytest.raises(StatementError, match=r"q\.sql:4: CALL"):
        database.check(Text("CALL anything()", Position("q.sql", 4)))


def test_the_server_is_durable(engine: Engine, server: Server) -> None:
    settings = engine.settings(server)
    assert settings["innodb_flush_log_at_trx_commit"] == "1"
    assert settings["innodb_doublewrite"] == "ON"
    assert settings["log_bin"] == "OFF"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("lab:", "lab:not", "(?i)access denied"), ("lab:", "nobody:", "(?i)access denied"), (":@", ":1@", "(?i)refused")],
)
def test_a_server_that_lets_nobody_in_is_explained(
    engine: Engine, server: Server, old: str, new: str, said: str
) -> None:
    address = server.address.replace(old, new, 1)
    if old == ":@":
        host, _, rest = server.address.rpartition("@")
        address = f"{host}@127.0.0.1:1/{rest.partition('/')[2]}"
    with pytest.raises(LabError, match=said) as caught:
        engine.server_version(address)
    assert f"cannot connect to {engine.title} at 127.0.0.1:" in caught.value.message
    assert f"{server.engine}://user:password@host:3306" in caught.value.hint


def test_the_other_product_is_told_by_its_version(mysql_server: Server, mariadb_server: Server) -> None:
    for mine, theirs in (("mysql", mariadb_server), ("mariadb", mysql_server)):
        with pytest.raises(LabError, match="the server there is") as caught:
            load_engine(mine).server_version(theirs.address)
        assert f"{theirs.engine}://" in caught.value.hint


def test_whatever_is_asked_of_a_server_that_was_killed_is_lost(state: Path) -> None:
    engine = load_engine("mysql")
    before = set((state / "servers").glob("mysql-*"))
    with start(parse_spec("mysql@local")) as server:
        (folder,) = set((state / "servers").glob("mysql-*")) - before
        engine.create_database(server, "lost")
        database = engine.connect(server, "lost")
        timer = threading.Timer(0.5, kill_servers_below, [folder])
        timer.start()
        prepared = database.prepare("SELECT sleep(30)")
        for use in (
            lambda: prepared.count(prepared.execute(prepared.bind({}))),
            lambda: database.rows("SELECT 1", {}),
            lambda: database.run([Text("SELECT 1")]),
            database.catalog,
            lambda: database.set_timeout(1.0),
        ):
            with pytest.raises(ServerLost, match="went away"):
                use()
        database.close()
        with pytest.raises(LabError, match="cannot connect"):
            engine.drop_database(server, "lost")
        timer.join()


def kill_servers_below(folder: Path) -> None:
    for process in psutil.process_iter(["cmdline"]):
        if str(folder) in " ".join(process.info["cmdline"] or []):
            process.kill()


Side = tuple[Engine, Database]


@pytest.fixture(scope="module")
def shop() -> Generator:
    design = read_design(Path("schemas/ecommerce"))
    return Generator(design.schema, design.data, 0.01, 1)


@pytest.fixture(scope="module", params=["mysql", "mariadb_10_11"])
def sides(request: pytest.FixtureRequest, postgres_server: Server, shop: Generator) -> Iterator[tuple[Side, Side]]:
    """The shop on PostgreSQL, whose rows are expected, and on another engine."""
    servers = postgres_server, request.getfixturevalue(f"{request.param}_server")
    opened: list[Side] = []
    schema = read_design(Path("schemas/ecommerce")).schema
    for server in servers:
        engine = load_engine(server.engine)
        load_base(engine, server, schema, shop, Silent(), "variants")
        opened.append((engine, engine.connect(server, "variants")))
    yield opened[0], opened[1]
    for server, (engine, database) in zip(servers, opened, strict=True):
        database.close()
        engine.drop_database(server, "variants")


@pytest.mark.parametrize("name", ["indexed", "covering", "denormalized", "summary", "search", "partitioned"])
def test_every_variant_of_the_shop_answers_as_on_postgres(sides: tuple[Side, Side], shop: Generator, name: str) -> None:
    design = read_design(Path("schemas/ecommerce"))
    (change,) = next(variant.changes for variant in design.variants if variant.name == name)
    before = [database.catalog() for _, database in sides]
    for engine, database in sides:
        database.run(engine.change_sql(change).up)
        database.analyze()
    found = {}
    for operation in design.workload.for_variant(name):
        parameters = [] if operation.is_write else draw(shop, operation, 5, 7)
        for one in parameters:
            answers = [database.rows(engine.query_sql(operation).sql, one) for engine, database in sides]
            if told := difference(*answers, operation.is_ordered, are_engines=True):
                found[operation.name] = told
    for engine, database in sides:
        database.run(engine.change_sql(change).down)
    assert found == {}
    assert [database.catalog() for _, database in sides] == before


def test_the_servers_own_clock_covers_the_whole_statement(database: MysqlDatabase) -> None:
    seconds = database.server_seconds("SELECT sleep(:long)", {"long": 0.05})
    assert seconds is not None and seconds >= 0.05


def test_a_user_barred_from_the_performance_schema_has_the_session_profiled(engine: Engine, server: Server) -> None:
    name = f"{server.prefix}barred"
    engine.create_database(server, "barred")
    with closing(engine.connect(server, "barred")) as admin:
        run(admin, "CREATE USER barred IDENTIFIED BY 'barred'", f"GRANT ALL ON {name}.* TO barred")
    parts = urlsplit(server.address)
    address = parts._replace(netloc=f"barred:barred@{parts.hostname}:{parts.port}", query="").geturl()
    with closing(engine.connect(dataclasses.replace(server, address=address), "barred")) as database:
        seconds = database.server_seconds("SELECT sleep(:long)", {"long": 0.05})
        assert database._has_history is False
        assert seconds is not None and seconds >= 0.05
    with closing(engine.connect(server, "barred")) as admin:
        run(admin, "DROP USER barred")
    engine.drop_database(server, "barred")
