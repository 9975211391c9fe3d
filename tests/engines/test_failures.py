"""What goes wrong with servers, on every engine that has one: it is told, and nothing measured is lost."""

from __future__ import annotations

import json
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from conftest import ENGINES, skip_or_fail
from test_cli import flat, lab, start_long_run

from lab.engines import load_engine
from lab.engines.engine import Server, ServerLost
from lab.errors import LabError
from lab.provision import parse_spec, process, start

SERVERS = [name for name in ENGINES if name != "sqlite"]
SLOW: dict[str, str] = {
    "postgres": "SELECT pg_sleep(30)",
    "mysql": "SELECT sleep(30)",
    "mariadb": "SELECT sleep(30)",
    "mongodb": '{"find": "x", "filter": {"$where": "sleep(30000) || true"}}',
    "redis": '[["BLPOP", "nothing", 30]]',
}


@pytest.fixture(params=[name for name in SERVERS if "." not in name and name not in ("postgres:13", "redis:7")])
def own_server(state: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Server, Callable[[], None]]]:
    """A server for one test alone, and a way to kill it."""
    before = set((state / "servers").glob("*"))
    engine = request.param.partition(":")[0]
    spec = request.param if request.param == "postgres" else f"{request.param}@local"
    try:
        with start(parse_spec(spec)) as server:
            (folder,) = set((state / "servers").glob("*")) - before

            def kill() -> None:
                lease = json.loads((folder / "lease.json").read_text())
                psutil.Process(lease["server_pid"]).send_signal(signal.SIGKILL)

            assert server.engine == engine
            yield server, kill
    except ServerLost:
        raise
    except LabError as error:
        skip_or_fail(error.message, error.hint)


def test_a_server_killed_in_the_middle_of_a_query_is_said_to_be_lost(
    own_server: tuple[Server, Callable[[], None]],
) -> None:
    server, kill = own_server
    engine = load_engine(server.engine)
    engine.create_database(server, "base")
    database = engine.connect(server, "base")
    if server.engine == "mongodb":
        prepared = database.prepare('{"insert": "x", "documents": [{"a": 1}]}')
        prepared.count(prepared.execute(prepared.bind({})))
    timer = threading.Timer(1.0, kill)
    timer.start()
    started = time.monotonic()
    with pytest.raises(ServerLost) as caught, closing(database):
        database.rows(SLOW[server.engine], {})
    timer.join()
    assert time.monotonic() - started < 25, "it was told before the query would have ended"
    assert engine.title in caught.value.message


@pytest.mark.parametrize("engine", ["postgres", "mysql", "mariadb"])
def test_a_run_whose_server_dies_keeps_what_was_measured(
    tmp_path: Path, state: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(f"{engine}_server")
    before = set((state / "servers").glob("*"))
    process = start_long_run(tmp_path, engine)
    (folder,) = set((state / "servers").glob("*")) - before
    psutil.Process(json.loads((folder / "lease.json").read_text())["server_pid"]).kill()
    _, told = process.communicate(timeout=60)
    assert process.returncode == 2, told
    assert "Traceback" not in told
    assert re.search(r"server (went away|was lost|is gone)|went away", flat(told)), told
    assert set((state / "servers").glob("*")) == before
    (run,) = (tmp_path / "results").iterdir()
    answer = lab(tmp_path, "report", str(run), "--format", "md")
    assert answer.returncode == 0, answer.stderr
    assert "orders_of_user" in answer.stdout


@pytest.mark.parametrize("name", SERVERS)
def test_wrong_credentials_are_told(name: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(f"{re.sub(r'[:.]', '_', name)}_server")
    wrong = re.sub(r"(password=)\S+|(://[^:/@]*:)[^@]+(?=@)", r"\1\2wrong", server.address)
    assert wrong != server.address
    engine = load_engine(server.engine)
    with pytest.raises(LabError) as caught:
        engine.server_version(wrong)
    assert engine.title in caught.value.message
    assert re.search(r"(?i)password|authent|access denied|WRONGPASS", caught.value.message)
    assert "://" in caught.value.hint


@pytest.mark.parametrize("name", SERVERS)
def test_a_port_that_somebody_took_is_left_to_them(
    state: Path, monkeypatch: pytest.MonkeyPatch, name: str, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue(f"{re.sub(r'[:.]', '_', name)}_server")
    free = process._free_port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = [int(taken.getsockname()[1])]
        monkeypatch.setattr(process, "_free_port", lambda: ports.pop() if ports else free())
        with start(parse_spec(name if name == "postgres" else f"{name}@local")) as other:
            assert not ports, "the port that was taken was tried"
            assert load_engine(other.engine).server_version(other.address) == server.version
