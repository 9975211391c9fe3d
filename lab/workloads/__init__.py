"""Where operations come from: files a user writes, or the schema itself."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.errors import LabError
from lab.model.schema import Schema
from lab.model.workload import Operation, Workload
from lab.workloads.derived import derive
from lab.workloads.script import read_script, write_script

__all__ = ["derive", "read", "write_script"]

_QUERIES = "queries.sql"


def read(folder: Path, schema: Schema, variants: Sequence[str]) -> Workload:
    """`queries.sql` of a folder, and what `<variant>.sql` rewrites; derived from the schema without such a folder.

    Raises LabError with file and line.
    """
    path = folder / _QUERIES
    if not path.exists():
        return derive(schema)
    operations = _read_filled(path, schema)
    originals = {operation.name: operation for operation in operations}
    rewrites = {}
    for other in sorted(folder.glob("*.sql")):
        if other.name == _QUERIES:
            continue
        if other.stem not in variants:
            close = difflib.get_close_matches(other.stem, variants, 1)
            meant = f"did you mean {close[0]}.sql? " if close else ""
            raise LabError(f"{other}: there is no variant {other.stem}", f"{meant}a variant's queries bear its name")
        rewrites[other.stem] = _read_filled(other, schema, originals)
    return Workload(operations, rewrites, str(path))


def _read_filled(path: Path, schema: Schema, originals: Mapping[str, Operation] | None = None) -> tuple[Operation, ...]:
    operations = read_script(path, schema, originals)
    if not operations:
        raise LabError(f"{path}:1: no query stands here", "begin one with `-- name: …`, or remove the file")
    return operations
