"""A private MariaDB server from binaries on this machine: those the lab installed, or the system's."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.mysql import Binaries, Command, candidates, choose, newest_first, serving, share_folders
from lab.provision.process import run_once
from lab.provision.spec import Spec

_SYSTEM_TABLES = ("system_tables.sql", "performance_tables.sql", "system_tables_data.sql")


def available() -> list[tuple[str, str]]:
    return [(binaries.version, binaries.origin) for binaries in find_binaries()]


def is_bundled(spec: Spec) -> bool:
    return False


def find_binaries() -> tuple[Binaries, ...]:
    """Every MariaDB here that could be started, newest first."""
    return newest_first(candidates("mariadb", "mariadbd"))


@contextmanager
def local(spec: Spec) -> Iterator[Server]:
    """A server on 127.0.0.1 with a random port and password, its data in a folder that goes when it stops."""
    binaries = choose(spec, find_binaries(), "MariaDB")
    with serving(spec, "MariaDB", binaries, partial(_initialise, binaries)) as server:
        yield server


def _initialise(binaries: Binaries, command: Command, accounts: Path) -> subprocess.CompletedProcess[str]:
    """What mariadb-install-db does, without the programs of other packages which that script calls."""
    script = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n"
    script += "".join(_system_sql(binaries, name) for name in _SYSTEM_TABLES)
    script += f"DELETE FROM global_priv WHERE User <> 'mariadb.sys';\nFLUSH PRIVILEGES;\n{accounts.read_text()}"
    return run_once([*command, "--bootstrap"], input=script)


def _system_sql(binaries: Binaries, name: str) -> str:
    for folder in share_folders(binaries):
        for path in (folder / f"mariadb_{name}", folder / f"mysql_{name}"):
            if path.exists():
                return path.read_text()
    raise LabError(f"MariaDB {binaries.version} comes without its {name}", "install the package mariadb-server-core")
