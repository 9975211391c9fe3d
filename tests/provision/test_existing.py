"""Servers named by a DSN: the lab keeps to databases of its own, and removes them."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from test_servers import HOLD

from lab.engines import load_engine
from lab.engines.engine import Server
from lab.errors import LabError
from lab.provision import parse_spec, start
from lab.provision.existing import drop_left_behind
from lab.provision.leases import sweep


def dsn(server: Server, **changes: str) -> str:
    parts = {key: str(value) for key, value in conninfo_to_dict(server.address).items()} | changes
    return f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}/postgres"


def databases(server: Server) -> set[str]:
    with psycopg.connect(server.address, dbname="postgres") as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}


def test_what_the_lab_makes_there_bears_its_prefix_and_goes(postgres_server: Server) -> None:
    engine = load_engine("postgres")
    before = databases(postgres_server)
    with start(parse_spec(dsn(postgres_server))) as existing:
        engine.create_database(existing, "base")
        engine.clone_database(existing, "base", "copy")
        made = databases(postgres_server) - before
        assert made == {f"{existing.prefix}base", f"{existing.prefix}copy"}
        assert re.fullmatch(r"lab_[0-9a-f]{8}_", existing.prefix)
        assert engine.list_databases(existing) == ["base", "copy"]
        assert existing.version == postgres_server.version
    assert databases(postgres_server) == before


def test_a_password_is_never_shown(postgres_server: Server) -> None:
    spec = parse_spec(dsn(postgres_server))
    password = conninfo_to_dict(postgres_server.address)["password"]
    with start(spec) as existing:
        assert str(password) not in f"{spec} {spec!r} {existing!r} {existing.origin}"


@pytest.mark.parametrize(("changes", "said"), [({"password": "wrong"}, "password"), ({"port": "1"}, "refused")])
def test_a_server_that_lets_nobody_in_is_explained(postgres_server: Server, changes: dict[str, str], said: str) -> None:
    with pytest.raises(LabError, match=said) as caught, start(parse_spec(dsn(postgres_server, **changes))):
        pass
    assert "cannot connect to PostgreSQL at 127.0.0.1:" in caught.value.message
    assert "postgresql://user:password@host" in caught.value.hint


def test_a_user_who_may_not_make_databases_is_told_what_to_grant(postgres_server: Server) -> None:
    with psycopg.connect(postgres_server.address, dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    try:
        guest = dsn(postgres_server, user="guest", password="guest")
        with start(parse_spec(guest)) as existing, pytest.raises(LabError) as caught:
            load_engine("postgres").create_database(existing, "base")
        assert "CREATEDB" in caught.value.hint
    finally:
        with psycopg.connect(postgres_server.address, dbname="postgres", autocommit=True) as connection:
            connection.execute("DROP ROLE guest")


def test_what_a_killed_run_left_there_is_dropped(postgres_server: Server, state: Path) -> None:
    hold = HOLD.replace("    time.sleep", "    load_engine('postgres').create_database(server, 'base')\n    time.sleep")
    hold = hold.replace("print(server.address, flush=True)", "").replace(
        "    time.sleep", "    print('made', flush=True); time.sleep"
    )
    script = f"from lab.engines import load_engine\n{hold}"
    before = databases(postgres_server)
    holder = subprocess.Popen([sys.executable, "-c", script, dsn(postgres_server)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    assert databases(postgres_server) - before
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    sweep(drop_left_behind)
    assert databases(postgres_server) == before
