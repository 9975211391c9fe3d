"""What runs on this machine, what does not, and how to get it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from lab.errors import LabError, did_you_mean
from lab.provision.docker_socket import find_docker
from lab.provision.images import IMAGES
from lab.provision.install import INSTALLED, RECIPES, install, installed, is_emulated
from lab.provision.remedy import ways_to_get
from lab.provision.spec import Spec, read_words
from lab.provision.start import PROVIDERS, load_provider
from lab.provision.trial import try_out

_DRIVERS: Mapping[str, tuple[str, str]] = {
    "mysql": ("pymysql", "mysql"),
    "mariadb": ("pymysql", "mysql"),
    "mongodb": ("pymongo", "mongodb"),
    "redis": ("redis", "redis"),
}
"""The module an engine is spoken to with, and the lab's extra that brings it."""


@dataclass(frozen=True, slots=True)
class Here:
    """A server that would run here; `needs` is what to type first, when its driver is missing."""

    engine: str
    version: str
    origin: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A server the lab knows and that is not here, and the ways to get it."""

    engine: str
    version: str
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Obtained:
    engine: str
    version: str
    origin: str
    folder: Path | None
    is_new: bool


def take_inventory() -> tuple[list[Here], list[Missing]]:
    here = [*_local(), *_in_containers()]
    missing = []
    for engine in _engines():
        mine = [server for server in here if server.engine == engine]
        for version in _versions(engine):
            spec = Spec(engine, version)
            if not any(spec.is_answered_by(server.version) for server in mine):
                missing.append(Missing(engine, version, tuple(_ways(spec))))
    return here, missing


def _engines() -> list[str]:
    return list(dict.fromkeys((*PROVIDERS, *IMAGES, *RECIPES)))


def _versions(engine: str) -> list[str]:
    """Those the lab could install or contain, newest first."""
    tags = IMAGES[engine].tags if engine in IMAGES else ()
    known = {*RECIPES.get(engine, {}), *tags}
    return sorted(known, key=lambda version: [int(part) for part in version.split(".")], reverse=True)


def _ways(spec: Spec) -> Iterator[str]:
    for way in ways_to_get(spec):
        if "@container" in way and find_docker() is not None:
            yield f"run `pip install 'schema-performance-lab[containers]'` and write {spec}@container"
        elif not way.startswith("give"):
            yield way


def _local() -> Iterator[Here]:
    for engine in _engines():
        servers = (
            load_provider(engine).available()
            if engine in PROVIDERS
            else [(version, INSTALLED + ", emulated" * is_emulated(folder)) for version, folder in installed(engine)]
        )
        for version, origin in servers:
            yield Here(engine, version, origin, _needs(engine))


def _in_containers() -> Iterator[Here]:
    docker = find_docker()
    if docker is None or find_spec("testcontainers") is None:
        return
    for engine, image in IMAGES.items():
        for tag in image.tags:
            yield Here(engine, tag, f"container, {docker.product}", _needs(engine))


def _needs(engine: str) -> str:
    module, extra = _DRIVERS.get(engine, ("", ""))
    return f"pip install 'schema-performance-lab[{extra}]'" if module and find_spec(module) is None else ""


def obtain(texts: Sequence[str], tell: Callable[[str], None]) -> list[Obtained]:
    """Installs what runs nowhere here yet. Raises LabError for a mistake in any before the first is fetched."""
    specs = [_read(text) for text in texts]
    return [_obtain(spec, tell) for spec in specs]


def _read(text: str) -> Spec:
    """An engine and a version there is a recipe for."""
    spec = read_words(text.strip())
    if spec.place:
        raise LabError(f"only local servers are installed, not {spec}", f"write {replace(spec, place='')}")
    if spec.engine == "sqlite":
        raise LabError("SQLite comes with Python: there is nothing to install", "write one of " + ", ".join(RECIPES))
    if spec.engine not in RECIPES:
        raise LabError(f"the lab installs no {spec.engine!r}", did_you_mean(spec.engine, RECIPES, "it installs"))
    known = RECIPES[spec.engine]
    if spec.version and spec.version not in known:
        choices = ", ".join(f"{spec.engine}:{version}" for version in known)
        raise LabError(f"the lab installs no {spec.engine} {spec.version}", f"it installs {choices}")
    return spec


def _obtain(spec: Spec, tell: Callable[[str], None]) -> Obtained:
    for server in _local():
        if server.engine == spec.engine and server.origin != INSTALLED and spec.is_answered_by(server.version):
            return Obtained(server.engine, server.version, server.origin, None, False)
    before = installed(spec.engine)
    version, folder = install(spec, try_out, tell)
    return Obtained(spec.engine, version, INSTALLED, folder, (version, folder) not in before)
