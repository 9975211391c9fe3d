"""What an application that knows nothing of a migration sees of it: its role, its writes, at every step."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg

from lab import readers
from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.migrate import folder
from lab.migrate.apply import apply, open_session, rollback
from lab.migrate.diff import diff, read_declarations
from lab.migrate.planners import plan
from lab.migrating.sources import address_of

DATABASE, ROLE = "lab_application", "lab_application_role"
OLD = """
CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (id integer PRIMARY KEY, body text NOT NULL);
CREATE TABLE people (id integer PRIMARY KEY, bio text);
"""
NEW = """
-- migrate: rename notes.body to content
-- migrate: move people.bio to bios.bio
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE notes (id integer PRIMARY KEY, content text NOT NULL);
CREATE TABLE people (id integer PRIMARY KEY);
CREATE TABLE bios (person_id integer PRIMARY KEY REFERENCES people, bio text);
"""


def test_the_old_application_writes_at_every_step_until_the_last_phase(postgres_server: Server) -> None:
    engine = load_engine("postgres")
    found = diff(readers.read(Path("a.sql"), OLD), readers.read(Path("b.sql"), NEW), read_declarations(texts=[NEW]))
    migrations = folder.migrations(plan(found, "postgres"))
    expanding = [each for each in migrations if each.phase != "contract"]
    engine.create_database(postgres_server, DATABASE)
    address = address_of(postgres_server, DATABASE)
    try:
        with closing(engine.connect(postgres_server, DATABASE)) as database:
            ddl = engine.create_sql(found.source)
            tables = ("users", "notes", "people")
            grants = [f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {ROLE}" for table in tables]
            database.run([Text(sql) for sql in (*ddl.before, *ddl.after, f"CREATE ROLE {ROLE}", *grants)])
        with psycopg.connect(address, autocommit=True) as application, closing(open_session(address)) as session:
            application.execute(f"SET ROLE {ROLE}")
            for number, migration in enumerate(expanding):
                apply(session, migrations, migration.number, allows_data_loss=True)
                _write(application, number)
            everything = [(number * 2, f"b{number}") for number in range(len(expanding))]
            with psycopg.connect(address) as owner:
                assert owner.execute("SELECT id, content FROM notes ORDER BY id").fetchall() == everything
                assert owner.execute("SELECT person_id, bio FROM bios ORDER BY 1").fetchall() == everything
            application.execute("INSERT INTO notes (id, content) VALUES (999, 'new')")
            rollback(session, migrations, 0)
            assert application.execute("SELECT body FROM notes WHERE id = 999").fetchall() == [("new",)]
            assert application.execute("SELECT id, name FROM users ORDER BY id").fetchall() == everything
            assert application.execute("SELECT id, bio FROM people ORDER BY id").fetchall() == everything
    finally:
        engine.drop_database(postgres_server, DATABASE)
        with psycopg.connect(address_of(postgres_server, "postgres"), autocommit=True) as owner:
            owner.execute(f"DROP ROLE IF EXISTS {ROLE}")


def test_values_of_a_column_that_is_dropped_outlive_the_new_applications_writes(postgres_server: Server) -> None:
    """The table is exchanged, and the old one kept equal: what the new application knows nothing of stays."""
    engine = load_engine("postgres")
    old = "CREATE TABLE t (id int PRIMARY KEY, n int, secret text NOT NULL);"
    new = "CREATE TABLE t (id bigint PRIMARY KEY, n int, token uuid NOT NULL DEFAULT gen_random_uuid());"
    found = diff(readers.read(Path("a.sql"), old), readers.read(Path("b.sql"), new), is_guessing_refused=False)
    migrations = folder.migrations(plan(found, "postgres"))
    last = max(each.number for each in migrations if each.phase != "contract")
    engine.create_database(postgres_server, DATABASE)
    try:
        with psycopg.connect(address_of(postgres_server, DATABASE), autocommit=True) as application:
            application.execute("CREATE TABLE t (id int PRIMARY KEY, n int, secret text NOT NULL)")
            application.execute("INSERT INTO t VALUES (1, 1, 'kept')")
            with closing(open_session(address_of(postgres_server, DATABASE))) as session:
                apply(session, migrations, last)
                token = application.execute("SELECT token FROM t").fetchone()
                application.execute("UPDATE t SET n = 2")
                assert application.execute("SELECT token FROM t").fetchone() == token
                rollback(session, migrations, 0)
            assert application.execute("SELECT * FROM t").fetchall() == [(1, 2, "kept")]
    finally:
        engine.drop_database(postgres_server, DATABASE)


def _write(application: psycopg.Connection, number: int) -> None:
    """Rows made, changed and deleted as the old application knows them."""
    for table, column in (("users", "name"), ("notes", "body"), ("people", "bio")):
        rows = (number * 2, number * 2 + 1)
        application.execute(f"INSERT INTO {table} (id, {column}) VALUES (%s, 'x'), (%s, 'y')".encode(), rows)
        application.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s".encode(), (f"b{number}", rows[0]))
        application.execute(f"DELETE FROM {table} WHERE id = %s".encode(), rows[1:])
