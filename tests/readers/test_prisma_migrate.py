"""The Prisma reader beside Prisma itself: each `migrated/<name>.sql` is what `prisma migrate diff --from-empty` of
Prisma 7 made of `<name>.prisma`. Both must be the same schema."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab.model.schema import Column, Index, IndexPart, Schema, Table
from lab.readers import read
from lab.readers.expressions import deparse, parse_expression

PAIRS = sorted((Path(__file__).parent / "migrated").glob("*.prisma"))


def bare_column(column: Column) -> Column:
    """What a migration can say of a column, its default in canonical words."""
    default = column.default and deparse(parse_expression(column.default))
    return replace(column, default=default, is_updated_by_client=False, comment="", position=None, is_serial=False)


def as_indexes(table: Table) -> list[Index]:
    """Prisma makes unique indexes where the model has unique constraints."""
    keys = [
        Index(key.name or "", table.name, tuple(IndexPart(column) for column in key.columns), is_unique=True)
        for key in table.uniques
    ]
    return sorted((replace(index, position=None) for index in (*keys, *table.indexes)), key=lambda index: index.name)


def bare(schema: Schema) -> dict[str, object]:
    found: dict[str, object] = {
        table.name: {
            "namespace": table.namespace,
            "columns": [bare_column(column) for column in table.columns],
            "primary key": table.primary_key and replace(table.primary_key, position=None),
            "foreign keys": sorted(
                (replace(key, position=None) for key in table.foreign_keys), key=lambda key: str(key.name)
            ),
            "indexes": as_indexes(table),
        }
        for table in schema.tables
    }
    found["enums"] = {enum.name: enum.values for enum in schema.enums}
    return found


@pytest.mark.parametrize("source", PAIRS, ids=lambda path: path.stem)
def test_reads_what_prisma_migrate_makes(source: Path) -> None:
    ours, theirs = bare(read(source)), bare(read(source.with_suffix(".sql")))
    assert set(ours) == set(theirs)
    for name, table in ours.items():
        assert table == theirs[name]


def test_every_pair_is_there() -> None:
    assert [path.stem for path in PAIRS] == ["keys", "namespaces", "platform", "relations", "types"]
