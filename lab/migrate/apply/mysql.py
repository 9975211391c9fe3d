"""A session with MySQL or MariaDB, where every change of the schema commits by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from urllib.parse import urlsplit

from lab.engines.engine import StatementError, Text
from lab.engines.mysql.driver import err
from lab.engines.mysql.errors import cannot_connect, number_of, raise_for, translated
from lab.engines.mysql.session import ask, connect, example, parse_address
from lab.engines.mysql.split import split
from lab.errors import LabError
from lab.migrate.apply.session import HISTORY, Entry

_LOCK_SECONDS = 5
_LOCK = "lab_migrate"
_DONE = frozenset((1050, 1051, 1060, 1061, 1068, 1091, 1146, 1304, 1826, 3821, 3822))
"""What the server says when what a statement makes is there, or what it drops is not."""
_TIMEOUTS = frozenset((1205, 1213))
_UNKNOWN_COLUMN = 1054


class MysqlSession:
    is_whole = False
    has_atomic_ddl = False

    def __init__(self, address: str) -> None:
        """Raises LabError when the server does not answer, or the address names no database."""
        scheme = urlsplit(address).scheme.lower()
        self._dialect = import_module(f"lab.engines.{scheme}").DIALECT
        self.engine = self._dialect.name
        database = urlsplit(address).path.strip("/")
        if not database:
            raise LabError("the address names no database", f"write {scheme}://user:password@host:3306/database")
        place = parse_address(address, self._dialect)
        try:
            self._connection = connect(self._dialect, place, database)
            ask(self._connection, f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}")
        except (err.Error, OSError) as error:
            raise cannot_connect(error, self._dialect.title, str(place), example(self._dialect)) from error

    @contextmanager
    def errors(self) -> Iterator[None]:
        with translated(self._dialect.title):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        if ask(self._connection, f"SELECT get_lock(concat('{_LOCK} ', database()), 60)") != [(1,)]:
            raise LabError(
                "another migration of this database is under way", "wait until it is done: SHOW PROCESSLIST shows it"
            )
        try:
            yield
        finally:
            if self._connection.open:
                ask(self._connection, f"SELECT release_lock(concat('{_LOCK} ', database()))")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def statements(self, text: str) -> list[str]:
        return [each.sql for each in split(text, None)]

    def execute(self, sql: str) -> None:
        try:
            ask(self._connection, sql)
        except (err.Error, OSError) as error:
            raise_for(error, self._dialect.title, Text(sql), list)

    def redo(self, sql: str) -> None:
        try:
            self.execute(sql)
        except StatementError as error:
            is_renamed = "RENAME COLUMN" in sql and _number(error) == _UNKNOWN_COLUMN
            if not is_renamed and _number(error) not in _DONE:
                raise

    def history(self) -> Mapping[int, Entry]:
        query = f"SELECT 1 FROM information_schema.tables WHERE table_schema = database() AND table_name = '{HISTORY}'"
        if not ask(self._connection, query):
            return {}
        columns = "number, name, checksum, state, statements, coalesce(finished_at, '')"
        return {
            row[0]: Entry(*row) for row in ask(self._connection, f"SELECT {columns} FROM {HISTORY} ORDER BY number")
        }

    def note(self, entry: Entry) -> None:
        ask(
            self._connection,
            f"CREATE TABLE IF NOT EXISTS {HISTORY} (number INT PRIMARY KEY, name VARCHAR(255) NOT NULL,"
            " checksum VARCHAR(64) NOT NULL, state VARCHAR(20) NOT NULL, statements INT NOT NULL,"
            " finished_at VARCHAR(40))",
        )
        with self._connection.cursor() as cursor:
            row = (entry.number, entry.name, entry.checksum, entry.state, entry.statements, entry.finished_at)
            cursor.execute(f"REPLACE INTO {HISTORY} VALUES (%s, %s, %s, %s, %s, %s)", row)

    def forget(self, number: int) -> None:
        ask(self._connection, f"DELETE FROM {HISTORY} WHERE number = {number}")

    def is_waited_for(self, error: Exception) -> bool:
        return _number(error) in _TIMEOUTS

    def close(self) -> None:
        self._connection.close()


def _number(error: Exception) -> int:
    """The server's, of an error of the lab's."""
    cause = error.__cause__
    return number_of(cause) if isinstance(cause, Exception) else 0
