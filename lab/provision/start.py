"""Where a server comes from: a DSN, the lab's own binaries, a container, or binaries installed here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from lab.engines import load_engine
from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.docker_socket import has_docker
from lab.provision.existing import drop_left_behind, existing_server
from lab.provision.images import IMAGES
from lab.provision.install import installed
from lab.provision.leases import sweep
from lab.provision.remedy import missing_server
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
    "mysql": "lab.provision.mysql",
    "mariadb": "lab.provision.mariadb",
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
    if spec.place == "container":
        return _container(spec)
    provider = load_provider(spec.engine)
    if provider.is_bundled(spec) or any(spec.is_answered_by(version) for version, _ in installed(spec.engine)):
        return provider.local(spec)
    if spec.place != "local" and can_contain(spec):
        return _container(spec)
    found = provider.available()
    if not any(spec.is_answered_by(version) for version, _ in found):
        raise missing_server(spec, load_engine(spec.engine).title, found)
    return provider.local(spec)


def can_contain(spec: Spec) -> bool:
    """Whether a server that answers the spec would run in a container here."""
    image = IMAGES.get(spec.engine)
    return bool(image and image.tag(spec)) and find_spec("testcontainers") is not None and has_docker()


def _container(spec: Spec) -> AbstractContextManager[Server]:
    try:
        module = import_module("lab.provision.container")
    except ModuleNotFoundError as error:
        raise LabError(
            f"{spec} needs a Python package that is not installed: {error.name}",
            "run `pip install 'schema-performance-lab[containers]'`",
        ) from error
    return cast(AbstractContextManager[Server], module.container(spec))
