"""A source of a schema -> the model. Each kind of source is a module, loaded on demand."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from lab.errors import LabError
from lab.model.schema import Schema
from lab.readers.references import check

READERS = {
    ".prisma": "lab.readers.prisma",
    ".sql": "lab.readers.sql",
}

_NOT_READ = {
    ".ts": "TypeORM and Drizzle schemas are not read yet",
    ".js": "TypeORM and Drizzle schemas are not read yet",
}
_EXPORT = "export SQL and give that: pg_dump --schema-only shop > schema.sql, or drizzle-kit export > schema.sql"


class Reader(Protocol):
    def read(self, texts: list[tuple[Path, str]]) -> Schema:
        """The schema the files make up together. Raises LabError with file and line."""


def read(source: Path, schema_text: str | None = None) -> Schema:
    """The schema of a file or a folder of .prisma files; every reference in it holds.

    `schema_text` takes the place of the file's content. Positions name files as `source` was given. Raises LabError
    with file and line for anything that cannot be understood.
    """
    files = [source] if schema_text is not None else _files(source)
    suffix = files[0].suffix.lower()
    if suffix not in READERS:
        raise _unknown_suffix(source, suffix)
    texts = [(path, _text(path) if schema_text is None else schema_text) for path in files]
    schema = cast(Reader, import_module(READERS[suffix])).read(texts)
    if not schema.tables and not schema.statements:
        raise LabError(f"{source} defines no tables", "add a model, or a CREATE TABLE statement, to it")
    check(schema)
    return schema


def _files(source: Path) -> list[Path]:
    if source.is_dir():
        return _files_in(source)
    if not source.exists():
        raise LabError(f"there is no file {source}", _neighbours(source))
    return [source]


def _files_in(folder: Path) -> list[Path]:
    """A folder's Prisma files, those in folders below included; or its schema.sql."""
    found = sorted(
        path
        for path in folder.rglob("*.prisma")
        if not any(part == "node_modules" or part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not found and (folder / "schema.sql").is_file():
        return [folder / "schema.sql"]
    if not found:
        raise LabError(f"{folder} holds no schema", "give a .prisma or .sql file, or a folder of .prisma files")
    return found


def _neighbours(source: Path) -> str:
    folder = source.parent
    there = sorted(path for path in folder.glob("*") if path.suffix in READERS) if folder.is_dir() else []
    return f"schemas there: {', '.join(map(str, there))}" if there else "give a .prisma or .sql file"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabError(f"{path} is not UTF-8 text: byte {error.start}", "save it as UTF-8") from error
    except OSError as error:
        raise LabError(f"cannot read {path}: {error.strerror}", "check the file's permissions") from error


def _unknown_suffix(source: Path, suffix: str) -> LabError:
    if suffix in _NOT_READ:
        return LabError(f"cannot read {source}: {_NOT_READ[suffix]}", _EXPORT)
    kind = f"{suffix} files" if suffix else "a file without a suffix"
    return LabError(f"cannot read {source}: {kind} cannot be read", f"give one of: {', '.join(READERS)}")
