"""What is written for Prisma is valid to Prisma; what is written in TypeScript compiles, and TypeORM takes it."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

from oracles import ORACLE, compiled, npm_packages, run
from sources import CORPUS, SOURCES, source_id

from lab.readers import read
from lab.writers import write
from lab.writers.prisma.provider import PROVIDERS

ODD = ("graph", "reserved", "types")
"""By their files' names, what is compiled for every engine; the others for PostgreSQL alone."""
OTHERS = ("airline", "clinic", "odd", "school", "telemetry", "tenants", "wiki")
TRIED = (SOURCES[0], *(path for path in CORPUS if path.stem in (*ODD, *OTHERS)))
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


def test_typescript_compiles_and_typeorm_takes_it(tmp_path: Path) -> None:
    """`tsc --strict` over everything in one run; the tables TypeORM sees are those of the schema, by the entities
    alone."""
    made: dict[tuple[str, str, Path], Path] = {}
    for source in TRIED:
        schema = read(source)
        for kind in ("typeorm", "drizzle"):
            for engine in engines_of(source):
                file = tmp_path / f"{source_id(source)}-{kind}-{engine}.ts"
                file.write_text(write(schema, kind, engine).text)
                made[kind, engine, source] = file
    scripts = compiled(list(made.values()), tmp_path / "tsc")
    shutil.copy(ORACLE / "typeorm.cjs", tmp_path / "tsc")
    for (kind, engine, source), script in zip(made, scripts, strict=True):
        if kind == "typeorm" and source.stem in ODD:
            check_metadata(source, engine, script)


def check_metadata(source: Path, engine: str, script: Path) -> None:
    # Only the entities: a DataSource of SQLite's looks for its driver.
    bare = script.with_name(f"entities-{script.name}")
    bare.write_text(script.read_text().partition("exports.dataSource = new")[0])
    found = json.loads(run(["node", "typeorm.cjs", _DRIVERS[engine], str(bare)], script.parent.parent))
    schema = read(source)
    assert Counter(table["name"] for table in found) == Counter(table.name for table in schema.tables)
    for table in found:
        ours = schema.table(table["name"])
        assert {column["name"] for column in table["columns"]} == {column.name for column in ours.columns}
        assert {tuple(key["columns"]) for key in table["foreignKeys"]} == {key.columns for key in ours.foreign_keys}
