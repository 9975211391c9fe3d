"""Values of every type of PostgreSQL are made, loaded and read back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from lab.datagen import Generator
from lab.engines import load_engine
from lab.engines.engine import Database, Server, Text
from lab.engines.postgres_text import text_form
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
