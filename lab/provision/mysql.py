"""A private MySQL server from binaries on this machine: those the lab installed, or the system's."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from lab.engines import load_engine
from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.install import INSTALLED, installed
from lab.provision.leases import leased_folder
from lab.provision.process import await_ready, launch, run_once, space_hint, stop
from lab.provision.remedy import missing_server
from lab.provision.settings import MYSQL
from lab.provision.spec import Spec

USER = "lab"
_PLACES = ("/usr/sbin", "/usr/libexec", "/usr/local/mysql/bin", "/opt/homebrew/bin")
"""Where servers lie that are on nobody's PATH."""

Command = Sequence[str | Path]
Initialise = Callable[[Command, Path], "subprocess.CompletedProcess[str]"]
"""Makes the system tables, given a server's command and a file of SQL that makes the accounts."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A server that could be started: its program, and the tree it belongs to."""

    program: Path
    root: Path
    version: str
    origin: str
    is_own: bool
    """Whether the lab installed it, so that it looks for its files in the wrong place."""


def available() -> list[tuple[str, str]]:
    return [(binaries.version, binaries.origin) for binaries in find_binaries()]


def is_bundled(spec: Spec) -> bool:
    return False


def find_binaries() -> tuple[Binaries, ...]:
    """Every MySQL here that could be started, newest first."""
    return newest_first(found for found in candidates("mysql", "mysqld") if not _is_mariadb(found.program))


def candidates(engine: str, program: str) -> Iterator[Binaries]:
    """Servers by the name of their program: those the lab installed, then this machine's."""
    for version, folder in installed(engine):
        if not (folder / "bin" / program).exists():
            continue
        yield Binaries(folder / "bin" / program, folder / "usr", version, INSTALLED, True)
    if path := shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), *_PLACES))):
        real = Path(path).resolve()
        if match := re.search(r"Ver (\d+\.\d+\.\d+)", version_text(real)):
            yield Binaries(real, real.parent.parent, match[1], path, False)


def newest_first(found: Iterator[Binaries]) -> tuple[Binaries, ...]:
    return tuple(sorted(found, key=lambda one: tuple(map(int, one.version.split("."))), reverse=True))


@cache
def version_text(program: Path) -> str:
    try:
        return run_once([program, "--no-defaults", "--version"]).stdout
    except OSError:
        return ""


def _is_mariadb(program: Path) -> bool:
    """MariaDB's package installs it under MySQL's name too."""
    return "MariaDB" in version_text(program)


def choose(spec: Spec, found: Sequence[Binaries], title: str) -> Binaries:
    """The newest that answers the spec. Raises LabError when none does."""
    for binaries in found:
        if spec.is_answered_by(binaries.version):
            return binaries
    raise missing_server(spec, title, [(binaries.version, binaries.origin) for binaries in found])


@contextmanager
def local(spec: Spec) -> Iterator[Server]:
    """A server on 127.0.0.1 with a random port and password, its data in a folder that goes when it stops."""
    with serving(spec, "MySQL", choose(spec, find_binaries(), "MySQL"), _initialise) as server:
        yield server


def _initialise(command: Command, accounts: Path) -> subprocess.CompletedProcess[str]:
    return run_once([*command, "--mysqlx=OFF", "--initialize-insecure", f"--init-file={accounts}"])


@contextmanager
def serving(spec: Spec, title: str, binaries: Binaries, initialise: Initialise) -> Iterator[Server]:
    """A server of either product, set up and started."""
    title = f"{title} {binaries.version}"
    with leased_folder(spec.engine) as folder:
        data, password = folder / "data", secrets.token_urlsafe(24)
        for place in (data, folder / "tmp"):
            place.mkdir(mode=0o700)
        command = _command(binaries, folder)
        _set_up(folder, title, command, password, initialise)
        process, port = launch(lambda port: [*command, "--loose-mysqlx=OFF", f"--port={port}"], folder, title)
        try:
            options = urlencode({"ssl-mode": "DISABLED", "data": data})
            address = f"{spec.engine}://{USER}:{password}@127.0.0.1:{port}/?{options}"
            engine = load_engine(spec.engine)
            await_ready(lambda: engine.server_version(address), LabError, title, lambda: process.poll() is None)
            yield Server(spec.engine, str(spec), binaries.version, binaries.origin, address)
        finally:
            stop(process, signal.SIGKILL)


def _command(binaries: Binaries, folder: Path) -> list[str | Path]:
    """The server's command line, short of its port. Names without a path lie in the data folder."""
    settings = {
        **MYSQL,
        "datadir": folder / "data",
        "tmpdir": folder / "tmp",
        "socket": "server.sock",
        "pid-file": "server.pid",
        "bind-address": "127.0.0.1",
        "secure-file-priv": "",
        **(_places(binaries) if binaries.is_own else {}),
        **({"user": "root"} if os.geteuid() == 0 else {}),
    }
    return [binaries.program, "--no-defaults", *(f"--{name}={value}" for name, value in settings.items())]


def _places(binaries: Binaries) -> dict[str, Path]:
    """Where the files lie that a server of another root was built to find elsewhere."""
    share = next(path for path in share_folders(binaries) if (path / "charsets").is_dir())
    plugins = next(iter(sorted(binaries.root.glob("lib/m*/plugin"))), binaries.root)
    return {
        "basedir": binaries.root,
        "lc-messages-dir": share,
        "character-sets-dir": share / "charsets",
        "plugin-dir": plugins,
    }


def share_folders(binaries: Binaries) -> list[Path]:
    """Where a server's own files of text and SQL may lie."""
    return [binaries.root / name for name in ("share/mysql", "share/mariadb", "share")]


def _set_up(folder: Path, title: str, command: Command, password: str, initialise: Initialise) -> None:
    accounts = folder / "accounts.sql"
    accounts.touch(mode=0o600)
    accounts.write_text(
        f"CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
        f"GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'127.0.0.1' WITH GRANT OPTION;\n"
        "DROP USER IF EXISTS 'root'@'localhost';\n"
    )
    answer = initialise(command, accounts)
    accounts.unlink()
    if answer.returncode:
        reason = _reason(answer.stderr or answer.stdout)
        raise LabError(f"cannot set up {title} in {folder}: {reason}", space_hint(reason))


def _reason(log: str) -> str:
    """The first error of a server's log, without its moment and number."""
    lines = log.strip().splitlines() or ["it gave no reason"]
    line = next((line for line in lines if "[ERROR]" in line), lines[-1])
    return re.sub(r"^.*\[ERROR\](?: \[[^\]]*\])*\s*", "", line)
