"""What SQLite would do with other indexes, asked of real ones.

Every candidate is built once on a scratch copy; a set is tried by taking the others' rows out of `sqlite_schema`, which
leaves their pages as they are (SQLite manual, PRAGMA writable_schema). What is written meanwhile is taken back before
they return, so they are true again. SQLite says what it will do and not what it expects that to cost: here a plan's
cost is the steps its virtual machine takes.
"""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from lab.engines.engine import Server, StatementError, StatementTimeout, Text
from lab.engines.sqlite.administration import database_path
from lab.engines.sqlite.database import SqliteDatabase
from lab.engines.sqlite.scripts import change_sql
from lab.model.change import AddIndex
from lab.model.what_if import Built, Plan
from lab.model.workload import Value

_STRIDE = 1000
"""Steps of the virtual machine between two looks at how many there were."""
_MOST_STEPS = 50_000_000
"""A plan that takes more is as bad as any other that does."""


def what_if(server: Server, database: str) -> SqliteWhatIf:
    return SqliteWhatIf(database_path(server, database))


class SqliteWhatIf(SqliteDatabase):
    """See `lab.model.what_if.WhatIf`. Statements run in this process, on this thread: its clock is theirs."""

    counts_cpu = True
    hides_from_writes = True
    _built: frozenset[str] = frozenset()
    _hidden: Mapping[str, tuple[Any, ...]] = {}
    """Rows of `sqlite_schema` by the index's name."""

    def build(self, change: AddIndex) -> Built:
        started = time.monotonic()
        up = change_sql(change).up
        if not up:
            raise StatementError(f"SQLite has no index like {change.name}", "")
        self.run(up)
        seconds = time.monotonic() - started
        self._built |= {change.name}
        ((size,),) = self.rows("SELECT sum(pgsize) FROM dbstat WHERE name = :name", {"name": change.name})
        return Built(int(size), seconds)

    def settle(self) -> None:
        self.run([Text("ANALYZE")])

    def show_only(self, names: Set[str]) -> None:
        wanted = self._built - names
        shown = {name: row for name, row in self._hidden.items() if name not in wanted}
        hidden = sorted(wanted - self._hidden.keys())
        if not shown and not hidden:
            return
        found = {name: self._schema_row(name) for name in hidden}
        self._rewrite_schema(found, shown.values())
        self._hidden = {name: row for name, row in {**self._hidden, **found}.items() if name not in shown}

    def _schema_row(self, name: str) -> tuple[Any, ...]:
        (row,) = self.rows("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema WHERE name = :n", {"n": name})
        return row

    def _rewrite_schema(self, out: Iterable[str], back: Iterable[tuple[Any, ...]]) -> None:
        self._connection.execute("PRAGMA writable_schema = ON")
        self._connection.executemany("DELETE FROM sqlite_schema WHERE name = ?", [(name,) for name in out])
        self._connection.executemany("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", back)
        self._connection.execute("PRAGMA writable_schema = RESET")

    def plan(self, sql: str, parameters: Mapping[str, Value]) -> Plan:
        nodes = self.rows(f"EXPLAIN QUERY PLAN {sql}", parameters)
        shape = "; ".join(f"{parent} {detail}" for _, parent, _, detail in nodes)
        words = {word for *_, detail in nodes for word in detail.split()}
        return Plan(shape, self._built & words, float(self._steps(sql, parameters)))

    def _steps(self, sql: str, parameters: Mapping[str, Value]) -> int:
        ticks = itertools.count(1)
        self._connection.set_progress_handler(lambda: next(ticks) * _STRIDE > _MOST_STEPS, _STRIDE)
        try:
            self._connection.execute(sql, dict(parameters)).fetchall()
        except sqlite3.OperationalError as error:
            if next(ticks) * _STRIDE <= _MOST_STEPS:
                with self._guarded(sql):
                    raise error
            return _MOST_STEPS
        finally:
            self.set_timeout(None)
        return min(next(ticks) * _STRIDE, _MOST_STEPS)

    def seconds(self, sql: str, parameters: Mapping[str, Value], timeout_seconds: float) -> float | None:
        self.set_timeout(timeout_seconds)
        started = time.thread_time()
        try:
            self.rows(sql, parameters)
            return time.thread_time() - started
        except StatementTimeout:
            return None
        finally:
            self.set_timeout(None)

    def write_seconds(self, statements: Sequence[tuple[str, Mapping[str, Value]]]) -> float:
        prepared = [(self.prepare(sql), parameters) for sql, parameters in statements]
        self._connection.execute("BEGIN")
        started = time.thread_time()
        try:
            for statement, parameters in prepared:
                statement.execute(statement.bind(parameters))
            return time.thread_time() - started
        finally:
            self._connection.execute("ROLLBACK")

    def tidy(self) -> None:
        """What is taken back leaves nothing behind."""
