"""Indexes that are hidden, and indexes that were never built, as a real planner sees them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.engines.engine import Server, Text
from lab.engines.postgres import connect
from lab.engines.postgres.administration import clone_database, create_database, drop_database
from lab.engines.postgres.imagined import PostgresImagined, imagined
from lab.engines.postgres.session import in_session
from lab.engines.postgres.what_if import PostgresWhatIf, what_if
from lab.model.change import AddIndex
from lab.model.schema import Index, IndexPart

ROWS = 40_000
DDL = f"""
CREATE TABLE seen (id int PRIMARY KEY, place int NOT NULL, kind text NOT NULL, note text NOT NULL);
CREATE TABLE tiny (id int NOT NULL);
INSERT INTO seen SELECT i, i % 4000, CASE WHEN i / 4000 = 3 THEN 'rare' ELSE 'usual' END, repeat('x', 80)
  FROM generate_series(1, {ROWS}) i;
INSERT INTO tiny SELECT generate_series(1, 20);
"""
QUERIES = (
    "SELECT note FROM seen WHERE place = 17",
    "SELECT place FROM seen WHERE kind = 'rare' ORDER BY place",
    "SELECT count(*) FROM seen",
    "SELECT note FROM seen WHERE id = 5",
)


def index(name: str, *columns: str, table: str = "seen", include: tuple[str, ...] = (), where: str | None = None):  # type: ignore[no-untyped-def]
    return AddIndex(Index(name, table, tuple(map(IndexPart, columns)), include=include, where=where))


CHANGES = (
    index("by_place", "place"),
    index("by_place_with_note", "place", include=("note",)),
    index("rare_places", "place", where="kind = 'rare'"),
    index("in_tiny", "id", table="tiny"),
)


@pytest.fixture(scope="module")
def loaded(postgres_server: Server) -> Iterator[Server]:
    create_database(postgres_server, "trying")
    database = connect(postgres_server, "trying")
    database.run([Text(DDL)])
    database.analyze()
    database.close()
    for name in ("trying_real", "trying_imagined"):
        clone_database(postgres_server, "trying", name)
    yield postgres_server
    for name in ("trying", "trying_real", "trying_imagined"):
        drop_database(postgres_server, name)


@pytest.fixture(scope="module")
def real(loaded: Server) -> Iterator[PostgresWhatIf]:
    session = what_if(loaded, "trying_real")
    assert session is not None
    for change in CHANGES:
        session.build(change)
    session.settle()
    yield session
    session.close()


@pytest.fixture(scope="module")
def fancied(loaded: Server) -> Iterator[PostgresImagined]:
    session = imagined(loaded, "trying_imagined")
    assert session is not None
    yield session
    session.close()


def test_imagined_indexes_are_planned_with_as_real_ones_are(real: PostgresWhatIf, fancied: PostgresImagined) -> None:
    sizes = fancied.imagine(CHANGES)
    assert sizes["in_tiny"] == 0
    for change in CHANGES[:3]:
        ((size,),) = real.rows("SELECT pg_relation_size(CAST(:name AS regclass))", {"name": change.name})
        assert sizes[change.name] == pytest.approx(size, rel=0.2)
    for shown in (set[str](), {"by_place"}, {"by_place_with_note", "by_place"}, {"rare_places"}):
        for session in (real, fancied):
            session.show_only(shown)
        for query in QUERIES:
            then, now = real.plan(query, {}), fancied.plan(query, {})
            assert (now.shape, now.used) == (then.shape, then.used)
            assert now.cost == pytest.approx(then.cost, rel=0.2)
    assert fancied.rows("SELECT count(*) FROM tiny", {}) != [(20,)]


def test_a_hidden_index_is_neither_planned_with_nor_kept_up(real: PostgresWhatIf) -> None:
    real.show_only({"by_place"})
    assert real.plan(QUERIES[0], {}).used == {"by_place"}
    real.show_only(set())
    assert real.plan(QUERIES[0], {}).used == set()
    pages = real.rows("SELECT pg_relation_size('by_place_with_note')", {})
    real.write_seconds([(f"INSERT INTO seen SELECT {ROWS} + i, i, 'usual', 'y' FROM generate_series(1, 9000) i", {})])
    assert real.rows("SELECT pg_relation_size('by_place_with_note')", {}) == pages
    assert real.rows("SELECT count(*) FROM seen", {}) == [(ROWS,)]


def test_writes_leave_the_table_as_large_as_it_was(real: PostgresWhatIf) -> None:
    real.show_only({"by_place"})
    real.tidy()
    before = real.rows("SELECT pg_relation_size('seen')", {})
    real.write_seconds([(f"INSERT INTO seen SELECT {ROWS} + i, i, 'usual', 'y' FROM generate_series(1, 9000) i", {})])
    assert real.rows("SELECT pg_relation_size('seen')", {}) > before
    real.tidy()
    assert real.rows("SELECT pg_relation_size('seen')", {}) == before
    assert real.rows("SELECT count(*) FROM seen WHERE place BETWEEN 1 AND 9000", {}) == [(ROWS - ROWS // 4000,)]


def test_a_statement_that_takes_too_long_is_cancelled(real: PostgresWhatIf) -> None:
    assert real.seconds("SELECT count(*) FROM generate_series(1, 1000000000)", {}, 0.1) is None
    assert real.seconds("SELECT 1", {}, 5.0) is not None


def test_an_index_is_found_again_after_it_was_hidden_from_vacuum(real: PostgresWhatIf) -> None:
    real.run([Text("CREATE TABLE bare AS SELECT i AS id FROM generate_series(1, 20000) i")])
    real.build(index("in_bare", "id", table="bare"))
    real.show_only(set())
    real.tidy()
    real.show_only({"in_bare"})
    assert real.plan("SELECT id FROM bare WHERE id = 7", {}).used == {"in_bare"}


GUARDED = f"""
CREATE TABLE notes (id int PRIMARY KEY, owner int NOT NULL, text text NOT NULL);
INSERT INTO notes SELECT i, i % 500, 'x' FROM generate_series(1, {ROWS}) i;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_notes ON notes USING (owner = current_setting('app.owner')::int);
CREATE ROLE what_if_reader;
GRANT ALL ON notes TO what_if_reader;
ANALYZE notes;
"""


def test_an_operation_is_planned_timed_and_written_in_its_session(real: PostgresWhatIf) -> None:
    real.run([Text(GUARDED)])
    try:
        real.build(index("notes_of_owner", "owner", table="notes"))
        session = {"app.owner": ":owner", "role": "'what_if_reader'"}
        read, write = (
            in_session(session, sql) for sql in ("SELECT count(*) FROM notes", "UPDATE notes SET text = 'y'")
        )
        real.show_only({"notes_of_owner"})
        assert real.plan(read, {"owner": 7}).used == {"notes_of_owner"}
        assert real.rows(read, {"owner": 7}) == [(ROWS // 500,)]
        assert real.seconds(read, {"owner": 7}, 10) is not None
        real.write_seconds([(write, {"owner": 7})])
        assert real.rows("SELECT count(*) FROM notes WHERE text = 'y'", {}) == [(0,)]
        assert real.rows("SELECT current_user = session_user", {}) == [(True,)]
    finally:
        real.run([Text("DROP TABLE notes; DROP ROLE what_if_reader")])
