"""What holds of any rows, whatever the schema: keys, references, NOT NULL, enums, checks, lengths."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from generated import SOURCES, ecommerce, orphans, repeated_keys, whole

from lab import readers
from lab.datagen import Generator
from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.model.data import DataSpec


@lru_cache(maxsize=1)
def shop() -> Generator:
    return ecommerce(0.02)


@lru_cache(maxsize=20)
def inferred(source: Path, seed: int) -> Generator:
    return Generator(readers.read(source), DataSpec(), 0.1, seed)


@pytest.fixture(params=["shop with data.toml", *SOURCES], ids=lambda source: getattr(source, "name", source))
def made(request: pytest.FixtureRequest) -> Generator:
    return shop() if isinstance(request.param, str) else inferred(request.param, 1)


def test_no_row_refers_to_a_row_that_is_not_there(made: Generator) -> None:
    assert list(orphans(made)) == []


def test_no_key_repeats(made: Generator) -> None:
    assert list(repeated_keys(made)) == []


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_keys_and_references_hold_whatever_the_seed(source: Path, seed: int) -> None:
    made = inferred(source, seed)
    assert [*orphans(made), *repeated_keys(made)] == []


def test_what_must_not_be_null_is_not(made: Generator) -> None:
    for table in made.schema.tables:
        found = whole(made, table.name)
        filled = [c.name for c in table.columns if not c.is_nullable and c.name in found.schema.names]
        assert {name: found[name].null_count for name in filled} == dict.fromkeys(filled, 0)


def test_enums_hold_their_values_only(made: Generator) -> None:
    for table in made.schema.tables:
        for column in table.columns:
            enum = made.schema.enum(column.type.name)
            if enum is not None:
                found = whole(made, table.name)[column.name]
                flat = pc.list_flatten(found) if column.type.dimensions else found
                assert set(pc.unique(pc.drop_null(flat)).to_pylist()) <= set(enum.values)


def test_texts_fit_their_declared_length(made: Generator) -> None:
    seen = 0
    for table in made.schema.tables:
        for column in table.columns:
            if column.type.name in ("varchar", "char") and column.type.arguments and not column.type.dimensions:
                longest = pc.max(pc.utf8_length(whole(made, table.name)[column.name])).as_py() or 0
                assert longest <= column.type.arguments[0], f"{table.name}.{column.name}"
                seen += 1
    assert seen or not any("varchar" in str(c.type) for t in made.schema.tables for c in t.columns)


def test_a_database_takes_the_rows_with_all_its_constraints(made: Generator, tmp_path: Path) -> None:
    """SQLite judges CHECK, NOT NULL, UNIQUE and the enums row by row."""
    engine = load_engine("sqlite")
    server = Server("sqlite", "sqlite", "3", "", str(tmp_path))
    ddl = engine.create_sql(made.schema)
    engine.create_database(server, "whole")
    database = engine.connect(server, "whole")
    try:
        database.run(Text(sql) for sql in ddl.before)
        counts = {name: database.load(made.schema.table(name), made.batches(name)) for name in made.tables}
        database.run(Text(sql) for sql in ddl.after)
        assert counts == {name: made.row_count(name) for name in made.tables}
        assert sum(database.count_orphans(table, key) for table, key in made.schema.foreign_keys()) == 0
    finally:
        database.close()


def checked_columns(made: Generator) -> Iterator[pa.ChunkedArray]:
    for table in made.schema.tables:
        found = whole(made, table.name)
        yield from found.columns


def test_every_batch_is_valid_arrow(made: Generator) -> None:
    for column in checked_columns(made):
        column.validate(full=True)
