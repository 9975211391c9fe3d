"""A private MongoDB server from binaries on this machine: a replica set of one, so that it has transactions and change
streams."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.engines.engine import Server
from lab.provision.leases import leased_folder
from lab.provision.process import explaining_loss, launch, stop
from lab.provision.programs import choose_program, find_programs
from lab.provision.settings import MONGODB
from lab.provision.spec import Spec

_PROGRAM = "mongod"
_USER = "lab"


def available() -> list[tuple[str, str]]:
    return [(program.version, program.origin) for program in find_programs("mongodb", _PROGRAM)]


def is_bundled(spec: Spec) -> bool:
    return False


@contextmanager
def local(spec: Spec) -> Iterator[Server]:
    """A server on 127.0.0.1 with a random port and password, its data in a folder that goes when it stops."""
    # Here, and not above: whoever only asks what is available may lack the driver.
    from lab.provision.replica_set import NAME

    program = choose_program("MongoDB", _PROGRAM, spec)
    title = f"MongoDB {program.version}"
    with leased_folder("mongodb") as folder:
        options = [*_folders(folder), "--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", NAME]
        options += [f"--{key}={value}" for key, value in MONGODB.items()]
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


def _initialise(port: int, password: str, title: str, is_running: Callable[[], bool]) -> None:
    """Makes it a replica set of one, and its user: the first may be made from this machine without a password."""
    from pymongo import MongoClient

    from lab.provision.replica_set import make_replica_set

    address = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    make_replica_set(address, f"127.0.0.1:{port}", title, is_running)
    client: MongoClient[dict[str, Any]] = MongoClient(address)
    with client:
        client.admin.command("createUser", _USER, pwd=password, roles=["root"])
