"""What every engine must do, tried on a real server of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pyarrow as pa
import pytest
from engines.texts import GAPS, say
from shop import ORDERS, USERS, opened_shop, user_batch

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
COLUMN = Script(
    "notes",
    {"": "ALTER TABLE orders ADD COLUMN note text;\nCREATE INDEX notes ON orders (note) WHERE note IS NOT NULL;"},
    {"": "DROP INDEX notes;\nALTER TABLE orders DROP COLUMN note;"},
)
INDEX = Script(
    "placed",
    {
        "": "CREATE INDEX placed ON orders (placed_on DESC, id) WHERE address IS NOT NULL;\n"
        "DROP INDEX orders_user_id_idx;"
    },
    {"": "CREATE INDEX orders_user_id_idx ON orders (user_id);\nDROP INDEX placed;"},
)


@pytest.fixture(autouse=True)
def gap(request: pytest.FixtureRequest, engine: Engine) -> None:
    """What an engine cannot do must fail, until somebody says that it can."""
    name = re.sub(r"\[[^\]]*\]$", "", request.node.name)
    case = request.node.name.removeprefix(name).strip("[]").split("-")[1:]
    reason = GAPS.get(engine.name, {}).get(f"{name}[{'-'.join(case)}]" if case else name)
    if reason:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.fixture
def database(engine: Engine, server: Server) -> Iterator[Database]:
    """The shop with 50 users and 200 orders."""
    with opened_shop(engine, server, "contract") as database:
        yield database


def test_loaded_rows_are_counted(database: Database) -> None:
    assert {relation.name: relation.rows for relation in database.relations()} == {"orders": 200, "users": 50}


def test_relations_have_sizes(database: Database) -> None:
    orders = next(relation for relation in database.relations() if relation.name == "orders")
    assert orders.table_bytes > 0 and orders.index_bytes > 0


def test_values_come_back_as_they_were_loaded(engine: Engine, database: Database) -> None:
    status, total, tags, placed_on = database.rows(say(engine, "an order"), {"id": 3})[0]
    assert (status, Decimal(str(total)), str(placed_on)[:10]) == ("new", Decimal("0.75"), "2025-03-01")
    assert tags in (["a", "b"], '["a", "b"]')
    assert str(database.rows(say(engine, "an order's token"), {"id": 3})[0][0]).endswith("000000000003")


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


@pytest.mark.parametrize(
    "broken", ["an order of nobody", "an order below nothing", "an order of no state", "a new user"]
)
def test_constraints_hold_after_the_load(engine: Engine, database: Database, broken: str) -> None:
    text = say(engine, broken)
    with pytest.raises(StatementError):
        prepared = database.prepare(text)
        prepared.count(prepared.execute(prepared.bind({"email": "u1@example.org"})))


@pytest.mark.parametrize("change", [AddIndex(BY_STATUS), DropIndex(ORDERS.indexes[0])], ids=["add", "drop"])
def test_a_change_up_and_down_restores_the_catalog(
    engine: Engine, database: Database, change: AddIndex | DropIndex
) -> None:
    before, sql = database.catalog(), engine.change_sql(change)
    database.run(sql.up)
    assert database.catalog() != before
    database.run(sql.down)
    assert database.catalog() == before


@pytest.mark.parametrize("script", [COLUMN, INDEX], ids=["column", "index"])
def test_a_script_up_and_down_restores_the_catalog(engine: Engine, database: Database, script: Script) -> None:
    before, sql = database.catalog(), engine.change_sql(script)
    database.run(sql.up)
    assert database.catalog() != before
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
    catalog = database.catalog()
    database.close()
    engine.clone_database(server, "contract", "copy")
    copy = engine.connect(server, "copy")
    try:
        assert copy.catalog() == catalog
        copy.run([Text(say(engine, "delete the first hundred"))])
        assert copy.rows(say(engine, "count orders"), {}) == [(100,)]
    finally:
        copy.close()
        engine.drop_database(server, "copy")
    again = engine.connect(server, "contract")
    assert again.rows(say(engine, "count orders"), {}) == [(200,)]
    again.close()


def test_databases_are_listed_and_dropped(engine: Engine, server: Server, database: Database) -> None:
    database.close()
    assert "contract" in engine.list_databases(server)
    engine.clone_database(server, "contract", "copy")
    engine.drop_database(server, "copy")
    engine.drop_database(server, "copy")
    assert "copy" not in engine.list_databases(server)


def test_a_prepared_read_returns_its_rows(engine: Engine, database: Database) -> None:
    prepared = database.prepare(say(engine, "orders of a user"))
    counts = [prepared.count(prepared.execute(prepared.bind({"user_id": user, "least": 0}))) for user in (1, 2, 999)]
    assert counts == [4, 4, 0]


def test_decoding_gives_the_rows_again(engine: Engine, database: Database) -> None:
    text, parameters = say(engine, "orders of a user"), {"user_id": 1, "least": 0}
    prepared = database.prepare(text)
    result = prepared.execute(prepared.bind(parameters))
    assert prepared.decoder is not None
    decode = prepared.decoder(result)
    decoded, expected = repr(decode()), [row[0] for row in database.rows(text, parameters)]
    assert len(expected) == 4 and all(re.search(rf"\b{number}\b", decoded) for number in expected)
    assert repr(decode()) == decoded
    nothing = prepared.execute(prepared.bind({"user_id": 999, "least": 0}))
    assert "Decimal" not in repr(prepared.decoder(nothing)())


def test_what_is_timed_is_said(engine: Engine) -> None:
    assert engine.timed_interval and engine.decodes_in_time != engine.has_server


def test_a_prepared_write_commits_by_itself(engine: Engine, server: Server, database: Database) -> None:
    prepared = database.prepare(say(engine, "pay orders of a user"))
    assert prepared.count(prepared.execute(prepared.bind({"status": "paid", "user_id": 1}))) == 4
    other = engine.connect(server, "contract")
    try:
        assert other.rows(say(engine, "count paid orders of user 1"), {}) == [(4,)]
    finally:
        other.close()


def test_a_prepared_statement_that_fails_says_so(engine: Engine, database: Database) -> None:
    prepared = database.prepare(say(engine, "a new user"))
    with pytest.raises(StatementError, match=DUPLICATE):
        prepared.count(prepared.execute(prepared.bind({"email": "u1@example.org"})))


def test_a_plan_names_the_index_it_uses_and_counts_work(engine: Engine, database: Database) -> None:
    explained = database.explain(say(engine, "a user"), {"id": 7})
    assert "users" in explained.plan
    assert explained.work and all(value > 0 for value in explained.work.values())


def test_more_rows_are_more_work(engine: Engine, database: Database) -> None:
    few = database.explain(say(engine, "few rows"), {"id": 7}).work
    many = database.explain(say(engine, "many rows"), {"id": 0}).work
    assert all(many[counter] > few[counter] for counter in few)


def test_explaining_a_write_changes_nothing(engine: Engine, database: Database) -> None:
    assert database.explain(say(engine, "delete an order"), {"id": 1}).plan
    assert database.rows(say(engine, "count orders"), {}) == [(200,)]


def test_the_servers_own_clock_is_read(engine: Engine, database: Database) -> None:
    for what, parameters in (("a user", {"id": 7}), ("many rows", {"id": 0}), ("delete an order", {"id": 1})):
        assert (database.server_seconds(say(engine, what), parameters) or 0) > 0


def test_a_slow_statement_is_cancelled(engine: Engine, database: Database) -> None:
    slow = say(engine, "slow")
    database.set_timeout(0.3)
    with pytest.raises(StatementTimeout):
        database.rows(slow, {})
    prepared = database.prepare(slow)
    with pytest.raises(StatementTimeout):
        prepared.count(prepared.execute(prepared.bind({})))
    database.set_timeout(None)
    assert database.rows(say(engine, "one"), {}) == [(1,)]


@pytest.mark.parametrize(
    ("what", "wrong", "meant"),
    [("unreadable", "", ""), ("a field misspelt", "emial", "email"), ("a table misspelt", "userz", "users")],
    ids=["unreadable", "a field misspelt", "a table misspelt"],
)
def test_a_wrong_query_is_located(engine: Engine, database: Database, what: str, wrong: str, meant: str) -> None:
    text = say(engine, what)
    names = ("", engine.name)
    positions = dict.fromkeys(names, Position("queries", 20))
    with pytest.raises(LabError) as caught:
        database.check(engine.query_sql(Operation("q", "simple", dict.fromkeys(names, text), positions=positions)))
    if not wrong:
        assert "queries:2" in caught.value.message
        return
    assert isinstance(caught.value, UnknownName)
    line = 20 + text[: text.index(wrong)].count("\n")
    assert f"queries:{line}" in caught.value.message
    assert meant in caught.value.hint


def test_settings_are_recorded(engine: Engine, server: Server) -> None:
    settings = engine.settings(server)
    assert settings and all(isinstance(value, str) and value for value in settings.values())


def test_the_version_is_asked_of_the_server(engine: Engine, server: Server) -> None:
    assert engine.server_version(server.address) == server.version


def test_a_row_that_breaks_a_constraint_fails_the_load(engine: Engine, database: Database) -> None:
    twice = pa.Table.from_batches([user_batch(2)]).to_batches()
    with pytest.raises(StatementError, match=DUPLICATE):
        database.load(USERS, twice)
    assert database.rows(say(engine, "count users"), {}) == [(50,)]
