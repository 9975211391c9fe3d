"""Servers that are one program: which of them are on this machine, and which answers a spec."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.provision.install import installed
from lab.provision.spec import Spec


@dataclass(frozen=True, slots=True)
class Program:
    path: Path
    version: str
    origin: str


def find_programs(engine: str, names: tuple[str, ...]) -> list[Program]:
    """Those the lab installed, newest first, then the one on PATH."""
    found = [
        Program(folder / "bin" / name, version, "installed by the lab")
        for version, folder in installed(engine)
        for name in names
        if (folder / "bin" / name).exists()
    ]
    paths = [Path(path) for name in names if (path := shutil.which(name))]
    return found + [Program(path, version, str(path)) for path in paths if (version := _version(path))]


def _version(path: Path) -> str:
    """What the program says of itself: `db version v6.0.5`, `Redis server v=7.0.15 …`; empty when it does not run."""
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\bv=?(\d+(?:\.\d+)+)", answer.stdout)
    return match[1] if match else ""


def choose_program(engine: str, title: str, names: tuple[str, ...], spec: Spec) -> Program:
    """The newest that answers the spec. Raises LabError with what to type when none does."""
    found = find_programs(engine, names)
    for program in sorted(found, key=lambda one: tuple(map(int, one.version.split("."))), reverse=True):
        if not spec.version or f"{program.version}.".startswith(f"{spec.version}."):
            return program
    here = ", ".join(dict.fromkeys(program.version for program in found)) or "none"
    wanted = f"{engine}:{spec.version}" if spec.version else engine
    raise LabError(
        f"there is no {title} {spec.version or 'server'} here (found: {here})",
        f"write {engine} for the one there is" if found else f"run `lab engines install {wanted}`",
    )
