"""A migration killed in the middle of each of its steps goes on from there, and never says more than is done."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from kills import check_kills, killed

from lab import readers
from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.migrate import folder
from lab.migrate.apply import apply, open_session, rollback
from lab.migrate.compare import catalog, checksums, difference, kept_columns
from lab.migrate.diff import diff, read_declarations
from lab.migrate.planners import plan
from lab.migrating.sources import address_of

DATABASE = "lab_killed"
BEFORE = """
CREATE TABLE users (id bigint PRIMARY KEY, name varchar(40) DEFAULT 'none');
CREATE TABLE orders (id integer PRIMARY KEY, user_id bigint NOT NULL, price integer NOT NULL);
"""
AFTER = """
-- migrate: rename users.name to full_name
-- migrate: fill users.code with id * 7
CREATE TABLE users (id bigint PRIMARY KEY, full_name varchar(40) DEFAULT 'none', code bigint NOT NULL UNIQUE);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id), price integer NOT NULL);
CREATE INDEX orders_user ON orders (user_id);
"""
ROWS = {
    "postgres": "SELECT n FROM generate_series(1, 4000) AS s(n)",
    "other": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 4000) SELECT n FROM s",
}


@pytest.mark.parametrize("fixture", ["postgres_server", "mysql_server", "sqlite_server"])
def test_each_step_killed_in_the_middle(fixture: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    server: Server = request.getfixturevalue(fixture)
    engine = load_engine(server.engine)
    wanted_diff = diff(
        readers.read(Path("a.sql"), BEFORE), readers.read(Path("b.sql"), AFTER), read_declarations(texts=[AFTER])
    )
    steps = plan(wanted_diff, server.engine)
    folder.write(steps, tmp_path / "migrations")
    found = folder.read(tmp_path / "migrations")
    address = address_of(server, DATABASE)
    mark = "`" if server.engine == "mysql" else '"'
    engine.create_database(server, DATABASE)
    try:
        with closing(engine.connect(server, DATABASE)) as database:
            ddl = engine.create_sql(wanted_diff.new)
            database.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
            wanted = catalog(database)
        engine.drop_database(server, DATABASE)
        engine.create_database(server, DATABASE)
        with closing(engine.connect(server, DATABASE)) as database:
            ddl = engine.create_sql(wanted_diff.source)
            numbers = ROWS.get(server.engine, ROWS["other"])
            users = f"INSERT INTO users (id, name) {numbers.replace('SELECT n FROM', 'SELECT n, n FROM')}"
            orders = (
                f"INSERT INTO orders (id, user_id, price) {numbers.replace('SELECT n FROM', 'SELECT n, n, 5 FROM')}"
            )
            database.run([Text(sql) for sql in (*ddl.before, *ddl.after, users, orders)])
            before = catalog(database)
            kept = kept_columns(wanted_diff)
            rows = checksums(database, wanted_diff.source, kept, mark)
        check_kills(killed(address, tmp_path, "up"), [each.number for each in found if each.up], "applied")
        with closing(open_session(address)) as session:
            apply(session, found, allows_data_loss=True)
            assert {entry.state for entry in session.history().values()} == {"applied"}
        with closing(engine.connect(server, DATABASE)) as database:
            assert difference(catalog(database), wanted) == ""
            assert database.rows("SELECT count(*) FROM users WHERE code = id * 7 AND full_name IS NOT NULL", {}) == [
                (4000,)
            ]
        check_kills(
            killed(address, tmp_path, "down"), [each.number for each in reversed(found) if each.down], "not begun"
        )
        with closing(open_session(address)) as session:
            rollback(session, found, 0)
            assert not session.history()
        with closing(engine.connect(server, DATABASE)) as database:
            assert difference(catalog(database), before) == ""
            assert checksums(database, wanted_diff.source, kept, mark) == rows
    finally:
        engine.drop_database(server, DATABASE)
