"""Typed changes of two schemas; renames are declared or asked about, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import readers
from lab.errors import LabError
from lab.migrate.changes import (
    AddColumn,
    AddConstraint,
    AddIndex,
    AddStatement,
    AlterColumn,
    AlterEnum,
    CommentTable,
    Diff,
    DropColumn,
    DropConstraint,
    DropIndex,
    DropStatement,
    MoveColumn,
    RenameColumn,
    RenameConstraint,
    RenameTable,
    Repartition,
    ReplaceStatement,
)
from lab.migrate.diff import diff, read_declarations
from lab.model.schema import Schema

TABLE = "CREATE TABLE t (id int PRIMARY KEY, n int);"


def read(sql: str) -> Schema:
    return readers.read(Path("schema.sql"), sql)


def changes(old: str, new: str, *renames: str) -> list[type]:
    return [type(change) for change in found(old, new, *renames).changes]


def found(old: str, new: str, *renames: str) -> Diff:
    return diff(read(old), read(new), read_declarations(renames, texts=[new]))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (TABLE, TABLE, []),
        (TABLE, "CREATE TABLE t (n int, id int PRIMARY KEY);", []),
        (TABLE, "CREATE TABLE t (id int CONSTRAINT t_pkey PRIMARY KEY, n int);", []),
        (TABLE, TABLE.replace("n int", "n int NOT NULL"), [AlterColumn]),
        (TABLE, TABLE.replace("n int", "n bigint DEFAULT 0"), [AlterColumn]),
        (TABLE, TABLE.replace("n int", "n int, note text"), [AddColumn]),
        (TABLE, TABLE.replace(", n int", ""), [DropColumn]),
        (TABLE, TABLE.replace("n int", "n int CHECK (n > 0)"), [AddConstraint]),
        (TABLE.replace("n int", "n int UNIQUE"), TABLE, [DropConstraint]),
        (TABLE, TABLE.replace("n int", "n int REFERENCES t (id)"), [AddConstraint]),
        (TABLE + "CREATE INDEX i ON t (n);", TABLE + "CREATE INDEX i ON t (n) WHERE n > 1;", [DropIndex, AddIndex]),
        (TABLE, TABLE + "COMMENT ON TABLE t IS 'x';", [CommentTable]),
        (TABLE, TABLE + "CREATE VIEW v AS SELECT n FROM t;", [AddStatement]),
        (
            TABLE + "CREATE VIEW v AS SELECT n FROM t;",
            TABLE + "CREATE VIEW v AS SELECT id FROM t;",
            [ReplaceStatement],
        ),
        (TABLE + "CREATE SEQUENCE s;", TABLE, [DropStatement]),
        (
            "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (e e);",
            "CREATE TYPE e AS ENUM ('b', 'a'); CREATE TABLE t (e e);",
            [AlterEnum],
        ),
        (
            "CREATE TABLE t (id int NOT NULL);",
            "CREATE TABLE t (id int NOT NULL) PARTITION BY HASH (id); "
            "CREATE TABLE p PARTITION OF t FOR VALUES WITH (MODULUS 1, REMAINDER 0);",
            [Repartition],
        ),
    ],
)
def test_changes_of_one_thing(old: str, new: str, expected: list[type]) -> None:
    assert changes(old, new) == expected


def test_casts_a_server_adds_to_constants_are_no_change() -> None:
    plain = "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (e e DEFAULT 'a', n numeric CHECK (n > 0));"
    spelled = "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (e e DEFAULT 'a'::e, n numeric CHECK (n > 0::numeric));"
    assert changes(plain, spelled) == []


def test_a_likely_rename_is_a_question() -> None:
    with pytest.raises(LabError, match=r"t\.n is gone and amount is new: was it renamed\?") as caught:
        found(TABLE, TABLE.replace("n int", "amount int"))
    assert "--rename t.n=amount" in caught.value.hint
    assert "--no-renames" in caught.value.hint


def test_a_table_with_most_of_anothers_columns_is_a_question() -> None:
    with pytest.raises(LabError, match="people is gone and users is new"):
        found(
            "CREATE TABLE people (id int PRIMARY KEY, mail text);",
            "CREATE TABLE users (id int PRIMARY KEY, mail text);",
        )


def test_declared_renames_carry_what_stands_on_the_column() -> None:
    old = "CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0)); CREATE INDEX t_n ON t (n) WHERE n > 5;"
    new = "CREATE TABLE t (id int PRIMARY KEY, m int CHECK (m > 0)); CREATE INDEX t_n ON t (m) WHERE m > 5;"
    assert changes(old, new, "t.n=m") == [RenameColumn, RenameConstraint]


def test_renames_are_read_from_comments_of_the_target() -> None:
    new = "-- migrate: rename t to u\n-- migrate: rename t.n to m\nCREATE TABLE u (id int PRIMARY KEY, m int);"
    assert changes(TABLE, new) == [RenameTable, RenameColumn, RenameConstraint]


def test_moves_find_their_reference() -> None:
    old = "CREATE TABLE users (id int PRIMARY KEY, bio text);"
    new = (
        "-- migrate: move users.bio to profiles.bio\nCREATE TABLE users (id int PRIMARY KEY);"
        "CREATE TABLE profiles (user_id int PRIMARY KEY REFERENCES users, bio text);"
    )
    (move,) = [change for change in found(old, new).changes if isinstance(change, MoveColumn)]
    assert move.link == (("id", "user_id"),)


@pytest.mark.parametrize(
    ("renames", "new", "message"),
    [
        (["t.x=m"], TABLE.replace("n", "m"), "table t has no column x"),
        (["s=u"], TABLE, "there is no table s"),
        (["t.n"], TABLE, "cannot read --rename"),
        (["t.n=m"], TABLE, "the target has no column t.m"),
        ([], "-- migrate: rename t.n\n" + TABLE, "cannot read the comment"),
        ([], "-- migrate: fill t.n with (\n" + TABLE, "cannot read what t.n is filled with"),
    ],
)
def test_what_fits_neither_schema_is_a_mistake(renames: list[str], new: str, message: str) -> None:
    with pytest.raises(LabError, match=message):
        found(TABLE, new, *renames)
