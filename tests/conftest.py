"""Servers shared by the whole suite: started once, stopped at the end."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lab.engines import load_engine
from lab.engines.engine import Engine, Server
from lab.errors import LabError
from lab.provision import parse_spec, start
from lab.provision.existing import drop_left_behind
from lab.provision.leases import state_folder, sweep
from lab.provision.start import PROVIDERS, load_provider

ROOT = Path(__file__).parent.parent
ENGINES = (
    "sqlite",
    "postgres",
    "postgres:13",
    "mysql",
    "mariadb",
    "mariadb:10.11",
    "mongodb",
    "mongodb:5",
    "mongodb:7",
    "redis",
    "redis:7",
)
"""Each named as in a spec; the oldest that there are recipes for beside the newest."""
POSTGRES_VERSIONS = ("13", "14", "15", "16", "17", "18")


def pytest_configure() -> None:
    """A suite that is told to end stops its servers first. Suites that tests run are none of xdist's workers."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
        del os.environ[name]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Workers that did not end in time were killed, as by Ctrl-C in the middle of a long test: what they started is
    stopped here, where no worker is left."""
    if not hasattr(config, "workerinput"):
        _sweep_suites_killed()


def pytest_report_header() -> list[str]:
    return [
        f"{engine}: {version} ({origin})"
        for engine in PROVIDERS
        for version, origin in load_provider(engine).available()
    ]


def skip_or_fail(reason: str, remedy: str) -> None:
    """What a machine lacks is a skip for a person, and a failure in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}: {remedy}")
    pytest.skip(f"{reason}: {remedy}")


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The suite's own place for servers, so that it never sweeps, or is swept by, another run."""
    _sweep_suites_killed()
    folder = state_folder() / f"tests-{os.getpid()}"
    os.environ["LAB_STATE"] = str(folder)
    folder.mkdir(parents=True)
    folder.chmod(0o711)
    yield folder
    del os.environ["LAB_STATE"]
    shutil.rmtree(folder)


def _sweep_suites_killed() -> None:
    """What suites that could not clean up have left running: nobody else looks into their folders."""
    for folder in state_folder().glob("tests-[0-9]*"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LAB_STATE", str(folder))
            sweep(drop_left_behind)
        if not psutil.pid_exists(int(folder.name.removeprefix("tests-"))):
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def sqlite_server(state: Path) -> Iterator[Server]:
    with start(parse_spec("sqlite")) as server:
        yield server


def _started(spec: str) -> Iterator[Server]:
    try:
        with start(parse_spec(spec)) as server:
            yield server
    except LabError as error:
        skip_or_fail(error.message, error.hint)


@pytest.fixture(scope="session")
def postgres_server(state: Path) -> Iterator[Server]:
    yield from _started("postgres")


@pytest.fixture(scope="session")
def postgres_13_server(state: Path) -> Iterator[Server]:
    yield from _started("postgres:13@local")


@pytest.fixture(scope="session")
def mysql_server(state: Path) -> Iterator[Server]:
    yield from _started("mysql@local")


@pytest.fixture(scope="session")
def mariadb_server(state: Path) -> Iterator[Server]:
    yield from _started("mariadb@local")


@pytest.fixture(scope="session")
def mariadb_10_11_server(state: Path) -> Iterator[Server]:
    yield from _started("mariadb:10.11@local")


@pytest.fixture(scope="session", params=POSTGRES_VERSIONS)
def postgres_versions(state: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of each PostgreSQL version the lab knows."""
    yield from _started(f"postgres:{request.param}@local")


@pytest.fixture(scope="session")
def mongodb_server(state: Path) -> Iterator[Server]:
    yield from _started("mongodb@local")


@pytest.fixture(scope="session")
def mongodb_5_server(state: Path) -> Iterator[Server]:
    yield from _started("mongodb:5@local")


@pytest.fixture(scope="session")
def mongodb_7_server(state: Path) -> Iterator[Server]:
    yield from _started("mongodb:7@local")


@pytest.fixture(scope="session")
def redis_server(state: Path) -> Iterator[Server]:
    yield from _started("redis@local")


@pytest.fixture(scope="session")
def redis_7_server(state: Path) -> Iterator[Server]:
    yield from _started("redis:7@local")


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest) -> Server:
    """Each engine's server in turn."""
    found: Server = request.getfixturevalue(f"{re.sub(r'[:.]', '_', request.param)}_server")
    return found


@pytest.fixture
def engine(server: Server) -> Engine:
    return load_engine(server.engine)
