"""Running a server program as a child of the lab: as whom, on which port, until when."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from lab.engines.engine import DiskFull, ServerLost
from lab.errors import LabError
from lab.provision.leases import record_server, state_folder

START_SECONDS = 60.0
_ATTEMPTS = 5
_FULL_BYTES = 1_000_000

Account = pwd.struct_passwd | None
"""The user a server runs as; None for oneself."""
Command = Callable[[int], Sequence[str | Path]]
"""The server's command line, given its port."""


def server_account() -> Account:
    """Whom servers run as that refuse to run as root; None for oneself."""
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


def identity(account: Account) -> dict[str, Any]:
    """How subprocess becomes that user."""
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()} if account else {}


def give(path: Path, account: Account) -> None:
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)


def run_once(
    command: Sequence[str | Path], account: Account = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **identity(account), **options)


def launch(
    command: Command,
    folder: Path,
    title: str,
    account: Account = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[subprocess.Popen[bytes], int]:
    """Starts a server on a free port of 127.0.0.1, its process noted in the folder's lease; returns the port too.

    Tries several: another process may take a port in between. Raises LabError with the last line of its log.
    """
    log = folder / "server.log"
    for _ in range(_ATTEMPTS):
        port = _free_port()
        with log.open("ab") as output:
            process = subprocess.Popen(
                command(port),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={**os.environ, **environment} if environment else None,
                start_new_session=True,  # a Ctrl-C at the terminal is for the lab, which then stops the server
                **identity(account),
            )
        record_server(folder, process.pid)
        if _keeps_port(process, port):
            return process, port
        process.wait()
    reason = _last_words(log)
    raise LabError(f"{title} does not start: {reason or 'it gave no reason'}", space_hint(reason))


def space_hint(reason: str, variable: str = "LAB_STATE") -> str:
    return f"free some space, or set {variable} to a folder with more" if "space" in reason else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _keeps_port(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _listens(process.pid, port):
            return True
        time.sleep(0.02)
    if process.poll() is None:
        stop(process)
    return False


def _listens(process_id: int, port: int) -> bool:
    """Whether it is this server that listens there: somebody else may have taken the port.

    A process younger than the server counts as its own, and so does the one in which wine keeps the sockets of all its
    programs.
    """
    try:
        started = psutil.Process(process_id).create_time()
        owners = {
            socket_.pid
            for socket_ in psutil.net_connections("tcp")
            if socket_.status == psutil.CONN_LISTEN and socket_.pid and socket_.laddr and socket_.laddr.port == port
        }
        found = [psutil.Process(owner) for owner in owners]
        return any(owner.create_time() >= started or owner.name().startswith("wineserver") for owner in found)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # macOS tells only root whose a socket is
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0


def await_ready(
    connect: Callable[[], object],
    errors: type[Exception] | tuple[type[Exception], ...],
    title: str,
    is_running: Callable[[], bool],
    seconds: float = START_SECONDS,
) -> None:
    """Calls `connect` until it succeeds. Raises LabError when the server dies or takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            connect()
            return
        except errors as error:
            if not is_running() or time.monotonic() > deadline:
                raise LabError(f"{title} started but takes no connection: {error}") from error
            time.sleep(0.05)


@contextmanager
def explaining_loss(folder: Path, title: str) -> Iterator[None]:
    """A lost server's own last words: what it wrote to its log, and whether it was the disk that was full."""
    try:
        yield
    except ServerLost as error:
        words = _last_words(folder / "server.log")
        if "No space left" in words or shutil.disk_usage(folder).free < _FULL_BYTES:
            raise DiskFull(f"the disk {title} writes to is full", "free some space, or lower --scale") from error
        raise ServerLost(f"{error.message}{f'; its log ends: {words}' if words else ''}", error.hint) from error


def _last_words(log: Path) -> str:
    """The last line a server wrote that says why it ended, or its last line."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    reasons = [line for line in lines if re.search(r"error|panic|fatal|No space left", line, re.IGNORECASE)]
    return (reasons or lines or [""])[-1]


def stop(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGQUIT) -> None:
    """Ends a server and its workers. Its data are about to be removed, so nothing needs to be flushed."""
    if process.poll() is not None:
        return
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in psutil.wait_procs(family, timeout=5)[1]:
        child.kill()


def readable_copy(root: Path, target_name: str, extra: Sequence[Path] = ()) -> Path:
    """A copy of an installed program where every user can read it, made once; returns where `root` went."""
    target = state_folder() / "binaries" / target_name
    if not target.exists():
        draft = target.with_name(f".{target.name}-{os.getpid()}")
        shutil.copytree(root, draft / root.parent.name / root.name, symlinks=True)
        for folder in extra:
            if folder.exists():
                shutil.copytree(folder, draft / folder.name, symlinks=True)
        draft.chmod(0o755)
        try:
            draft.rename(target)
        except OSError:  # another run was quicker
            shutil.rmtree(draft)
    return target / root.parent.name / root.name
