"""What to type to get a server that is not here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lab.errors import LabError
from lab.provision.images import IMAGES
from lab.provision.install import can_install, recipe_version
from lab.provision.spec import Spec

ADDRESSES: Mapping[str, str] = {
    "postgres": "postgresql://user:password@host:5432/postgres",
    "mysql": "mysql://user:password@host:3306",
    "mariadb": "mariadb://user:password@host:3306",
    "mongodb": "mongodb://user:password@host:27017",
    "redis": "redis://:password@host:6379",
}
"""How a server that runs already is named."""


def ways_to_get(spec: Spec) -> list[str]:
    """Every way to a server the spec asks for: installing it, a container, one that runs already."""
    ways = []
    if can_install(spec):
        ways.append(f"run `lab engines install {spec.engine}:{recipe_version(spec)}`")
    image = IMAGES.get(spec.engine)
    if image and (tag := image.tag(spec)):
        ways.append(f"start Docker or Podman and write {spec.engine}:{tag}@container")
    if spec.engine in ADDRESSES:
        ways.append(f"give the address of one that runs: {ADDRESSES[spec.engine]}")
    return ways


def missing_server(spec: Spec, title: str, found: Sequence[tuple[str, str]]) -> LabError:
    """The error for a server there is not, given the (version, origin) of those there are."""
    here = ", ".join(dict.fromkeys(version for version, _ in found)) or "none"
    ways = [f"write {spec.engine} for the one there is"] if found else []
    return LabError(
        f"there is no {title} {spec.version or 'server'} here (found: {here})",
        "; or ".join(ways + ways_to_get(spec)),
    )
