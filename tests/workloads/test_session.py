"""Operations in sessions: read from a workload, and run on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from shop import SHOP

from lab.bench.rehearse import Unsupported, operation_text
from lab.engines import load_engine
from lab.engines.engine import Database, Server, StatementError
from lab.errors import LabError
from lab.model.workload import Operation
from lab.workloads import write_script
from lab.workloads.script import read_script

QUERIES = """-- name: orders_of_user
-- param: user_id = orders.user_id
SELECT id FROM orders WHERE user_id = :user_id;

-- name: order_count
SELECT count(*) AS n FROM orders;
"""


def read(folder: Path, text: str, originals: Mapping[str, Operation] | None = None) -> dict[str, Operation]:
    path = folder / "x.sql"
    path.write_text(text)
    return {operation.name: operation for operation in read_script(path, SHOP, originals)}


def test_a_session_at_the_head_is_every_operations_that_has_none_of_its_own(tmp_path: Path) -> None:
    originals = read(tmp_path, QUERIES)
    head = "-- session: app.user = :user_id\n-- session: role = 'buyer'\n\n"
    own = "-- name: order_count\n-- session: role = 'office'\n"
    found = read(tmp_path, head + own, originals)
    assert found["orders_of_user"].session == {"app.user": ":user_id", "role": "'buyer'"}
    assert found["order_count"].session == {"role": "'office'"}
    assert found["order_count"].sql == originals["order_count"].sql


def test_a_variants_query_keeps_the_session_it_had(tmp_path: Path) -> None:
    originals = read(
        tmp_path, QUERIES.replace("-- name: order_count", "-- name: order_count\n-- session: role = 'office'")
    )
    found = read(tmp_path, "-- name: order_count\nSELECT 1 AS n;\n", originals)
    assert found["order_count"].session == {"role": "'office'"}


def test_a_parameter_may_serve_the_session_alone(tmp_path: Path) -> None:
    text = "-- name: mine\n-- param: u = users.id\n-- session: app.user = 'u' || :u\nSELECT id FROM orders;\n"
    found = read(tmp_path, text)
    assert found["mine"].session == {"app.user": "'u' || :u"}
    assert read(tmp_path, write_script_of(found))["mine"].session == found["mine"].session


def write_script_of(found: Mapping[str, Operation]) -> str:
    from lab.model.workload import Workload

    return write_script(Workload(tuple(found.values())))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- session: app.user = :user_id\n", r"x.sql:1: order_count has no parameter :user_id"),
        ("-- session: nonsense\n", "x.sql:1: cannot read `nonsense`"),
        ("-- name: order_count\n-- session: role = 'a'\n-- session: role = 'b'\n", "has `session: role` already"),
        ("-- name: order_count\n", "has no SQL"),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LabError, match=message):
        read(tmp_path, text, read(tmp_path, QUERIES))


@pytest.fixture(scope="module")
def database(postgres_server: Server) -> Iterator[Database]:
    engine = load_engine("postgres")
    engine.create_database(postgres_server, "sessions")
    opened = engine.connect(postgres_server, "sessions")
    yield opened
    opened.close()
    engine.drop_database(postgres_server, "sessions")


def text(sql: str, **session: str) -> str:
    return str(load_engine("postgres").session_sql({f"app.{key}": value for key, value in session.items()}, sql))  # type: ignore[attr-defined]


SHOWN = "SELECT current_setting('app.user', true), :n::int"


def test_the_setting_holds_for_the_operation_and_no_longer(database: Database) -> None:
    shown = text(SHOWN, user="'u' || :user")
    assert database.rows(shown, {"user": "7", "n": 3}) == [("u7", 3)]
    prepared = database.prepare(shown)
    assert prepared.decoder is not None
    for user in ("8", "9"):
        result = prepared.execute(prepared.bind({"user": user, "n": 1}))
        assert prepared.count(result) == 1
        assert prepared.decoder(result)() == [(f"u{user}", 1)]
    assert database.rows("SELECT nullif(current_setting('app.user', true), '')", {}) == [(None,)]
    assert "Result" in database.explain(shown, {"user": "7", "n": 3}).plan
    assert (database.server_seconds(shown, {"user": "7", "n": 3}) or 0) > 0


def test_an_error_in_a_session_is_told_and_the_connection_goes_on(database: Database) -> None:
    failing = database.prepare(text("SELECT 1 / :n::int", user="'u'"))
    for zero in (True, False, True):
        result = failing.execute(failing.bind({"n": int(not zero)}))
        if zero:
            with pytest.raises(StatementError, match="division by zero"):
                failing.count(result)
        else:
            assert failing.count(result) == 1
    refused = database.prepare(text("SELECT 1", user="(SELECT 'x'::text WHERE 1 / :n::int = 1)"))
    with pytest.raises(StatementError, match="division by zero"):
        refused.count(refused.execute(refused.bind({"n": 0})))
    database.set_timeout(None)


def test_an_engine_without_such_settings_says_so(sqlite_server: Server) -> None:
    engine = load_engine("sqlite")
    engine.create_database(sqlite_server, "sessions")
    opened = engine.connect(sqlite_server, "sessions")
    with pytest.raises(Unsupported, match=r"SQLite has no sessions with settings such as app\.user"):
        operation_text(engine, opened, Operation("x", "simple", {"": "SELECT 1"}, session={"app.user": "1"}))
    opened.close()
    engine.drop_database(sqlite_server, "sessions")
