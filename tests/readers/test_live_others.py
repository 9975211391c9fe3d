"""A schema -> MySQL, MariaDB or SQLite -> the live reader -> the same server again."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.errors import LabError
from lab.model.schema import Schema
from lab.readers import read

ROOT = Path(__file__).parent.parent.parent
CORPUS = [ROOT / "schemas/ecommerce/schema.prisma", ROOT / "tests/readers/typescript/typeorm/blog"]


def run(server: Server, name: str, schema: Schema) -> dict[str, str]:
    """The catalog of a database with the schema in it."""
    engine = load_engine(server.engine)
    ddl = engine.create_sql(schema)
    engine.create_database(server, name)
    connection = engine.connect(server, name)
    try:
        connection.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
        return connection.catalog()
    finally:
        connection.close()


def address_of(server: Server, name: str) -> str:
    if server.engine == "sqlite":
        (path,) = Path(server.address).rglob(f"{server.prefix}{name}*")
        return str(path)
    return urlsplit(server.address)._replace(path=f"/{server.prefix}{name}").geturl()


def there_and_back(source: Path, server: Server) -> tuple[Schema, Schema, dict[str, str], dict[str, str]]:
    engine, made = load_engine(server.engine), read(source)
    try:
        before = run(server, "there", made)
        found = read(address_of(server, "there"))
        return made, found, before, run(server, "back", found)
    finally:
        engine.drop_database(server, "there")
        engine.drop_database(server, "back")


def structure(schema: Schema) -> dict[str, Any]:
    return {
        table.name: {
            "columns": {
                column.name: (column.is_nullable, column.identity is not None, column.default is not None)
                for column in table.columns
            },
            "primary key": table.primary_key and table.primary_key.columns,
            "uniques": {key.columns for key in table.uniques},
            "foreign keys": {
                (key.columns, key.table, key.referenced, key.on_delete, key.on_update) for key in table.foreign_keys
            },
            "indexes": {(index.name, index.parts, index.is_unique, index.where) for index in table.indexes},
        }
        for table in schema.tables
    }


@pytest.mark.parametrize("source", CORPUS, ids=lambda path: path.parent.name)
def test_sqlite_is_read(source: Path, sqlite_server: Server) -> None:
    made, found, _, _ = there_and_back(source, sqlite_server)
    ours, theirs = structure(made), structure(found)
    assert set(ours) == set(theirs)
    for table, parts in theirs.items():
        for part, value in parts.items():
            if part != "columns":
                assert value == ours[table][part], f"{part} of {table}"
            else:
                assert {name: each[0] for name, each in value.items()} == {
                    name: each[0] for name, each in ours[table][part].items()
                }, table
    assert found.provider == "sqlite"


def test_what_only_the_text_of_a_table_says_is_read_of_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        """
        CREATE TABLE item (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          name VARCHAR(40) NOT NULL UNIQUE,
          price NUMERIC(8, 2) DEFAULT 0 CHECK (price >= 0),
          twice NUMERIC GENERATED ALWAYS AS (price * 2) STORED,
          made DATETIME DEFAULT CURRENT_TIMESTAMP,
          parent INTEGER REFERENCES item ON DELETE CASCADE,
          CONSTRAINT named CHECK (length([name]) > 1)
        );
        CREATE UNIQUE INDEX item_lower ON item (lower(name), made DESC) WHERE parent IS NOT NULL;
        CREATE VIEW cheap AS SELECT * FROM item WHERE price < 1;
        CREATE TRIGGER item_touch AFTER UPDATE ON item BEGIN SELECT 1; END;
        CREATE VIRTUAL TABLE found USING fts5(name);
        """
    )
    connection.close()
    schema = read(str(path))
    table = schema.table("item")
    assert [str(column.type) for column in table.columns] == [
        "integer",
        "varchar(40)",
        "numeric(8,2)",
        "numeric",
        "timestamp",
        "integer",
    ]
    assert table.column("id").identity == "by default"
    assert table.column("twice").generated == "price * 2"
    assert table.column("made").default == "CURRENT_TIMESTAMP"
    assert {(check.name, check.expression) for check in table.checks} == {
        (None, "price >= 0"),
        ("named", "length(name) > 1"),
    }
    assert table.foreign_keys[0].referenced == ("id",)
    (index,) = table.indexes
    assert (index.parts[0].value, index.parts[1].is_descending, index.where) == (
        "lower(name)",
        True,
        "parent IS NOT NULL",
    )
    assert [loss.what for loss in schema.losses] == ["virtual table found", "view cheap", "trigger item_touch"]


# Texts whose kind is told by a collation alone: an address is text once it is in MySQL.
_AS_TEXT = ("column sessions #4",)


def with_one_word(catalog: dict[str, str]) -> dict[str, str]:
    """RESTRICT and NO ACTION are the same to InnoDB."""
    return {key: text.replace("RESTRICT", "NO ACTION") for key, text in catalog.items()}


@pytest.mark.parametrize("source", CORPUS, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("name", ["mysql", "mariadb"])
def test_mysql_and_mariadb_are_read(name: str, source: Path, request: pytest.FixtureRequest) -> None:
    made, found, before, after = there_and_back(source, request.getfixturevalue(f"{name}_server"))
    before, after = with_one_word(before), with_one_word(after)
    different = {key for key in {*before, *after} if before.get(key) != after.get(key) and key not in _AS_TEXT}
    assert {key: (before.get(key), after.get(key)) for key in different} == {}
    assert {table.name for table in found.tables} == {table.name for table in made.tables}
    assert found.provider == "mysql"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("sqlite:///nowhere/x.db", "there is no file /nowhere/x.db"),
        ("mysql://root@127.0.0.1:1", "names no database"),
        ("mysql://root@127.0.0.1:1/x", "127.0.0.1:1"),
    ],
)
def test_a_wrong_address_is_a_sentence(source: str, message: str) -> None:
    with pytest.raises(LabError) as caught:
        read(source)
    assert message in caught.value.message
    assert caught.value.hint
