"""SQL of MySQL and SQLite: what a script says, and what a server says once it has run it, are the same schema."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from test_live_others import structure

from lab.engines import load_engine
from lab.engines.engine import Server
from lab.engines.mysql import session
from lab.errors import LabError
from lab.model.schema import Position, Schema, Table
from lab.readers import read
from lab.readers.dialect import told
from lab.readers.mysql.script import split

SCRIPTS = Path(__file__).parent / "scripts"
SHOP = SCRIPTS / "shop.mysql.sql"
FORUM = SCRIPTS / "forum.sqlite.sql"
FILE = Path("schema.sql")


def mysql(text: str) -> Schema:
    return read(FILE, text, "mysql")


def table_of(text: str) -> Table:
    return mysql(text).tables[0]


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("CREATE TABLE t (id int PRIMARY KEY);", "postgres"),
        ("CREATE TABLE t (id bigserial PRIMARY KEY, a jsonb DEFAULT '{}'::jsonb);", "postgres"),
        ("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY);", "mysql"),
        ("CREATE TABLE t (a VARCHAR(9), KEY by_a (a));", "mysql"),
        ("-- phpMyAdmin SQL Dump\nCREATE TABLE t (id int);", "mysql"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);", "sqlite"),
        ("PRAGMA foreign_keys = ON;\nCREATE TABLE t (a TEXT);", "sqlite"),
        ("-- A shop.\n-- dialect: mariadb\nCREATE TABLE t (a TEXT);", "mysql"),
        ("CREATE TABLE t (a text DEFAULT 'AUTO_INCREMENT'); -- not AUTOINCREMENT", "postgres"),
    ],
)
def test_the_dialect_is_told_from_the_text(text: str, dialect: str) -> None:
    assert told(text) == dialect


def test_an_unknown_dialect_is_a_sentence() -> None:
    with pytest.raises(LabError, match="there is no dialect oracle"):
        read(FILE, "CREATE TABLE t (a int);", "oracle")


@pytest.fixture(params=["mysql", "mariadb"])
def shop_address(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database that ran the script, statement by statement."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    engine = load_engine(server.engine)
    engine.create_database(server, "script")
    address = urlsplit(server.address)._replace(path=f"/{server.prefix}script").geturl()
    dialect = load_engine(request.param).DIALECT  # type: ignore[attr-defined]
    connection = session.connect(dialect, session.parse_address(address, dialect), f"{server.prefix}script")
    text = SHOP.read_text()
    with connection.cursor() as cursor:
        cursor.execute("SET sql_mode = ''")
        for words in split(text, str(SHOP)):
            if words.next.upper == "INSERT":
                continue
            statement = text[words.words[0].start : words.words[-1].end]
            cursor.execute(f"{statement} */" if statement.count("/*!") > statement.count("*/") else statement)
    connection.close()
    yield address
    engine.drop_database(server, "script")


def test_a_script_of_mysql_is_what_the_server_makes_of_it(shop_address: str) -> None:
    ours, theirs = structure(read(SHOP)), structure(read(shop_address))
    assert ours == theirs
    by_file = {(t.name, c.name): (str(c.type), c.default, c.generated) for t in read(SHOP).tables for c in t.columns}
    live = read(shop_address)
    assert by_file == {(t.name, c.name): (str(c.type), c.default, c.generated) for t in live.tables for c in t.columns}


def test_what_a_script_of_mysql_says_beyond_the_model_is_reported_with_its_place() -> None:
    schema = read(SHOP)
    assert all(loss.position and loss.position.line > 1 for loss in schema.losses)
    lost = {loss.what: loss.position.line for loss in schema.losses if loss.position}
    assert lost["ON UPDATE CURRENT_TIMESTAMP of customer.updated_at"] == 19
    assert lost["fulltext index words of customer"] == 25
    assert {"trigger orders_touch", "procedure tidy", "view spenders"} <= set(lost)
    measured = schema.table("measured")
    assert measured.partitioning is not None
    assert measured.partitioning.partitions[0] == ("p2024", "FOR VALUES FROM (MINVALUE) TO ('2025-01-01')")
    assert schema.table("customer").column("kind").position == Position(str(SHOP), 10, 3)


@pytest.mark.parametrize(
    ("definition", "type_", "default"),
    [
        ("TINYINT(1) NOT NULL DEFAULT 1", "boolean", "true"),
        ("INT UNSIGNED ZEROFILL DEFAULT '7'", "bigint", "7"),
        ("decimal(8, 3) unsigned DEFAULT 0.500", "numeric(8,3)", "0.5"),
        ("DECIMAL", "numeric(10,0)", None),
        ("datetime(6) DEFAULT NOW(6)", "timestamp(6)", "CURRENT_TIMESTAMP"),
        ("datetime DEFAULT '0000-00-00 00:00:00'", "timestamp(0)", None),
        ("varchar(5) CHARSET latin1 COLLATE latin1_bin DEFAULT _utf8mb4'a\\'b'", "varchar(5)", "'a''b'"),
        ("char(36) CHARACTER SET ascii DEFAULT (uuid())", "uuid", "gen_random_uuid()"),
        ("bit(1) DEFAULT b'0'", "bit(1)", "'0'"),
        ("double precision DEFAULT -1.5e0", "double precision", "-1.5e0"),
        ("national varchar(7)", "varchar(7)", None),
        ("geometry NOT NULL SRID 4326", "bytea", None),
        ("long", "text", None),
        ("json DEFAULT (json_array())", "jsonb", None),
    ],
)
def test_a_column_of_mysql(definition: str, type_: str, default: str | None) -> None:
    column = table_of(f"CREATE TABLE t (x {definition} COMMENT 'said', y int);").column("x")
    assert (str(column.type), column.default, column.comment) == (type_, default, "said")


def test_statements_alter_what_earlier_ones_made() -> None:
    table = table_of(
        "CREATE TABLE t (a int, b int, c int, KEY k (a, b));\n"
        "ALTER TABLE t DROP COLUMN b, CHANGE c d BIGINT NOT NULL FIRST, ADD (e int, f int), ALTER e SET DEFAULT 3;\n"
        "ALTER TABLE t RENAME COLUMN a TO z, RENAME INDEX k TO l, DROP COLUMN f;\n"
        "RENAME TABLE t TO u;\n"
        "DROP INDEX l ON u; CREATE INDEX m USING HASH ON u (z DESC, (d + 1));\n"
    )
    assert (table.name, [column.name for column in table.columns]) == ("u", ["d", "z", "e"])
    assert table.column("e").default == "3"
    (index,) = table.indexes
    assert [(part.value, part.is_expression, part.is_descending) for part in index.parts] == [
        ("z", False, True),
        ("d + 1", True, False),
    ]


def test_a_body_without_a_delimiter_is_one_statement() -> None:
    schema = mysql(
        "CREATE TABLE t (id int PRIMARY KEY);\n"
        "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN\n"
        "  IF new.id < 0 THEN SET new.id = CASE new.id WHEN 1 THEN 2 ELSE 3 END; END IF;\n"
        "  WHILE new.id > 9 DO SET new.id = 1; END WHILE;\n"
        "END;\n"
        "CREATE TABLE u (id int PRIMARY KEY);"
    )
    assert [table.name for table in schema.tables] == ["t", "u"]
    assert [loss.what for loss in schema.losses] == ["trigger x"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE TABLE t (\n  a int,\n  b\n);", "schema.sql:3:4: the type of column b is wanted"),
        ("CREATE TABLE t (a int", "schema.sql:1:16: this parenthesis is not closed"),
        ("CREATE TABLE t (a int, FOREIGN KEY (a) u (b));", "schema.sql:1:40: REFERENCES is wanted, and 'u' is there"),
        ("ALTER TABLE nope ADD a int;", "schema.sql:1: there is no table nope"),
        ("CREATE TABLE t (a int); ALTER TABLE t DROP COLUMN b;", "table t has no column b"),
        ("CREATE TABLE t (a int); CREATE TABLE t (a int);", "table t is defined twice, first at schema.sql:1"),
        ("CREATE TABLE t (a int)\nCREAT TABLE u (a int);\nFOO;", "schema.sql:3:1: no statement begins with 'FOO'"),
    ],
)
def test_a_mistake_in_mysql_is_a_sentence_with_its_place(text: str, message: str) -> None:
    with pytest.raises(LabError) as caught:
        mysql(text)
    assert message in caught.value.message
    assert caught.value.hint


def test_a_script_of_sqlite_is_what_sqlite_makes_of_it(tmp_path: Path) -> None:
    path = tmp_path / "forum.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(FORUM.read_text().replace("CREATE TABLE IF NOT EXISTS 'found_data'", "-- "))
    connection.close()
    ours, theirs = read(FORUM), read(str(path))
    assert structure(ours) == structure(theirs)
    assert [table.name for table in ours.tables] == ["user", "post", "flags"]
    post = ours.table("post")
    assert (post.position, post.column("author").position) == (
        Position(str(FORUM), 12),
        Position(str(FORUM), 14, 3),
    )
    assert post.column("length").generated == "length(slug)"
    assert (post.indexes[0].name, post.indexes[0].where) == ("post by author", "score > 0")
    assert ours.table("user").uniques[0].columns == ("Name",)
    assert {loss.what: loss.position.line for loss in ours.losses if loss.position} == {
        "collation NOCASE of user.Name": 5,
        "statements that write rows": 11,
        "foreign key (gone) of post": 16,
        "virtual table found": 22,
        "trigger touched": 24,
        "view liked": 28,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE TABLE t (\n  a TEXT,\n  b TEXT NOT NUL\n);", 'schema.sql:3:14: near "NUL": syntax error'),
        ("CREATE TABLE t (a TEXT);\nCREATE TABLE t (a TEXT);", "schema.sql:2:1: table t already exists"),
        ("CREATE TABLE t (a TEXT);\nCREATE INDEX i ON t (b);", "schema.sql:2:22: no such column: b"),
        (".read other.sql\n", "schema.sql:1: .read other.sql reads another file"),
    ],
)
def test_a_mistake_in_sqlite_is_a_sentence_with_its_place(text: str, message: str) -> None:
    with pytest.raises(LabError) as caught:
        read(FILE, text, "sqlite")
    assert message in caught.value.message


def test_a_script_of_sqlite_reaches_no_other_file(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    text = f"ATTACH '{other}' AS o;\nCREATE TABLE t (a TEXT);\nCREATE TABLE u AS SELECT 1 AS one;"
    assert [table.name for table in read(FILE, text, "sqlite").tables] == ["t", "u"]
    assert not other.exists()
