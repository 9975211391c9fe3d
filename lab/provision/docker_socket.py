"""The socket of Docker, or of what speaks like it (Podman, Colima): is there one, and away with a container.

Nothing but HTTP over a socket, so that the lab can look for Docker, and clean up, without Docker's Python library.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from lab.errors import LabError

_SECONDS = 2.0
_REMOVAL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Docker:
    """A Docker that answers: `product` as it names itself, and the address of its socket."""

    product: str
    address: str


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def has_docker() -> bool:
    """Whether a Docker-compatible socket on this machine answers."""
    return find_docker() is not None


def find_docker() -> Docker | None:
    """The first that answers; with $DOCKER_HOST, that one or none."""
    for address in _addresses():
        try:
            status, body = _request(address, "GET", "/version")
            if status == 200:
                return Docker(_product(json.loads(body)), address)
        except (OSError, HTTPException, ValueError):
            continue
    return None


def _addresses() -> Iterator[str]:
    if given := os.environ.get("DOCKER_HOST"):
        yield given
        return
    runtime = os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.geteuid()}")
    for path in (
        "/var/run/docker.sock",
        Path.home() / ".docker/run/docker.sock",
        Path.home() / ".colima/default/docker.sock",
        f"{runtime}/docker.sock",
        f"{runtime}/podman/podman.sock",
        "/run/podman/podman.sock",
    ):
        yield f"unix://{path}"


def _product(answer: dict[str, Any]) -> str:
    components = [component.get("Name", "") for component in answer.get("Components") or ()]
    name = "Podman" if any("Podman" in component for component in components) else "Docker"
    return f"{name} {answer.get('Version', '')}".strip()


def _request(address: str, method: str, path: str, seconds: float = _SECONDS) -> tuple[int, bytes]:
    connection = _connection(address, seconds)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _connection(address: str, seconds: float) -> HTTPConnection:
    """Raises ConnectionError for a Docker elsewhere: the lab's servers listen on this machine's loopback only."""
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return _UnixConnection(parts.path, seconds)
    if parts.scheme == "tcp" and parts.hostname in ("127.0.0.1", "localhost", "::1"):
        return HTTPConnection(parts.hostname, parts.port or 2375, timeout=seconds)
    raise ConnectionError(f"{address} is not a Docker on this machine")


def remove_container(address: str, name: str) -> bool:
    """Ends and removes a container with its volumes; False when its Docker does not answer."""
    try:
        status, _ = _request(address, "DELETE", f"/containers/{quote(name)}?force=1&v=1", _REMOVAL_SECONDS)
    except (OSError, HTTPException):
        return False
    return status in (200, 204, 404)


def require_docker(wanted: str, hint: str) -> Docker:
    """Raises LabError when no socket answers."""
    if docker := find_docker():
        return docker
    given = os.environ.get("DOCKER_HOST")
    where = f"at DOCKER_HOST={given}" if given else "on this machine"
    raise LabError(f"no Docker-compatible socket answers {where}, so {wanted} cannot run in a container", hint)
