"""`lab init`: a design's folder from a schema alone; `lab add`: a variant of it from a building block."""

from __future__ import annotations

import re
from pathlib import Path

from lab import blocks, readers, workloads
from lab.blocks.block import Block, Wanted
from lab.datagen import spec_of, write_spec
from lab.design import read_design, workload_folder
from lab.errors import LabError
from lab.model.schema import Loss, Schema
from lab.model.statistics import Statistics
from lab.workloads.logs import Logged
from lab.writers import write


def scaffold(
    source: str,
    name: str,
    home: Path,
    statistics: str | None = None,
    keeps_values: bool = True,
    logged: Logged | None = None,
    dialect: str = "",
) -> tuple[list[Path], tuple[Loss, ...]]:
    """Writes schemas/<name>/schema.*, data.toml and workloads/<name>/queries.sql below `home`; returns the paths, and
    what of the source could not be kept.

    `statistics` is the address of a PostgreSQL whose statistics the data spec is to give again; without
    `keeps_values` not their most common values. The workload is what was `logged`, or derived from the schema. Raises
    LabError when the source cannot be read, the design is there already, or there are no statistics.
    """
    schema = readers.read(source, sql_dialect=dialect)
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
    target = _copy(source, schema, design, home)
    (home / design / "data.toml").write_text(write_spec(schema, spec))
    logged = logged or Logged(workloads.derive(schema), ())
    (home / workload).write_text(workloads.write_script(logged.workload))
    written = [target, design / "data.toml", workload]
    if logged.functions:
        written.append(workload.with_name("mongodb.py"))
        (home / written[-1]).write_text(logged.functions)
    return written, schema.losses


def add_block(block: str, folder: Path, wanted: Wanted, name: str = "") -> tuple[Block, list[Path]]:
    """Writes a building block as the variant `name` of a design; returns it and the paths. Raises LabError when it does
    not fit, or the variant is there already."""
    name = name or block
    if not re.fullmatch(r"[A-Za-z0-9][\w-]*", name):
        raise LabError(f"{name!r} cannot name a variant", "use letters, digits, - and _: --name soft_delete")
    built = blocks.build(block, read_design(folder), wanted)
    home = folder.parent if folder.is_file() else folder
    return built, blocks.write_block(built, name, home, workload_folder(home))


def _statistics(address: str, schema: Schema) -> Statistics:
    if not re.match(r"postgres(ql)?://", address):
        raise LabError(
            f"statistics are taken from a PostgreSQL, and {address} is the address of none",
            "write --statistics postgresql://user:password@host:5432/shop",
        )
    from lab.engines.postgres.statistics import read_statistics  # its driver is loaded where it is needed

    return read_statistics(address, schema)


def _copy(source: str, schema: Schema, design: Path, home: Path) -> Path:
    """The design's schema: the file itself, or else SQL that says the same; returns its path below `home`."""
    files = [] if readers.live.is_live(source) else readers.files_of(Path(source))
    suffixes = {path.suffix.lower() for path in files}
    kind = ".prisma" if suffixes == {".prisma"} else ".sql"
    target = design / f"schema{kind}"
    if suffixes == {kind}:
        text = "\n".join(path.read_text(encoding="utf-8-sig") for path in files)
        if kind == ".sql" and readers.dialect.told(text) != readers.dialect.Told(schema.provider):
            text = f"-- dialect: {schema.provider}\n{text}"
    else:
        text = write(schema, "sql").text
    (home / target).write_text(text)
    return target


def _name_of(source: str) -> str:
    if readers.live.is_live(source):
        return readers.live.name_of(source)
    path = Path(source)
    stem = path.resolve().stem
    return path.resolve().parent.name if stem in ("schema", "prisma") else stem
