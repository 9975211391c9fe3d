"""Where operations come from: files a user writes, or the schema itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lab.errors import LabError, did_you_mean
from lab.model.schema import Schema
from lab.model.workload import Operation, Workload
from lab.workloads.derived import derive
from lab.workloads.script import read_script, write_script
from lab.workloads.script_python import ENGINES, engine_of, read_functions, read_layout, read_rewrites

__all__ = ["derive", "read", "read_layouts", "write_script"]

_QUERIES = "queries.sql"


def read(folder: Path, schema: Schema, variants: Sequence[str]) -> Workload:
    """`queries.sql` of a folder, what `<variant>.sql` rewrites, and the same operations in the terms of engines without
    SQL (`mongodb.py`, `redis.py`, `<variant>.mongodb.py`); derived from the schema without queries.

    Raises LabError with file and line.
    """
    path = folder / _QUERIES
    plain = _read_queries(path, schema, variants) if path.exists() else derive(schema)
    operations = plain.operations
    for script in _scripts(folder):
        operations = read_functions(script, operations, schema)
    spoken = {operation.name: operation for operation in operations}
    rewrites = {
        variant: tuple(_in_own_terms(operation, spoken[operation.name]) for operation in changed)
        for variant, changed in plain.rewrites.items()
    }
    for script, variant in _variant_scripts(folder, variants):
        merged = {operation.name: operation for operation in rewrites.get(variant, ())}
        current = [merged.get(operation.name, operation) for operation in operations]
        merged |= {operation.name: operation for operation in read_rewrites(script, current, schema)}
        rewrites[variant] = tuple(merged.values())
    return Workload(operations, rewrites, plain.origin)


def read_layouts(folder: Path, schema: Schema) -> dict[str, str]:
    """How engines without tables keep the rows, by engine, where a file of theirs says so."""
    found = {script.stem: read_layout(script, schema) for script in _scripts(folder)}
    return {engine: layout for engine, layout in found.items() if layout is not None}


def _read_queries(path: Path, schema: Schema, variants: Sequence[str]) -> Workload:
    operations = _read_filled(path, schema)
    originals = {operation.name: operation for operation in operations}
    rewrites = {}
    for other in sorted(path.parent.glob("*.sql")):
        if other.name == _QUERIES:
            continue
        if other.stem not in variants:
            hint = did_you_mean(other.stem, variants, "a variant's queries bear its name; there are")
            raise LabError(f"{other}: there is no variant {other.stem}", hint)
        rewrites[other.stem] = _read_filled(other, schema, originals)
    return Workload(operations, rewrites, str(path))


def _read_filled(path: Path, schema: Schema, originals: Mapping[str, Operation] | None = None) -> tuple[Operation, ...]:
    operations = read_script(path, schema, originals)
    if not operations:
        raise LabError(f"{path}:1: no query stands here", "begin one with `-- name: …`, or remove the file")
    return operations


def _scripts(folder: Path) -> Iterator[Path]:
    """Those of the base. A file that begins with `_` is the user's own."""
    for path in sorted(folder.glob("[!_]*.py")):
        if "." in path.stem and engine_of(path) in ENGINES:
            continue
        if path.stem not in ENGINES:
            hint = did_you_mean(path.stem, ENGINES)
            if path.stem.startswith("test_"):
                # Beside redis.py, pytest's way of importing would have `import redis` find that.
                hint = f"tests go beside the folder: {path.parent.parent / path.name}"
            raise LabError(f"{path}: no engine is asked in Python by that name", hint)
        yield path


def _variant_scripts(folder: Path, variants: Sequence[str]) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.glob("[!_]*.*.py")):
        variant = path.stem.rpartition(".")[0]
        if variant not in variants:
            hint = did_you_mean(variant, variants, "a variant's operations bear its name; there are")
            raise LabError(f"{path}: there is no variant {variant}", hint)
        yield path, variant


def _in_own_terms(rewritten: Operation, original: Operation) -> Operation:
    """A variant rewrites SQL; engines without it keep the operation's text, and the parameters it needs."""
    own = {engine: original.sql[engine] for engine in ENGINES if engine in original.sql}
    places = {engine: original.positions[engine] for engine in own}
    return replace(
        rewritten,
        sql={**rewritten.sql, **own},
        positions={**rewritten.positions, **places},
        parameters=original.parameters,
        gaps=original.gaps,
    )
