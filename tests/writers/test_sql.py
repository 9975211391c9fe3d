"""A schema written as SQL and read again is the same schema."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.readers import read
from lab.writers import write

ROOT = Path(__file__).parent.parent.parent
CORPUS = [
    ROOT / "schemas/ecommerce/schema.prisma",
    ROOT / "tests/readers/typescript/drizzle/shop.ts",
    ROOT / "tests/readers/typescript/typeorm/tiny",
]


def test_another_engine_is_told_what_it_can_be_and_the_rest_is_named() -> None:
    written = write(read(CORPUS[1]), "sql", "sqlite")
    connection = sqlite3.connect(":memory:")
    connection.executescript(written.text)
    assert ("users",) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    assert any("gin" in loss.consequence for loss in written.losses)


def test_unknown_kinds_and_engines_are_sentences() -> None:
    schema = read(CORPUS[0])
    with pytest.raises(LabError, match="not written as avro"):
        write(schema, "avro")
    with pytest.raises(LabError, match="oracle"):
        write(schema, "sql", "oracle")
