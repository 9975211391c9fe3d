"""A private MySQL server from binaries on this machine: an installed one, or one in the lab's own folder of engines."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.leases import leased_folder
from lab.provision.process import await_ready, launch, run_once, space_hint, stop
from lab.provision.spec import Spec

USER = "lab"
_PLACES = ("/usr/sbin", "/usr/libexec", "/usr/local/mysql/bin", "/opt/homebrew/bin")
"""Where servers lie that are on nobody's PATH."""

SHARED_SETTINGS: Mapping[str, str] = {
    # Durable, as production is: every commit is on disk, every page written twice.
    "innodb-flush-log-at-trx-commit": "1",
    "innodb-doublewrite": "ON",
    "innodb-flush-method": "O_DIRECT",
    "innodb-buffer-pool-size": "512M",
    # One server without replicas: InnoDB's log is all the durability there is to pay for.
    "skip-log-bin": "",
    # Nothing of its own accord in the middle of a measurement; the lab analyses itself.
    "innodb-stats-auto-recalc": "OFF",
    "innodb-buffer-pool-dump-at-shutdown": "OFF",
    "innodb-buffer-pool-load-at-startup": "OFF",
    "event-scheduler": "OFF",
    "max-connections": "50",
    "local-infile": "ON",
    "secure-file-priv": "",
    "character-set-server": "utf8mb4",
    "default-time-zone": "+00:00",
    "skip-name-resolve": "",
    "bind-address": "127.0.0.1",
    "socket": "server.sock",
    "pid-file": "server.pid",
}
SETTINGS: Mapping[str, str] = {
    **SHARED_SETTINGS,
    "collation-server": "utf8mb4_0900_bin",
    "loose-innodb-redo-log-capacity": "512M",
    "mysqlx": "OFF",
    "log-error-verbosity": "1",
}


@dataclass(frozen=True, slots=True)
class Binaries:
    """A server that could be started: its command, and where the tree it belongs to begins."""

    command: tuple[str, ...]
    root: Path
    version: str
    origin: str
    is_own: bool
    """Whether the lab installed it."""


def available() -> list[tuple[str, str]]:
    return [(binaries.version, binaries.origin) for binaries in find_binaries()]


def is_bundled(spec: Spec) -> bool:
    return any(binaries.is_own and answers(binaries, spec) for binaries in find_binaries())


@cache
def find_binaries() -> tuple[Binaries, ...]:
    """Every MySQL here that could be started, newest first."""
    return newest_first(found for found in candidates("mysql", ("mysqld",)) if not _is_mariadb(found))


def _is_mariadb(binaries: Binaries) -> bool:
    return "MariaDB" in _version_text(binaries.command)


def newest_first(found: Iterator[Binaries]) -> tuple[Binaries, ...]:
    unique = {binaries.command: binaries for binaries in found}
    return tuple(sorted(unique.values(), key=lambda binaries: _numbers(binaries.version), reverse=True))


def candidates(engine: str, programs: Sequence[str]) -> Iterator[Binaries]:
    """Servers by the names of their programs: in the lab's folder of engines, then on this machine."""
    for folder in installed(engine):
        for program in (path for name in programs for path in folder.glob(f"usr/sbin/{name}")):
            yield from _inspected(_own_command(folder, program), folder / "usr", str(folder), True)
    for name in programs:
        if path := shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *_PLACES))):
            real = Path(path).resolve()
            yield from _inspected((str(real),), real.parent.parent, path, False)


def installed(engine: str) -> list[Path]:
    """The lab's own copies of an engine, each the root of a tree."""
    home = Path("/var/tmp") if os.geteuid() == 0 else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    engines = Path(os.environ.get("LAB_ENGINES", home / "schema-performance-lab" / "engines"))
    return sorted(engines.glob(f"{engine}-*"))


def _own_command(folder: Path, program: Path) -> tuple[str, ...]:
    """A program of another release of the system runs by the loader and the libraries that came with it."""
    loader = next(folder.glob("usr/lib/*/ld-linux-*.so.*"), None)
    return (str(loader), "--library-path", str(loader.parent), str(program)) if loader else (str(program),)


def _inspected(command: tuple[str, ...], root: Path, origin: str, is_own: bool) -> Iterator[Binaries]:
    if match := re.search(r"Ver (\d+\.\d+\.\d+)", _version_text(command)):
        yield Binaries(command, root, match[1], origin, is_own)


def _version_text(command: Sequence[str]) -> str:
    try:
        return run_once([*command, "--no-defaults", "--version"]).stdout
    except OSError:
        return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def answers(binaries: Binaries, spec: Spec) -> bool:
    return not spec.version or f"{binaries.version}.".startswith(f"{spec.version}.")


def choose(spec: Spec, found: Sequence[Binaries], title: str, remedy: str) -> Binaries:
    """The newest that answers the spec. Raises LabError when none does."""
    for binaries in found:
        if answers(binaries, spec):
            return binaries
    here = ", ".join(binaries.version for binaries in found) or "none"
    raise LabError(
        f"there is no {title} {spec.version or 'server'} here (found: {here})",
        f"write {spec.engine} for the one there is" if found else remedy,
    )


@contextmanager
def local(spec: Spec) -> Iterator[Server]:
    """A server on 127.0.0.1 with a random port and password, its data in a folder that goes when it stops."""
    remedy = "run `lab engines install mysql`, or install a MySQL server"
    binaries = choose(spec, find_binaries(), "MySQL", remedy)
    with serving(spec, "MySQL", binaries, SETTINGS, _initialise) as server:
        yield server


def _initialise(command: Sequence[str | Path], accounts: Path) -> subprocess.CompletedProcess[str]:
    return run_once([*command, "--initialize-insecure", f"--init-file={accounts}"])


Initialise = Callable[[Sequence[str | Path], Path], "subprocess.CompletedProcess[str]"]
"""Makes the system tables with a server's command, and the accounts a file of SQL names."""


@contextmanager
def serving(
    spec: Spec, title: str, binaries: Binaries, settings: Mapping[str, str], initialise: Initialise
) -> Iterator[Server]:
    title = f"{title} {binaries.version}"
    with leased_folder(spec.engine) as folder:
        data, password = folder / "data", secrets.token_urlsafe(24)
        command = _command(binaries, data, settings)
        for place in (data, folder / "tmp"):
            place.mkdir(mode=0o700)
        _set_up(folder, title, command, password, initialise)
        process, port = launch(lambda port: [*command, f"--port={port}"], folder, title)
        try:
            options = urlencode({"ssl-mode": "DISABLED", "data": data})
            address = f"{spec.engine}://{USER}:{password}@127.0.0.1:{port}/?{options}"
            _await_ready(spec.engine, address, title, lambda: process.poll() is None)
            yield Server(spec.engine, str(spec), binaries.version, binaries.origin, address)
        finally:
            stop(process, signal.SIGKILL)


def _command(binaries: Binaries, data: Path, settings: Mapping[str, str]) -> list[str | Path]:
    options = [
        f"--{name}={value}" if value or name == "secure-file-priv" else f"--{name}" for name, value in settings.items()
    ]
    command: list[str | Path] = [
        *binaries.command,
        "--no-defaults",
        f"--datadir={data}",
        f"--tmpdir={data.parent / 'tmp'}",
    ]
    if binaries.is_own:
        share = next((path for path in share_folders(binaries) if (path / "charsets").is_dir()), binaries.root)
        options += [
            f"--basedir={binaries.root}",
            f"--lc-messages-dir={share}",
            f"--character-sets-dir={share / 'charsets'}",
        ]
        options += [f"--plugin-dir={plugins}" for plugins in list(binaries.root.glob("lib/m*/plugin"))[:1]]
    if os.geteuid() == 0:
        options.append("--user=root")
    return [*command, *options]


def share_folders(binaries: Binaries) -> list[Path]:
    """Where a server's own files of text and SQL may lie."""
    return [binaries.root / name for name in ("share/mysql", "share/mariadb", "share")]


def _set_up(folder: Path, title: str, command: Sequence[str | Path], password: str, initialise: Initialise) -> None:
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
        lines = (answer.stderr or answer.stdout).strip().splitlines() or ["it gave no reason"]
        reason = next((line for line in reversed(lines) if "ERROR" in line), lines[-1])
        raise LabError(f"cannot set up {title} in {folder}: {reason}", space_hint(reason))


def _await_ready(engine: str, address: str, title: str, is_running: Callable[[], bool]) -> None:
    from lab.engines import load_engine

    await_ready(lambda: load_engine(engine).server_version(address), LabError, title, is_running)


def install_mysql(folder: Path) -> Path:
    """Puts Debian's newest MySQL, with all it needs, into `folder`/mysql-<version>, and leaves the system as it is.

    Returns where; one that is there already is kept. Raises LabError where there is no Debian to take it from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".mysql-") as draft:
        work = Path(draft)
        apt = _private_apt(work)
        _run_installer([*apt, "update"])
        _run_installer([*apt, "--yes", "--no-install-recommends", "--download-only", "install", "mysql-server-core"])
        root = work / "root"
        root.mkdir()
        for package in sorted((work / "cache" / "archives").glob("*.deb")):
            _run_installer(["dpkg-deb", "--extract", package, root])
        target = folder / f"mysql-{_installed_version(root)}"
        if not target.exists():
            root.chmod(0o755)
            root.rename(target)
    return target


def _installed_version(root: Path) -> str:
    for found in _inspected(_own_command(root, root / "usr/sbin/mysqld"), root / "usr", "", True):
        return found.version
    raise LabError(f"the MySQL that was installed does not start: {root}", "install a MySQL server by hand")


def _private_apt(work: Path) -> list[str | Path]:
    """apt-get with sources, lists, state and cache of its own."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise LabError("MySQL can be installed by the lab on Debian only", "install a MySQL server, or use containers")
    for name in ("lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    (work / "status").touch()
    (work / "sources.list").write_text(_debian_source(Path("/etc/apt")))
    options = {
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::State": work,
        "Dir::State::Lists": work / "lists",
        "Dir::State::Status": work / "status",
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "",
    }
    return ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]


def _debian_source(apt: Path) -> str:
    """The machine's own Debian mirror, with the suite changed to the newest. Raises LabError when it has none."""
    texts = [
        path.read_text() for path in (apt / "sources.list", *sorted(apt.glob("sources.list.d/*"))) if path.is_file()
    ]
    for block in re.split(r"\n\s*\n", "\n\n".join(texts)):
        mirror = re.search(r"(?m)^(?:URIs:|deb(?:\s+\[.*?\])?)\s+(\S+/debian/?)(?:\s|$)", block)
        if mirror:
            key = re.search(r"(?i)signed-by[:=]\s*(/[^\s\]]+)", block)
            return f"deb {f'[signed-by={key[1]}] ' if key else ''}{mirror[1]} sid main\n"
    raise LabError("this machine has no Debian mirror in its apt sources", "install a MySQL server, or use containers")


def _run_installer(command: Sequence[str | Path]) -> None:
    answer = run_once(command)
    if answer.returncode:
        lines = (answer.stderr or answer.stdout).strip().splitlines() or ["it gave no reason"]
        raise LabError(f"{command[0]} failed: {lines[-1]}", space_hint(lines[-1]) or "try again, or use containers")
