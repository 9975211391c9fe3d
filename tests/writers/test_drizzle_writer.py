"""What Drizzle cannot say. That the rest compiles and is read again: test_round_trips.py, test_writers_oracles.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import LabError
from lab.readers import read
from lab.writers import write

ROOT = Path(__file__).parent.parent.parent
CORPUS = [
    ROOT / "schemas/ecommerce/schema.prisma",
    ROOT / "tests/readers/typescript/drizzle/shop.ts",
    ROOT / "tests/readers/typescript/typeorm/shop",
    ROOT / "tests/readers/migrated/platform.prisma",
]


def test_what_drizzle_cannot_say_is_named(tmp_path: Path) -> None:
    file = tmp_path / "schema.sql"
    file.write_text(
        """
        -- dialect: postgres
        CREATE TABLE a (id integer PRIMARY KEY, at date NOT NULL, b integer REFERENCES a DEFERRABLE);
        CREATE INDEX a_at ON a (at) INCLUDE (b);
        CREATE VIEW v AS SELECT 1 AS one;
        """
    )
    losses = {loss.what for loss in write(read(file), "drizzle").losses}
    assert losses == {"view v", "DEFERRABLE of foreign key a_b_fkey of a", "INCLUDE of index a_at"}


def test_not_for_engines_drizzle_has_not() -> None:
    with pytest.raises(LabError, match="no drizzle for mongodb"):
        write(read(CORPUS[0]), "drizzle", "mongodb")
