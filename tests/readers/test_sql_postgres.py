"""SQL of PostgreSQL as people write it: namespaces, copies of tables, renaming, functions over rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.errors import LabError
from lab.model.schema import Schema
from lab.readers import read

NAMESPACES = """
CREATE SCHEMA auth;
CREATE TABLE auth.users (id bigint NOT NULL, email text);
CREATE SEQUENCE auth.users_id_seq;
ALTER SEQUENCE auth.users_id_seq OWNED BY auth.users.id;
CREATE TABLE public.users (id bigint NOT NULL, login bigint REFERENCES auth.users (id), name text);
CREATE SEQUENCE public.users_id_seq;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
ALTER TABLE ONLY auth.users ALTER COLUMN id SET DEFAULT nextval('auth.users_id_seq'::regclass);
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
ALTER TABLE ONLY auth.users ADD CONSTRAINT users_pkey PRIMARY KEY (id), ADD UNIQUE (email);
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX users_name ON public.users (name);
COMMENT ON TABLE auth.users IS 'logins';
COMMENT ON COLUMN public.users.name IS 'shown';
CREATE TABLE posts (id int PRIMARY KEY, owner bigint REFERENCES users, login bigint REFERENCES auth.users);
CREATE VIEW auth.posts AS SELECT 1 AS one;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
"""
ROWS = """
CREATE TABLE accounts (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'x' CHECK (name <> ''), parent int UNIQUE);
CREATE INDEX ON accounts (name);
CREATE VIEW named AS SELECT id, name FROM accounts;
CREATE FUNCTION shout(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper($1) $$;
CREATE TABLE loud (id int PRIMARY KEY, word text, big text GENERATED ALWAYS AS (shout(word)) STORED);
CREATE FUNCTION label(a accounts) RETURNS text LANGUAGE sql STABLE AS $$ SELECT a.name $$;
CREATE FUNCTION all_named() RETURNS SETOF named LANGUAGE sql AS $$ SELECT * FROM named $$;
CREATE TABLE copied (LIKE accounts INCLUDING ALL, extra text);
CREATE TABLE bare (LIKE accounts);
CREATE TABLE child (more int, name varchar(9)) INHERITS (accounts);
"""


def of(text: str) -> Schema:
    return read(Path("schema.sql"), text, "postgres")


def test_tables_of_one_name_in_two_namespaces() -> None:
    schema = of(NAMESPACES)
    assert [(t.namespace, t.name, t.relation) for t in schema.tables] == [
        ("auth", "auth.users", "users"),
        (None, "users", "users"),
        (None, "posts", "posts"),
    ]
    assert [table.column("id").identity for table in schema.tables[:2]] == ["by default", "by default"]
    assert [(table.name, key.table) for table, key in schema.foreign_keys()] == [
        ("users", "auth.users"),
        ("posts", "users"),
        ("posts", "auth.users"),
    ]
    assert schema.table("auth.users").comment == "logins"
    assert schema.table("users").column("name").comment == "shown"
    assert [index.table for index in schema.table("users").indexes] == ["users"]
    assert schema.statements[-1].what == "row level security of posts"


def test_a_table_twice_in_one_namespace_is_refused() -> None:
    with pytest.raises(LabError, match=r"schema.sql:2: table a.t is defined twice|table t is defined twice"):
        of("CREATE TABLE a.t (x int);\nCREATE TABLE a.t (x int);")


def test_a_copy_has_the_columns_and_what_including_names() -> None:
    schema = of(ROWS)
    copied, bare, child = (schema.table(name) for name in ("copied", "bare", "child"))
    assert [column.name for column in copied.columns] == ["id", "name", "parent", "extra"]
    assert copied.primary_key is not None and copied.primary_key.columns == ("id",)
    assert ([key.columns for key in copied.uniques], [index.name for index in copied.indexes]) == (
        [("parent",)],
        ["copied_name_idx"],
    )
    assert [check.expression for check in copied.checks] == ["name <> ''"]
    assert (bare.primary_key, bare.checks, bare.column("name").default, bare.column("name").is_nullable) == (
        None,
        (),
        None,
        False,
    )
    assert [(column.name, str(column.type)) for column in child.columns] == [
        ("id", "integer"),
        ("name", "varchar(9)"),
        ("parent", "integer"),
        ("more", "integer"),
    ]
    assert "inheritance of child from accounts" in [loss.what for loss in schema.losses]


def test_functions_over_rows_are_made_after_the_tables(postgres_server: Server) -> None:
    engine = load_engine("postgres")
    for name, text in (("rows", ROWS), ("spaces", NAMESPACES)):
        ddl = engine.create_sql(of(text))
        engine.create_database(postgres_server, name)
        connection = engine.connect(postgres_server, name)
        try:
            connection.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
        finally:
            connection.close()
            engine.drop_database(postgres_server, name)


def test_renaming_is_followed() -> None:
    schema = of(
        "CREATE TYPE mood AS ENUM ('a');\n"
        "CREATE TABLE t (id int PRIMARY KEY, a mood, parent int REFERENCES t (id));\n"
        "CREATE INDEX i ON t (a);\n"
        "ALTER TABLE t RENAME COLUMN id TO key;\n"
        "ALTER TABLE t RENAME TO u;\n"
        "ALTER TABLE u RENAME CONSTRAINT t_pkey TO u_key;\n"
        "ALTER INDEX i RENAME TO j;\n"
        "ALTER TYPE mood RENAME TO feeling;\n"
    )
    (table,) = schema.tables
    assert (table.name, table.primary_key and table.primary_key.name) == ("u", "u_key")
    assert [str(column.type) for column in table.columns] == ["integer", "feeling", "integer"]
    (key,) = table.foreign_keys
    assert (key.table, key.referenced) == ("u", ("key",))
    assert [(index.name, index.table) for index in table.indexes] == [("j", "u")]


def test_a_name_that_is_spoken_of_elsewhere_is_not_renamed() -> None:
    with pytest.raises(LabError, match=r"a is renamed, and view v at schema\.sql:2 speaks of it") as caught:
        of("CREATE TABLE t (a int);\nCREATE VIEW v AS SELECT a FROM t;\nALTER TABLE t RENAME COLUMN a TO b;")
    assert "pg_dump" in caught.value.hint
