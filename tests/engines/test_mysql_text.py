"""What MySQL and MariaDB are told, without a server: data definition, translations, scripts, encoded rows."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymysql import err
from shop import ORDERS, SHOP, USERS

from lab.engines import load_engine
from lab.engines.engine import DiskFull, Engine, ServerLost, StatementError, StatementTimeout, Text, UnknownName
from lab.engines.mariadb import DIALECT as MARIADB
from lab.engines.mysql import DIALECT as MYSQL
from lab.engines.mysql import load as mysql_load
from lab.engines.mysql.errors import raise_for
from lab.engines.mysql.split import split
from lab.engines.mysql.translate import expression
from lab.engines.mysql.types import column_type
from lab.engines.mysql.values import lenenc, read_lenenc
from lab.engines.mysql.wire import Statement, bind
from lab.errors import LabError
from lab.model.change import AddIndex, Script
from lab.model.schema import (
    Check,
    Column,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Partitioning,
    Position,
    Schema,
    Table,
    Type,
)
from lab.model.workload import Operation

mysql, mariadb = load_engine("mysql"), load_engine("mariadb")


def table(*columns: Column, name: str = "t", **parts: object) -> Table:
    return Table(name, (Column("id", Type("bigint"), False, identity="by default"), *columns), Key(("id",)), **parts)  # type: ignore[arg-type]


def losses(schema: Schema, engine: Engine = mysql) -> dict[str, str]:
    return {loss.what: loss.consequence for loss in engine.create_sql(schema).losses}


def statements(schema: Schema, engine: Engine = mysql) -> str:
    ddl = engine.create_sql(schema)
    return ";\n".join(ddl.before + ddl.after)


@pytest.mark.parametrize(
    ("type_", "sql"),
    [
        (Type("boolean"), "BOOLEAN"),
        (Type("timestamptz"), "DATETIME(6)"),
        (Type("timestamp", (3,)), "DATETIME(3)"),
        (Type("numeric", (12, 2)), "DECIMAL(12, 2)"),
        (Type("numeric"), "DECIMAL(38, 10)"),
        (Type("uuid"), "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin"),
        (Type("jsonb"), "JSON"),
        (Type("text", dimensions=1), "JSON"),
        (Type("text"), "TEXT"),
        (Type("varchar", (200,)), "VARCHAR(200)"),
        (Type("varchar", (20000,)), "MEDIUMTEXT"),
        (Type("char", (3,)), "CHAR(3)"),
        (Type("bytea"), "LONGBLOB"),
        (Type("citext"), "TEXT COLLATE utf8mb4_0900_as_ci"),
        (Type("double precision"), "DOUBLE"),
        (Type("interval"), "VARCHAR(64)"),
        (Type("int4range"), "TEXT"),
    ],
)
def test_a_type_has_its_words(type_: Type, sql: str) -> None:
    assert column_type(type_, None, MYSQL).sql == sql


def test_what_a_type_cannot_hold_is_a_loss() -> None:
    types = ("inet", "int4range", "timetz", "numeric")
    found = losses(Schema((table(*(Column(name, Type(name)) for name in types)),)))
    assert found["inet of t.inet"] == "kept as text, and compared as text"
    assert "unknown here" in found["int4range of t.int4range"]
    assert "zone" in found["timetz of t.timetz"]
    assert "28 digits" in found["numeric of t.numeric"]


def test_a_schema_is_told_before_and_after_the_rows() -> None:
    ddl = mysql.create_sql(SHOP)
    users, orders = ddl.before
    assert "`id` BIGINT NOT NULL AUTO_INCREMENT" in users
    assert "`created_at` DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)" in users
    assert "COLLATE = utf8mb4_0900_bin COMMENT = 'People who buy.'" in users
    assert "`status` ENUM('new', 'paid', 'sent') NOT NULL DEFAULT 'new'" in orders
    assert "CONSTRAINT `orders_total_check` CHECK (`total` >= 0)" in orders
    assert ddl.after == (
        "ALTER TABLE `users`\n  ADD UNIQUE KEY `users_email_key` (`email`)",
        "ALTER TABLE `orders`\n  ADD INDEX `orders_user_id_idx` (`user_id`)",
        "SET foreign_key_checks = 0",
        "ALTER TABLE `orders`\n  ADD CONSTRAINT `orders_user_id_fkey` FOREIGN KEY (`user_id`) "
        "REFERENCES `users` (`id`) ON DELETE CASCADE",
        "SET foreign_key_checks = 1",
    )


def test_text_that_is_a_key_gets_a_length_and_that_is_a_loss() -> None:
    pair = table(Column("a", Type("text")), Column("b", Type("text")), uniques=(Key(("a", "b")),))
    assert "`email` VARCHAR(512) NOT NULL" in mysql.create_sql(SHOP).before[0]
    assert "512 characters" in losses(SHOP)["text of users.email"]
    assert "`a` VARCHAR(384)" in statements(Schema((pair,)))


def test_an_index_on_long_text_holds_its_beginning() -> None:
    schema = Schema((table(Column("note", Type("text")), indexes=(Index("notes", "t", (IndexPart("note"),)),)),))
    assert "ADD INDEX `notes` (`note`(255))" in statements(schema)
    assert losses(schema)["index notes"] == "holds the first 255 characters of note"


@pytest.mark.parametrize(
    ("index", "sql", "loss"),
    [
        (Index("i", "t", (IndexPart("a"),), where="b > 0"), "ADD INDEX `i` (`a`)", "holds all rows"),
        (Index("i", "t", (IndexPart("a"),), True, where="b > 0"), "ADD INDEX `i` (`a`)", "not unique: it would forbid"),
        (Index("i", "t", (IndexPart("a", is_descending=True),)), "ADD INDEX `i` (`a` DESC)", ""),
        (Index("i", "t", (IndexPart("a"),), include=("b",)), "ADD INDEX `i` (`a`, `b`)", "become the last keys"),
        (Index("i", "t", (IndexPart("a"),), True, include=("b",)), "ADD UNIQUE INDEX `i` (`a`)", "are left out"),
        (Index("i", "t", (IndexPart("a"),), include=("d",)), "ADD INDEX `i` (`a`)", "too long to ride along: d"),
        (Index("i", "t", (IndexPart("a"),), method="hash"), "ADD INDEX `i` (`a`)", "a B-tree in place of hash"),
        (Index("i", "t", (IndexPart("d"),), method="gin"), "", "not created: MySQL has no gin indexes"),
        (Index("i", "t", (IndexPart("d"),)), "", "not created: d is a document"),
        (Index("i", "t", (IndexPart("a + b", True),)), "CREATE INDEX `i` ON `t` ((`a` + `b`))", ""),
        (Index("i", "t", (IndexPart("my_own(a)", True),)), "", "has no expression my_own(a)"),
    ],
)
def test_an_index_comes_out_as_innodb_has_it(index: Index, sql: str, loss: str) -> None:
    columns = Column("a", Type("integer")), Column("b", Type("integer")), Column("d", Type("jsonb"))
    schema = Schema((table(*columns, indexes=(index,)),))
    text = statements(schema)
    assert sql in text if sql else "`i`" not in text
    assert loss in losses(schema).get("index i", "")


def test_an_expression_is_indexed_where_the_engine_can() -> None:
    lower = Index("i", "t", (IndexPart("lower(a)", is_expression=True),))
    short = Schema((table(Column("a", Type("varchar", (50,))), indexes=(lower,)),))
    long = Schema((table(Column("a", Type("text")), indexes=(lower,)),))
    assert "((LOWER(`a`)))" in statements(short)
    assert "((CAST(LOWER(`a`) AS CHAR(255))))" in statements(long)
    assert "serves only queries that spell it" in losses(long)["index i"]
    assert "indexes no expressions" in losses(short, mariadb)["index i"]
    with pytest.raises(LabError, match="MariaDB indexes no expressions"):
        mariadb.change_sql(AddIndex(lower))


def test_a_reference_innodb_refuses_is_a_loss() -> None:
    keys = (
        ForeignKey(("a",), "t", ("id",), on_delete="set default", name="a_fk"),
        ForeignKey(("b",), "t", ("id",), name="b_fk", is_deferrable=True),
        ForeignKey(("c",), "t", ("id",), on_delete="set null", on_update="cascade", name="c_fk"),
    )
    columns = Column("a", Type("bigint")), Column("b", Type("integer")), Column("c", Type("bigint"), False)
    found = losses(Schema((table(*columns, foreign_keys=keys),)))
    assert "no SET DEFAULT" in found["ON DELETE SET DEFAULT of a_fk"]
    assert found["foreign key b_fk of t"] == "not enforced: b is INT, t.id is BIGINT"
    assert "NOT NULL" in found["ON DELETE SET NULL of c_fk"]
    assert "within one table" in found["ON UPDATE CASCADE of c_fk"]


def test_a_check_mysql_refuses_is_a_loss() -> None:
    parent = table(name="p")
    child = table(
        Column("p_id", Type("bigint")),
        checks=(Check("id > 0"), Check("p_id > 0"), Check("to_tsvector(id) IS NOT NULL"), Check("length('a') = 1")),
        foreign_keys=(ForeignKey(("p_id",), "p", ("id",), on_update="cascade"),),
    )
    schema = Schema((parent, child))
    found = losses(schema)
    assert "AUTO_INCREMENT" in found["check (id > 0) on t"]
    assert "action changes" in found["check (p_id > 0) on t"]
    assert "no such expression" in found["check (to_tsvector(id) IS NOT NULL) on t"]
    assert "CHECK (CHAR_LENGTH('a') = 1)" in statements(schema)


def test_names_of_checks_are_one_of_a_kind() -> None:
    twice = tuple(
        table(Column("a", Type("integer")), name=name, checks=(Check("a > 0", "positive"),)) for name in ("x", "y")
    )
    text = statements(Schema(twice))
    assert "`x_positive`" in text and "`y_positive`" in text


@pytest.mark.parametrize(
    ("column", "sql"),
    [
        (Column("c", Type("jsonb"), default="'{}'::jsonb"), "JSON DEFAULT ('{}')"),
        (Column("c", Type("text"), default="''"), "TEXT DEFAULT ('')"),
        (Column("c", Type("text", dimensions=1), default="'{}'::text[]"), "JSON DEFAULT ('[]')"),
        (Column("c", Type("timestamptz", (3,)), default="now()"), "DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3)"),
        (Column("c", Type("date"), default="CURRENT_DATE"), "DATE DEFAULT (CURRENT_DATE)"),
        (Column("c", Type("numeric", (4, 1)), default="(0)::numeric"), "DECIMAL(4, 1) DEFAULT 0"),
        (Column("c", Type("status"), default="'new'::status"), "ENUM('new', 'it''s') DEFAULT 'new'"),
        (Column("c", Type("boolean"), False, default="true"), "BOOLEAN NOT NULL DEFAULT TRUE"),
        (Column("c", Type("bigint"), default="nextval('s'::regclass)"), "BIGINT"),
        (Column("c", Type("integer"), generated="id + 1"), "INT"),
        (Column("c", Type("integer"), generated="abs(a)"), "INT GENERATED ALWAYS AS (ABS(`a`)) STORED"),
        (Column("c", Type("integer"), False, generated="a"), "INT GENERATED ALWAYS AS (`a`) STORED NOT NULL"),
    ],
)
def test_a_default_or_generated_column_has_its_words(column: Column, sql: str) -> None:
    schema = Schema((table(Column("a", Type("integer")), column),), (Enum("status", ("new", "it's")),))
    assert f"\n  `c` {sql},\n" in statements(schema)
    if sql in ("BIGINT", "INT"):
        assert {"default of t.c", "generated column t.c"} & set(losses(schema))


def test_partitions_are_kept_where_they_mean_the_same() -> None:
    moment = Column("at", Type("timestamptz"), False)
    quarters = (
        ("q1", "FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2025-04-01 00:00:00+00')"),
        ("q2", "FOR VALUES FROM ('2025-04-01 00:00:00+00') TO ('2025-07-01 00:00:00+00')"),
        ("rest", "DEFAULT"),
    )
    kept = Table("t", (moment,), partitioning=Partitioning("range", ("at",), quarters))
    assert "PARTITION BY RANGE COLUMNS (`at`)" in statements(Schema((kept,)))
    assert "PARTITION `q1` VALUES LESS THAN ('2025-04-01 00:00:00')" in statements(Schema((kept,)))
    assert "PARTITION `rest` VALUES LESS THAN (MAXVALUE)" in statements(Schema((kept,)))
    gap = Table(
        "t", (moment,), partitioning=Partitioning("range", ("at",), (quarters[0], ("q3", quarters[1][1][:-30])))
    )
    assert losses(Schema((gap,)))["partitions of t"] == "one table holds all rows"


@pytest.mark.parametrize(
    ("postgres", "sql"),
    [
        ("SELECT id FROM t ORDER BY a DESC, b", "SELECT id FROM t ORDER BY a DESC, b"),
        (
            "SELECT id FROM t ORDER BY a NULLS LAST",
            "SELECT id FROM t ORDER BY CASE WHEN a IS NULL THEN 1 ELSE 0 END, a",
        ),
        ("SELECT a->>'x' FROM t", "SELECT JSON_UNQUOTE(JSON_EXTRACT(a, '$.x')) FROM t"),
        (
            "SELECT id FROM t WHERE lower(a->>'x') = :x",
            "SELECT id FROM t WHERE LOWER(JSON_UNQUOTE(JSON_EXTRACT(a, '$.x')) COLLATE utf8mb4_0900_bin) = :x",
        ),
        ("SELECT id FROM t WHERE a @> '{}'", "SELECT id FROM t WHERE JSON_CONTAINS(a, '{}')"),
        ("SELECT id FROM t WHERE a @> ARRAY[:x]", "SELECT id FROM t WHERE JSON_CONTAINS(a, JSON_ARRAY(:x))"),
        ("SELECT id FROM t WHERE a && ARRAY[1, 2]", "SELECT id FROM t WHERE JSON_OVERLAPS(a, JSON_ARRAY(1, 2))"),
        ("SELECT id FROM t WHERE :x = ANY (tags)", "SELECT id FROM t WHERE :x MEMBER OF(tags)"),
        ("SELECT count(*) FILTER (WHERE a) FROM t", "SELECT COUNT(CASE WHEN a THEN 1 END) FROM t"),
        ("SELECT count(*) / 2, a / 2 FROM t", "SELECT COUNT(*) DIV 2, a / 2 FROM t"),
        ("SELECT a FROM t WHERE b = ANY (ARRAY[1, 2])", "SELECT a FROM t WHERE b IN (1, 2)"),
        ("SELECT a::uuid, b::text, c::status FROM t", "SELECT a, CAST(b AS CHAR), c FROM t"),
        ("SELECT now() AT TIME ZONE 'UTC'", "SELECT CURRENT_TIMESTAMP(6)"),
        ("SELECT :at::timestamptz", "SELECT CAST(:at AS DATETIME(6))"),
        ("SELECT rank() OVER (ORDER BY a) AS rank FROM t", "SELECT RANK() OVER (ORDER BY a) AS `rank` FROM t"),
        (
            "SELECT date_trunc('month', a AT TIME ZONE 'UTC') FROM t",
            "SELECT CAST(DATE_FORMAT(a, '%Y-%m-01') AS DATETIME(6)) FROM t",
        ),
        (
            "INSERT INTO t (a, b) VALUES (:a, :b) ON CONFLICT (a) DO UPDATE SET b = t.b + excluded.b",
            "INSERT INTO t (a, b) VALUES (:a, :b) ON DUPLICATE KEY UPDATE b = t.b + VALUES(b)",
        ),
    ],
)
def test_a_query_is_translated(postgres: str, sql: str) -> None:
    assert mysql.query_sql(Operation("q", "simple", {"": postgres})).sql == sql


@pytest.mark.parametrize(
    ("sql", "line", "said"),
    [
        ("SELECT a AT TIME ZONE 'Europe/Berlin' FROM t", 5, "AT TIME ZONE 'Europe/Berlin'"),
        ("SELECT ARRAY[1]", 5, "Arrays are not supported"),
        ("INSERT INTO t (a) VALUES (1)\nON CONFLICT DO NOTHING", 5, "ON CONFLICT DO NOTHING"),
        ("SELECT a\nFROM t\nWHERE WHERE", 7, "cannot read this as PostgreSQL"),
    ],
)
def test_what_cannot_be_said_is_located_and_has_a_remedy(sql: str, line: int, said: str) -> None:
    with pytest.raises(LabError, match=rf"^q\.sql:{line}: ") as caught:
        mariadb.query_sql(Operation("q", "simple", {"": sql}, positions={"": Position("q.sql", 5)}))
    assert said in caught.value.message
    assert "`-- engine: mysql`" in caught.value.hint


def test_an_engine_reads_its_own_text_then_its_relatives() -> None:
    operation = Operation("q", "simple", {"": "SELECT 1", "mysql": "SELECT 2", "sqlite": "SELECT 4"})
    assert [load_engine(name).query_sql(operation).sql for name in ("mysql", "mariadb")] == ["SELECT 2"] * 2
    own = Operation("q", "simple", {**operation.sql, "mariadb": "SELECT 3"})
    assert [load_engine(name).query_sql(own).sql for name in ("mysql", "mariadb")] == ["SELECT 2", "SELECT 3"]


def script(up: str, down: str = "DROP TABLE x", **own: str) -> Script:
    where = Position("v.sql", 3), Position("v.sql", 30)
    return Script("v", {"": up, **own}, {"": down, **own}, dict.fromkeys(("", *own), where))


def test_a_script_is_translated_statement_by_statement() -> None:
    sql = mysql.change_sql(
        script(
            "CREATE TABLE x (\n  id bigserial PRIMARY KEY,\n  u bigint REFERENCES users (id) ON DELETE CASCADE,\n"
            "  name text NOT NULL UNIQUE\n);\n"
            "CREATE INDEX x_idx ON x (u DESC) INCLUDE (id) WHERE u > 0;\n"
            "ALTER TABLE orders ADD COLUMN note varchar(20) NOT NULL DEFAULT '', DROP COLUMN tags;\n"
            "UPDATE orders SET note = 'a' || status;",
            "DROP INDEX x_idx;\nDROP TABLE x;",
        )
    )
    assert [text.sql for text in sql.up] == [
        "CREATE TABLE `x` (\n  `id` BIGINT NOT NULL AUTO_INCREMENT,\n  `u` BIGINT,\n  `name` VARCHAR(512) NOT NULL,\n"
        "  PRIMARY KEY (`id`)\n) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_0900_bin",
        "ALTER TABLE `x`\n  ADD UNIQUE KEY `x_name_key` (`name`)",
        "ALTER TABLE `x`\n  ADD CONSTRAINT `x_u_fkey` FOREIGN KEY (`u`) REFERENCES `users` (`id`) ON DELETE CASCADE",
        "CREATE INDEX `x_idx` ON `x` (`u` DESC, `id`)",
        "ALTER TABLE `orders` ADD COLUMN `note` VARCHAR(20) NOT NULL DEFAULT '', DROP COLUMN `tags`",
        "UPDATE orders SET note = CONCAT('a', status)",
    ]
    assert [text.sql for text in sql.down] == ["DROP INDEX `x_idx` ON `x`", "DROP TABLE x"]
    assert [str(text.position) for text in sql.up] == ["v.sql:3"] * 3 + ["v.sql:8", "v.sql:9", "v.sql:10"]
    assert {"index x_idx", "text of x.name"} <= {loss.what for loss in sql.losses}


@pytest.mark.parametrize(
    ("up", "said"),
    [
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", "CREATE MATERIALIZED VIEW v AS SELECT 1"),
        ("DROP INDEX nowhere", "nothing here tells its table"),
        ("ALTER TABLE t ALTER COLUMN a TYPE bigint", "ALTER COLUMN"),
        ("ALTER TABLE t ADD COLUMN s order_status", "the type order_status"),
        ("COMMENT ON TABLE t IS 'x'", "COMMENT ON TABLE"),
        ("CREATE INDEX i ON t USING gin (a)", "no gin indexes"),
    ],
)
def test_a_script_that_cannot_be_said_is_refused(up: str, said: str) -> None:
    with pytest.raises(LabError) as caught:
        mysql.change_sql(script(f"\n{up};"))
    assert said in caught.value.message and caught.value.message.startswith("v.sql:4: ")
    assert "<variant>.mysql.sql" in caught.value.hint


def test_a_variant_without_a_text_says_which_to_write() -> None:
    with pytest.raises(LabError, match="no migration for MariaDB") as caught:
        mariadb.change_sql(Script("v", {"postgres": "SELECT 1"}, {"postgres": "SELECT 1"}))
    assert "v.mysql.sql" in caught.value.hint


BODIES = """\
CREATE TABLE a (x INT); -- no; statement
INSERT INTO a VALUES ('it''s ;'), ("b\\";");
CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW
BEGIN
  IF EXISTS (SELECT 1) THEN UPDATE a SET x = CASE WHEN x > 1 THEN IF(x, 1, 2) ELSE 3 END; END IF;
  CASE NEW.x WHEN 1 THEN IF (NEW.x) THEN SET @n = 1; END IF; ELSE SET @n = 2; END CASE;
  w: WHILE @n < 3 DO SET @n = @n + 1; END WHILE w;
  REPEAT SET @n = REPEAT('a', 3); UNTIL @n < 0 END REPEAT;
END;
CREATE TRIGGER u BEFORE DELETE ON a FOR EACH ROW IF OLD.x THEN SET @a = 1; SET @b = 2; END IF;
CREATE PROCEDURE IF NOT EXISTS p () BEGIN SELECT 1; SELECT 2; END;
DROP TABLE IF EXISTS a
"""


def test_the_bodies_of_stored_programs_stay_whole() -> None:
    found = list(split(BODIES, Position("v.sql", 1)))
    assert [(text.position and text.position.line, text.sql.split()[1]) for text in found] == [
        (1, "TABLE"),
        (2, "INTO"),
        (3, "TRIGGER"),
        (10, "TRIGGER"),
        (11, "PROCEDURE"),
        (12, "TABLE"),
    ]
    assert found[2].sql.endswith("END REPEAT;\nEND")


def test_the_clients_delimiter_is_no_sql() -> None:
    with pytest.raises(LabError, match=r"v\.sql:8: DELIMITER"):
        list(split("SELECT 1;\nDELIMITER //\n", Position("v.sql", 7)))


def test_rows_are_encoded_as_load_data_reads_them() -> None:
    batch = pa.record_batch(
        {
            "text": pa.array(["a\tb\\\n\r\0", None, "NULL"]),
            "truth": pa.array([True, False, None]),
            "money": pa.array([Decimal("1.20"), None, Decimal("-0.01")], pa.decimal128(12, 2)),
            "moment": pa.array(
                [datetime(2025, 1, 2, 3, 4, 5, 6, UTC), None, datetime(1999, 1, 1)], pa.timestamp("us", "UTC")
            ),
            "day": pa.array([date(2025, 1, 2), None, date(1000, 1, 1)]),
            "hour": pa.array([time(1, 2, 3, 4), None, time(0)], pa.time64("us")),
            "key": pa.array([(7).to_bytes(16), None, bytes(16)], pa.binary(16)),
            "octets": pa.array([b"\0\xff", None, b""]),
            "list": pa.array([["a", '"'], None, []], pa.list_(pa.string())),
        }
    )
    lines = b"".join(mysql_load.encode(batch.slice(0, 1))) + b"".join(mysql_load.encode(batch.slice(1)))
    assert lines.decode().split("\n") == [
        "a\\tb\\\\\\n\\r\\0\t1\t1.20\t2025-01-02 03:04:05.000006\t2025-01-02\t01:02:03.000004\t"
        '00000000-0000-0000-0000-000000000007\t00ff\t["a", "\\\\""]',
        "\\N\t0" + "\t\\N" * 7,
        "NULL\t\\N\t-0.01\t1999-01-01 00:00:00.000000\t1000-01-01\t00:00:00.000000\t"
        "00000000-0000-0000-0000-000000000000\t\t[]",
        "",
    ]
    assert "(`text`, `truth`, `money`, `moment`, `day`, `hour`, `key`, @lab_7, `list`)" in mysql_load.load_sql(
        "t", batch.schema
    )


@given(st.integers(0, 2**64 - 1))
def test_a_length_is_read_as_it_was_written(number: int) -> None:
    assert read_lenenc(lenenc(number) + b"more", 0) == (number, len(lenenc(number)))


def test_parameters_are_packed_with_their_types() -> None:
    packet = bind(Statement(9, 3), [None, -2, "é"])
    assert packet[:4] == struct.pack("<I", len(packet) - 4)
    assert packet[4:14] == b"\x17" + struct.pack("<IBI", 9, 0, 1)
    assert packet[14:] == b"\x01\x01" + b"\x06\0\x08\0\xfd\0" + struct.pack("<q", -2) + b"\x02\xc3\xa9"


@pytest.mark.parametrize(
    ("number", "message", "kind"),
    [
        (1064, "You have an error near 'x' at line 3", StatementError),
        (1146, "Table 'lab.userz' doesn't exist", UnknownName),
        (1054, "Unknown column 'emial' in 'field list'", UnknownName),
        (1062, "Duplicate entry 'a' for key 'users.email'", StatementError),
        (3819, "Check constraint 'c' is violated.", StatementError),
        (1317, "Query execution was interrupted", StatementTimeout),
        (3024, "maximum statement execution time exceeded", StatementTimeout),
        (1969, "max_statement_time exceeded", StatementTimeout),
        (1114, "The table 't' is full", DiskFull),
        (1030, 'Got error 28 "No space left on device" from storage engine', DiskFull),
        (1030, "Got error 168 from storage engine", StatementError),
        (2013, "Lost connection to MySQL server during query", ServerLost),
        (2006, "MySQL server has gone away", ServerLost),
    ],
)
def test_an_error_is_known_by_its_number(number: int, message: str, kind: type[LabError]) -> None:
    text = Text("SELECT 1\nFROM userz\nWHERE emial", Position("q.sql", 10))
    with pytest.raises(kind) as caught:
        raise_for(err.OperationalError(number, message), "MySQL", text, lambda: ["users", "email"])
    lines = {1064: "q.sql:12: ", 1146: "q.sql:11: ", 1054: "q.sql:12: "}
    assert caught.value.message.startswith(lines.get(number, ""))
    if kind is UnknownName:
        assert caught.value.hint in ("did you mean users?", "did you mean email?")


def test_expressions_of_pg_dump_lose_their_idle_casts() -> None:
    assert expression("((status)::text = ANY ((ARRAY['a'::varchar, 'b'::varchar])::text[]))", MARIADB) == (
        "(`status` IN ('a', 'b'))"
    )
    assert ORDERS.checks[0].expression == "total >= 0" and expression("total >= 0", MYSQL) == "`total` >= 0"
    assert USERS.columns[2].default == "true"
