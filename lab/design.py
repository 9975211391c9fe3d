"""A design's folder, read whole: schema, data spec, variants and workload."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lab import readers, workloads
from lab.datagen import read_spec
from lab.engines import ENGINES
from lab.errors import LabError
from lab.model.change import Variant
from lab.model.design import Design
from lab.model.schema import Schema
from lab.readers.mappings import read_mappings
from lab.readers.variants import read_variants

_SCHEMAS = ("schema.prisma", "schema.sql", "schema.ts")


def read_design(folder: Path, workload: Path | None = None) -> Design:
    """Reads `schemas/<design>` and `workloads/<design>` beside it. Raises LabError with file and line.

    Without a data spec the data are inferred, without a workload it is derived from the schema.
    """
    if folder.is_file():
        folder = folder.parent
    source = _schema_file(folder)
    queries = workload_folder(folder) if workload is None else _shown(workload)
    schema = readers.read(source)
    schema = replace(schema, layouts=workloads.read_layouts(queries, schema))
    variants = _read_variants(folder / "variants", schema)
    spec = folder / "data.toml"
    return Design(
        folder.resolve().name,
        str(source),
        schema,
        variants,
        workloads.read(queries, schema, [variant.name for variant in variants]),
        read_spec(spec if spec.exists() else None, schema),
    )


def _read_variants(folder: Path, schema: Schema) -> tuple[Variant, ...]:
    """Scripts and mappings, by name."""
    scripts, mappings = read_variants(folder, tuple(ENGINES)), read_mappings(folder, schema, tuple(ENGINES))
    names = {variant.name for variant in scripts}
    for variant in mappings:
        if variant.name in names:
            raise LabError(f"{folder}: {variant.name} is a script and a mapping", "give one of them another name")
    return tuple(sorted((*scripts, *mappings), key=lambda variant: variant.name))


def workload_folder(folder: Path) -> Path:
    """Where the workload of the design in that folder is, or would be."""
    return _shown(folder.resolve().parent.parent / "workloads" / folder.resolve().name)


def _schema_file(folder: Path) -> Path:
    if not folder.is_dir():
        raise LabError(f"there is no design at {folder}", _known_designs(folder))
    for name in _SCHEMAS:
        if (folder / name).exists():
            return folder / name
    raise LabError(f"{folder} holds no schema", f"put one of these there: {', '.join(_SCHEMAS)}; or run `lab init`")


def _known_designs(folder: Path) -> str:
    home = folder.parent if folder.parent.is_dir() else Path("schemas")
    designs = sorted(str(path) for path in home.glob("*") if any((path / name).exists() for name in _SCHEMAS))
    return f"designs here: {', '.join(designs)}" if designs else "make one with `lab init schema.prisma --name shop`"


def _shown(path: Path) -> Path:
    """Relative to where the lab runs, if it lies below: positions are for people."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
