"""A schema written as SQL and read again is the same schema."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.model.schema import Schema
from lab.readers import read
from lab.writers import write

ROOT = Path(__file__).parent.parent.parent
CORPUS = [
    ROOT / "schemas/ecommerce/schema.prisma",
    ROOT / "tests/readers/typescript/drizzle/shop.ts",
    ROOT / "tests/readers/typescript/typeorm/tiny",
]


def bare(schema: Schema) -> dict[str, str]:
    """Tables without places, and without what SQL does not say: who sets a time, in which case a word is."""
    text = {table.name: re.sub(r"Position\(.*?\)", "None", repr(table)) for table in schema.tables}
    return {
        name: re.sub(r"(?i)current_timestamp", "CURRENT_TIMESTAMP", found).replace(
            "is_updated_by_client=True", "is_updated_by_client=False"
        )
        for name, found in text.items()
    }


@pytest.mark.parametrize("source", CORPUS, ids=lambda path: path.stem)
def test_sql_says_the_whole_schema(source: Path, tmp_path: Path) -> None:
    schema = read(source)
    file = tmp_path / "schema.sql"
    file.write_text(write(schema, "sql").text)
    again = read(file)
    ours, theirs = bare(schema), bare(again)
    assert set(ours) == set(theirs)
    for table, text in ours.items():
        assert theirs[table] == text
    assert [(enum.name, enum.values) for enum in again.enums] == [(enum.name, enum.values) for enum in schema.enums]


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
