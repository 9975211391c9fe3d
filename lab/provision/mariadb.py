"""A private MariaDB server from binaries on this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.mysql import (
    SHARED_SETTINGS,
    Binaries,
    answers,
    candidates,
    choose,
    newest_first,
    serving,
    share_folders,
)
from lab.provision.process import run_once
from lab.provision.spec import Spec

SETTINGS: Mapping[str, str] = {
    **SHARED_SETTINGS,
    "collation-server": "utf8mb4_nopad_bin",
    "innodb-log-file-size": "512M",
    "log-warnings": "0",
}
_SYSTEM_TABLES = ("system_tables.sql", "performance_tables.sql", "system_tables_data.sql")


def available() -> list[tuple[str, str]]:
    return [(binaries.version, binaries.origin) for binaries in find_binaries()]


def is_bundled(spec: Spec) -> bool:
    return any(binaries.is_own and answers(binaries, spec) for binaries in find_binaries())


@cache
def find_binaries() -> tuple[Binaries, ...]:
    """Every MariaDB here that could be started, newest first."""
    return newest_first(candidates("mariadb", ("mariadbd",)))


@contextmanager
def local(spec: Spec) -> Iterator[Server]:
    """A server on 127.0.0.1 with a random port and password, its data in a folder that goes when it stops."""
    binaries = choose(
        spec, find_binaries(), "MariaDB", "install a MariaDB server: `apt-get install mariadb-server-core`"
    )
    with serving(spec, "MariaDB", binaries, SETTINGS, partial(_initialise, binaries)) as server:
        yield server


def _initialise(binaries: Binaries, command: Sequence[str | Path], accounts: Path) -> subprocess.CompletedProcess[str]:
    """What mariadb-install-db does, without the other programs that script calls."""
    script = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n"
    script += "".join(_system_sql(binaries, name) for name in _SYSTEM_TABLES)
    script += (
        f"FLUSH PRIVILEGES;\n{accounts.read_text()}DELETE FROM global_priv WHERE User NOT IN ('lab', 'mariadb.sys');\n"
    )
    return run_once([*command, "--bootstrap"], input=script)


def _system_sql(binaries: Binaries, name: str) -> str:
    for folder in share_folders(binaries):
        for path in (folder / f"mariadb_{name}", folder / f"mysql_{name}"):
            if path.exists():
                return path.read_text()
    raise LabError(
        f"MariaDB {binaries.version} comes without {name}", "install the package that holds it: mariadb-server-core"
    )
