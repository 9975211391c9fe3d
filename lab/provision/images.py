"""The container images servers are run from: Docker's official ones, by pinned tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.provision.settings import MONGODB, MYSQL, POSTGRES, REDIS
from lab.provision.spec import Spec

_POSTGRES_USER = "lab"


@dataclass(frozen=True, slots=True)
class Image:
    """An official image: how it is told its password and the lab's settings, and where it is then reached."""

    repository: str
    tags: tuple[str, ...]
    """Its versions, the default one first."""
    port: int
    environment: Callable[[str], Mapping[str, str]]
    """What the image's entry script reads, given a password."""
    command: Callable[[str], list[str]]
    """The server's command line, given a password."""
    address: str
    """With places for `password` and `port`."""

    def tag(self, spec: Spec) -> str | None:
        """The tag for the version a spec asks for, which may be finer than those listed: 16.4."""
        if not spec.version:
            return self.tags[0]
        return spec.version if any(f"{spec.version}.".startswith(f"{tag}.") for tag in self.tags) else None


def _postgres_command(password: str) -> list[str]:
    return ["postgres", *(part for key, value in POSTGRES.items() for part in ("-c", f"{key}={value}"))]


def _mysql_command(program: str) -> Callable[[str], list[str]]:
    return lambda password: [program, *(f"--{key}={value}" for key, value in MYSQL.items())]


def _mongodb_command(password: str) -> list[str]:
    return ["mongod", *(part for key, value in MONGODB.items() for part in (f"--{key}", value))]


def _redis_command(password: str) -> list[str]:
    settings = {**REDIS, "requirepass": password}
    return ["redis-server", *(part for key, value in settings.items() for part in (f"--{key}", value))]


IMAGES: Mapping[str, Image] = {
    "postgres": Image(
        "postgres",
        ("18", "17", "16", "15", "14", "13"),
        5432,
        lambda password: {
            "POSTGRES_USER": _POSTGRES_USER,
            "POSTGRES_PASSWORD": password,
            "POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C --auth-host=scram-sha-256",
        },
        _postgres_command,
        f"host=127.0.0.1 port={{port}} user={_POSTGRES_USER} password={{password}} connect_timeout=10",
    ),
    "mysql": Image(
        "mysql",
        ("8.4", "9", "8.0"),
        3306,
        lambda password: {"MYSQL_ROOT_PASSWORD": password},
        _mysql_command("mysqld"),
        "mysql://root:{password}@127.0.0.1:{port}",
    ),
    "mariadb": Image(
        "mariadb",
        ("11.8", "10.11"),
        3306,
        lambda password: {"MARIADB_ROOT_PASSWORD": password},
        _mysql_command("mariadbd"),
        "mariadb://root:{password}@127.0.0.1:{port}",
    ),
    "mongodb": Image(
        "mongo",
        ("7", "6", "5"),
        27017,
        lambda password: {"MONGO_INITDB_ROOT_USERNAME": "lab", "MONGO_INITDB_ROOT_PASSWORD": password},
        _mongodb_command,
        "mongodb://lab:{password}@127.0.0.1:{port}/?authSource=admin&directConnection=true",
    ),
    "redis": Image(
        "redis",
        ("8", "7"),
        6379,
        lambda password: {},
        _redis_command,
        "redis://:{password}@127.0.0.1:{port}/0",
    ),
}
