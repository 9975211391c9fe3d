"""A private Redis server from binaries on this machine; Valkey's answers to the same."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from lab.engines.engine import Server
from lab.provision.leases import leased_folder
from lab.provision.process import explaining_loss, launch, stop
from lab.provision.programs import choose_program, find_programs
from lab.provision.settings import REDIS
from lab.provision.spec import Spec

_PROGRAM = "redis-server"


def available() -> list[tuple[str, str]]:
    return [(program.version, program.origin) for program in find_programs("redis", _PROGRAM)]


def is_bundled(spec: Spec) -> bool:
    return False


@contextmanager
def local(spec: Spec) -> Iterator[Server]:
    """A server on 127.0.0.1 with a random port and password, its data in a folder that goes when it stops."""
    program = choose_program("Redis", _PROGRAM, spec)
    title = f"Redis {program.version}"
    with leased_folder("redis") as folder:
        data, configuration, password = folder / "data", folder / "redis.conf", secrets.token_urlsafe(24)
        data.mkdir(mode=0o700)
        # In a file, since a command line is there for all to read.
        configuration.touch(mode=0o600)
        configuration.write_text(f"requirepass {password}\n")
        options = ["--bind", "127.0.0.1", "--dir", str(data), "--daemonize", "no"]
        options += [part for key, value in REDIS.items() for part in (f"--{key}", value)]
        process, port = launch(
            lambda port: [program.path, configuration, "--port", str(port), *options],
            folder,
            title,
        )
        try:
            address = f"redis://:{password}@127.0.0.1:{port}"
            with explaining_loss(folder, title):
                yield Server("redis", str(spec), program.version, program.origin, address)
        finally:
            stop(process)
