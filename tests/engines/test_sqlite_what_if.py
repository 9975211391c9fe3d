"""Indexes that are taken out of the schema and come back, as SQLite's planner sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.engines.engine import Server, StatementError, Text
from lab.engines.sqlite import connect
from lab.engines.sqlite.administration import create_database
from lab.engines.sqlite.what_if import SqliteWhatIf, what_if
from lab.model.change import AddIndex
from lab.model.schema import Index, IndexPart

DDL = """
CREATE TABLE seen (id integer PRIMARY KEY, place int NOT NULL, kind text NOT NULL, note text NOT NULL);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO seen SELECT i, i % 4000, CASE WHEN i % 100 = 3 THEN 'rare' ELSE 'usual' END, 'a note' FROM n;
"""
BY_PLACE = AddIndex(Index("by_place", "seen", (IndexPart("place"),)))
BY_KIND = AddIndex(Index("by_kind", "seen", (IndexPart("kind"),)))
PLACE = "SELECT note FROM seen WHERE place = :place"
KIND = "SELECT note FROM seen WHERE kind = 'rare'"


@pytest.fixture
def session(tmp_path: Path) -> SqliteWhatIf:
    server = Server("sqlite", "sqlite", "", "here", str(tmp_path))
    create_database(server, "trying")
    database = connect(server, "trying")
    database.run([Text(f"{statement};") for statement in DDL.split(";") if statement.strip()])
    database.close()
    opened = what_if(server, "trying")
    assert all(opened.build(change).size_bytes > 4096 for change in (BY_PLACE, BY_KIND))
    opened.settle()
    return opened


def test_only_what_is_shown_is_used(session: SqliteWhatIf) -> None:
    for shown in ({"by_place"}, {"by_kind"}, set(), {"by_place", "by_kind"}):
        session.show_only(shown)
        assert session.plan(PLACE, {"place": 17}).used == shown & {"by_place"}
        assert session.plan(KIND, {}).used == shown & {"by_kind"}


def test_a_plan_by_an_index_costs_less(session: SqliteWhatIf) -> None:
    with_index = session.plan(PLACE, {"place": 17})
    session.show_only(set())
    without = session.plan(PLACE, {"place": 17})
    assert with_index.cost * 10 < without.cost
    assert with_index.shape != without.shape


def test_what_is_written_while_an_index_is_hidden_is_taken_back_and_the_index_is_true(session: SqliteWhatIf) -> None:
    insert = ("INSERT INTO seen VALUES (:id, 17, 'rare', 'new')", {"id": 99_999})
    session.show_only({"by_kind"})
    assert session.write_seconds([insert, ("DELETE FROM seen WHERE id < :id", {"id": 500})]) > 0
    session.show_only({"by_kind", "by_place"})
    assert session.rows("PRAGMA integrity_check", {}) == [("ok",)]
    assert len(session.rows(PLACE, {"place": 17})) == 5


def test_a_statement_that_takes_too_long_has_no_time(session: SqliteWhatIf) -> None:
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    assert session.seconds(endless, {}, 0.05) is None
    assert session.seconds(PLACE, {"place": 1}, 5.0) is not None


def test_what_sqlite_refuses_is_an_error_of_the_labs(session: SqliteWhatIf) -> None:
    with pytest.raises(StatementError):
        session.build(AddIndex(Index("gone", "nowhere", (IndexPart("place"),))))
    with pytest.raises(StatementError):
        session.plan("SELECT nothing FROM seen", {})
