"""A source of a schema -> the model. Each kind of source is a module, loaded on demand."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from lab.errors import LabError, did_you_mean
from lab.model.schema import Schema
from lab.readers import dialect, live
from lab.readers.references import check
from lab.text_files import read_text

READERS = {
    ".prisma": "lab.readers.prisma",
    ".sql": "lab.readers.sql",
    ".ts": "lab.readers.orm",
    ".mts": "lab.readers.orm",
    ".cts": "lab.readers.orm",
    ".tsx": "lab.readers.orm",
    ".js": "lab.readers.orm",
    ".mjs": "lab.readers.orm",
    ".cjs": "lab.readers.orm",
}
SQL = {"postgres": "lab.readers.sql", "mysql": "lab.readers.mysql", "sqlite": "lab.readers.sqlite"}
"""Who reads an SQL file, by its dialect."""
_TYPESCRIPT = tuple(suffix for suffix, reader in READERS.items() if reader == "lab.readers.orm")
_SHOWN = ".prisma, .sql or .ts"
_ORM = re.compile(r"drizzle-orm|\btypeorm\b|\w*[tT]able\w*\(|@\w*Entity\b|EntitySchema")
# Folders and files of TypeScript that hold no schema of their own.
_BUILT = ("node_modules", "dist", "build", "coverage", "__tests__", "migrations")
_NO_SCHEMA = re.compile(r"\.(?:d|test|spec|e2e-spec|stories|config|seed|factory)\.[mc]?[tj]sx?$")


class Reader(Protocol):
    def read(self, texts: list[tuple[Path, str]]) -> Schema:
        """The schema the files make up together. Raises LabError with file and line."""


def read(source: str | Path, schema_text: str | None = None, sql_dialect: str = "") -> Schema:
    """The schema of a file, a folder or a running database; every reference in it holds.

    `schema_text` takes the place of the file's content; `sql_dialect` says what an SQL file is written in, which its
    text tells otherwise. Positions name files as `source` was given. Raises LabError with file and line for anything
    that cannot be understood.
    """
    if schema_text is None and live.is_live(source):
        schema = live.read(source)
    else:
        schema = _read_files(Path(source), schema_text, sql_dialect)
    if not schema.tables and not any(statement.what != "query" for statement in schema.statements):
        raise LabError(f"{source} defines no tables", "add a model, a table or an entity to it")
    check(schema)
    return schema


def _read_files(source: Path, schema_text: str | None, sql_dialect: str) -> Schema:
    files = [source] if schema_text is not None else files_of(source)
    suffix = files[0].suffix.lower()
    if suffix not in READERS:
        raise _unknown_suffix(source, suffix)
    texts = [(path, read_text(path) if schema_text is None else schema_text) for path in files]
    module = READERS[suffix]
    if suffix == ".sql":
        module = SQL[dialect.named(sql_dialect) if sql_dialect else dialect.chosen(texts[0][1], str(source))]
    return cast(Reader, import_module(module)).read(texts)


def files_of(source: Path) -> list[Path]:
    """The files a source is made up of. Raises LabError when there are none."""
    if source.is_dir():
        return _files_in(source)
    if not source.exists():
        raise LabError(f"there is no file {source}", _neighbours(source))
    return [source]


def _files_in(folder: Path) -> list[Path]:
    """A folder's Prisma files, those in folders below included; or its schema.sql; or its files of TypeScript."""
    found = _below(folder, (".prisma",), ("node_modules",))
    if found:
        return found
    if (folder / "schema.sql").is_file():
        return [folder / "schema.sql"]
    typescript = [path for path in _below(folder, _TYPESCRIPT, _BUILT) if not _NO_SCHEMA.search(path.name)]
    found = [path for path in typescript if _ORM.search(path.read_text(encoding="utf-8", errors="replace"))]
    if not found:
        raise LabError(
            f"{folder} holds no schema",
            f"give a {_SHOWN} file, or a folder of .prisma files, TypeORM entities or Drizzle tables",
        )
    return found


def _below(folder: Path, suffixes: tuple[str, ...], skipped: tuple[str, ...]) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in suffixes
        and not any(part in skipped or part.startswith(".") for part in path.relative_to(folder).parts)
    )


def source_texts(schema: Schema) -> dict[str, str]:
    """The files a schema was written in, as far as they are texts that can be read again."""
    places = [each.position for family in (schema.tables, schema.enums, schema.statements) for each in family]
    files = dict.fromkeys(place.file for place in places if place)
    return {file: read_text(Path(file)) for file in files if Path(file).suffix in READERS and Path(file).is_file()}


def _neighbours(source: Path) -> str:
    folder = source.parent
    found = folder.glob("*") if folder.is_dir() else ()
    there = sorted(str(path) for path in found if path.suffix in READERS and path.is_file())
    return did_you_mean(str(source), there, "schemas there") if there else f"give a {_SHOWN} file"


def _unknown_suffix(source: Path, suffix: str) -> LabError:
    kind = f"{suffix} files" if suffix else "a file without a suffix"
    return LabError(f"cannot read {source}: {kind} cannot be read", f"give a {_SHOWN} file")
