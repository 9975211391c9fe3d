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


def test_what_is_dropped_is_gone() -> None:
    text = """
CREATE TABLE t (id serial PRIMARY KEY);
CREATE VIEW v AS SELECT id FROM t; DROP VIEW v; CREATE VIEW v AS SELECT 1 AS id;
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION IF EXISTS f(int);
CREATE POLICY p ON t; DROP POLICY p ON t;
CREATE DOMAIN d AS int; DROP DOMAIN d;
CREATE SEQUENCE s; DROP SEQUENCE s;
ALTER TABLE t ALTER COLUMN id DROP DEFAULT; DROP SEQUENCE t_id_seq;
DROP TRIGGER IF EXISTS x ON t;
"""
    schema = read(Path("schema.sql"), text)
    assert [statement.sql for statement in schema.statements] == ["CREATE VIEW v AS SELECT 1 AS id"]
    assert schema.table("t").column("id").identity is None


def test_what_was_never_made_cannot_be_dropped() -> None:
    with pytest.raises(LabError, match=r"schema\.sql:1: DROP of v, which this file does not make"):
        read(Path("schema.sql"), "DROP VIEW v;")


def test_a_constraint_without_a_name_is_dropped_by_the_one_it_gets() -> None:
    text = """
CREATE SCHEMA s;
CREATE TABLE t (id int PRIMARY KEY, a int CHECK (a > 0), b int REFERENCES t, CHECK (a < b), CHECK (a > 1));
CREATE TABLE s.t (id int CONSTRAINT k PRIMARY KEY, a int UNIQUE CHECK (a > 0));
ALTER TABLE t DROP CONSTRAINT t_a_check, DROP CONSTRAINT t_check, DROP CONSTRAINT t_b_fkey;
ALTER TABLE s.t DROP CONSTRAINT t_a_key, DROP CONSTRAINT t_a_check;
"""
    schema = read(Path("schema.sql"), text)
    assert [check.expression for check in schema.table("t").checks] == ["a > 1"]
    assert not schema.table("t").foreign_keys
    assert not (schema.table("s.t").checks or schema.table("s.t").uniques)
    with pytest.raises(LabError, match="has no constraint t_pkez") as error:
        read(Path("schema.sql"), text + "ALTER TABLE t DROP CONSTRAINT t_pkez;")
    assert error.value.hint == "did you mean t_pkey?"


@pytest.mark.parametrize(
    ("type_", "hint"),
    [
        ("intt", "did you mean int?"),
        ("varchr(30)", "did you mean varchar?"),
        ("timestampz", "did you mean timestamptz?"),
        ("datetime", "did you mean timestamp?"),
    ],
)
def test_a_misspelt_type_is_a_sentence(type_: str, hint: str) -> None:
    with pytest.raises(LabError, match=rf"schema\.sql:2: PostgreSQL has no type {type_.partition('(')[0]}") as error:
        read(Path("schema.sql"), f"CREATE TABLE t (id int PRIMARY KEY,\n  a {type_});", "postgres")
    assert error.value.hint.startswith(hint)


def test_types_of_extensions_and_of_the_file_are_known_and_others_said() -> None:
    text = """
CREATE DOMAIN s.mrn AS text; CREATE TYPE pair AS (a int, b int); CREATE TYPE "Mood" AS ENUM ('sad');
CREATE TABLE t (id int PRIMARY KEY, a s.mrn, b pair, c "Mood"[], d geometry(Point, 4326), e vector(3), f citext, g t);
"""
    assert not [loss for loss in read(Path("schema.sql"), text).losses if loss.what.startswith("type ")]
    (loss,) = read(Path("schema.sql"), "CREATE TABLE t (id int PRIMARY KEY, a rgb_colour);").losses
    assert (loss.what, loss.consequence) == ("type rgb_colour of t.a", "kept: nothing here makes it")


def test_a_file_of_queries_defines_no_tables() -> None:
    with pytest.raises(LabError, match="defines no tables"):
        read(Path("schema.sql"), "SELECT 1;")
