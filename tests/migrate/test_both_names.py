"""A column under two names: what either application writes, the other reads, at every step; defaults are kept."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lab import readers
from lab.engines import load_engine
from lab.engines.engine import Database, Server, Text
from lab.migrate import folder
from lab.migrate.apply import apply, open_session, rollback
from lab.migrate.diff import diff, read_declarations
from lab.migrate.planners import plan
from lab.migrating.sources import address_of

DATABASE = "lab_both_names"
OLD = "CREATE TABLE notes (id int PRIMARY KEY, body text NOT NULL, status varchar(20) DEFAULT 'fresh');"
NEW = """
-- migrate: rename notes.body to content
-- migrate: rename notes.status to state
CREATE TABLE notes (id int PRIMARY KEY, content text NOT NULL, state varchar(20) DEFAULT 'fresh');
"""
EVERYTHING = "SELECT {0}, {1} FROM notes ORDER BY id"


@pytest.mark.parametrize("fixture", ["postgres_server", "mysql_server", "mariadb_10_11_server", "sqlite_server"])
def test_either_application_writes(fixture: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(fixture)
    engine = load_engine(server.engine)
    found = diff(readers.read(Path("a.sql"), OLD), readers.read(Path("b.sql"), NEW), read_declarations(texts=[NEW]))
    migrations = folder.migrations(plan(found, server.engine))
    engine.create_database(server, DATABASE)
    try:
        with (
            closing(engine.connect(server, DATABASE)) as database,
            closing(open_session(address_of(server, DATABASE))) as session,
        ):
            ddl = engine.create_sql(found.source)
            database.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
            wanted: list[tuple[str, str]] = []
            _write(database, 0, ("body", "status"), wanted)
            for migration in [each for each in migrations if each.phase != "contract"]:
                apply(session, migrations, migration.number, allows_data_loss=True)
                _write(database, migration.number, ("body", "status"), wanted)
                assert database.rows(EVERYTHING.format("body", "status"), {}) == wanted
            _write(database, 90, ("content", "state"), wanted)
            for names in (("content", "state"), ("body", "status")):
                assert database.rows(EVERYTHING.format(*names), {}) == wanted
            for number in range(len(migrations), -1, -1):
                if number == len(migrations):
                    apply(session, migrations, allows_data_loss=True)
                    _write(database, 91, ("content", "state"), wanted)
                else:
                    rollback(session, migrations, number)
            _write(database, 92, ("body", "status"), wanted)
            assert database.rows(EVERYTHING.format("body", "status"), {}) == wanted
    finally:
        engine.drop_database(server, DATABASE)


def _write(database: Database, number: int, names: tuple[str, str], wanted: list[tuple[str, str]]) -> None:
    """One row that leaves the default alone, one that does not, one that is changed."""
    first, second = names
    base = number * 3
    values = [(f"a{number}", "fresh"), (f"b{number}", "paid"), (f"c{number}", "sent")]
    statements = [
        f"INSERT INTO notes (id, {first}) VALUES ({base}, 'a{number}')",
        f"INSERT INTO notes (id, {first}, {second}) VALUES ({base + 1}, 'b{number}', 'paid')",
        f"INSERT INTO notes (id, {first}) VALUES ({base + 2}, 'x')",
        f"UPDATE notes SET {first} = 'c{number}', {second} = 'sent' WHERE id = {base + 2}",
    ]
    database.run([Text(sql) for sql in statements])
    wanted += values
