"""What is written for Prisma is valid to Prisma; what is written in TypeScript compiles, and TypeORM takes it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from oracles import ORACLE, compiled, npm_packages, run
from sources import SOURCES, source_id

from lab.readers import read
from lab.writers import write
from lab.writers.prisma.provider import PROVIDERS

ODD = ("schema", "airline", "graph", "ledger", "odd", "reserved", "school", "tenants", "types")
"""By their files' names, what is tried on every engine; the others on PostgreSQL alone."""
_DRIVERS = {"postgres": "postgres", "mysql": "mysql", "sqlite": "sqljs"}


def test_prisma_takes_what_is_written_for_it(tmp_path: Path) -> None:
    npm_packages()
    files = []
    for source in SOURCES:
        schema = read(source)
        for engine in PROVIDERS:
            files.append(tmp_path / f"{source_id(source)}-{engine}.prisma")
            files[-1].write_text(write(schema, "prisma", engine).text)
    assert json.loads(run(["node", "prisma.cjs", *map(str, files)], ORACLE)) == {}
    assert len(files) == len(SOURCES) * len(PROVIDERS)


def engines_of(source: Path) -> tuple[str, ...]:
    return tuple(_DRIVERS) if source.stem in ODD else ("postgres",)


@pytest.fixture(scope="module")
def compiled_sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every schema written for TypeORM and Drizzle, as JavaScript: checked by `tsc --strict` on the way."""
    folder = tmp_path_factory.mktemp("typescript")
    files = []
    for source in SOURCES:
        schema = read(source)
        for kind in ("typeorm", "drizzle"):
            for engine in engines_of(source):
                files.append(folder / f"{source_id(source)}-{kind}-{engine}.ts")
                files[-1].write_text(write(schema, kind, engine).text)
    made = compiled(files, folder / "tsc")
    return {file.stem: script for file, script in zip(files, made, strict=True)}


def test_typescript_compiles(compiled_sources: dict[str, Path]) -> None:
    assert len(compiled_sources) == sum(2 * len(engines_of(source)) for source in SOURCES)
    assert all(path.is_file() for path in compiled_sources.values())


@pytest.mark.parametrize("engine", list(_DRIVERS))
def test_typeorm_builds_its_metadata_of_it(engine: str, compiled_sources: dict[str, Path]) -> None:
    """The tables TypeORM sees are those of the schema, by the entities alone."""
    for source in (path for path in SOURCES if path.stem in ("schema", "airline", "graph", "reserved")):
        script = compiled_sources[f"{source_id(source)}-typeorm-{engine}"]
        # Only the entities: a DataSource of SQLite's looks for its driver.
        bare = script.with_name(f"entities-{script.name}")
        bare.write_text(script.read_text().partition("exports.dataSource = new")[0])
        folder = script.parent.parent
        shutil.copy(ORACLE / "typeorm.cjs", folder)
        found = json.loads(run(["node", "typeorm.cjs", _DRIVERS[engine], str(bare)], folder))
        schema = read(source)
        assert Counter(table["name"] for table in found) == Counter(table.name for table in schema.tables)
        for table in found:
            ours = schema.table(table["name"])
            assert {column["name"] for column in table["columns"]} == {column.name for column in ours.columns}
            assert {tuple(key["columns"]) for key in table["foreignKeys"]} == {key.columns for key in ours.foreign_keys}
