"""What every engine must do, tried on a real server of each."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa
import pytest
from shop import ORDERS, SHOP, USERS, order_batch, user_batch

from lab.engines.engine import (
    Database,
    Engine,
    Server,
    StatementError,
    StatementTimeout,
    Text,
    UnknownName,
)
from lab.errors import LabError
from lab.model.change import AddIndex, DropIndex, Script
from lab.model.schema import ForeignKey, Index, IndexPart, Position
from lab.model.workload import Operation

BY_STATUS = Index("orders_status_idx", "orders", (IndexPart("status"), IndexPart("id", is_descending=True)))
DUPLICATE = r"(?i)unique|duplicate"
SLOW = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 300000000) SELECT count(*) FROM t"


def write(database: Database, sql: str) -> int:
    """Executes one write as the rounds do; returns the rows affected."""
    prepared = database.prepare(sql)
    return prepared.count(prepared.execute(prepared.bind({})))


@pytest.fixture
def database(engine: Engine, server: Server) -> Iterator[Database]:
    """The shop with 50 users and 200 orders."""
    engine.create_database(server, "contract")
    database = engine.connect(server, "contract")
    ddl = engine.create_sql(SHOP)
    database.run(Text(sql) for sql in ddl.before)
    database.load(USERS, [user_batch()])
    database.load(ORDERS, [order_batch()])
    database.run(Text(sql) for sql in ddl.after)
    database.analyze()
    yield database
    database.close()
    engine.drop_database(server, "contract")


def test_loaded_rows_are_counted(database: Database) -> None:
    assert {relation.name: relation.rows for relation in database.relations()} == {"orders": 200, "users": 50}


def test_relations_have_sizes(database: Database) -> None:
    orders = next(relation for relation in database.relations() if relation.name == "orders")
    assert orders.table_bytes > 0 and orders.index_bytes > 0


def test_values_come_back_as_they_were_loaded(database: Database) -> None:
    row = database.rows("SELECT status, total, tags, placed_on FROM orders WHERE id = :id", {"id": 3})[0]
    status, total, tags, placed_on = row
    assert (status, Decimal(str(total)), str(placed_on)) == ("new", Decimal("0.75"), "2025-03-01")
    assert tags in (["a", "b"], '["a", "b"]')
    assert str(database.rows("SELECT token FROM orders WHERE id = 3", {})[0][0]).endswith("000000000003")


def test_an_insert_takes_the_next_identity(database: Database) -> None:
    database.run([Text("INSERT INTO users (email) VALUES ('new@example.org')")])
    assert database.rows("SELECT id, is_active FROM users WHERE email = 'new@example.org'", {}) in (
        [(51, True)],
        [(51, 1)],
    )


def test_no_orphans_when_there_are_none(database: Database) -> None:
    assert database.count_orphans(ORDERS, ORDERS.foreign_keys[0]) == 0


def test_orphans_are_counted(database: Database) -> None:
    assert database.count_orphans(USERS, ForeignKey(("id",), "orders", ("user_id",))) == 0
    assert database.count_orphans(ORDERS, ForeignKey(("id",), "users", ("id",))) == 150


def test_constraints_hold_after_the_load(database: Database) -> None:
    for statement in (
        "INSERT INTO orders (user_id, total, placed_on) VALUES (999, 1, '2025-01-01')",
        "INSERT INTO orders (user_id, total, placed_on) VALUES (1, -1, '2025-01-01')",
        "INSERT INTO orders (user_id, total, placed_on, status) VALUES (1, 1, '2025-01-01', 'lost')",
        "INSERT INTO users (email) VALUES ('u1@example.org')",
    ):
        with pytest.raises(StatementError):
            write(database, statement)


@pytest.mark.parametrize("change", [AddIndex(BY_STATUS), DropIndex(ORDERS.indexes[0])], ids=["add", "drop"])
def test_a_change_up_and_down_restores_the_catalog(
    engine: Engine, database: Database, change: AddIndex | DropIndex
) -> None:
    before, sql = database.catalog(), engine.change_sql(change)
    database.run(sql.up)
    assert database.catalog() != before
    database.run(sql.down)
    assert database.catalog() == before


def test_a_script_up_and_down_restores_the_catalog(engine: Engine, database: Database) -> None:
    before = database.catalog()
    script = Script(
        "notes",
        {"": "ALTER TABLE orders ADD COLUMN note text;\nCREATE INDEX notes ON orders (note) WHERE note IS NOT NULL;"},
        {"": "DROP INDEX notes;\nALTER TABLE orders DROP COLUMN note;"},
    )
    sql = engine.change_sql(script)
    database.run(sql.up)
    database.run(sql.down)
    assert database.catalog() == before


def test_a_failing_script_changes_nothing_and_names_its_line(engine: Engine, database: Database) -> None:
    before = database.catalog()
    script = Script(
        "broken",
        {"": "CREATE INDEX fine ON orders (total);\nCREATE INDEX broken ON orders (totl);"},
        {"": "DROP INDEX fine;"},
        {"": (Position("variants/broken.sql", 10), Position("variants/broken.sql", 14))},
    )
    with pytest.raises(StatementError, match=r"variants/broken\.sql:11"):
        database.run(engine.change_sql(script).up)
    assert database.catalog() == before


def test_a_clone_is_a_copy_of_its_own(engine: Engine, server: Server, database: Database) -> None:
    database.close()
    engine.clone_database(server, "contract", "copy")
    copy = engine.connect(server, "copy")
    try:
        copy.run([Text("DELETE FROM orders WHERE id <= 100")])
        assert copy.rows("SELECT count(*) FROM orders", {}) == [(100,)]
    finally:
        copy.close()
        engine.drop_database(server, "copy")
    again = engine.connect(server, "contract")
    assert again.rows("SELECT count(*) FROM orders", {}) == [(200,)]
    again.close()


def test_a_prepared_read_returns_its_rows(database: Database) -> None:
    prepared = database.prepare("SELECT id, total FROM orders WHERE user_id = :user_id AND total >= :least")
    counts = [prepared.count(prepared.execute(prepared.bind({"user_id": user, "least": 0}))) for user in (1, 2, 999)]
    assert counts == [4, 4, 0]


def test_a_prepared_write_commits_by_itself(engine: Engine, server: Server, database: Database) -> None:
    prepared = database.prepare("UPDATE orders SET status = :status WHERE user_id = :user_id")
    assert prepared.count(prepared.execute(prepared.bind({"status": "paid", "user_id": 1}))) == 4
    other = engine.connect(server, "contract")
    try:
        assert other.rows("SELECT count(*) FROM orders WHERE user_id = 1 AND status = 'paid'", {}) == [(4,)]
    finally:
        other.close()


def test_a_prepared_statement_that_fails_says_so(database: Database) -> None:
    prepared = database.prepare("INSERT INTO users (email) VALUES (:email)")
    with pytest.raises(StatementError, match=DUPLICATE):
        prepared.count(prepared.execute(prepared.bind({"email": "u1@example.org"})))


def test_a_plan_names_the_index_it_uses_and_counts_work(database: Database) -> None:
    explained = database.explain("SELECT * FROM users WHERE id = :id", {"id": 7})
    assert "users" in explained.plan
    assert explained.work and all(value > 0 for value in explained.work.values())


def test_more_rows_are_more_work(database: Database) -> None:
    few = database.explain("SELECT count(*) FROM orders WHERE user_id = :id", {"id": 7}).work
    many = database.explain("SELECT count(*) FROM orders o, users u WHERE o.total > :t", {"t": 0}).work
    assert all(many[counter] > few[counter] for counter in few)


def test_explaining_a_write_changes_nothing(database: Database) -> None:
    database.explain("DELETE FROM orders WHERE id = :id", {"id": 1})
    assert database.rows("SELECT count(*) FROM orders", {}) == [(200,)]


def test_a_slow_statement_is_cancelled(database: Database) -> None:
    database.set_timeout(0.3)
    with pytest.raises(StatementTimeout):
        database.rows(SLOW, {})
    prepared = database.prepare(SLOW)
    with pytest.raises(StatementTimeout):
        prepared.count(prepared.execute(prepared.bind({})))
    database.set_timeout(None)
    assert database.rows("SELECT 1", {}) == [(1,)]


@pytest.mark.parametrize(
    ("sql", "wrong", "meant"),
    [
        ("SELECT id\nFROM order\n", 0, ""),
        ("SELECT id,\n  emial\nFROM users", 1, "email"),
        ("SELECT id\nFROM userz", 1, "users"),
    ],
)
def test_a_wrong_query_is_located(engine: Engine, database: Database, sql: str, wrong: int, meant: str) -> None:
    where = Position("queries.sql", 20)
    with pytest.raises(LabError) as caught:
        database.check(engine.query_sql(Operation("q", "simple", {"": sql}, positions={"": where})))
    if meant:
        assert isinstance(caught.value, UnknownName)
        assert f"queries.sql:{20 + wrong}" in caught.value.message
        assert meant in caught.value.hint
    else:
        assert "queries.sql:2" in caught.value.message


def test_settings_are_recorded(engine: Engine, server: Server) -> None:
    settings = engine.settings(server)
    assert settings and all(isinstance(value, str) and value for value in settings.values())


def test_a_row_that_breaks_a_constraint_fails_the_load(database: Database) -> None:
    twice = pa.Table.from_batches([user_batch(2)]).to_batches()
    with pytest.raises(StatementError, match=DUPLICATE):
        database.load(USERS, twice)
    assert database.rows("SELECT count(*) FROM users", {}) == [(50,)]
