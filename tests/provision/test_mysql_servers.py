"""Private servers of MySQL and MariaDB, and those of others."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import pymysql
import pytest
from test_servers import HOLD, folders, servers_below

from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.engines.mysql.dialect import Dialect
from lab.engines.mysql.session import ask, connect, parse_address, session
from lab.errors import LabError
from lab.provision import mariadb, mysql, parse_spec, start
from lab.provision.existing import drop_left_behind
from lab.provision.leases import sweep

PRODUCTS = ("mysql", "mariadb")


@pytest.fixture(params=PRODUCTS)
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found


def dialect(name: str) -> Dialect:
    found: Dialect = import_module(f"lab.engines.{name}").DIALECT
    return found


def databases(server: Server) -> set[str]:
    with session(dialect(server.engine), server.address) as connection:
        return {name for (name,) in ask(connection, "SHOW DATABASES")}


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_server_is_private_and_leaves_nothing(state: Path, server: Server, name: str) -> None:
    before = folders(state)
    with start(parse_spec(f"{name}@local")) as private:
        (folder,) = folders(state) - before
        address = parse_address(private.address, dialect(name))
        listening = {c.laddr for c in psutil.net_connections("inet") if c.status == psutil.CONN_LISTEN}
        mine = {c.laddr for p in servers_below(folder) for c in p.net_connections("inet") if c.status == "LISTEN"}
        assert {place.ip for place in listening if place.port == address.port} == {"127.0.0.1"}
        assert {place.port for place in mine} == {address.port}
        assert [path.parent for path in folder.rglob("*.sock")] == [folder / "data"]
        assert (folder / "data").stat().st_mode & 0o077 == 0
        assert not (folder / "accounts.sql").exists()
        for user, password in (("root", ""), ("lab", ""), ("lab", "wrong"), ("", "")):
            with pytest.raises((pymysql.OperationalError, RuntimeError)):
                pymysql.connect(host="127.0.0.1", port=address.port, user=user, password=password)
    assert not folder.exists()
    assert not servers_below(folder)


@pytest.mark.parametrize("name", PRODUCTS)
def test_what_a_killed_run_left_is_swept_away(state: Path, server: Server, name: str) -> None:
    before = folders(state)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, f"{name}@local"], stdout=subprocess.PIPE)
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


@pytest.mark.parametrize(("name", "title"), [("mysql", "MySQL"), ("mariadb", "MariaDB")])
def test_an_unknown_version_names_those_there_are(name: str, title: str) -> None:
    with pytest.raises(LabError, match=rf"no {title} 4\.1 here \(found: \d"), start(parse_spec(f"{name}:4.1@local")):
        pass


def test_mariadb_is_not_taken_for_mysql() -> None:
    for found, is_mariadb in ((mysql.find_binaries(), False), (mariadb.find_binaries(), True)):
        assert found
        assert all(("MariaDB" in mysql.version_text(one.program)) == is_mariadb for one in found)


@pytest.mark.usefixtures("sqlite_server")
def test_a_server_that_cannot_be_set_up_says_why(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folders(state)
    monkeypatch.setitem(mysql.MYSQL, "no-such-setting", "1")  # type: ignore[arg-type]
    for name in PRODUCTS:
        with pytest.raises(LabError, match="no-such-setting"), start(parse_spec(f"{name}@local")):
            pass
    assert folders(state) == before


def dsn(server: Server, **changes: Any) -> str:
    address = parse_address(server.address, dialect(server.engine))
    user, password = changes.get("user", address.user), changes.get("password", address.password)
    return f"{server.engine}://{user}:{password}@127.0.0.1:{address.port}"


def test_what_the_lab_makes_on_anothers_server_bears_its_prefix_and_goes(server: Server) -> None:
    engine, before = load_engine(server.engine), databases(server)
    with start(parse_spec(dsn(server))) as existing:
        engine.create_database(existing, "base")
        database = engine.connect(existing, "base")
        database.run([Text("CREATE TABLE t (id INT PRIMARY KEY)"), Text("INSERT INTO t VALUES (1)")])
        database.close()
        engine.clone_database(existing, "base", "copy")
        copy = engine.connect(existing, "copy")
        assert copy.rows("SELECT id FROM t", {}) == [(1,)]
        copy.close()
        made = databases(server) - before
        assert made == {f"{existing.prefix}base", f"{existing.prefix}copy"}
        assert re.fullmatch(r"lab_[0-9a-f]{8}_", existing.prefix)
        assert engine.list_databases(existing) == ["base", "copy"]
        assert existing.version == server.version
        assert parse_address(server.address, dialect(server.engine)).password not in f"{existing!r} {existing.origin}"
    assert databases(server) == before


@pytest.fixture
def guest(server: Server) -> Iterator[str]:
    """A user who may see the server, and no more."""
    connection = connect(dialect(server.engine), parse_address(server.address, dialect(server.engine)))
    ask(connection, "CREATE USER 'guest'@'127.0.0.1' IDENTIFIED BY 'g@st/ :'")
    yield dsn(server, user="guest", password="g%40st%2F%20%3A")
    ask(connection, "DROP USER 'guest'@'127.0.0.1'")
    connection.close()


def test_a_user_who_may_not_make_databases_is_told_what_to_grant(server: Server, guest: str) -> None:
    with start(parse_spec(guest)) as existing, pytest.raises(LabError, match="may not do this") as caught:
        load_engine(server.engine).create_database(existing, "base")
    assert "GRANT ALL" in caught.value.hint


def test_what_a_killed_run_left_there_is_dropped(server: Server, state: Path) -> None:
    hold = HOLD.replace("print(server.address, flush=True)", "").replace(
        "    time.sleep", "    load_engine(server.engine).create_database(server, 'b'); print(flush=True); time.sleep"
    )
    before = databases(server)
    script = f"from lab.engines import load_engine\n{hold}"
    holder = subprocess.Popen([sys.executable, "-c", script, dsn(server)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    assert databases(server) - before
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    sweep(drop_left_behind)
    assert databases(server) == before
