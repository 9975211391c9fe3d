"""SQLite needs no server: a folder of database files stands for one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.leases import leased_folder
from lab.provision.spec import Spec

_ORIGIN = "Python's sqlite3 module"


def available() -> list[tuple[str, str]]:
    return [(sqlite3.sqlite_version, _ORIGIN)]


def is_bundled(spec: Spec) -> bool:
    return True


@contextmanager
def local(spec: Spec) -> Iterator[Server]:
    """Raises LabError when another version was asked for than Python links."""
    version = sqlite3.sqlite_version
    if spec.version and not f"{version}.".startswith(f"{spec.version}."):
        raise LabError(f"there is no SQLite {spec.version} here: Python links {version}", "write sqlite")
    with leased_folder("sqlite") as folder:
        yield Server("sqlite", str(spec), version, _ORIGIN, str(folder))
