"""A schema written for Drizzle compiles, and read again is the same schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from oracles import compiled

from lab.errors import LabError
from lab.model.schema import Schema
from lab.readers import read
from lab.writers import Written, write

ROOT = Path(__file__).parent.parent.parent
CORPUS = [
    ROOT / "schemas/ecommerce/schema.prisma",
    ROOT / "tests/readers/typescript/drizzle/shop.ts",
    ROOT / "tests/readers/typescript/typeorm/shop",
    ROOT / "tests/readers/migrated/platform.prisma",
]


def bare(schema: Schema) -> dict[str, str]:
    """Without places, names Drizzle wants where there are none, and what the losses name."""
    text = {table.name: re.sub(r"Position\(.*?\)", "None", repr(table)) for table in schema.tables}
    for pattern, plain in (
        (r"name='\w+_check\d+'", "name=None"),
        (r"\\n", " "),
        (r"is_(deferrable|updated_by_client)=True", r"is_\1=False"),
        (r"(?i)current_timestamp", "now()"),
    ):
        text = {name: re.sub(pattern, plain, found) for name, found in text.items()}
    return text


def again(written: Written, folder: Path) -> Schema:
    file = folder / "schema.ts"
    file.write_text(written.text)
    return read(file)


@pytest.mark.parametrize("source", CORPUS, ids=lambda path: path.stem)
def test_what_is_written_for_drizzle_is_read_as_the_same_schema(source: Path, tmp_path: Path) -> None:
    schema = read(source)
    written = write(schema, "drizzle")
    found = again(written, tmp_path)
    ours, theirs = bare(schema), bare(found)
    assert set(ours) == set(theirs)
    for table, text in ours.items():
        assert theirs[table] == text
    assert {enum.name: enum.values for enum in found.enums} == {enum.name: enum.values for enum in schema.enums}


def test_it_compiles(tmp_path: Path) -> None:
    files = []
    for source in CORPUS:
        files.append(tmp_path / f"{source.parent.name}_{source.stem}.ts")
        files[-1].write_text(write(read(source), "drizzle").text)
    compiled(files, tmp_path / "tsc", {"moduleResolution": "bundler", "module": "esnext"})


def test_what_drizzle_cannot_say_is_named(tmp_path: Path) -> None:
    file = tmp_path / "schema.sql"
    file.write_text(
        """
        CREATE TABLE a (id integer PRIMARY KEY, at date NOT NULL, b integer REFERENCES a DEFERRABLE);
        CREATE INDEX a_at ON a (at) INCLUDE (b);
        CREATE VIEW v AS SELECT 1 AS one;
        """
    )
    losses = {loss.what for loss in write(read(file), "drizzle").losses}
    assert losses == {"view v", "DEFERRABLE of a foreign key of a", "INCLUDE of index a_at"}


def test_not_for_engines_drizzle_has_not() -> None:
    with pytest.raises(LabError, match="no drizzle for mongodb"):
        write(read(CORPUS[0]), "drizzle", "mongodb")
