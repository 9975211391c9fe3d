"""Where a server comes from: a DSN, the lab's own binaries, a container, or binaries installed here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Protocol, cast

from lab.engines.engine import Server
from lab.provision.existing import drop_left_behind, existing_server
from lab.provision.leases import sweep
from lab.provision.spec import Spec


class Provider(Protocol):
    """How one engine's server is had on this machine; a module each."""

    def available(self) -> list[tuple[str, str]]:
        """(version, origin) of every server that would run here, newest first."""

    def is_bundled(self, spec: Spec) -> bool:
        """Whether the lab brings a server that answers the spec with it, so that no container is needed."""

    def local(self, spec: Spec) -> AbstractContextManager[Server]:
        """Starts a private server from binaries here. Raises LabError with what to type when there are none."""


PROVIDERS = {
    "sqlite": "lab.provision.sqlite",
    "postgres": "lab.provision.postgres",
    "mongodb": "lab.provision.mongodb",
    "redis": "lab.provision.redis",
}


def load_provider(engine: str) -> Provider:
    return cast(Provider, import_module(PROVIDERS[engine]))


@contextmanager
def start(spec: Spec) -> Iterator[Server]:
    """Starts a server, and stops and removes it however the block is left.

    What a killed run has left behind is removed first. Raises LabError when the server cannot be had.
    """
    sweep(drop_left_behind)
    with _provided(spec) as server:
        yield server


def _provided(spec: Spec) -> AbstractContextManager[Server]:
    if spec.dsn:
        return existing_server(spec)
    return load_provider(spec.engine).local(spec)
