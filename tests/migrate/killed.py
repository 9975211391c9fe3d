"""A migration killed in the middle of each step in turn, and run again: `python killed.py ADDRESS FOLDER up|down`.

Every run is a process of its own, forked here, that kills itself within a step. A server's session that goes on without
its client is ended too where the product can, so that a batched step really stops half-way. Prints one line of JSON
for each step: what the history said of it after the kill.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import closing
from pathlib import Path

from lab.migrate import folder
from lab.migrate.apply import apply, mongodb_lock, open_session, rollback
from lab.migrate.apply.session import Session

HALF_WAY_SECONDS = 0.03
mongodb_lock.STALE_SECONDS = 0.2


def main(address: str, home: str, direction: str) -> None:
    found = folder.read(Path(home))
    order = found if direction == "up" else list(reversed(found))
    for migration in order:
        text = migration.up if direction == "up" else migration.down
        if not text:
            continue
        child = os.fork()
        if child == 0:
            _run(address, home, direction, migration.number)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _end_orphans(address)
        with closing(open_session(address)) as session:
            entry = session.history().get(migration.number)
        state = entry.state if entry else "not begun"
        print(json.dumps({"number": migration.number, "is_killed": os.WIFSIGNALED(status), "state": state}))


def _run(address: str, home: str, direction: str, number: int) -> None:
    found = folder.read(Path(home))
    session = open_session(address)
    own = session.execute
    victim = next(each for each in found if each.number == number)
    statements = session.statements(victim.up if direction == "up" else victim.down)
    calls = [sql for sql in statements if sql.startswith("CALL")]
    texts = set(calls or statements)  # of a procedure, what it does and not its making
    is_atomic = session.has_atomic_ddl and victim.is_atomic[direction == "down"]

    def execute(sql: str) -> None:
        if sql in texts and not is_atomic:
            threading.Timer(HALF_WAY_SECONDS, os.kill, (os.getpid(), signal.SIGKILL)).start()
            own(sql)
            os.kill(os.getpid(), signal.SIGKILL)
        own(sql)
        if sql in texts:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("execute", "redo"):
        setattr(session, name, execute if name == "execute" else _redone(session, execute, texts))
    if direction == "up":
        apply(session, found, allows_data_loss=True)
    else:
        rollback(session, found, 0)


def _redone(session: Session, execute: object, texts: set[str]) -> object:
    """A statement done again is the one an earlier run was killed in: that run's, which is to come through."""
    own = session.redo

    def redo(sql: str) -> None:
        hold = session.execute
        session.execute = type(session).execute.__get__(session)  # type: ignore[method-assign]
        try:
            own(sql)
        finally:
            session.execute = hold  # type: ignore[method-assign]

    return redo


def _end_orphans(address: str) -> None:
    if address.startswith("postgres"):
        import psycopg

        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'lab migrate' AND datname = current_database()"
                if connection.info.server_version >= 140000
                else "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'lab migrate' AND datname = current_database()"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
