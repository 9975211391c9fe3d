"""Servers that are one program: which of them are on this machine, and which answers a spec."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.provision.install import INSTALLED, installed, is_emulated
from lab.provision.remedy import missing_server
from lab.provision.spec import Spec


@dataclass(frozen=True, slots=True)
class Program:
    path: Path
    version: str
    origin: str
    is_emulated: bool = False


def find_programs(engine: str, name: str) -> list[Program]:
    """Those the lab installed and the one on PATH, newest first; one that is emulated is nobody's first choice."""
    found = [
        Program(folder / "bin" / name, version, INSTALLED + ", emulated" * is_emulated(folder), is_emulated(folder))
        for version, folder in installed(engine)
        if (folder / "bin" / name).exists()
    ]
    path = shutil.which(name)
    if path and (version := _version(Path(path))):
        found.append(Program(Path(path), version, path))
    newest_first = sorted(found, key=lambda program: tuple(map(int, program.version.split("."))), reverse=True)
    return sorted(newest_first, key=lambda program: program.is_emulated)


def _version(path: Path) -> str:
    """What the program says of itself: `db version v6.0.5`, `Redis server v=7.0.15 …`; empty when it does not run."""
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\bv=?(\d+(?:\.\d+)+)", answer.stdout)
    return match[1] if match else ""


def choose_program(title: str, name: str, spec: Spec) -> Program:
    """The first that answers the spec. Raises LabError with what to type when none does."""
    found = find_programs(spec.engine, name)
    for program in found:
        if spec.is_answered_by(program.version):
            return program
    raise missing_server(spec, title, [(program.version, program.origin) for program in found])
