"""A session with a file of SQLite."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lab.engines.engine import StatementError
from lab.engines.sqlite.scripts import split_script
from lab.errors import LabError
from lab.migrate.apply.session import HISTORY, Entry

_WAIT_SECONDS = 10.0


class SqliteSession:
    engine = "sqlite"
    is_whole = True
    has_atomic_ddl = True

    def __init__(self, address: str) -> None:
        """Raises LabError when there is no such file."""
        path = Path(re.sub(r"^sqlite:(//)?", "", address))
        if not path.is_file():
            raise LabError(f"there is no file {path}", "write sqlite:///absolute/path.db, or the file's path alone")
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=_WAIT_SECONDS)
        self._connection.execute("PRAGMA foreign_keys = OFF")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The transaction itself keeps others away."""
        yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Nested ones are part of the outer. References are looked through once, at its end."""
        if self._is_open():
            yield
            return
        with self.errors():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._check_references()
            with self.errors():
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _is_open(self) -> bool:
        return self._connection.in_transaction

    def _check_references(self) -> None:
        broken = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken:
            raise StatementError(
                f"a row of {broken[0]} refers to a row of {broken[2]} that is not there",
                "mend the rows first: PRAGMA foreign_key_check lists them",
            )

    def statements(self, text: str) -> list[str]:
        return [each.sql for each in split_script(text, None)]

    def execute(self, sql: str) -> None:
        with self.errors():
            self._connection.execute(sql)

    redo = execute

    def history(self) -> Mapping[int, Entry]:
        is_there = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (HISTORY,)).fetchone()
        rows = self._connection.execute(f"SELECT * FROM {HISTORY} ORDER BY number").fetchall() if is_there else []
        return {row[0]: Entry(*row) for row in rows}

    def note(self, entry: Entry) -> None:
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {HISTORY} (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
            " checksum TEXT NOT NULL, state TEXT NOT NULL, statements INTEGER NOT NULL, finished_at TEXT NOT NULL)"
        )
        row = (entry.number, entry.name, entry.checksum, entry.state, entry.statements, entry.finished_at)
        self._connection.execute(f"INSERT OR REPLACE INTO {HISTORY} VALUES (?, ?, ?, ?, ?, ?)", row)

    def forget(self, number: int) -> None:
        self._connection.execute(f"DELETE FROM {HISTORY} WHERE number = ?", (number,))

    def is_waited_for(self, error: Exception) -> bool:
        return False

    @contextmanager
    def errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StatementError(str(error)) from error

    def close(self) -> None:
        self._connection.close()
