"""Values of every type of PostgreSQL are made, loaded and read back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from lab.datagen import Generator
from lab.engines import load_engine
from lab.engines.engine import Database, Server, StatementError, Text
from lab.engines.postgres.text import text_form
from lab.model.data import DataSpec
from lab.model.schema import Schema
from lab.readers import sql as reader

TYPES = (
    """
    smallint, integer, bigint, numeric(10,2), real, double precision, boolean, text, varchar(20), char(3), uuid, bytea,
    timestamptz, timestamp, date, time, timetz, interval, json, jsonb, inet, cidr, macaddr, macaddr8, money, oid,
    bit(3), varbit, int4range, numrange, tsrange, tstzrange, daterange, pg_lsn, jsonpath, point, line, lseg, box, path,
    polygon, circle, tsquery, mood
""".replace("\n    ", " ")
    .strip()
    .split(", ")
)
MOOD = "CREATE TYPE mood AS ENUM ('a', 'b c', 'd\"e');"


@pytest.fixture(scope="module")
def database(postgres_server: Server) -> Iterator[Database]:
    engine = load_engine("postgres")
    engine.create_database(postgres_server, "types")
    database = engine.connect(postgres_server, "types")
    yield database
    database.close()
    engine.drop_database(postgres_server, "types")


def schema_with(kind: str) -> Schema:
    ddl = f"{MOOD} CREATE TABLE x (id bigint PRIMARY KEY, v {kind});"
    return reader.read([(Path("schema.sql"), ddl)])


@pytest.mark.parametrize("dimensions", ["", "[]", "[][]"])
@pytest.mark.parametrize("kind", TYPES)
def test_values_of_a_type_are_loaded(database: Database, kind: str, dimensions: str) -> None:
    schema = schema_with(kind + dimensions)
    generator = Generator(schema, DataSpec(), scale=0.01, seed=1)
    database.run([Text("DROP TABLE IF EXISTS x"), Text("DROP TYPE IF EXISTS mood")])
    database.run(Text(sql) for sql in load_engine("postgres").create_sql(schema).before)
    loaded = database.load(schema.table("x"), generator.batches("x"))
    expected = sum(batch.num_rows - batch["v"].null_count for batch in generator.batches("x"))
    assert database.rows("SELECT count(*), count(v) FROM x", {}) == [(loaded, expected)]
    assert expected > 0


def test_arrays_come_back_as_they_were(database: Database) -> None:
    values = [["a", 'b"c', "d\\e", "{f}", "", "NULL", "g, h", None], [], None]
    (column,) = [text_form(pa.array(values, pa.list_(pa.string())))]
    found = [database.rows("SELECT :text::text[]", {"text": text})[0][0] for text in column.to_pylist()]
    assert found == values


@pytest.mark.parametrize(
    ("array", "type_name", "text"),
    [
        (pa.array([b"\x01\xff"]), "", "\\x01ff"),
        (pa.array([bytes(15) + b"\x07"], pa.binary(16)), "uuid", "00000000-0000-0000-0000-000000000007"),
        (pa.array([[True, False]]), "", "{true,false}"),
        (pa.array([[[1, 2], [3, 4]]]), "", "{{1,2},{3,4}}"),
        (pa.array([[b"\x01"]]), "", '{"\\\\x01"}'),
        (pa.array([1.5]), "", "1.5"),
        (pa.array([None], pa.int32()), "", None),
    ],
)
def test_values_are_spelled(array: pa.Array, type_name: str, text: str | None) -> None:
    assert text_form(array, type_name).to_pylist() == [text]


ADDRESSES = ["10.1.2.3", None, "255.255.255.255", "10.0.0.0/8", "::1", "2001:db8::/32", "10.1.2.3"]


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("inet", ADDRESSES),
        ("inet", ["10.1.2.3", None, "0.0.0.0"]),
        ("inet", ["10.1.2.3/8"]),
        ("inet", [None]),
        ("cidr", ["10.0.0.0/8", "192.168.1.1/32", None, "2001:db8::/32"]),
        ("macaddr", ["08:00:2b:01:02:03", None, "08-00-2b-01-02-03", "0800.2b01.0203"]),
    ],
)
def test_addresses_are_what_the_server_itself_reads(database: Database, kind: str, texts: list[str | None]) -> None:
    schema = schema_with(kind)
    database.run([Text("DROP TABLE IF EXISTS x"), Text("DROP TYPE IF EXISTS mood")])
    database.run(Text(sql) for sql in load_engine("postgres").create_sql(schema).before)
    columns = {"id": pa.array(range(1, len(texts) + 1), pa.int64()), "v": pa.array(texts, pa.string())}
    database.load(schema.table("x"), [pa.record_batch(columns)])
    read = [database.rows(f"SELECT ($1)::{kind}::text".replace("$1", ":text"), {"text": text}) for text in texts]
    assert database.rows("SELECT v::text FROM x ORDER BY id", {}) == [row for (row,) in read]


def test_what_is_no_address_is_named(database: Database) -> None:
    schema = schema_with("inet")
    database.run([Text("DROP TABLE IF EXISTS x"), Text("DROP TYPE IF EXISTS mood")])
    database.run(Text(sql) for sql in load_engine("postgres").create_sql(schema).before)
    for text in ("10.1.2.300", "nowhere"):
        columns = {"id": pa.array([1], pa.int64()), "v": pa.array([text])}
        with pytest.raises(StatementError, match=text.replace(".", "[.]")):
            database.load(schema.table("x"), [pa.record_batch(columns)])
    assert database.rows("SELECT count(*) FROM x", {}) == [(0,)]


def test_an_identity_goes_on_above_the_largest_key_loaded_in_any_order(database: Database) -> None:
    ddl = "CREATE TABLE y (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, v text);"
    schema = reader.read([(Path("schema.sql"), ddl)])
    database.run(Text(sql) for sql in load_engine("postgres").create_sql(schema).before)
    for keys in ([70, 71, 72], [], [1, 2]):
        database.load(schema.table("y"), [pa.record_batch({"id": pa.array(keys, pa.int64())})])
    database.run([Text("INSERT INTO y (v) VALUES ('next')")])
    assert database.rows("SELECT id FROM y WHERE v = 'next'", {}) == [(73,)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("INSERT INTO spans VALUES (:start, :start + interval '1 day')", "deduced for parameter :start"),
        ("SELECT :a IS NULL, :b::int", "determine data type of parameter :a"),
    ],
)
def test_a_parameter_without_a_type_is_named_and_a_cast_proposed(database: Database, sql: str, message: str) -> None:
    database.run([Text("CREATE TABLE IF NOT EXISTS spans (start timestamptz, stop timestamptz)")])
    with pytest.raises(StatementError) as caught:
        database.check(Text(sql))
    assert message in caught.value.message
    assert "::timestamptz" in caught.value.hint
