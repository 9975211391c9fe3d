"""The container images servers are run from: Docker's official ones, by pinned tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.provision.settings import MONGODB, MYSQL, POSTGRES, REDIS
from lab.provision.spec import Spec


@dataclass(frozen=True, slots=True)
class Image:
    """An official image: how it is told its password and the lab's settings, and where it is then reached."""

    repository: str
    tags: tuple[str, ...]
    """Its versions, the default one first."""
    port: int
    environment: tuple[tuple[str, str], ...]
    """What its entry script reads, with a place for `password`."""
    command: tuple[str, ...]
    """The server's command line."""
    address: str
    """With places for `password` and `port`."""
    before: str = ""
    """Shell commands run as root before its entry script, for what that cannot be told by its environment."""

    def variables(self, password: str) -> dict[str, str]:
        return {key: value.format(password=password) for key, value in self.environment}

    def tag(self, spec: Spec) -> str | None:
        """The tag for the version a spec asks for, which may be finer than those listed: 16.4."""
        if not spec.version:
            return self.tags[0]
        return spec.version if any(f"{spec.version}.".startswith(f"{tag}.") for tag in self.tags) else None


def _options(settings: Mapping[str, str], form: str) -> tuple[str, ...]:
    """Settings as words of a command line; `form` has a word for the name, and one for the value or none."""
    return tuple(word.format(key, value) for key, value in settings.items() for word in form.split(" "))


IMAGES: Mapping[str, Image] = {
    "postgres": Image(
        "postgres",
        ("18", "17", "16", "15", "14", "13"),
        5432,
        (
            ("POSTGRES_USER", "lab"),
            ("POSTGRES_PASSWORD", "{password}"),
            ("POSTGRES_INITDB_ARGS", "--encoding=UTF8 --locale=C --auth-host=scram-sha-256"),
        ),
        ("postgres", *_options(POSTGRES, "-c {0}={1}")),
        "host=127.0.0.1 port={port} user=lab password={password} connect_timeout=10",
    ),
    "mysql": Image(
        "mysql",
        ("8.4", "9", "8.0"),
        3306,
        (("MYSQL_ROOT_PASSWORD", "{password}"), ("MYSQL_INITDB_SKIP_TZINFO", "1")),
        ("mysqld", *_options(MYSQL, "--{0}={1}")),
        "mysql://root:{password}@127.0.0.1:{port}/?ssl-mode=DISABLED",
    ),
    "mariadb": Image(
        "mariadb",
        ("11.8", "10.11"),
        3306,
        (("MARIADB_ROOT_PASSWORD", "{password}"), ("MARIADB_INITDB_SKIP_TZINFO", "1")),
        ("mariadbd", *_options(MYSQL, "--{0}={1}")),
        "mariadb://root:{password}@127.0.0.1:{port}/?ssl-mode=DISABLED",
    ),
    "mongodb": Image(
        "mongo",
        ("7", "6", "5"),
        27017,
        (("MONGO_INITDB_ROOT_USERNAME", "lab"), ("MONGO_INITDB_ROOT_PASSWORD", "{password}")),
        ("mongod", "--replSet", "lab", "--keyFile", "/tmp/key", *_options(MONGODB, "--{0}={1}")),
        "mongodb://lab:{password}@127.0.0.1:{port}/?authSource=admin&directConnection=true",
        # Members of a replica set know each other by a key, even when there is but one.
        'umask 077 && echo "$MONGO_INITDB_ROOT_PASSWORD" > /tmp/key && chown mongodb /tmp/key && umask 022',
    ),
    "redis": Image(
        "redis",
        ("8", "7"),
        6379,
        (("REDIS_PASSWORD", "{password}"),),
        ("redis-server", "/tmp/redis.conf", *_options(REDIS, "--{0} {1}")),
        "redis://:{password}@127.0.0.1:{port}",
        'umask 077 && echo "requirepass $REDIS_PASSWORD" > /tmp/redis.conf && chown redis /tmp/redis.conf && umask 022',
    ),
}
