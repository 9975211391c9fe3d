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
from lab.readers.translated import postgres_expression

SCRIPTS = Path(__file__).parent / "scripts"
SHOP = SCRIPTS / "shop.mysql.sql"
FORUM = SCRIPTS / "forum.sqlite.sql"
FILE = Path("schema.sql")


def mysql(text: str) -> Schema:
    return read(FILE, text, "mysql")


def table_of(text: str) -> Table:
    return mysql(text).tables[0]


SNIPPETS = [
    # text, whose it is, whose it may be as well
    ("CREATE TABLE t (id int);", "postgres", ""),
    ("CREATE TABLE t (id integer PRIMARY KEY, a varchar(9) NOT NULL);", "postgres", "sqlite"),
    ("CREATE TABLE t (id int PRIMARY KEY);", "postgres", ""),
    ("CREATE TABLE t (id integer PRIMARY KEY);\nALTER TABLE t ADD CONSTRAINT c UNIQUE (id);", "postgres", ""),
    ("CREATE TABLE t (id bigserial PRIMARY KEY, a jsonb DEFAULT '{}'::jsonb);", "postgres", ""),
    ("CREATE TABLE t (id integer PRIMARY KEY, tags text[], at timestamptz DEFAULT now());", "postgres", ""),
    ("CREATE TABLE t (id integer PRIMARY KEY);\nCOMMENT ON TABLE t IS 'AUTOINCREMENT';", "postgres", ""),
    ('CREATE TABLE "t" (id serial PRIMARY KEY, name text NOT NUL);', "postgres", ""),
    ("CREATE TABLE t (a text DEFAULT 'AUTO_INCREMENT'); -- not AUTOINCREMENT", "postgres", ""),
    ("CREATE TYPE mood AS ENUM ('a');\nCREATE TABLE t (id integer PRIMARY KEY, m mood);", "postgres", ""),
    ("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY);", "mysql", ""),
    ("CREATE TABLE t (a VARCHAR(9), KEY by_a (a));", "mysql", ""),
    ("CREATE TABLE t (id int(11) NOT NULL, a enum('x', 'y'));", "mysql", ""),
    ("CREATE TABLE `t` (`a` varchar(9) COLLATE utf8mb4_bin);", "mysql", ""),
    ("CREATE TABLE t (id INT PRIMARY KEY, made DATETIME);", "mysql", "sqlite"),
    ("-- phpMyAdmin SQL Dump\nCREATE TABLE t (id int);", "mysql", ""),
    ("-- A shop.\n-- dialect: mariadb\nCREATE TABLE t (a TEXT);", "mysql", ""),
    ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);", "sqlite", ""),
    ("PRAGMA foreign_keys = ON;\nCREATE TABLE t (a TEXT);", "sqlite", ""),
    ("CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID;", "sqlite", ""),
    ("CREATE TABLE t (a TEXT) STRICT;", "sqlite", ""),
    ("CREATE TABLE t (id, name, CHECK (id > 0));", "sqlite", ""),
    ("CREATE TABLE t (id INTEGER PRIMARY KEY, made DATETIME, body BLOB);", "sqlite", "mysql"),
    ("CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT DEFAULT (datetime('now')));", "sqlite", ""),
    ("CREATE TABLE `t` (\n  `id` integer PRIMARY KEY NOT NULL,\n  `a` text NOT NULL\n);", "sqlite", ""),
    ("CREATE TABLE sqlite_sequence(name,seq);\nCREATE TABLE t (a TEXT);", "sqlite", ""),
    ("CREATE TABLE [t] ([a] TEXT, [b] INTEGER);", "sqlite", ""),
]


@pytest.mark.parametrize(("text", "dialect", "other"), SNIPPETS)
def test_the_dialect_is_told_from_the_text(text: str, dialect: str, other: str) -> None:
    assert told(text) == (dialect, other)


def test_a_doubtful_dialect_is_said_once_and_how_to_say_otherwise(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "doubtful.sql"
    path.write_text("CREATE TABLE t (id integer PRIMARY KEY, a text);")
    read(path, sql_dialect="sqlite")
    assert not caplog.messages
    read(path)
    read(path)
    (note,) = caplog.messages
    assert "was taken as PostgreSQL's, and may be SQLite's: --dialect sqlite or" in note


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
    assert measured.partitioning.partitions[0] == ("p2024", "FOR VALUES FROM (minvalue) TO ('2025-01-01')")
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
    ("expression", "dialect", "said"),
    [
        ("json_unquote(json_extract(`p`,'$.x'))", "mysql", "p ->> 'x'"),
        ("json_extract(p, '$.x')", "sqlite", "p ->> 'x'"),
        ("unhex(sha2(`content`,256))", "mysql", None),
        ("crc32(a)", "mysql", None),
        ("json_valid(a) AND b", "sqlite", None),
        ("date_format(a,'%Y')", "mysql", "to_char(a::timestamp, 'YYYY')"),
    ],
)
def test_what_only_another_database_can_say_is_not_taken_for_postgres(
    expression: str, dialect: str, said: str | None
) -> None:
    assert postgres_expression(expression, dialect) == said


def test_checks_of_sqlite_that_say_what_a_type_says() -> None:
    text = """
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (json_valid(a)), b TEXT, c BOOLEAN CHECK (c IN (0, 1)),
  d INT CHECK (d IN (0, 1)), CHECK (json_valid("b")));
"""
    (table,) = read(FILE, text, "sqlite").tables
    assert [column.type.name for column in table.columns] == ["integer", "jsonb", "jsonb", "boolean", "integer"]
    assert [check.expression for check in table.checks] == ["d IN (0, 1)"]


def test_what_has_a_definer_is_named_when_it_is_left_out() -> None:
    """As mysqldump writes it."""
    text = """
CREATE TABLE t (id int PRIMARY KEY) ENGINE=InnoDB;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER `bump` AFTER INSERT ON `t` FOR EACH ROW BEGIN
  UPDATE t SET id = NEW.id;
END */;;
CREATE DEFINER='root'@'%' PROCEDURE `p`() BEGIN SELECT 1; END ;;
DELIMITER ;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`%` SQL SECURITY DEFINER */
/*!50001 VIEW `v` AS SELECT 1 */;
"""
    assert [loss.what for loss in mysql(text).losses] == ["trigger bump", "procedure p", "view v"]


def test_a_backslash_of_mysql_escapes_once() -> None:
    schema = mysql(
        r"CREATE TABLE t (a varchar(9) DEFAULT 'a\\b', b enum('x\\y','it''s'), CHECK (a <> 'q\\r\'s' AND a <> 'p\%'));"
    )
    (table,) = schema.tables
    assert table.column("a").default == r"E'a\\b'"
    assert table.checks[0].expression == r"a <> E'q\\r''s' AND a <> E'p\\%'"
    assert schema.enums[0].values == ("x\\y", "it's")


@pytest.mark.parametrize(
    ("clause", "last"),
    [
        ("RANGE (YEAR(d)) (PARTITION p VALUES LESS THAN (2024))", "FROM (minvalue) TO ('2024-01-01')"),
        (
            "RANGE (TO_DAYS(d)) (PARTITION o VALUES LESS THAN (TO_DAYS('2024-02-01')), "
            "PARTITION p VALUES LESS THAN (739677))",
            "FROM ('2024-02-01') TO ('2025-03-02')",
        ),
        (
            "RANGE (UNIX_TIMESTAMP(d)) (PARTITION p VALUES LESS THAN (1704067261))",
            "FROM (minvalue) TO ('2024-01-01 00:01:01')",
        ),
        ("RANGE COLUMNS (d) (PARTITION p VALUES LESS THAN MAXVALUE)", "FROM (minvalue) TO (maxvalue)"),
        ("HASH (MONTH(d)) PARTITIONS 2", "WITH (MODULUS 2, REMAINDER 1)"),
        ("KEY (d) (PARTITION p, PARTITION q)", "WITH (MODULUS 2, REMAINDER 1)"),
    ],
)
def test_partitions_of_mysql(clause: str, last: str) -> None:
    partitioning = table_of(f"CREATE TABLE t (d datetime NOT NULL) PARTITION BY {clause};").partitioning
    assert partitioning is not None
    assert (partitioning.keys, partitioning.partitions[-1][1]) == (("d",), f"FOR VALUES {last}")


def test_what_only_mysql_hides_or_divides_is_reported() -> None:
    schema = mysql(
        "CREATE TABLE t (a int, b int INVISIBLE, KEY k (a) INVISIBLE, KEY l (b))\n"
        "PARTITION BY LIST (MOD(a, 2)) (PARTITION p VALUES IN (0));\n"
        "ALTER TABLE t ALTER INDEX l INVISIBLE, ALTER COLUMN a SET INVISIBLE;"
    )
    assert {loss.what for loss in schema.losses} == {
        "INVISIBLE of t.a",
        "INVISIBLE of t.b",
        "INVISIBLE of index k of t",
        "INVISIBLE of index l of t",
        "partitions of t",
    }


def test_several_statements_before_one_delimiter_are_all_read() -> None:
    schema = mysql(
        "DELIMITER //\nDROP PROCEDURE IF EXISTS p;\nCREATE PROCEDURE p() BEGIN SELECT 1; DROP TABLE t; END;\n"
        "CREATE PROCEDURE q() SELECT 1; //\nCREATE TABLE t (a int); CREATE TABLE u (a int) //\nDELIMITER ;\n"
        "CREATE TABLE v (a int);"
    )
    assert [table.name for table in schema.tables] == ["t", "u", "v"]
    assert [loss.what for loss in schema.losses] == ["procedure p", "procedure q"]


def test_a_key_of_sqlite_is_numbered_unless_it_refers_to_another() -> None:
    text = "CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE b (id INTEGER PRIMARY KEY REFERENCES a);"
    schema = read(FILE, text, "sqlite")
    assert [table.column("id").identity for table in schema.tables] == ["by default", None]


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
