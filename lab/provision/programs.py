"""Servers that are one program: which of them are on this machine, and which answers a spec."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.provision.install import INSTALLED, installed
from lab.provision.remedy import missing_server
from lab.provision.spec import Spec


@dataclass(frozen=True, slots=True)
class Program:
    path: Path
    version: str
    origin: str


def find_programs(engine: str, names: tuple[str, ...]) -> list[Program]:
    """Those the lab installed, newest first and emulated ones last, then the one on PATH."""
    found = [
        Program(folder / "bin" / name, version, INSTALLED)
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
    """The first that answers the spec. Raises LabError with what to type when none does."""
    found = find_programs(engine, names)
    for program in found:
        if spec.is_answered_by(program.version):
            return program
    raise missing_server(spec, title, [(program.version, program.origin) for program in found])
