"""Collections, validators, indexes and documents, up, down and up again on a real server."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from lab import readers
from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.engines.mongodb.connection import open_client
from lab.migrate import folder
from lab.migrate.apply import apply, open_session, rollback
from lab.migrate.compare import catalog, difference
from lab.migrate.diff import diff, read_declarations
from lab.migrate.planners import plan
from lab.migrating.sources import address_of

DATABASE = "lab_migrated"
USERS = "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, n int);"
CASES = {
    "added": (
        USERS,
        USERS.replace("n int", "n int, kind text NOT NULL DEFAULT 'plain'") + "CREATE INDEX i ON users (n);",
    ),
    "renamed": (USERS, "-- migrate: rename users.name to full_name\n" + USERS.replace("name text", "full_name text")),
    "converted": (USERS, USERS.replace("n int", "n numeric")),
    "split": (
        USERS,
        "-- migrate: move users.n to counts.n\nCREATE TABLE users (id int PRIMARY KEY, name text NOT NULL);"
        "CREATE TABLE counts (user_id int PRIMARY KEY REFERENCES users, n int);",
    ),
    "embedded": (
        USERS + "CREATE TABLE posts (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, title text);",
        "-- migrate: move posts to users.posts\n" + USERS.replace("n int", "n int, posts jsonb NOT NULL DEFAULT '[]'"),
    ),
    "collection_renamed": (USERS, "-- migrate: rename users to people\n" + USERS.replace("users", "people")),
}


@pytest.mark.parametrize("name", CASES)
def test_up_down_and_up(mongodb_server: Server, name: str) -> None:
    old, new = CASES[name]
    found = diff(readers.read(Path("a.sql"), old), readers.read(Path("b.sql"), new), read_declarations(texts=[new]))
    migrations = folder.migrations(plan(found, "mongodb"))
    engine = load_engine("mongodb")
    address = address_of(mongodb_server, DATABASE)

    def built(schema: str) -> dict[str, str]:
        engine.drop_database(mongodb_server, DATABASE)
        ddl = engine.create_sql(readers.read(Path("s.sql"), schema))
        with closing(engine.connect(mongodb_server, DATABASE)) as database:
            database.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
            return catalog(database)

    wanted = built(new)
    before = built(old)
    try:
        with open_client(mongodb_server.address) as client:
            documents = client[mongodb_server.prefix + DATABASE]
            documents.users.insert_many([{"_id": n, "name": f"u{n}", "n": n * 2} for n in range(1500)])
            if "posts" in documents.list_collection_names():
                documents.posts.insert_many([{"_id": n, "user_id": n // 2, "title": "t"} for n in range(40)])
            rows = [list(documents[each].find().sort("_id")) for each in ("users", "posts")]
            with (
                closing(open_session(address)) as session,
                closing(engine.connect(mongodb_server, DATABASE)) as database,
            ):
                apply(session, migrations, allows_data_loss=True)
                assert difference(catalog(database), wanted) == ""
                if name == "embedded":
                    assert [post["_id"] for post in documents.users.find_one({"_id": 3})["posts"]] == [6, 7]
                    assert documents.users.find_one({"_id": 900})["posts"] == []
                rollback(session, migrations, 0)
                assert difference(catalog(database), before) == ""
                assert [list(documents[each].find().sort("_id")) for each in ("users", "posts")] == rows
                apply(session, migrations, allows_data_loss=True)
                assert difference(catalog(database), wanted) == ""
    finally:
        engine.drop_database(mongodb_server, DATABASE)


def test_what_the_old_application_writes_meanwhile_is_brought_over(mongodb_server: Server) -> None:
    old, new = CASES["renamed"]
    found = diff(readers.read(Path("a.sql"), old), readers.read(Path("b.sql"), new), read_declarations(texts=[new]))
    migrations = folder.migrations(plan(found, "mongodb"))
    last = max(each.number for each in migrations if each.phase != "contract")
    engine = load_engine("mongodb")
    engine.drop_database(mongodb_server, DATABASE)
    with closing(engine.connect(mongodb_server, DATABASE)) as database:
        ddl = engine.create_sql(found.source)
        database.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
    try:
        with (
            open_client(mongodb_server.address) as client,
            closing(open_session(address_of(mongodb_server, DATABASE))) as session,
        ):
            users = client[mongodb_server.prefix + DATABASE].users
            users.insert_one({"_id": 1, "name": "a"})
            apply(session, migrations, last)
            users.update_one({"_id": 1}, {"$set": {"name": "b"}})
            users.insert_one({"_id": 2, "name": "c"})
            apply(session, migrations)
            assert list(users.find().sort("_id")) == [{"_id": 1, "full_name": "b"}, {"_id": 2, "full_name": "c"}]
    finally:
        engine.drop_database(mongodb_server, DATABASE)
