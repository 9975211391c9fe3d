"""`lab init`: a design's folder from a schema alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from lab import readers, workloads
from lab.datagen import spec_of, write_spec
from lab.errors import LabError
from lab.model.schema import Schema
from lab.model.statistics import Statistics


def scaffold(
    source: Path, name: str, home: Path, statistics: str | None = None, keeps_values: bool = True
) -> list[Path]:
    """Writes schemas/<name>/schema.*, data.toml and workloads/<name>/queries.sql below `home`; returns the paths.

    `statistics` is the address of a PostgreSQL whose statistics the data spec is to give again; without
    `keeps_values` not their most common values. Raises LabError when the source cannot be read, the design is there
    already, or there are no statistics.
    """
    schema = readers.read(source)
    spec = spec_of(_statistics(statistics, schema), schema, keeps_values) if statistics is not None else None
    name = name or _name_of(source)
    if not re.fullmatch(r"[A-Za-z0-9][\w-]*", name):
        raise LabError(f"{name!r} cannot name a design", "use letters, digits, - and _: --name shop")
    design, workload = Path("schemas") / name, Path("workloads") / name / "queries.sql"
    for taken in (home / design, home / workload):
        if taken.exists():
            raise LabError(f"{taken.relative_to(home)} is there already", "choose another --name, or remove it first")
    (home / design / "variants").mkdir(parents=True)
    (home / workload).parent.mkdir(parents=True)
    target = design / ("schema.sql" if source.suffix == ".sql" else "schema.prisma")
    if source.is_dir():
        files = sorted(source.rglob("*.prisma"))
        (home / target).write_text("\n".join(path.read_text() for path in files))
    else:
        shutil.copyfile(source, home / target)
    (home / design / "data.toml").write_text(write_spec(schema, spec))
    (home / workload).write_text(workloads.write_script(workloads.derive(schema)))
    return [target, design / "data.toml", workload]


def _statistics(address: str, schema: Schema) -> Statistics:
    if not re.match(r"postgres(ql)?://", address):
        raise LabError(
            f"statistics are taken from a PostgreSQL, and {address} is the address of none",
            "write --statistics postgresql://user:password@host:5432/shop",
        )
    from lab.engines.postgres_statistics import read_statistics  # its driver is loaded where it is needed

    return read_statistics(address, schema)


def _name_of(source: Path) -> str:
    stem = source.resolve().stem
    return source.resolve().parent.name if stem in ("schema", "prisma") else stem
