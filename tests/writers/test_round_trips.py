"""What is written and read again is the same schema, but for what a loss names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from sameness import unnamed
from sources import SOURCES, huge, source_id

from lab.model.schema import Schema
from lab.readers import read
from lab.writers import Written, write
from schemas import schemas

SUFFIXES = {"sql": ".sql", "prisma": ".prisma", "typeorm": ".ts", "drizzle": ".ts"}
TARGETS = [
    ("sql", "postgres"),
    ("prisma", "postgres"),
    ("typeorm", "postgres"),
    ("drizzle", "postgres"),
    ("prisma", "mysql"),
    ("typeorm", "mysql"),
    ("drizzle", "mysql"),
    ("drizzle", "sqlite"),
]


def again(written: Written, kind: str, folder: Path) -> Schema:
    file = folder / f"schema{SUFFIXES[kind]}"
    file.write_text(written.text)
    return read(file)


def differs(schema: Schema, kind: str, engine: str, folder: Path) -> list[str]:
    """What differs, and neither the writer nor the reader says so."""
    written = write(schema, kind, engine)
    found = again(written, kind, folder)
    return unnamed(schema, found, (*written.losses, *found.losses), engine)


@pytest.mark.parametrize(("kind", "engine"), TARGETS)
@pytest.mark.parametrize("source", SOURCES, ids=source_id)
def test_what_is_written_is_read_as_the_same_schema(source: Path, kind: str, engine: str, tmp_path: Path) -> None:
    assert differs(read(source), kind, engine, tmp_path) == []


@pytest.mark.parametrize(("kind", "engine"), TARGETS)
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schema=schemas())
def test_so_is_any_schema(schema: Schema, kind: str, engine: str, tmp_path: Path) -> None:
    assert differs(schema, kind, engine, tmp_path) == []


@pytest.mark.parametrize("kind", list(SUFFIXES))
def test_so_is_one_of_three_hundred_tables(kind: str, tmp_path: Path) -> None:
    assert differs(read(Path("huge.sql"), huge()), kind, "postgres", tmp_path) == []


@pytest.mark.parametrize("kind", ["prisma", "typeorm", "drizzle"])
def test_written_twice_is_the_same_text(kind: str, tmp_path: Path) -> None:
    """Nothing of it depends on where or when it is written."""
    schema = read(SOURCES[0])
    assert write(schema, kind).text == write(schema, kind).text
