"""Servers shared by the whole suite: started once, stopped at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.engines import load_engine
from lab.engines.engine import Engine, Server
from lab.errors import LabError
from lab.provision import parse_spec, start
from lab.provision.leases import state_folder
from lab.provision.start import PROVIDERS, load_provider

ROOT = Path(__file__).parent.parent
ENGINES = ("sqlite", "postgres", "mongodb", "mongodb:5", "redis", "redis:7")
"""Each named as in a spec; the oldest that there are recipes for beside the newest."""


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
    folder = state_folder() / f"tests-{os.getpid()}"
    os.environ["LAB_STATE"] = str(folder)
    folder.mkdir(parents=True)
    folder.chmod(0o711)
    yield folder
    del os.environ["LAB_STATE"]
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def sqlite_server(state: Path) -> Iterator[Server]:
    with start(parse_spec("sqlite")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server(state: Path) -> Iterator[Server]:
    try:
        with start(parse_spec("postgres")) as server:
            yield server
    except LabError as error:
        skip_or_fail(error.message, error.hint)


@pytest.fixture(scope="session")
def mongodb_server(state: Path) -> Iterator[Server]:
    yield from _started("mongodb")


@pytest.fixture(scope="session")
def mongodb_5_server(state: Path) -> Iterator[Server]:
    yield from _started("mongodb:5")


@pytest.fixture(scope="session")
def redis_server(state: Path) -> Iterator[Server]:
    yield from _started("redis")


@pytest.fixture(scope="session")
def redis_7_server(state: Path) -> Iterator[Server]:
    yield from _started("redis:7")


def _started(spec: str) -> Iterator[Server]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start(parse_spec(spec)))
        except LabError as error:
            skip_or_fail(error.message, error.hint)
        else:
            yield server


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest) -> Server:
    """Each engine's server in turn."""
    found: Server = request.getfixturevalue(f"{request.param.replace(':', '_')}_server")
    return found


@pytest.fixture
def engine(server: Server) -> Engine:
    return load_engine(server.engine)
