"""A connection."""

from __future__ import annotations

import itertools
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from lab.engines.engine import Explained, Prepared, StatementTimeout, Text, orphans_sql, quote, quote_all
from lab.engines.rules import violation_queries
from lab.engines.sqlite.administration import PRAGMAS
from lab.engines.sqlite.definitions import type_conditions
from lab.engines.sqlite.errors import translated
from lab.engines.sqlite.expressions import expression_sql
from lab.engines.sqlite.rows import python_values
from lab.errors import Interrupted
from lab.model.placeholder import placeholders
from lab.model.run import Relation, RuleCheck
from lab.model.schema import ForeignKey, Position, Schema, Table
from lab.model.workload import Value

_STEPS_BETWEEN_CHECKS = 200_000


class SqliteDatabase:
    """A connection; see `lab.engines.engine.Database`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._timeout: float | None = None
        self._deadline = float("inf")
        for pragma, value in PRAGMAS.items():
            self._connection.execute(f"PRAGMA {pragma} = {value}")

    def run(self, texts: Iterable[Text]) -> None:
        self._connection.execute("PRAGMA foreign_keys = OFF")
        self._connection.execute("BEGIN")
        try:
            for text in texts:
                with self._guarded(text.source or text.sql, text.position):
                    self._connection.execute(text.sql)
            with self._guarded("COMMIT"):
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._connection.execute("PRAGMA foreign_keys = ON")

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        self._arm()
        with self._guarded(sql):
            return self._connection.execute(sql, _bind(parameters)).fetchall()

    def load(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        count = 0
        self._connection.execute("PRAGMA foreign_keys = OFF")
        self._connection.execute("BEGIN")
        try:
            with self._guarded(f"INSERT INTO {table.name}"):
                for batch in batches:
                    marks = ", ".join("?" * batch.num_columns)
                    insert = f"INSERT INTO {quote(table.name)} ({quote_all(batch.schema.names)}) VALUES ({marks})"
                    self._connection.executemany(insert, zip(*map(python_values, batch.columns), strict=True))
                    count += batch.num_rows
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._connection.execute("PRAGMA foreign_keys = ON")
        return count

    def analyze(self) -> None:
        with self._guarded("ANALYZE"):
            self._connection.execute("ANALYZE")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def count_orphans(self, table: Table, foreign_key: ForeignKey) -> int:
        plain = replace(table, namespace=None)
        return int(self.rows(orphans_sql(plain, foreign_key), {})[0][0])

    def count_violations(self, table: Table, schema: Schema) -> Iterator[RuleCheck]:
        for rule, query in violation_queries(
            table, quote(table.name), partial(expression_sql, table=table), type_conditions(table)
        ):
            yield RuleCheck(table.name, rule, int(self.rows(query, {})[0][0]))

    def catalog(self) -> dict[str, str]:
        query = "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"
        return {key: _normalised(sql) for key, sql in self._connection.execute(query).fetchall()}

    def relations(self) -> tuple[Relation, ...]:
        pages = dict(self._connection.execute("SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE").fetchall())
        owners = self._connection.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'").fetchall()
        indexes: dict[str, int] = {}
        for index, owner in owners:
            indexes[owner] = indexes.get(owner, 0) + pages.get(index, 0)
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        return tuple(
            Relation(table, self._count_rows(table), pages.get(table, 0), indexes.get(table, 0))
            for (table,) in self._connection.execute(tables).fetchall()
        )

    def _count_rows(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT count(*) FROM {quote(table)}").fetchone()[0])

    def check(self, text: Text) -> None:
        nothing = {key: None for key, _ in placeholders(text.sql)}
        with self._guarded(text.source or text.sql, text.position):
            self._connection.execute(f"EXPLAIN {text.sql}", nothing)

    def prepare(self, sql: str) -> Prepared:
        cursor = self._connection.cursor()

        def bind(parameters: Mapping[str, Value]) -> dict[str, Value]:
            self._arm()
            return _bind(parameters)

        def execute(bound: dict[str, Value]) -> list[tuple[Any, ...]]:
            try:
                return cursor.execute(sql, bound).fetchall()
            except sqlite3.Error as error:
                with self._guarded(sql):
                    raise error

        return Prepared(bind, execute, lambda rows: len(rows) or max(cursor.rowcount, 0), self._decoder)

    def _decoder(self, rows: list[tuple[Any, ...]]) -> Callable[[], list[tuple[Any, ...]]]:
        """SQLite hands a row over as it finds it: what that takes is seen by reading the same rows out of a table that
        needs no searching, in memory."""
        if not rows:
            return list
        columns = ", ".join(f"c{number}" for number in range(len(rows[0])))
        aside = sqlite3.connect(":memory:", isolation_level=None)
        aside.execute(f"CREATE TABLE found ({columns})")
        aside.executemany(f"INSERT INTO found VALUES ({', '.join('?' * len(rows[0]))})", rows)
        cursor = aside.cursor()
        cursor.execute("SELECT * FROM found LIMIT 0")
        return lambda: cursor.execute("SELECT * FROM found").fetchall()

    def explain(self, sql: str, parameters: Mapping[str, Value]) -> Explained:
        bound = _bind(parameters)
        with self._guarded(sql):
            nodes = self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", bound).fetchall()
        plan = _indented(nodes) or "WRITE the row as given: SQLite plans nothing for it"
        return Explained(plan, {"VM steps": float(self._count_steps(sql, bound))})

    def server_seconds(self, sql: str, parameters: Mapping[str, Value]) -> None:
        """There is no server: statements run in the lab's own process."""

    def _count_steps(self, sql: str, bound: dict[str, Value]) -> int:
        """Steps of the virtual machine: in thousands where there are many, since counting each one is slow."""
        for stride in (1000, 1):
            ticks = itertools.count()
            self._connection.set_progress_handler(lambda ticks=ticks: next(ticks) and 0, stride)  # type: ignore[misc]
            self._connection.execute("SAVEPOINT lab_explain")
            try:
                with self._guarded(sql):
                    self._connection.execute(sql, bound).fetchall()
            finally:
                self._connection.execute("ROLLBACK TO lab_explain")
                self._connection.execute("RELEASE lab_explain")
            steps = next(ticks) * stride
            if steps >= 100_000:
                break
        self.set_timeout(self._timeout)
        return steps

    def wait_for_disk(self, is_wanted: bool) -> bool:
        self._connection.execute(f"PRAGMA synchronous = {PRAGMAS['synchronous'] if is_wanted else 'OFF'}")
        return True

    def serving_process(self) -> None:
        """None: it is the lab itself."""

    def set_timeout(self, seconds: float | None) -> None:
        self._timeout = seconds
        self._deadline = float("inf")
        self._connection.set_progress_handler(self._is_late, _STEPS_BETWEEN_CHECKS)

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def _arm(self) -> None:
        if self._timeout is not None:
            self._deadline = time.monotonic() + self._timeout

    @contextmanager
    def _guarded(self, sql: str, position: Position | None = None) -> Iterator[None]:
        """The lab's errors for SQLite's. A statement that was interrupted before its time was so by a signal: its
        handler ran in the progress callback, where what it raised is lost."""
        try:
            with translated(sql, position, self._names):
                yield
        except StatementTimeout as error:
            if time.monotonic() <= self._deadline:
                raise Interrupted from error
            raise

    def close(self) -> None:
        self._connection.close()

    def _names(self) -> list[str]:
        tables = [row[0] for row in self._connection.execute("SELECT name FROM sqlite_master").fetchall()]
        columns = [
            row[1] for table in tables for row in self._connection.execute(f"PRAGMA table_xinfo({quote(table)})")
        ]
        return tables + columns


def _bind(parameters: Mapping[str, Value]) -> dict[str, Value]:
    return {key: int(value) if isinstance(value, bool) else value for key, value in parameters.items()}


def _normalised(sql: str) -> str:
    """Text without the freedom of layout and quoting that ALTER TABLE takes."""
    return re.sub(r"\s*([(),])\s*", r"\1", re.sub(r'["`]', "", " ".join(sql.split())))


def _indented(nodes: list[tuple[int, int, int, str]]) -> str:
    depths = {0: -1}
    lines = []
    for node, parent, _, detail in nodes:
        depths[node] = depths[parent] + 1
        lines.append("  " * depths[node] + detail)
    return "\n".join(lines)
