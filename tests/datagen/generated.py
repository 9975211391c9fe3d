"""Schemas from SQL, their rows made whole, and what must hold of any rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lab import readers
from lab.datagen import Generator, read_spec
from lab.model.data import ColumnSpec, DataSpec, TableSpec
from lab.model.schema import Schema

ROOT = Path(__file__).parents[2]
ECOMMERCE = ROOT / "schemas/ecommerce/schema.prisma"
SOURCES = (
    ECOMMERCE,
    ROOT / "examples/blog.prisma",
    *sorted((ROOT / "tests/readers/migrated").glob("*.prisma")),
    ROOT / "tests/readers/dumped/library.sql",
)


def parsed(sql: str) -> Schema:
    return readers.read(Path("schema.sql"), sql)


def ecommerce(scale: float, seed: int = 1) -> Generator:
    schema = readers.read(ECOMMERCE)
    return Generator(schema, read_spec(ECOMMERCE.parent / "data.toml", schema), scale, seed)


def generator(sql: str, tables: dict[str, TableSpec] | None = None, scale: float = 1.0, seed: int = 1) -> Generator:
    return Generator(parsed(sql), DataSpec(tables or {}), scale, seed)


def rows(count: int, **columns: ColumnSpec) -> TableSpec:
    return TableSpec(rows=count, columns=columns)


def whole(made: Generator, table: str) -> pa.Table:
    return pa.Table.from_batches(made.batches(table))


def values(made: Generator, table: str, column: str) -> list[object]:
    found: list[object] = whole(made, table)[column].to_pylist()
    return found


def tuples(table: pa.Table, columns: Sequence[str]) -> list[tuple[object, ...]]:
    """The columns' values row by row, rows with a NULL among them left out."""
    for column in columns:
        table = table.filter(pc.is_valid(table[column]))
    return list(zip(*(table[column].to_pylist() for column in columns), strict=True))


def orphans(made: Generator) -> Iterator[str]:
    """Foreign keys with a value no parent has."""
    tables = {name: whole(made, name) for name in made.tables}
    for table, key in made.schema.foreign_keys():
        missing = set(tuples(tables[table.name], key.columns)) - set(tuples(tables[key.table], key.referenced))
        if missing:
            yield f"{table.name} {key.columns}: {sorted(map(str, missing))[:3]}"


def repeated_keys(made: Generator) -> Iterator[str]:
    """Primary keys, unique constraints and unique indexes over plain columns that hold a value twice."""
    for table in made.schema.tables:
        keys = [key.columns for key in table.keys]
        keys += [i.columns for i in table.indexes if i.is_unique and len(i.columns) == len(i.parts)]
        found = whole(made, table.name)
        for columns in keys:
            counts = Counter(tuples(found, columns))
            if counts and (most := counts.most_common(1)[0])[1] > 1:
                yield f"{table.name} {columns}: {most}"
