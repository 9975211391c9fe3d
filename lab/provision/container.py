"""A private server in a container, from an official image, through any Docker-compatible socket."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import cast

import docker.errors
import psutil
import requests.exceptions
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from lab.engines import load_engine
from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision.docker_socket import Docker, remove_container, require_docker
from lab.provision.images import IMAGES, Image
from lab.provision.leases import leased_folder, record_container
from lab.provision.process import await_ready
from lab.provision.remedy import ways_to_get
from lab.provision.spec import Spec
from lab.provision.wire import ask_version

_START_SECONDS = 180.0
_LABEL = "schema-performance-lab"
_SHARED_MEMORY = "1g"
"""PostgreSQL's parallel VACUUM keeps dead rows there; Docker's 64 MB would not do."""


@contextmanager
def container(spec: Spec) -> Iterator[Server]:
    """A server published on 127.0.0.1 alone, with a random port and password, removed with its data at the end.

    Raises LabError when no socket answers, the image cannot be had, or the server does not start.
    """
    image, name = _image(spec)
    finish = _finisher(spec.engine)
    hint = "; or ".join(["start Docker or Podman, and set DOCKER_HOST where it is not found", *_elsewhere(spec)])
    found = require_docker(str(spec), hint)
    password = secrets.token_hex(24)
    with leased_folder("container") as folder:
        own_name = f"{_LABEL}-{secrets.token_hex(6)}"
        # Named in the lease before it exists, so that a kill at any moment leaves nothing unknown.
        record_container(folder, found.address, own_name)
        try:
            with _explained(found, name, spec):
                box = _describe(image, name, own_name, found.address, password, folder).start()
            with closing(box.get_docker_client().client):
                port = _published_port(box, image)
                address = image.address.format(password=password, port=port)
                version = _await_version(box, spec.engine, address, port, password)
                finish(address, f"127.0.0.1:{image.port}", name)
                yield Server(spec.engine, str(spec), version, _origin(box), address)
        finally:
            remove_container(found.address, own_name)


def _image(spec: Spec) -> tuple[Image, str]:
    """The image for a spec, and its name with the tag."""
    image = IMAGES.get(spec.engine)
    if image is None:
        raise LabError(f"{load_engine(spec.engine).title} runs in no container", f"write {spec.engine}")
    tag = image.tag(spec)
    if tag is None:
        raise LabError(
            f"there is no image for {spec.engine} {spec.version}",
            f"write one of {', '.join(f'{spec.engine}:{tag}@container' for tag in image.tags)}",
        )
    return image, f"{image.repository}:{tag}"


def _finisher(engine: str) -> Callable[[str, str, str], None]:
    """What is left to do once a server answers, given its address, where it finds itself, and its title."""
    if engine != "mongodb":
        return lambda address, member, title: None
    try:
        return cast(Callable[[str, str, str], None], import_module("lab.provision.replica_set").make_replica_set)
    except ModuleNotFoundError as error:
        raise LabError(
            "MongoDB's driver is not installed", "run `pip install 'schema-performance-lab[mongodb]'`"
        ) from error


def _describe(image: Image, name: str, own_name: str, address: str, password: str, folder: Path) -> DockerContainer:
    # The lease does what testcontainers' reaper would, without a second image and the socket inside a container.
    testcontainers_config.ryuk_disabled = True
    environment = {**os.environ, "DOCKER_HOST": address}
    box = DockerContainer(name, docker_client_kw={"environment": environment}, name=own_name)
    box.ports[f"{image.port}/tcp"] = ("127.0.0.1",)  # type: ignore[assignment]  # docker: any port of this address
    box.with_envs(**image.variables(password)).with_command(list(image.command))
    return box.with_kwargs(labels=_labels(folder), shm_size=_SHARED_MEMORY, **_entry(image))


@contextmanager
def _explained(found: Docker, name: str, spec: Spec) -> Iterator[None]:
    """Docker's errors as the lab's."""
    try:
        yield
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        reason = str(getattr(error, "explanation", None) or error).strip()
        if isinstance(error, docker.errors.NotFound) or "pull" in reason or "registry" in reason:
            raise _no_image(name, spec, reason) from error
        raise LabError(f"{found.product} does not start {name}: {reason}", "; or ".join(_elsewhere(spec))) from error


def _entry(image: Image) -> dict[str, list[str]]:
    """The image's own entry script, led by what the lab needs done first."""
    if not image.before:
        return {}
    return {"entrypoint": ["sh", "-c", f'{image.before} && exec docker-entrypoint.sh "$@"', "sh"]}


def _labels(folder: Path) -> dict[str, str]:
    """Whose it is, for whoever finds it."""
    owner = psutil.Process()
    facts = {"pid": owner.pid, "created": owner.create_time(), "lease": folder}
    return {f"{_LABEL}.{key}": str(value) for key, value in facts.items()}


def _no_image(name: str, spec: Spec, reason: str) -> LabError:
    ways = [f"run `docker pull {name}` where there is a network", *_elsewhere(spec)]
    if not spec.place:
        ways.append(f"write {spec}@local for one installed on this machine")
    return LabError(f"the image {name} cannot be had: {reason}", "; or ".join(ways))


def _elsewhere(spec: Spec) -> list[str]:
    """Ways other than a container."""
    return [way for way in ways_to_get(spec) if "@container" not in way]


def _published_port(box: DockerContainer, image: Image) -> int:
    wrapped = box.get_wrapped_container()
    wrapped.reload()
    published = wrapped.ports.get(f"{image.port}/tcp")
    if not published:
        raise LabError(f"the container publishes no port: {_last_words(box)}")
    return int(published[0]["HostPort"])


def _await_version(box: DockerContainer, engine: str, address: str, port: int, password: str) -> str:
    """Raises LabError with the container's last words when it ends, or does not answer in time."""
    answers: list[str] = []
    try:
        await_ready(
            lambda: answers.append(_ask(engine, address, port, password)),
            ConnectionError,
            str(box.image),
            lambda: _is_running(box),
            _START_SECONDS,
        )
    except LabError as error:
        raise LabError(f"{error.message}; its log ends: {_last_words(box)}") from error
    return answers[0]


def _ask(engine: str, address: str, port: int, password: str) -> str:
    if engine != "postgres":
        return ask_version(engine, port, password)
    try:
        return load_engine(engine).server_version(address)
    except LabError as error:
        raise ConnectionError(error.message) from error


def _is_running(box: DockerContainer) -> bool:
    box.reload()
    return box.status == "running"


def _last_words(box: DockerContainer) -> str:
    lines = b"\n".join(box.get_logs()).decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "nothing"


def _origin(box: DockerContainer) -> str:
    """The image by its content too, since a tag moves."""
    image = box.get_wrapped_container().image
    identity = str(image.id).removeprefix("sha256:")[:12] if image else "unknown"
    return f"container {box.image} ({identity})"
