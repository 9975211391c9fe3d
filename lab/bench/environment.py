"""The machine and the moment, recorded beside every result."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil

from lab.model.run import Environment


def describe_environment(design: Path) -> Environment:
    return Environment(
        lab_version=version("schema-performance-lab"),
        python_version=platform.python_version(),
        platform=platform.platform(),
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
        load_average=psutil.getloadavg(),
        commit=_commit(design),
    )


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    match = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    return match[1] if match else platform.processor() or platform.machine()


def _commit(folder: Path) -> str:
    """The commit of the repository `folder` lies in, `+` appended when the folder has changed since."""
    try:
        head = _git(folder, "rev-parse", "--short=12", "HEAD")
        return head + ("+" if head and _git(folder, "status", "--porcelain", ".") else "")
    except OSError:
        return ""


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
