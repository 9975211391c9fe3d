"""A connection."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import pq
from psycopg.adapt import Transformer

from lab.engines.ddl import qualified
from lab.engines.engine import Explained, Prepared, Server, Text, orphans_sql
from lab.engines.postgres.catalog import CATALOG, SIZES
from lab.engines.postgres.errors import raise_translated, translated
from lab.engines.postgres.explain import work
from lab.engines.postgres.load import load_rows
from lab.engines.postgres.parameters import encode, encode_bytes, number_placeholders
from lab.engines.postgres.session import execute_together, part
from lab.engines.processes import is_named_after
from lab.engines.rules import violation_queries
from lab.model.run import Relation, RuleCheck
from lab.model.schema import ForeignKey, Schema, Table
from lab.model.workload import Value


class PostgresDatabase:
    """A connection; see `lab.engines.engine.Database`."""

    def __init__(self, server: Server, database: str) -> None:
        with translated(""):
            self._connection = psycopg.connect(
                server.address,
                dbname=server.prefix + database,
                autocommit=True,
                cursor_factory=psycopg.RawCursor,
                # Else psycopg, tidying up its own statements, deallocates those of `prepare`, too.
                prepare_threshold=None,
            )
        self._numbers = itertools.count(1)

    def run(self, texts: Iterable[Text]) -> None:
        texts = tuple(texts)
        # CREATE INDEX CONCURRENTLY and its like refuse to run inside a transaction.
        is_alone = any(re.search(r"\bCONCURRENTLY\b", text.sql) for text in texts)
        with nullcontext() if is_alone else self._connection.transaction():
            for text in texts:
                with translated(text.sql, text.position, self._relation_names):
                    self._connection.execute(text.sql.encode())

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        with translated(sql), self._session(sql, parameters) as query:
            numbered, names = number_placeholders(query)
            values = [encode(parameters[key]) for key in names]
            return self._connection.execute(numbered.encode(), values).fetchall()

    @contextmanager
    def _session(self, sql: str, parameters: Mapping[str, Value], is_undone: bool = False) -> Iterator[str]:
        """The transaction an operation's session lasts for, where it has one; gives the operation."""
        session, query = part(sql)
        if not session and not is_undone:
            yield query
            return
        with self._connection.transaction(force_rollback=is_undone):
            if session:
                numbered, names = number_placeholders(session)
                self._connection.execute(numbered.encode(), [encode(parameters[key]) for key in names])
            yield query

    def load(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        with translated(f"COPY {table.name}"), self._connection.transaction():
            return load_rows(self._connection, table, batches)

    def load_once(self, table: Table, batches: Iterable[pa.RecordBatch], mark: str) -> bool:
        with translated(f"COPY {table.name}"), self._connection.transaction():
            # Whoever loads the same chunk at this moment is waited for here.
            marked = self._connection.execute(b"INSERT INTO lab_loaded VALUES ($1) ON CONFLICT DO NOTHING", [mark])
            if marked.rowcount:
                load_rows(self._connection, table, batches)
        return bool(marked.rowcount)

    def analyze(self) -> None:
        """VACUUM as autovacuum would have by then: index-only scans need the visibility map."""
        with translated("VACUUM (ANALYZE)"):
            self._connection.execute(b"VACUUM (ANALYZE)")

    def count_orphans(self, table: Table, foreign_key: ForeignKey) -> int:
        return int(self.rows(orphans_sql(table, foreign_key), {})[0][0])

    def count_violations(self, table: Table, schema: Schema) -> Iterator[RuleCheck]:
        for rule, query in violation_queries(table, qualified(table), lambda expression: expression):
            yield RuleCheck(table.name, rule, int(self.rows(query, {})[0][0]))

    def catalog(self) -> dict[str, str]:
        rows = itertools.chain.from_iterable(self._connection.execute(query.encode()) for query in CATALOG)
        return dict(rows)

    def relations(self) -> tuple[Relation, ...]:
        rows = self._connection.execute(SIZES.encode()).fetchall()
        return tuple(Relation(table, int(count), int(heap), int(indexes)) for table, count, heap, indexes in rows)

    def check(self, text: Text) -> None:
        for sql in filter(None, part(text.sql)):
            numbered, names = number_placeholders(sql)
            result = self._connection.pgconn.prepare(b"lab_check", numbered.encode())
            if result.status != pq.ExecStatus.COMMAND_OK:
                error = psycopg.errors.error_from_result(result, encoding="utf-8")
                raise_translated(error, numbered, text.position, self._relation_names, names)
            self._connection.execute(b"DEALLOCATE lab_check")

    def prepare(self, sql: str) -> Prepared:
        session, query = part(sql)
        statement, bind = self._prepare(query)
        connection = self._connection.pgconn
        if not session:
            return Prepared(bind, partial(connection.exec_prepared, statement), _count, self._decoder)
        opening, bind_session = self._prepare(session)

        def execute(bound: tuple[list[bytes | None], list[bytes | None]]) -> pq.abc.PGresult:
            try:
                return execute_together(connection, opening, statement, bound)
            except psycopg.Error as error:
                raise_translated(error, sql, None)

        return Prepared(lambda parameters: (bind_session(parameters), bind(parameters)), execute, _count, self._decoder)

    def _prepare(self, sql: str) -> tuple[bytes, Callable[[Mapping[str, Value]], list[bytes | None]]]:
        """A prepared statement's name, and what encodes its parameters."""
        numbered, names = number_placeholders(sql)
        statement = f"lab_{next(self._numbers)}".encode()
        _count(self._connection.pgconn.prepare(statement, numbered.encode()))
        return statement, lambda parameters: [encode_bytes(parameters[key]) for key in names]

    def _decoder(self, result: pq.abc.PGresult) -> Callable[[], list[tuple[Any, ...]]]:
        transformer = Transformer(self._connection)

        def decode() -> list[tuple[Any, ...]]:
            transformer.set_pgresult(result)
            return transformer.load_rows(0, result.ntuples, tuple)

        return decode

    def explain(self, sql: str, parameters: Mapping[str, Value]) -> Explained:
        text = self.explain_with("ANALYZE, BUFFERS", sql, parameters)
        root = self.explain_with("ANALYZE, BUFFERS, FORMAT JSON", sql, parameters)[0][0][0]["Plan"]
        return Explained("\n".join(line for (line,) in text), work(root))

    def explain_with(
        self, options: str, sql: str, parameters: Mapping[str, Value], is_undone: bool = True
    ) -> list[tuple[Any, ...]]:
        """What EXPLAIN says of a statement; one that EXPLAIN executes has to be undone."""
        with translated(sql), self._session(sql, parameters, is_undone) as query:
            numbered, names = number_placeholders(query)
            values = [encode(parameters[key]) for key in names]
            return self._connection.execute(f"EXPLAIN ({options}) {numbered}".encode(), values).fetchall()

    def wait_for_disk(self, is_wanted: bool) -> bool:
        self._connection.execute(b"RESET synchronous_commit" if is_wanted else b"SET synchronous_commit = off")
        return True

    def serving_process(self) -> int | None:
        process = self._connection.info.backend_pid
        return process if is_named_after(process, self._connection.info.dbname) else None

    def server_seconds(self, sql: str, parameters: Mapping[str, Value]) -> float:
        """Of the execution alone: without planning, and a write is undone, so without its commit."""
        explained = self.explain_with("ANALYZE, TIMING OFF, FORMAT JSON", sql, parameters)
        return float(explained[0][0][0]["Execution Time"]) / 1000

    def set_timeout(self, seconds: float | None) -> None:
        self._connection.execute(f"SET statement_timeout = {round((seconds or 0) * 1000)}".encode())

    def close(self) -> None:
        self._connection.close()

    def _relation_names(self) -> list[str]:
        query = (
            b"SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r','p','v','m')"
        )
        return [row[0] for row in self._connection.execute(query).fetchall()]


def _count(result: pq.abc.PGresult) -> int:
    if result.status == pq.ExecStatus.TUPLES_OK:
        return result.ntuples
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise_translated(psycopg.errors.error_from_result(result, encoding="utf-8"), "", None)
    return result.command_tuples or 0
