"""A session with PostgreSQL."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg.pq import TransactionStatus

from lab.engines.engine import StatementError, literal, quote
from lab.errors import LabError
from lab.migrate.apply.session import HISTORY, Entry

LOCK_TIMEOUT = "60ms"
"""How long a step may wait for a lock: as long as everybody behind it waits too."""
_KEY = 5_124_301
_PATIENCE_SECONDS = 60.0
_FAREWELL_SECONDS = 2.0
_CONCURRENT = re.compile(
    r'(?i)^CREATE (?:UNIQUE )?INDEX CONCURRENTLY ("(?:[^"]|"")+"|\w+) ON (?:("(?:[^"]|"")+"|\w+)\.)?'
)
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


class PostgresSession:
    engine = "postgres"
    is_whole = False
    has_atomic_ddl = True

    def __init__(self, address: str, lock_timeout: str = LOCK_TIMEOUT) -> None:
        """Raises LabError when the server does not answer."""
        try:
            self._connection = psycopg.connect(address, autocommit=True, application_name="lab migrate")
        except psycopg.Error as error:
            raise LabError(
                f"cannot connect to PostgreSQL: {str(error).strip().splitlines()[-1]}",
                "check the address: postgresql://user:password@host:5432/database",
            ) from error
        self._lock_timeout = lock_timeout
        if self._connection.info.server_version >= 140000:
            # A statement whose client was killed ends soon, instead of going on unseen.
            self._connection.execute("SET client_connection_check_interval = '1s'")

    @property
    def backend(self) -> int:
        return self._connection.info.backend_pid

    @contextmanager
    def alone(self) -> Iterator[None]:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._one(f"SELECT pg_try_advisory_lock({_KEY})"):
            if time.monotonic() > deadline:
                raise LabError(
                    "another migration of this database is under way",
                    "wait until it is done: pg_stat_activity shows it as `lab migrate`",
                )
            time.sleep(0.1)
        try:
            yield
        finally:
            if self._connection.info.transaction_status == TransactionStatus.IDLE:
                self._connection.execute(f"SELECT pg_advisory_unlock({_KEY})")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.errors(), self._connection.transaction():
            self._connection.execute(f"SET LOCAL lock_timeout = '{self._lock_timeout}'")
            yield

    def statements(self, text: str) -> list[str]:
        return [text] if text else []

    def execute(self, sql: str) -> None:
        with self.errors():
            self._connection.execute(sql.encode())

    def redo(self, sql: str) -> None:
        """An index a killed run left unfinished is no index; one it finished is."""
        if found := _CONCURRENT.match(sql):
            name = ".".join(part for part in (found[2], found[1]) if part)
            is_valid = self._one(f"SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass({literal(name)})")
            if is_valid:
                return
            if is_valid is False:
                self.execute(f"DROP INDEX CONCURRENTLY {name}")
        self.execute(sql)

    def _one(self, sql: str) -> object:
        row = self._connection.execute(sql.encode()).fetchone()
        return row[0] if row else None

    def history(self) -> Mapping[int, Entry]:
        if self._one(f"SELECT to_regclass('{HISTORY}')") is None:
            return {}
        rows = self._connection.execute(
            f"SELECT number, name, checksum, state, statements, coalesce(finished_at::text, '') FROM {HISTORY}"
            " ORDER BY number".encode()
        )
        return {int(row[0]): Entry(*row) for row in rows}

    def note(self, entry: Entry) -> None:
        self._make_history()
        self._connection.execute(
            f"INSERT INTO {HISTORY} VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (number) DO UPDATE SET"
            " state = EXCLUDED.state, statements = EXCLUDED.statements, checksum = EXCLUDED.checksum,"
            " finished_at = EXCLUDED.finished_at".encode(),
            (entry.number, entry.name, entry.checksum, entry.state, entry.statements, entry.finished_at or None),
        )

    def _make_history(self) -> None:
        if self._one(f"SELECT to_regclass('{HISTORY}')") is None:
            self._connection.execute(
                f"CREATE TABLE {quote(HISTORY)} (number integer PRIMARY KEY, name text NOT NULL,"
                " checksum text NOT NULL, state text NOT NULL, statements integer NOT NULL,"
                " finished_at timestamptz)".encode()
            )

    def forget(self, number: int) -> None:
        self._connection.execute(f"DELETE FROM {HISTORY} WHERE number = %s".encode(), (number,))

    def is_waited_for(self, error: Exception) -> bool:
        cause = error.__cause__
        return isinstance(cause, psycopg.Error) and cause.sqlstate in (_LOCK_NOT_AVAILABLE, _DEADLOCK)

    @contextmanager
    def errors(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise StatementError(_message(error)) from error

    def close(self) -> None:
        """What an interrupt has left running is told to stop: the server would go on with it."""
        if self._connection.info.transaction_status == TransactionStatus.ACTIVE:
            self._connection.cancel_safe(timeout=_FAREWELL_SECONDS)
        self._connection.close()


def _message(error: psycopg.Error) -> str:
    detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
    return (error.diag.message_primary or str(error).strip().partition("\n")[0] or "the server is gone") + detail
