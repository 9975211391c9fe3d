"""A connection to one database of MySQL or MariaDB; see `lab.engines.engine.Database`."""

from __future__ import annotations

import itertools
import math
import re
import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from lab.engines.engine import Explained, Prepared, Server, StatementError, Text, orphans_sql, quote
from lab.engines.mysql import catalog, load
from lab.engines.mysql.dialect import Dialect, quote_all
from lab.engines.mysql.driver import err
from lab.engines.mysql.errors import message_of, raise_for, translated
from lab.engines.mysql.run import Script
from lab.engines.mysql.server_time import is_history_kept, time_by_history, time_by_profile
from lab.engines.mysql.session import ask, connect, parse_address
from lab.engines.mysql.translate import expression, translate
from lab.engines.mysql.wire import Answer, Bytes, Wire, bind
from lab.engines.rules import violation_queries
from lab.model.placeholder import rewrite_placeholders
from lab.model.run import Relation, RuleCheck
from lab.model.schema import ForeignKey, Loss, Schema, Table
from lab.model.workload import Value

_GRACE_SECONDS = 0.2
"""How much longer than the server the client waits before it has a statement killed."""
_UNKNOWN_ERROR = 1105
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
_WRITE = re.compile(r"(?is)\s*(INSERT|UPDATE|DELETE|REPLACE)\b|\s*WITH\b.*\)\s*(UPDATE|DELETE|INSERT|REPLACE)\b")


class MysqlDatabase:
    def __init__(self, dialect: Dialect, server: Server, database: str) -> None:
        self._dialect = dialect
        self._address = parse_address(server.address, dialect)
        self._version = server.version
        with translated(dialect.title):
            self._connection = connect(dialect, self._address, server.prefix + database)
        self._thread = int(self._connection.thread_id())
        self._wire = Wire(self._connection, self._cancel)
        self._patience = 0.0
        self._has_history: bool | None = None
        self._is_closed = False

    def run(self, texts: Iterable[Text]) -> tuple[Loss, ...]:
        return Script(self._connection, self._dialect, self._version).run(tuple(texts))

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        with translated(self._dialect.title, Text(sql), self._names):
            return self._answer(sql, parameters).decoded()

    def _answer(self, sql: str, parameters: Mapping[str, Value]) -> Answer:
        marked, names = _mark(sql)
        statement = self._wire.prepare(marked)
        answer = self._wire.read(self._wire.execute(bind(statement, _values(names, parameters))))
        self._wire.close(statement)
        return answer

    def load(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        with translated(self._dialect.title, Text(f"LOAD DATA INTO {table.name}")), self._loading():
            return self._load(table, batches)

    def load_once(self, table: Table, batches: Iterable[pa.RecordBatch], mark: str) -> bool:
        with translated(self._dialect.title, Text(f"LOAD DATA INTO {table.name}")), self._loading():
            with self._connection.cursor() as cursor:
                # Whoever loads the same chunk at this moment is waited for here.
                is_new = bool(cursor.execute("INSERT IGNORE INTO lab_loaded VALUES (%s)", (mark,)))
            if is_new:
                self._load(table, batches)
        return is_new

    def _load(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        iterator = iter(batches)
        first = next(iterator, None)
        if first is None:
            return 0
        if self._allows_local():
            return self._load_local(table, first, iterator)
        return self._insert(table, first, iterator)

    @contextmanager
    def _loading(self) -> Iterator[None]:
        """One transaction, in which references are taken on trust: the lab counts orphans afterwards."""
        ask(self._connection, "SET SESSION foreign_key_checks = 0, unique_checks = 0")
        ask(self._connection, "SET SESSION sql_mode = concat(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")
        with self._transaction("COMMIT"):
            yield
        ask(self._connection, f"SET SESSION sql_mode = {self._dialect.session['sql_mode']}")
        ask(self._connection, "SET SESSION foreign_key_checks = 1, unique_checks = 1")

    def _allows_local(self) -> bool:
        return bool(ask(self._connection, "SELECT @@local_infile")[0][0])

    def _load_local(self, table: Table, first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> int:
        count = 0

        def chunks() -> Iterator[bytes]:
            nonlocal count
            for batch in itertools.chain((first,), rest):
                count += batch.num_rows
                yield from load.encode(batch)

        answer = self._wire.send_local(load.load_sql(table.name, first.schema), chunks())
        # With LOCAL the server takes a row it refuses for a warning.
        if answer.warnings or answer.affected != count:
            self._refuse_load(count - answer.affected)
        return count

    def _refuse_load(self, missing: int) -> None:
        found = ask(self._connection, "SHOW WARNINGS LIMIT 1")
        if found:
            _, number, message = found[0]
            raise err.DataError(number, message)
        raise err.DataError(_UNKNOWN_ERROR, f"{missing} rows were not taken")

    def _insert(self, table: Table, first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> int:
        sql, count = load.insert_sql(table.name, first.schema), 0
        with self._connection.cursor() as cursor:
            for batch in itertools.chain((first,), rest):
                cursor.executemany(sql, list(load.rows(batch)))
                count += batch.num_rows
        return count

    def analyze(self) -> None:
        with translated(self._dialect.title, Text("ANALYZE TABLE")):
            if tables := catalog.base_tables(self._connection):
                ask(self._connection, f"ANALYZE TABLE {quote_all(tables)}")

    def count_orphans(self, table: Table, foreign_key: ForeignKey) -> int:
        query = translate(orphans_sql(replace(table, namespace=None), foreign_key), None, self._dialect)
        return int(self.rows(query, {})[0][0])

    def count_violations(self, table: Table, schema: Schema) -> Iterator[RuleCheck]:
        def known(check: str) -> str | None:
            return check if expression(check, self._dialect) is not None else None

        for rule, query in violation_queries(table, quote(table.name), known):
            translated_query = translate(query, None, self._dialect)
            yield RuleCheck(table.name, rule, int(self.rows(translated_query, {})[0][0]))

    def catalog(self) -> dict[str, str]:
        with translated(self._dialect.title, Text("the catalog")):
            return catalog.catalog(self._connection, self._dialect)

    def relations(self) -> tuple[Relation, ...]:
        with translated(self._dialect.title, Text("the sizes of tables")):
            return catalog.relations(self._connection, self._dialect)

    def check(self, text: Text) -> None:
        marked, _ = _mark(text.sql)
        if re.match(r"(?i)\s*CALL\b", marked):
            raise StatementError(f"{text.position or ''}: CALL cannot be measured", "write out what it does")
        with translated(self._dialect.title, text, self._names):
            self._wire.close(self._wire.prepare(marked))

    def prepare(self, sql: str) -> Prepared:
        marked, names = _mark(sql)
        title, wire = self._dialect.title, self._wire
        with translated(title, Text(sql)):
            statement = wire.prepare(marked)

        def execute(packet: bytes) -> Bytes:
            try:
                return wire.execute(packet)
            except (err.Error, OSError) as error:
                raise_for(error, title)

        def count(data: Bytes) -> int:
            with translated(title):
                answer = wire.read(data)
                return len(answer.rows) or answer.affected

        def decoder(data: Bytes) -> Callable[[], list[tuple[Any, ...]]]:
            return lambda: wire.read(data).decoded()

        return Prepared(lambda parameters: bind(statement, _values(names, parameters)), execute, count, decoder)

    def explain(self, sql: str, parameters: Mapping[str, Value]) -> Explained:
        is_write = _WRITE.match(sql) is not None
        with translated(self._dialect.title, Text(sql), self._names):
            with self._transaction("ROLLBACK"):
                plan = self._plan(sql, parameters, is_write)
            with self._transaction("ROLLBACK"):
                work = self._work(sql, parameters)
        counters = {"handler reads": work["read"]}
        if is_write:
            counters["handler writes"] = work["write"] + work["update"] + work["delete"]
        return Explained(plan, counters)

    def server_seconds(self, sql: str, parameters: Mapping[str, Value]) -> float | None:
        """With the commit of what a write did."""
        if self._has_history is None:
            self._has_history = is_history_kept(self._connection)
        time = time_by_history if self._has_history else time_by_profile
        with translated(self._dialect.title, Text(sql), self._names):
            return time(self._connection, lambda: self._answer(sql, parameters))

    def _plan(self, sql: str, parameters: Mapping[str, Value], is_write: bool) -> str:
        explain = self._dialect.explain_write if is_write else self._dialect.explain
        try:
            tree = str(self._answer(f"{explain} {sql}", parameters).decoded()[0][0]).strip()
        except err.Error as error:
            if "Failed to print query plan" not in str(error):  # what MySQL 9 says of an INSERT into a view
                raise
            tree = "not executable"
        if not self._dialect.has_gaps_in_plans:
            return tree
        rows = self._answer(f"EXPLAIN FORMAT=TRADITIONAL {sql}", parameters).decoded()
        if "not executable" in tree:
            return "\n".join(_traditional(row) for row in rows)
        return "\n".join([tree, *(_read_before(row) for row in rows if row[4] in ("const", "system") and row[2])])

    @contextmanager
    def _transaction(self, end: str) -> Iterator[None]:
        """Undone when it fails; left alone when the lab is interrupted in mid-statement, which `close` sees to."""
        ask(self._connection, "BEGIN")
        try:
            yield
        except Exception:
            self._end("ROLLBACK")
            raise
        self._end(end)

    def _end(self, how: str) -> None:
        self._wait(0.0)  # what took long to write takes long to undo
        ask(self._connection, how)
        self._wait(self._patience)

    def _work(self, sql: str, parameters: Mapping[str, Value]) -> dict[str, float]:
        """Rows asked of the storage engine by one execution; what asking for the counters costs is taken off."""
        idle, before = self._handler(), self._handler()
        self._answer(sql, parameters)
        after = self._handler()
        return {name: float((after[name] - before[name]) - (before[name] - idle[name])) for name in after}

    def _handler(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for name, value in ask(self._connection, "SHOW SESSION STATUS LIKE 'Handler\\_%'"):
            kind = name.split("_")[1]
            found[kind] = found.get(kind, 0) + int(value)
        return found

    def wait_for_disk(self, is_wanted: bool) -> bool:
        """False: one setting holds for the whole server."""
        return False

    def serving_process(self) -> None:
        """None: a thread, which the server names only to those who watch it."""

    def set_timeout(self, seconds: float | None) -> None:
        step = 10**self._dialect.timeout_decimals
        limit = math.ceil((seconds or 0) * self._dialect.timeout_units * step) / step
        with translated(self._dialect.title):
            ask(self._connection, f"SET SESSION {self._dialect.timeout} = {limit:.{self._dialect.timeout_decimals}f}")
        self._patience = seconds + _GRACE_SECONDS if seconds else 0.0
        self._wait(self._patience)

    def _wait(self, seconds: float) -> None:
        """How long a receive waits before it calls for help; 0 for ever. In the kernel: Python's own time limit would
        cost each send and receive a system call more."""
        pair = struct.pack("ll", int(seconds), round(seconds % 1 * 1e6))
        self._connection._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pair)

    def _cancel(self) -> None:
        """Has the running statement cancelled: the server's own limit spares writes, and whatever waits for a lock."""
        self._order(f"KILL QUERY {self._thread}")

    def _order(self, sql: str) -> None:
        other = connect(self._dialect, self._address)
        try:
            ask(other, sql)
        finally:
            other.close()

    def close(self) -> None:
        """A statement that still runs, because the lab was interrupted, is ended: its locks would outlive the
        connection."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._wire.is_waiting or not self._connection.open:
            with suppress(err.Error, OSError):
                self._order(f"KILL {self._thread}")
        if self._connection.open:
            self._connection.close()

    def _names(self) -> list[str]:
        try:
            return catalog.names(self._connection)
        except err.Error as error:
            raise StatementError(message_of(error)) from error


def _traditional(row: Sequence[Any]) -> str:
    """A row of EXPLAIN FORMAT=TRADITIONAL, for the writes MySQL has no tree for."""
    _, kind, table, _, access, _, key, _, _, count, _, extra = row
    return f"-> {kind} {table} by {access}{f' of {key}' if key else ''}  (rows={count}){f': {extra}' if extra else ''}"


def _read_before(row: Sequence[Any]) -> str:
    """MySQL reads a row by a unique key before the plan begins, and its tree does not say of which table."""
    return f"-> Row of {row[2]} read before execution, by {row[6] or 'no key'}"


def _mark(sql: str) -> tuple[str, list[str]]:
    """`:name` parameters as `?`, and the names in their order, as often as each occurs."""
    names: list[str] = []

    def mark(name: str) -> str:
        names.append(name)
        return "?"

    return rewrite_placeholders(sql, mark), names


def _values(names: Sequence[str], parameters: Mapping[str, Value]) -> list[Value]:
    return [_in_utc(parameters[name]) for name in names]


def _in_utc(value: Value) -> Value:
    """A moment without its zone: columns hold none, and MariaDB reads none."""
    if not isinstance(value, str) or not _ZONED.fullmatch(value):
        return value
    moment = datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
