"""PostgreSQL 13 and newer."""

from __future__ import annotations

import itertools
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

import postgast
import psycopg
import pyarrow as pa
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.conninfo import conninfo_to_dict

from lab.engines.ddl import create_index, foreign_key_clause, key_clause, named, qualified, usual_name
from lab.engines.engine import (
    ChangeSql,
    Ddl,
    DiskFull,
    Explained,
    Prepared,
    Server,
    ServerLost,
    StaleStatement,
    StatementError,
    StatementTimeout,
    Text,
    UnknownName,
    literal,
    orphans_sql,
    quote,
)
from lab.engines.postgres_catalog import CATALOG, SIZES
from lab.engines.postgres_load import BUILT_IN, load_rows
from lab.engines.postgres_session import execute_together, in_session, part
from lab.engines.processes import is_named_after
from lab.engines.rules import violation_queries
from lab.errors import LabError, did_you_mean
from lab.model.change import AddIndex, Change, DropIndex
from lab.model.placeholder import rewrite_placeholders
from lab.model.run import Relation, RuleCheck
from lab.model.schema import Column, Enum, ForeignKey, Index, Partitioning, Position, Schema, Statement, Table, Type
from lab.model.workload import Operation, Value

# It warns of what it could not undo on a connection that was lost: the loss itself is raised, and told once.
logging.getLogger("psycopg").setLevel(logging.ERROR)

name = "postgres"
title = "PostgreSQL"
noop_sql = "SELECT 1"
load_connections = 3
timed_interval = (
    "libpq sends one prepared execution, its parameters encoded beforehand, and receives the whole result into its "
    "own memory; no row becomes a Python value"
)
decodes_in_time = False
has_server = True

_SETTINGS = (
    "autovacuum checkpoint_timeout default_toast_compression effective_cache_size fsync full_page_writes jit "
    "lc_collate maintenance_work_mem max_parallel_workers_per_gather max_wal_size random_page_cost server_version "
    "shared_buffers synchronous_commit wal_level work_mem"
).split()


def create_sql(schema: Schema) -> Ddl:
    """Tables before the rows; keys, indexes, references and verbatim statements after them: building an index
    once is cheaper than keeping it up row by row (PostgreSQL manual, 14.4 "Populating a Database")."""
    before = [f"CREATE SCHEMA {quote(space)}" for space in _namespaces(schema)]
    before += [statement.sql for statement in schema.statements if _makes_namespace(statement)]
    before += [enum_sql(enum) for enum in schema.enums]
    before += [f"COMMENT ON TYPE {qualified(enum)} IS {literal(enum.comment)}" for enum in schema.enums if enum.comment]
    early, late = _split_statements(schema)
    before += early
    after: list[str] = []
    for table in schema.tables:
        before.append(table_sql(table, schema))
        before += _alter_sequences(table)
        before += partitions_sql(table)
        before += comments_sql(table)
        after += _keys(table)
        after += [index_sql(index, qualified(table)) for index in table.indexes]
    for table, foreign_key in schema.foreign_keys():
        referenced = qualified(schema.table(foreign_key.table))
        after.append(f"ALTER TABLE {qualified(table)} ADD {foreign_key_clause(foreign_key, referenced)}")
    return Ddl(tuple(before), tuple(after + late))


def _namespaces(schema: Schema) -> list[str]:
    made = {match[1] for s in schema.statements if (match := re.match(r"schema (\S+)", s.what))}
    return sorted(set(schema.namespaces()) - made)


def _makes_namespace(statement: Statement) -> bool:
    return statement.what.startswith("schema ")


def _split_statements(schema: Schema) -> tuple[list[str], list[str]]:
    """Statements tables may need (extensions, domains, functions) and statements that need tables."""
    early = ("extension", "domain", "type", "sequence", "function", "collation", "cast", "operator")
    rows = {table.relation for table in schema.tables} | {
        s.what.split()[-1] for s in schema.statements if s.what.startswith(("view", "materialized view", "table"))
    }
    others = [s for s in schema.statements if not _makes_namespace(s)]
    is_early = [s.what.startswith(early) and not _takes_rows(s, rows) for s in others]
    first = [s.sql for s, is_first in zip(others, is_early, strict=True) if is_first]
    second = [s.sql for s, is_first in zip(others, is_early, strict=True) if not is_first]
    if any(s.what.startswith("function") for s in schema.statements):
        first.insert(0, "SET check_function_bodies = off")
    return first, second


def _takes_rows(statement: Statement, relations: set[str]) -> bool:
    """Whether a function's arguments or result are rows of a table or a view, which has to be there before it."""
    if not statement.what.startswith("function"):
        return False
    signature = re.split(r"(?is)\b(?:AS|LANGUAGE|BEGIN|RETURN)\b", statement.sql, maxsplit=1)[0]
    named = signature.partition("(")[2]
    return any(word.strip('"') in relations for word in re.findall(r'"[^"]+"|\w+(?:%TYPE)?', named))


def enum_sql(enum: Enum) -> str:
    return f"CREATE TYPE {qualified(enum)} AS ENUM ({', '.join(map(literal, enum.values))})"


def type_sql(type_: Type, schema: Schema) -> str:
    if enum := schema.enum(type_.name):
        return qualified(enum) + "[]" * type_.dimensions
    if not BUILT_IN.fullmatch(type_.name):
        return quote(type_.name) + "[]" * type_.dimensions
    if type_.name in ("timestamptz", "timestamp", "time", "timetz") and type_.arguments:
        return f"{type_.name}({type_.arguments[0]})" + "[]" * type_.dimensions
    return str(type_)


_SERIALS = {"smallint": "smallserial", "bigint": "bigserial"}


def _alter_sequences(table: Table) -> Iterator[str]:
    """Of serial columns that do not count 1, 2, 3."""
    for column in table.columns:
        if column.is_serial and column.sequence:
            sequence = qualified(replace(table, name=usual_name(table.relation, [column.name], "seq")))
            start = re.search(r"START WITH (-?\d+)", column.sequence)
            restart = f" RESTART WITH {start[1]}" if start else ""
            yield f"ALTER SEQUENCE {sequence} {column.sequence}{restart}"


def column_sql(column: Column, schema: Schema) -> str:
    serial = _SERIALS.get(column.type.name, "serial") if column.is_serial else None
    parts = [quote(column.name), serial or type_sql(column.type, schema)]
    if column.collation:
        parts.append(f"COLLATE {column.collation}")
    if column.generated is not None:
        parts.append(f"GENERATED ALWAYS AS ({column.generated}) {'VIRTUAL' if column.is_virtual else 'STORED'}")
    elif column.identity and not column.is_serial:
        options = f" ({column.sequence})" if column.sequence else ""
        parts.append(f"GENERATED {column.identity.upper()} AS IDENTITY{options}")
    elif column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if not column.is_nullable:
        parts.append("NOT NULL")
    return " ".join(parts)


def table_sql(table: Table, schema: Schema) -> str:
    lines = [column_sql(column, schema) for column in table.columns]
    lines += [
        named(check.name, f"CHECK ({check.expression})" + (" NO INHERIT" if check.is_no_inherit else ""))
        for check in table.checks
    ]
    sql = f"CREATE TABLE {qualified(table)} (\n  " + ",\n  ".join(lines) + "\n)"
    return sql + _partition_by(table.partitioning)


def _partition_by(how: Partitioning | None) -> str:
    return f" PARTITION BY {how.strategy.upper()} ({', '.join(how.keys)})" if how else ""


def partitions_sql(table: Table) -> Iterator[str]:
    waiting = [(table.name, table.partitioning)] if table.partitioning else []
    for parent, how in waiting:
        nested = dict(how.nested)
        for name, bounds in how.partitions:
            below = nested.get(name)
            names = qualified(replace(table, name=name)), qualified(replace(table, name=parent))
            yield f"CREATE TABLE {names[0]} PARTITION OF {names[1]} {bounds}{_partition_by(below)}"
            if below:
                waiting.append((name, below))


def comments_sql(table: Table) -> list[str]:
    texts = [f"COMMENT ON TABLE {qualified(table)} IS {literal(table.comment)}"] if table.comment else []
    return texts + [
        f"COMMENT ON COLUMN {qualified(table)}.{quote(column.name)} IS {literal(column.comment)}"
        for column in table.columns
        if column.comment
    ]


def _keys(table: Table) -> list[str]:
    clauses = [key_clause("PRIMARY KEY", table.primary_key)] if table.primary_key else []
    clauses += [key_clause("UNIQUE", key) for key in table.uniques]
    return [f"ALTER TABLE {qualified(table)} ADD {clause}" for clause in clauses]


def index_sql(index: Index, table: str) -> str:
    return create_index(index, table, str, index.method if index.method != "btree" else "", index.include)


def change_sql(change: Change) -> ChangeSql:
    match change:
        case AddIndex(index):
            return ChangeSql((Text(index_sql(index, quote(index.table))),), (_drop_index(index),))
        case DropIndex(index):
            return ChangeSql((_drop_index(index),), (Text(index_sql(index, quote(index.table))),))
    dialect = name if name in change.up else ""
    if dialect not in change.up:
        raise LabError(
            f"variant {change.name} has no migration for {title}",
            f"write {change.name}.{name}.sql beside the others",
        )
    up, down = change.positions.get(dialect, (None, None))
    return ChangeSql(tuple(_split(change.up[dialect], up)), tuple(_split(change.down[dialect], down)))


def online_sql(change: Change) -> ChangeSql:
    """`change_sql`, in the way that blocks no writer while it runs: for a database in service. Not for an index of a
    partitioned table, which PostgreSQL does not build so (manual, CREATE INDEX, "Building Indexes Concurrently")."""
    sql = change_sql(change)
    if not all(re.match(r"(CREATE|DROP) EXTENSION ", t.sql) or _OF_INDEX.match(t.sql) for t in (*sql.up, *sql.down)):
        return sql
    return ChangeSql(tuple(map(_concurrently, sql.up)), tuple(map(_concurrently, sql.down)), sql.losses)


_OF_INDEX = re.compile(r"((?:CREATE (?:UNIQUE )?|DROP )INDEX) (?!CONCURRENTLY)")


def _concurrently(text: Text) -> Text:
    return replace(text, sql=_OF_INDEX.sub(r"\1 CONCURRENTLY ", text.sql, count=1))


def _split(script: str, position: Position | None) -> Iterator[Text]:
    """The statements of a script, each with its line; a script that does not parse stays whole, for the server
    to say where."""
    try:
        statements = postgast.split(script)
    except postgast.PgQueryError:
        yield Text(script, position)
        return
    end = 0
    for statement in statements:
        start = script.index(statement, end)
        end = start + len(statement)
        yield Text(statement, position and Position(position.file, position.line + script[:start].count("\n")))


def _drop_index(index: Index) -> Text:
    return Text(f"DROP INDEX {quote(index.name)}")


def query_sql(operation: Operation) -> Text:
    return Text(operation.text(name), operation.text_position(name))


def session_sql(settings: Mapping[str, str], sql: str) -> str:
    """`sql` in a session of its own, which `settings` are made for."""
    return in_session(settings, sql)


def connect(server: Server, database: str) -> PostgresDatabase:
    return PostgresDatabase(server, database)


def create_database(server: Server, name: str) -> None:
    _administer(server, f"CREATE DATABASE {quote(server.prefix + name)} TEMPLATE template0 ENCODING 'UTF8'")


def clone_database(server: Server, source: str, target: str) -> None:
    strategy = " STRATEGY FILE_COPY" if int(server.version.split(".")[0]) >= 15 else ""
    names = quote(server.prefix + target), quote(server.prefix + source)
    _administer(server, f"CREATE DATABASE {names[0]} TEMPLATE {names[1]}{strategy}")


def drop_database(server: Server, name: str) -> None:
    _administer(server, f"DROP DATABASE IF EXISTS {quote(server.prefix + name)} WITH (FORCE)")


def list_databases(server: Server) -> list[str]:
    with _session(server.address, not server.prefix) as connection:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) AND NOT datistemplate"
        found = connection.execute(query, [server.prefix]).fetchall()
    return sorted(name.removeprefix(server.prefix) for (name,) in found)


def server_version(address: str) -> str:
    with _session(address) as connection:
        return str(connection.info.parameter_status("server_version")).split()[0]


def settings(server: Server) -> Mapping[str, str]:
    with _session(server.address, not server.prefix) as connection:
        query = "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s) ORDER BY name"
        return dict(connection.execute(query, [list(_SETTINGS)]).fetchall())


@contextmanager
def _session(address: str, is_own: bool = False) -> Iterator[psycopg.Connection]:
    """A session outside the lab's own databases. Raises LabError when there is none to be had, which on a server of the
    lab's own can only mean that it is gone."""
    parts = conninfo_to_dict(address)
    try:
        connection = psycopg.connect(address, dbname=str(parts.get("dbname") or "postgres"), autocommit=True)
    except psycopg.OperationalError as error:
        if is_own:
            raise ServerLost(f"the PostgreSQL server went away: {_reason(error)}") from error
        where = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}"
        raise LabError(
            f"cannot connect to PostgreSQL at {where}: {_reason(error)}",
            "check host, port, user and password: postgresql://user:password@host:5432/postgres",
        ) from error
    with connection:
        yield connection


def _reason(error: psycopg.OperationalError) -> str:
    """The first line of libpq's message, without where it was trying to connect to."""
    first = str(error).strip().splitlines()[0]
    return first.partition(" failed: ")[2] or first


def _administer(server: Server, statement: str) -> None:
    with _translated(statement), _session(server.address, not server.prefix) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege as error:
            raise LabError(
                f"the user may not do this on {server.spec}: {statement}",
                "the lab makes databases of its own: ALTER ROLE … CREATEDB, or name another user",
            ) from error


class PostgresDatabase:
    """A connection; see `lab.engines.engine.Database`."""

    def __init__(self, server: Server, database: str) -> None:
        self._connection = psycopg.connect(
            server.address,
            dbname=server.prefix + database,
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
            prepare_threshold=None,  # else psycopg, tidying up its own statements, deallocates those of `prepare` too
        )
        self._numbers = itertools.count(1)

    def run(self, texts: Iterable[Text]) -> None:
        texts = tuple(texts)
        # CREATE INDEX CONCURRENTLY and its like refuse to run inside a transaction.
        is_alone = any(re.search(r"\bCONCURRENTLY\b", text.sql) for text in texts)
        with nullcontext() if is_alone else self._connection.transaction():
            for text in texts:
                with _translated(text.sql, text.position, self._relation_names):
                    self._connection.execute(text.sql.encode())

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        with _translated(sql), self._session(sql, parameters) as query:
            numbered, names = _number(query)
            values = [_encode(parameters[key]) for key in names]
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
                numbered, names = _number(session)
                self._connection.execute(numbered.encode(), [_encode(parameters[key]) for key in names])
            yield query

    def load(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        with _translated(f"COPY {table.name}"), self._connection.transaction():
            return load_rows(self._connection, table, batches)

    def load_once(self, table: Table, batches: Iterable[pa.RecordBatch], mark: str) -> bool:
        with _translated(f"COPY {table.name}"), self._connection.transaction():
            # Whoever loads the same chunk at this moment is waited for here.
            marked = self._connection.execute(b"INSERT INTO lab_loaded VALUES ($1) ON CONFLICT DO NOTHING", [mark])
            if marked.rowcount:
                load_rows(self._connection, table, batches)
        return bool(marked.rowcount)

    def analyze(self) -> None:
        """VACUUM as autovacuum would have by then: index-only scans need the visibility map."""
        with _translated("VACUUM (ANALYZE)"):
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
            numbered, _ = _number(sql)
            result = self._connection.pgconn.prepare(b"lab_check", numbered.encode())
            if result.status != pq.ExecStatus.COMMAND_OK:
                error = psycopg.errors.error_from_result(result, encoding="utf-8")
                _raise(error, numbered, text.position, self._relation_names)
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
                _raise(error, sql, None)

        return Prepared(lambda parameters: (bind_session(parameters), bind(parameters)), execute, _count, self._decoder)

    def _prepare(self, sql: str) -> tuple[bytes, Callable[[Mapping[str, Value]], list[bytes | None]]]:
        """A prepared statement's name, and what encodes its parameters."""
        numbered, names = _number(sql)
        statement = f"lab_{next(self._numbers)}".encode()
        _count(self._connection.pgconn.prepare(statement, numbered.encode()))
        return statement, lambda parameters: [_encode_bytes(parameters[key]) for key in names]

    def _decoder(self, result: pq.abc.PGresult) -> Callable[[], list[tuple[Any, ...]]]:
        transformer = Transformer(self._connection)

        def decode() -> list[tuple[Any, ...]]:
            transformer.set_pgresult(result)
            return transformer.load_rows(0, result.ntuples, tuple)

        return decode

    def explain(self, sql: str, parameters: Mapping[str, Value]) -> Explained:
        text = self._explain("ANALYZE, BUFFERS", sql, parameters)
        root = self._explain("ANALYZE, BUFFERS, FORMAT JSON", sql, parameters)[0][0][0]["Plan"]
        return Explained("\n".join(line for (line,) in text), _work(root))

    def _explain(
        self, options: str, sql: str, parameters: Mapping[str, Value], is_undone: bool = True
    ) -> list[tuple[Any, ...]]:
        """What EXPLAIN says of a statement; one that EXPLAIN executes has to be undone."""
        with _translated(sql), self._session(sql, parameters, is_undone) as query:
            numbered, names = _number(query)
            values = [_encode(parameters[key]) for key in names]
            return self._connection.execute(f"EXPLAIN ({options}) {numbered}".encode(), values).fetchall()

    def wait_for_disk(self, is_wanted: bool) -> bool:
        self._connection.execute(b"RESET synchronous_commit" if is_wanted else b"SET synchronous_commit = off")
        return True

    def serving_process(self) -> int | None:
        process = self._connection.info.backend_pid
        return process if is_named_after(process, self._connection.info.dbname) else None

    def server_seconds(self, sql: str, parameters: Mapping[str, Value]) -> float:
        """Of the execution alone: without planning, and a write is undone, so without its commit."""
        explained = self._explain("ANALYZE, TIMING OFF, FORMAT JSON", sql, parameters)
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


def _number(sql: str) -> tuple[str, list[str]]:
    """`:name` parameters as `$1`, `$2`, …, and the names in that order."""
    names: list[str] = []

    def number(key: str) -> str:
        if key not in names:
            names.append(key)
        return f"${names.index(key) + 1}"

    return rewrite_placeholders(sql, number), names


def _encode(value: Value) -> str | None:
    """Parameters travel as text of unknown type, so that the server infers each from its context."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _encode_bytes(value: Value) -> bytes | None:
    text = _encode(value)
    return None if text is None else text.encode()


def _count(result: pq.abc.PGresult) -> int:
    if result.status == pq.ExecStatus.TUPLES_OK:
        return result.ntuples
    if result.status != pq.ExecStatus.COMMAND_OK:
        _raise(psycopg.errors.error_from_result(result, encoding="utf-8"), "", None)
    return result.command_tuples or 0


def _work(node: Mapping[str, Any]) -> dict[str, float]:
    """Buffers touched by the whole plan; rows read by its scans, those filtered away included."""
    buffers = node.get("Shared Hit Blocks", 0) + node.get("Shared Read Blocks", 0)
    return {"buffers": float(buffers), "rows read": float(sum(_rows_read(node)))}


def _rows_read(node: Mapping[str, Any]) -> Iterator[float]:
    children = node.get("Plans", ())
    if "Scan" in node["Node Type"] and "Bitmap Index" not in node["Node Type"]:
        removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        yield (node.get("Actual Rows", 0) + removed) * node.get("Actual Loops", 1)
    for child in children:
        yield from _rows_read(child)


@contextmanager
def _translated(sql: str, position: Position | None = None, names: Any = None) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        _raise(error, sql, position, names)


def _raise(error: psycopg.Error, sql: str, position: Position | None, names: Any = None) -> NoReturn:
    """The lab's error for the driver's, with the line in the user's file."""
    message = (error.diag.message_primary or str(error)).strip()
    if isinstance(error, psycopg.errors.QueryCanceled):
        raise StatementTimeout(f"a statement was cancelled: {message}") from error
    if isinstance(error, psycopg.errors.DiskFull):
        raise DiskFull(
            f"the disk PostgreSQL writes to is full: {message}", "free some space, or lower --scale"
        ) from error
    if error.sqlstate is None or error.sqlstate.startswith(("57P", "08")):
        raise ServerLost(f"the PostgreSQL server went away: {message}") from error
    where = _locate(error, sql, position)
    hint = error.diag.message_hint or _did_you_mean(error, names) or error.diag.message_detail or ""
    unknown = isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn)
    is_stale = isinstance(error, psycopg.errors.FeatureNotSupported) and "cached plan" in message
    kind = StaleStatement if is_stale else UnknownName if unknown else StatementError
    raise kind(f"{where}PostgreSQL says: {message}", hint) from error


def _locate(error: psycopg.Error, sql: str, position: Position | None) -> str:
    if position is None:
        return ""
    offset = int(error.diag.statement_position or 1) - 1
    line = position.line + sql[:offset].count("\n")
    return f"{Position(position.file, line)}: "


def _did_you_mean(error: psycopg.Error, names: Any) -> str:
    if names is None or not isinstance(error, psycopg.errors.UndefinedTable):
        return ""
    wanted = re.search(r'relation "([^"]+)"', str(error))
    return did_you_mean(wanted[1], names() if error.sqlstate else (), "") if wanted else ""
