"""MongoDB, where no command is undone by itself: the lab killed within each step, and the server."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from kills import check_kills, killed
from pymongo import MongoClient
from pymongo.database import Database

from lab import readers
from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.engines.mongodb.connection import open_client
from lab.errors import LabError
from lab.migrate import folder
from lab.migrate.apply import apply, mongodb, mongodb_lock, open_session, rollback
from lab.migrate.changes import Diff
from lab.migrate.compare import catalog, difference
from lab.migrate.diff import diff, read_declarations
from lab.migrate.planners import plan
from lab.migrating.sources import address_of
from lab.provision import parse_spec, start

DATABASE, ROWS = "lab_killed", 4000
BEFORE = "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, n int);"
AFTER = """
-- migrate: rename users.name to full_name
CREATE TABLE users (id int PRIMARY KEY, full_name text NOT NULL, n int, kind text NOT NULL DEFAULT 'plain');
CREATE INDEX users_by_name ON users (full_name);
"""


def wanted_diff() -> Diff:
    old, new = readers.read(Path("a.sql"), BEFORE), readers.read(Path("b.sql"), AFTER)
    return diff(old, new, read_declarations(texts=[AFTER]))


@contextmanager
def filled(server: Server, found: Diff) -> Iterator[tuple[Database[Any], Mapping[str, str], Mapping[str, str]]]:
    """The old database with its documents, its catalog, and that of the new one."""
    engine = load_engine("mongodb")
    catalogs = []
    for schema in (found.new, found.source):
        engine.drop_database(server, DATABASE)
        ddl = engine.create_sql(schema)
        with closing(engine.connect(server, DATABASE)) as database:
            database.run([Text(sql) for sql in (*ddl.before, *ddl.after)])
            catalogs.append(catalog(database))
    with open_client(server.address) as client:
        documents = client[server.prefix + DATABASE]
        documents.users.insert_many([{"_id": n, "name": f"u{n}", "n": n} for n in range(ROWS)])
        yield documents, catalogs[1], catalogs[0]
    engine.drop_database(server, DATABASE)


def check_new(server: Server, documents: Database[Any], wanted: Mapping[str, str]) -> None:
    with closing(load_engine("mongodb").connect(server, DATABASE)) as database:
        assert difference(catalog(database), wanted) == ""
    shape = {"kind": "plain", "full_name": {"$regex": "^u"}, "name": {"$exists": False}}
    assert documents.users.count_documents(shape) == ROWS


def test_the_lab_killed_within_each_step(mongodb_server: Server, tmp_path: Path) -> None:
    found = wanted_diff()
    folder.write(plan(found, "mongodb"), tmp_path / "migrations")
    migrations = folder.read(tmp_path / "migrations")
    address = address_of(mongodb_server, DATABASE)
    with filled(mongodb_server, found) as (documents, before, wanted):
        check_kills(killed(address, tmp_path, "up"), [each.number for each in migrations if each.up], "applied")
        with closing(open_session(address)) as session:
            apply(session, migrations, allows_data_loss=True)
        check_new(mongodb_server, documents, wanted)
        order = [each.number for each in reversed(migrations) if each.down]
        check_kills(killed(address, tmp_path, "down"), order, "not begun")
        with closing(open_session(address)) as session:
            rollback(session, migrations, 0)
        with closing(load_engine("mongodb").connect(mongodb_server, DATABASE)) as database:
            assert difference(catalog(database), before) == ""
        assert list(documents.users.find().sort("_id")) == [{"_id": n, "name": f"u{n}", "n": n} for n in range(ROWS)]


def test_the_server_killed_within_each_step(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the history says is done is done, whatever the server forgot."""
    monkeypatch.setattr(mongodb_lock, "STALE_SECONDS", 0.2)
    soon = partial(MongoClient, uuidRepresentation="standard", tz_aware=True, serverSelectionTimeoutMS=200)
    monkeypatch.setattr(mongodb, "open_client", soon)
    found = wanted_diff()
    migrations = folder.migrations(plan(found, "mongodb"))
    with (
        start(parse_spec("mongodb@local")) as server,
        Mortal(server) as mongod,
        filled(server, found) as (documents, _, wanted),
    ):
        address = address_of(server, DATABASE)
        for victim in [each for each in migrations if each.up]:
            with closing(open_session(address)) as session:
                mongod.dies_within(session, victim)
                with pytest.raises(LabError, match="stopped"):
                    apply(session, migrations, victim.number, allows_data_loss=True)
            mongod.rise()
            with closing(open_session(address)) as session:
                entry = session.history().get(victim.number)
                assert entry is None or entry.state == "going up"
                apply(session, migrations, victim.number, allows_data_loss=True)
        check_new(server, documents, wanted)


class Mortal:
    """The server's process, killed and started again with the same words."""

    def __init__(self, server: Server) -> None:
        port = int(server.address.rpartition(":")[2].partition("/")[0])
        self._process = next(
            each for each in psutil.Process().children(recursive=True) if f"--port {port}" in " ".join(each.cmdline())
        )
        self._words = self._process.cmdline()
        self._address = server.address
        self._risen: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Mortal:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._risen:
            process.kill()
            process.wait()

    def kill(self) -> None:
        os.kill(self._risen[-1].pid if self._risen else self._process.pid, signal.SIGKILL)

    def dies_within(self, session: Any, migration: folder.Migration) -> None:
        """A batched command is cut off half-way, another when it is done and nobody has noted it."""
        texts, own = set(session.statements(migration.up)), session.execute

        def execute(sql: str) -> None:
            if sql not in texts:
                own(sql)
                return
            timer = threading.Timer(0.03, self.kill)
            if "labBackfill" in sql:
                timer.start()
            own(sql)
            timer.cancel()
            self.kill()

        session.execute = execute

    def rise(self) -> None:
        if self._risen:
            self._risen[-1].wait()
        else:
            self._process.wait()
        self._risen.append(subprocess.Popen(self._words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        with open_client(self._address) as client:
            while not client.admin.command("hello")["isWritablePrimary"]:
                threading.Event().wait(0.02)
