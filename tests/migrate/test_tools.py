"""The files run by the programs they are written for: dbmate, Alembic, Prisma; and named as Flyway reads them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from conftest import skip_or_fail
from pair_files import Pair, insert, read_pair

from lab.engines import load_engine
from lab.engines.engine import Database, Server, Text
from lab.migrate import folder
from lab.migrate.compare import catalog, difference
from lab.migrate.formats import write_as
from lab.migrate.planners import plan
from lab.migrating.sources import address_of

DATABASE = "lab_tools"
TOOLS = Path(__file__).parent / "tools"
HISTORIES = ("schema_migrations", "alembic_version", "_prisma_migrations")
DATASOURCE = """
datasource db {
  provider = "postgresql"
  url = env("DATABASE_URL")
}
"""
PRISMA_HISTORY = """
CREATE TABLE _prisma_migrations (
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
  migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0)"""
"""The table by which Prisma knows a database it looks after, as it makes it itself."""
ENVIRONMENT = """
from alembic import context
from sqlalchemy import create_engine

engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
"""


@pytest.fixture
def pair() -> Pair:
    return read_pair("column_renamed")


@contextmanager
def filled(server: Server, pair: Pair) -> Iterator[tuple[Database, Mapping[str, str], Mapping[str, str]]]:
    """The old database with its rows; its catalog, and that of the new one."""
    engine = load_engine(server.engine)
    found = []
    for schema in (pair.diff.new, pair.diff.source):
        engine.drop_database(server, DATABASE)
        engine.create_database(server, DATABASE)
        with closing(engine.connect(server, DATABASE)) as database:
            ddl = engine.create_sql(schema)
            database.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
            found.append(catalog(database))
    with closing(engine.connect(server, DATABASE)) as database:
        insert(database, pair.rows, server.engine)
        yield database, found[1], found[0]
    engine.drop_database(server, DATABASE)


def now(database: Database) -> dict[str, str]:
    """The catalog but for the program's own history."""
    return {name: said for name, said in catalog(database).items() if not any(own in name for own in HISTORIES)}


def bare_address(server: Server, scheme: str) -> str:
    """Without what only the lab reads in it."""
    _, _, rest = address_of(server, DATABASE).partition("://")
    return f"{scheme}://{'/' if server.engine == 'sqlite' else ''}{rest.partition('?')[0]}"


def program(name: str) -> str:
    """One of tools/package.json, installed once. In CI a machine without npm fails."""
    if not shutil.which("npm"):
        skip_or_fail("npm is not installed", "install Node.js")
    if not (TOOLS / "node_modules" / ".bin" / name).exists():
        run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"], TOOLS)
    return str(TOOLS / "node_modules" / ".bin" / name)


def run(words: list[str], home: Path, **settings: str) -> str:
    done = subprocess.run(words, cwd=home, capture_output=True, text=True, env={**os.environ, **settings}, timeout=240)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("fixture", ["postgres_server", "mysql_server", "sqlite_server"])
def test_dbmate_takes_the_files_up_and_down(
    fixture: str, pair: Pair, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(fixture)
    steps = plan(pair.diff, server.engine)
    folder.write(steps, tmp_path / "migrations")
    address = bare_address(server, server.engine)
    address += "?sslmode=disable" if server.engine == "postgres" else ""
    dbmate = [program("dbmate"), "--url", address, "--migrations-dir", str(tmp_path / "migrations"), "--no-dump-schema"]
    with filled(server, pair) as (database, before, wanted):
        run([*dbmate, "up"], tmp_path)
        assert difference(now(database), wanted) == ""
        for _ in steps.steps:
            run([*dbmate, "rollback"], tmp_path)
        assert difference(now(database), before) == ""


@pytest.mark.parametrize("fixture", ["postgres_server", "mysql_server", "sqlite_server"])
def test_alembic_upgrades_to_the_head_and_downgrades_to_the_base(
    fixture: str, pair: Pair, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(fixture)
    write_as("alembic", plan(pair.diff, server.engine), tmp_path / "versions")
    (tmp_path / "env.py").write_text(ENVIRONMENT)
    driver = {"postgres": "postgresql+psycopg", "mysql": "mysql+pymysql", "sqlite": "sqlite"}[server.engine]
    settings = Config()
    settings.set_main_option("script_location", str(tmp_path))
    settings.set_main_option("path_separator", "os")
    settings.set_main_option("sqlalchemy.url", bare_address(server, driver).replace("%", "%%"))
    with filled(server, pair) as (database, before, wanted):
        command.upgrade(settings, "head")
        assert difference(now(database), wanted) == ""
        command.downgrade(settings, "base")
        assert difference(now(database), before) == ""


def test_prisma_deploys_the_folder(postgres_server: Server, pair: Pair, tmp_path: Path) -> None:
    prisma = program("prisma")
    steps = plan(pair.diff, "postgres")
    write_as("prisma", steps, tmp_path / "migrations")
    (tmp_path / "node_modules").symlink_to(TOOLS / "node_modules")
    shutil.copy(TOOLS / "prisma.config.ts", tmp_path)
    (tmp_path / "schema.prisma").write_text(DATASOURCE)
    binary = tmp_path / "no-binary"
    binary.touch(0o755)
    settings = {
        "DATABASE_URL": address_of(postgres_server, DATABASE),
        "PRISMA_QUERY_ENGINE_LIBRARY": str(binary),
        "PRISMA_SCHEMA_ENGINE_BINARY": str(binary),
        "CHECKPOINT_DISABLE": "1",
    }
    with filled(postgres_server, pair) as (database, _, wanted):
        database.run([Text(PRISMA_HISTORY)])
        said = _deployed([prisma, "migrate", "deploy"], tmp_path, settings)
        assert "successfully applied" in said, said
        assert difference(now(database), wanted) == ""
        finished = "SELECT count(*) FROM _prisma_migrations WHERE finished_at IS NOT NULL"
        assert database.rows(finished, {}) == [(len(steps.steps),)]


def _deployed(words: list[str], home: Path, settings: Mapping[str, str]) -> str:
    """What it says until it is done: its process lingers for ten seconds more."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        words, cwd=home, stdout=pipe, stderr=subprocess.STDOUT, text=True, env={**os.environ, **settings}
    ) as made:
        assert made.stdout
        said = ""
        for line in made.stdout:
            said += line
            if "successfully applied" in line:
                made.terminate()
    return said


def test_flyway_finds_each_version_once_in_order_with_its_undo(pair: Pair, tmp_path: Path) -> None:
    """By its documentation: prefix, version, two underscores, description; a script's own configuration beside it."""
    steps = plan(pair.diff, "postgres")
    names = [path.name for path in write_as("flyway", steps, tmp_path / "sql")]
    scripts = [match for name in names if (match := re.fullmatch(r"([VU])(\d+)__(\w+)\.sql", name))]
    numbers = list(range(1, len(steps.steps) + 1))
    assert [int(match[2]) for match in scripts if match[1] == "V"] == numbers
    assert [int(match[2]) for match in scripts if match[1] == "U"] == numbers
    settings = {name.removesuffix(".conf") for name in names if name.endswith(".conf")}
    assert len(names) == len(scripts) + len(settings) and settings <= {match[0] for match in scripts}
    alone = [f"V{number}" for number, each in enumerate(steps.steps, 1) if not each.up.is_atomic]
    assert alone == [name.partition("__")[0] for name in names if name in settings and name.startswith("V")]
    assert not any("${" in (tmp_path / "sql" / name).read_text() for name in names)
