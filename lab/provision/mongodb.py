"""A private MongoDB server from binaries on this machine: a replica set of one, so that it has transactions and change
streams."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.engines.engine import Server
from lab.provision.leases import leased_folder
from lab.provision.process import await_ready, explaining_loss, launch, stop
from lab.provision.programs import choose_program, find_programs
from lab.provision.spec import Spec

if TYPE_CHECKING:
    from pymongo import MongoClient

SETTINGS: Mapping[str, str] = {
    # WiredTiger's journal is on, and written before a write is acknowledged: the lab asks for `j: true`.
    "wiredTigerCacheSizeGB": "0.5",
    "setParameter": "diagnosticDataCollectionEnabled=false",
}

_PROGRAMS = ("mongod",)
_SET = "lab"
_USER = "lab"


def available() -> list[tuple[str, str]]:
    return [(program.version, program.origin) for program in find_programs("mongodb", _PROGRAMS)]


def is_bundled(spec: Spec) -> bool:
    return False


@contextmanager
def local(spec: Spec) -> Iterator[Server]:
    """A server on 127.0.0.1 with a random port and password, its data in a folder that goes when it stops."""
    program = choose_program("mongodb", "MongoDB", _PROGRAMS, spec)
    title = f"MongoDB {program.version}"
    with leased_folder("mongodb") as folder:
        options = [*_folders(folder), "--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", _SET]
        options += [part for key, value in SETTINGS.items() for part in (f"--{key}", value)]
        process, port = launch(lambda port: [program.path, "--port", str(port), *options], folder, title)
        try:
            password = secrets.token_urlsafe(24)
            _initialise(port, password, title, lambda: process.poll() is None)
            address = f"mongodb://{_USER}:{password}@127.0.0.1:{port}/?authSource=admin&directConnection=true"
            with explaining_loss(folder, title):
                yield Server("mongodb", str(spec), program.version, program.origin, address)
        finally:
            stop(process)


def _folders(folder: Path) -> list[str]:
    """The data's folder, and the key members of a replica set know each other by: none without, once there are
    passwords."""
    data, key = folder / "data", folder / "key"
    data.mkdir(mode=0o700)
    key.write_text(secrets.token_hex(64))
    key.chmod(0o600)
    return ["--dbpath", str(data), "--keyFile", str(key)]


def _initialise(port: int, password: str, title: str, is_running: Any) -> None:
    """Makes it a replica set of one, and its user: the first may be made from this machine without a password."""
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", port, directConnection=True)
    with client:
        members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
        await_ready(
            lambda: client.admin.command("replSetInitiate", {"_id": _SET, "members": members}),
            PyMongoError,
            title,
            is_running,
        )
        await_ready(lambda: _require_primary(client), PyMongoError, title, is_running)
        client.admin.command("createUser", _USER, pwd=password, roles=["root"])


def _require_primary(client: MongoClient[dict[str, Any]]) -> None:
    from pymongo.errors import NotPrimaryError

    if not client.admin.command("hello")["isWritablePrimary"]:
        raise NotPrimaryError("it has not made itself the primary of its replica set")
