"""`lab init`: a design's folder from a schema alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from lab import readers, workloads
from lab.datagen import write_spec
from lab.errors import LabError


def scaffold(source: Path, name: str, home: Path) -> list[Path]:
    """Writes schemas/<name>/schema.*, data.toml and workloads/<name>/queries.sql below `home`; returns the paths.

    Raises LabError when the source cannot be read, or the design is there already.
    """
    schema = readers.read(source)
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
    (home / design / "data.toml").write_text(write_spec(schema))
    (home / workload).write_text(workloads.write_script(workloads.derive(schema)))
    return [target, design / "data.toml", workload]


def _name_of(source: Path) -> str:
    stem = source.resolve().stem
    return source.resolve().parent.name if stem in ("schema", "prisma") else stem
