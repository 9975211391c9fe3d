"""Servers leave no trace: each has a folder with a lease that names its owner, and orphans are swept away.

A process that dies by SIGKILL cannot clean up. The next start finds leases whose owner is gone, kills what still
runs under them and removes their folders.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from lab.errors import LabError

_LEASE = "lease.json"
_REMOVE_SECONDS = 10.0


def state_folder() -> Path:
    """Where servers keep their data: $LAB_STATE, or the default."""
    given = os.environ.get("LAB_STATE")
    return Path(given) if given else default_state_folder()


def default_state_folder() -> Path:
    """A folder of /var/tmp for root (whose home other users cannot enter), or the user's cache folder. Not /tmp,
    which often lies in memory, where fsync costs nothing."""
    if _is_root():
        persistent = Path("/var/tmp")
        return (persistent if persistent.is_dir() else Path(tempfile.gettempdir())) / "schema-performance-lab"
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "schema-performance-lab"


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextmanager
def leased_folder(engine: str) -> Iterator[Path]:
    """A folder of one's own, removed at the end. Raises LabError when it cannot be made."""
    servers = state_folder() / "servers"
    folder = servers / f"{engine}-{os.getpid()}-{secrets.token_hex(4)}"
    owner = {"pid": os.getpid(), "created": psutil.Process().create_time()}
    # The lease is written before the folder gets its final name, so that a sweep never meets one without.
    draft = servers / f".{folder.name}"
    try:
        draft.mkdir(parents=True)
        draft.chmod(0o711)
        (draft / _LEASE).write_text(json.dumps(owner))
        draft.rename(folder)
    except OSError as error:
        raise LabError(
            f"cannot make a folder for the server's data in {servers}: {error.strerror}",
            "set LAB_STATE to a folder with free space",
        ) from error
    try:
        yield folder
    finally:
        _remove(folder, json.loads((folder / _LEASE).read_text()))


def record_server(folder: Path, process_id: int) -> None:
    """Adds the server's process to the lease, so that a sweep can end it."""
    lease = folder / _LEASE
    owner = json.loads(lease.read_text())
    owner |= {"server_pid": process_id, "server_created": psutil.Process(process_id).create_time()}
    lease.write_text(json.dumps(owner))


def record_databases(folder: Path, engine: str, address: str, prefix: str) -> None:
    """Adds to the lease where databases are made on a server that is not the lab's own; readable by its owner alone."""
    lease = folder / _LEASE
    lease.chmod(0o600)
    owner = json.loads(lease.read_text())
    lease.write_text(json.dumps(owner | {"databases": [engine, address, prefix]}))


def sweep(drop: Callable[[str, str, str], None]) -> list[Path]:
    """Ends servers whose owner is gone and removes their folders; returns those. `drop(engine, address, prefix)` is
    called for databases left on other servers."""
    swept = []
    for lease in (state_folder() / "servers").glob(f"*/{_LEASE}"):
        try:
            owner = json.loads(lease.read_text())
        except (OSError, ValueError):
            continue
        if _is_running(owner["pid"], owner["created"]):
            continue
        if "databases" in owner:
            drop(*owner["databases"])
        _remove(lease.parent, owner)
        swept.append(lease.parent)
    return swept


def _remove(folder: Path, owner: dict[str, Any]) -> None:
    """Ends the server that still runs under a lease, and removes its folder."""
    if "server_pid" in owner and _is_running(owner["server_pid"], owner["server_created"]):
        _kill_tree(owner["server_pid"])
    deadline = time.monotonic() + _REMOVE_SECONDS
    # A worker of the server that is about to end may still make a file in a folder that was just emptied.
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.02)


def _is_running(process_id: int, created: float) -> bool:
    try:
        process = psutil.Process(process_id)
        return abs(process.create_time() - created) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _kill_tree(process_id: int) -> None:
    """A server and its workers: killed together, since a postmaster's children outlive it for a moment."""
    with contextlib.suppress(psutil.NoSuchProcess):
        server = psutil.Process(process_id)
        family = [server, *server.children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)
