"""SQLite, as Python's own module links it."""

from __future__ import annotations

import errno
import itertools
import json
import re
import shutil
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from lab.engines.beyond import beyond
from lab.engines.ddl import check_names, create_index, enum_check, foreign_key_clause, key_clause, named
from lab.engines.engine import (
    ChangeSql,
    Ddl,
    DiskFull,
    Explained,
    Prepared,
    Server,
    StatementError,
    StatementTimeout,
    Text,
    UnknownName,
    orphans_sql,
    quote,
    quote_all,
)
from lab.engines.rules import violation_queries
from lab.engines.statements import below, first_line, statements
from lab.errors import Interrupted, LabError, did_you_mean
from lab.model.change import AddIndex, Change, DropIndex
from lab.model.placeholder import placeholders
from lab.model.run import Relation, RuleCheck
from lab.model.schema import Column, ForeignKey, Index, IndexPart, Key, Loss, Position, Schema, Table, Type
from lab.model.workload import Operation, Value

name = "sqlite"
title = "SQLite"
noop_sql = "SELECT 1"
load_connections = 1
timed_interval = (
    "SQLite runs the statement inside this process, row by row, and each row becomes Python values as it comes"
)
decodes_in_time = True
has_server = False

_AFFINITY = {
    "smallint": "INTEGER",
    "integer": "INTEGER",
    "bigint": "INTEGER",
    "oid": "INTEGER",
    "boolean": "BOOLEAN",
    "real": "REAL",
    "double precision": "REAL",
    "numeric": "NUMERIC",
    "money": "NUMERIC",
    "bytea": "BLOB",
    "citext": "TEXT COLLATE NOCASE",
}
_NOW = {
    "timestamptz": "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000+00:00')",
    "timestamp": "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')",
    "date": "CURRENT_DATE",
    "time": "CURRENT_TIME",
}
"""The present moment, spelled as loaded values are."""
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "cache_size": "-65536",
    "mmap_size": "0",
}
_STEPS_BETWEEN_CHECKS = 200_000
_ROUNDED_DIGITS = 9


def create_sql(schema: Schema) -> Ddl:
    """Tables with all their constraints, since SQLite can add none later; indexes after the rows."""
    check_names(schema, title, ignores_case=True)
    losses: list[Loss] = []
    before = [_create_table(table, schema, losses) for table in schema.tables]
    after = [
        sql for table in schema.tables for index in table.indexes if (sql := _create_index(index, losses)) is not None
    ]
    losses += [
        Loss(statement.what, "not created: it is written in PostgreSQL's language", statement.position)
        for statement in schema.statements
    ]
    return Ddl(tuple(before), tuple(after), tuple(losses))


def _create_table(table: Table, schema: Schema, losses: list[Loss]) -> str:
    rowid = _rowid_column(table)
    lines = [_column(column, table, schema, column.name == rowid, losses) for column in table.columns]
    if table.primary_key and not rowid:
        lines.append(key_clause("PRIMARY KEY", _plain(table.primary_key)))
    lines += [key_clause("UNIQUE", _plain(key)) for key in table.uniques]
    for check in table.checks:
        if (expression := expression_sql(check.expression, table)) is not None:
            lines.append(named(check.name, f"CHECK ({expression})"))
        else:
            losses.append(Loss(f"check ({check.expression}) on {table.name}", "not enforced", check.position))
    for key in table.foreign_keys:
        known = replace(key, set_columns=(), is_match_full=False, is_period=False)
        lines.append(foreign_key_clause(known, quote(key.table)))
    losses += beyond(table)
    if table.partitioning:
        losses.append(Loss(f"partitions of {table.name}", "one table holds all rows", table.position))
    if table.namespace not in (None, "public"):
        losses.append(Loss(f"namespace of {table.name}", f"{table.namespace} is not kept", table.position))
    return f"CREATE TABLE {quote(table.name)} (\n  " + ",\n  ".join(lines) + "\n)"


def _plain(key: Key) -> Key:
    """A key as SQLite can have it."""
    return Key(key.columns, key.name)


def _rowid_column(table: Table) -> str | None:
    """The column that becomes INTEGER PRIMARY KEY, an alias of the rowid (SQLite manual, "ROWIDs")."""
    key = table.primary_key
    if key is None or len(key.columns) != 1:
        return None
    column = table.column(key.columns[0])
    return column.name if _AFFINITY.get(column.type.name) == "INTEGER" and not column.type.dimensions else None


def _column(column: Column, table: Table, schema: Schema, is_rowid: bool, losses: list[Loss]) -> str:
    parts = [quote(column.name), "INTEGER PRIMARY KEY" if is_rowid else _type(column.type)]
    where = f"{table.name}.{column.name}"
    if column.generated is not None:
        generated = expression_sql(column.generated, table)
        if generated is None:
            losses.append(
                Loss(f"generated column {where}", "stays NULL: its expression is PostgreSQL's", column.position)
            )
            return " ".join(parts)
        parts.append(f"GENERATED ALWAYS AS ({generated}) STORED")
    elif column.default is not None:
        default = default_sql(column.default, column.type)
        if default is None:
            losses.append(Loss(f"default of {where}", "must be given by the application", column.position))
        else:
            parts.append(f"DEFAULT {default}")
    if not column.is_nullable and not is_rowid:
        parts.append("NOT NULL")
    enum = schema.enum(column.type.name)
    if enum and not column.type.dimensions:
        parts.append(enum_check(column, enum))
    if column.type.dimensions:
        losses.append(Loss(f"array {where}", "kept as JSON text", column.position))
    return " ".join(parts)


def _type(type_: Type) -> str:
    if type_.dimensions:
        return "TEXT"
    if type_.name == "numeric" and type_.arguments:
        return f"NUMERIC({', '.join(map(str, type_.arguments))})"
    return _AFFINITY.get(type_.name, "TEXT")


def default_sql(expression: str, type_: Type) -> str | None:
    """What follows DEFAULT; None when SQLite cannot say it."""
    if re.fullmatch(r"(?i)now\(\)|current_(date|time(stamp)?(\(\d\))?)", expression.strip()):
        return _NOW.get(type_.name, _NOW["timestamptz"])
    if type_.name == "bytea" and (digits := re.match(r"'\\x((?:[0-9a-fA-F]{2})*)'", expression)):
        return f"X'{digits[1]}'"
    translated = _expression(expression)
    if translated is None or not _is_accepted(translated, None):
        return None
    return translated if re.fullmatch(r"-?[\d.]+|'(?:[^']|'')*'|NULL|TRUE|FALSE", translated) else f"({translated})"


def _expression(expression: str) -> str | None:
    """A PostgreSQL expression in SQLite's words; None when it has none."""
    try:
        tree = sqlglot.parse_one(expression, read="postgres")
        plain = tree.transform(_without_text_cast).transform(_within_rounding)
        return plain.sql(dialect="sqlite", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError:
        return None


def expression_sql(expression: str, table: Table) -> str | None:
    """A PostgreSQL expression over a table's columns in SQLite's words; None when it has none."""
    found = _expression(expression)
    return found if found is not None and _is_accepted(found, table) else None


def _within_rounding(node: exp.Expr) -> exp.Expr:
    """`total = net + tax` of decimals, which SQLite keeps as binary floating point: equal but for the last bits."""
    if isinstance(node, exp.EQ) and any(
        side.find(exp.Add, exp.Sub, exp.Mul, exp.Div) for side in (node.left, node.right)
    ):
        digits = exp.Literal.number(_ROUNDED_DIGITS)
        left, right = (exp.Round(this=side.copy(), decimals=digits.copy()) for side in (node.left, node.right))
        return exp.EQ(this=left, expression=right)
    return node


def _without_text_cast(node: exp.Expr) -> exp.Expr:
    """`'x'::order_status` is what PostgreSQL makes of an enum's default; SQLite stores the text."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.is_string:
        return node.this
    return node


def _is_accepted(expression: str, table: Table | None) -> bool:
    """Whether SQLite knows every function and operator: asked of an empty database in memory."""
    columns = ", ".join(f"NULL AS {quote(column.name)}" for column in table.columns) if table else "NULL"
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"SELECT {expression} FROM (SELECT {columns})")
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return True


def _create_index(index: Index, losses: list[Loss]) -> str | None:
    what = f"index {index.name}"
    if index.method not in ("btree", "hash", "brin"):
        losses.append(Loss(what, f"not created: SQLite has no {index.method}", index.position))
        return None
    if index.method != "btree":
        losses.append(Loss(what, f"a B-tree in place of {index.method}", index.position))
    if index.include and not index.is_unique:
        losses.append(Loss(what, "its INCLUDE columns become the last keys", index.position))
    if index.include and index.is_unique:
        losses.append(Loss(what, "its INCLUDE columns are left out", index.position))
    for text in (*(part.value for part in index.parts if part.is_expression), *filter(None, [index.where])):
        if not _is_indexable(text):
            losses.append(Loss(what, f"not created: SQLite has no expression {text}", index.position))
            return None
    return _index_sql(index)


def _is_indexable(expression: str) -> bool:
    """Whether SQLite knows an expression, and knows it to be deterministic: asked of an empty table in memory."""
    text = _expression(expression)
    if text is None:
        return False
    columns = {column.name for column in sqlglot.parse_one(expression, read="postgres").find_all(exp.Column)}
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"CREATE TABLE t ({quote_all([*columns, 'rest of it'])})")
        connection.execute(f"CREATE INDEX i ON t ({text})")
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return True


def _index_sql(index: Index) -> str:
    def render(expression: str) -> str:
        translated = _expression(expression)
        if translated is None:
            raise LabError(f"SQLite cannot index the expression {expression} of {index.name}")
        return translated

    keys = tuple(replace(part, operator_class=None, nulls=None, collation=None) for part in index.parts)
    if not index.is_unique:
        keys += tuple(IndexPart(column) for column in index.include)
    plain = replace(index, parts=keys, options="", has_distinct_nulls=True)
    return create_index(plain, quote(index.table), render)


def change_sql(change: Change) -> ChangeSql:
    losses: list[Loss] = []
    match change:
        case AddIndex(index) | DropIndex(index):
            create = _create_index(index, losses)
            if create is None:
                raise LabError(f"SQLite has no {index.method} indexes: {index.name} cannot be built")
            forth, back = (Text(create),), (Text(f"DROP INDEX {quote(index.name)}"),)
            up, down = (forth, back) if isinstance(change, AddIndex) else (back, forth)
            return ChangeSql(up, down, tuple(losses))
    dialect = name if name in change.up else ""
    if dialect not in change.up:
        raise LabError(f"variant {change.name} has no migration for {title}", f"write {change.name}.{name}.sql")
    up_at, down_at = change.positions.get(dialect, (None, None))
    split = split_script if dialect == name else _translate
    return ChangeSql(tuple(split(change.up[dialect], up_at)), tuple(split(change.down[dialect], down_at)))


def split_script(script: str, position: Position | None) -> Iterator[Text]:
    """SQLite's own statements, one by one; a trigger's body holds semicolons of its own."""
    statement, line = "", 0
    for number, text in enumerate(script.splitlines(keepends=True)):
        if not statement.strip():
            statement, line = "", number
        statement += text
        if sqlite3.complete_statement(statement):
            yield Text(statement, below(position, line))
            statement = ""
    if re.sub(r"--[^\n]*", "", statement).strip():
        yield Text(statement, below(position, line))


def _translate(script: str, position: Position | None) -> Iterator[Text]:
    """Statements of PostgreSQL's dialect in SQLite's. Raises LabError at the first that cannot be said."""
    for sql, line in statements(script):
        where = below(position, line)
        yield Text(_translate_statement(sql, where), where, sql)


def _translate_statement(sql: str, position: Position | None) -> str:
    where = f"{position}: " if position else ""
    remedy = "give SQLite its own text: `-- engine: sqlite` in a workload, <variant>.sqlite.sql for a variant"
    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except SqlglotError as error:
        raise LabError(f"{where}cannot read this as PostgreSQL: {first_line(error)}", remedy) from error
    if reason := _untranslatable(tree):
        raise LabError(f"{where}SQLite has no {reason}", remedy)
    try:
        return _without_what_sqlite_ignores(tree).sql(dialect="sqlite", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise LabError(f"{where}cannot be said in SQLite: {first_line(error)}", remedy) from error


def _untranslatable(tree: exp.Expr) -> str:
    """What sqlglot would drop in silence."""
    if isinstance(tree, exp.Command):
        return f"{tree.name.upper()} as written here"
    if tree.find(exp.TimestampTrunc, exp.DateTrunc):
        return "date_trunc"
    parameters = tree.find(exp.IndexParameters)
    if parameters is not None:
        if parameters.args.get("include"):
            return "INCLUDE in an index"
        using = parameters.args.get("using")
        if using is not None and using.name.lower() != "btree":
            return f"{using.name.upper()} index"
    return ""


def _without_what_sqlite_ignores(tree: exp.Expr) -> exp.Expr:
    """CONCURRENTLY, and where an index puts NULLs: SQLite builds in one step and holds NULL to be smallest."""
    if isinstance(tree, exp.Create | exp.Drop) and tree.args.get("concurrently"):
        tree.set("concurrently", False)
    if isinstance(tree, exp.Create) and tree.kind == "INDEX":
        for key in tree.find_all(exp.Ordered):
            key.set("nulls_first", not key.args.get("desc"))
    return tree


def query_sql(operation: Operation) -> Text:
    position = operation.text_position(name)
    if name in operation.sql:
        return Text(operation.sql[name], position)
    text = operation.text(name)
    return Text(_translate_statement(text, position), position, text)


def connect(server: Server, database: str) -> SqliteDatabase:
    return SqliteDatabase(_path(server, database))


def create_database(server: Server, name: str) -> None:
    connection = sqlite3.connect(_path(server, name))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


def clone_database(server: Server, source: str, target: str) -> None:
    with _translated(""):
        shutil.copyfile(_path(server, source), _path(server, target))


def drop_database(server: Server, name: str) -> None:
    path = _path(server, name)
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def list_databases(server: Server) -> list[str]:
    return sorted(path.stem.removeprefix(server.prefix) for path in Path(server.address).glob(f"{server.prefix}*.db"))


def server_version(address: str) -> str:
    return sqlite3.sqlite_version


def settings(server: Server) -> Mapping[str, str]:
    return {**PRAGMAS, "page_size": "4096", "sqlite_version": sqlite3.sqlite_version}


def _path(server: Server, database: str) -> Path:
    return Path(server.address) / f"{server.prefix}{database}.db"


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
        def known(check: str) -> str | None:
            translated = _expression(check)
            return translated if translated is not None and _is_accepted(translated, table) else None

        for rule, query in violation_queries(table, quote(table.name), known, _type_conditions(table)):
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
            with _translated(sql, position, self._names):
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


def python_values(column: pa.Array) -> list[Any]:
    """A column as SQLite stores it: decimals as numbers, times as ISO 8601 text in UTC, uuids and arrays as text."""
    kind = column.type
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64()).to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_timestamp(kind):
        text = column.cast(pa.timestamp(kind.unit)).cast(pa.string())  # strftime takes thirty times as long
        return (pc.binary_join_element_wise(text, "+00:00", "") if kind.tz else text).to_pylist()  # type: ignore[no-any-return]
    if pa.types.is_date(kind) or pa.types.is_time(kind):
        return column.cast(pa.string()).to_pylist()  # type: ignore[no-any-return]
    values: list[Any] = column.to_pylist()
    if pa.types.is_fixed_size_binary(kind) and kind.byte_width == 16:
        return [None if value is None else str(uuid.UUID(bytes=value)) for value in values]
    if pa.types.is_list(kind):
        return [None if value is None else json.dumps(value, default=str) for value in values]
    return values


def _type_conditions(table: Table) -> dict[str, str]:
    """What SQLite lets pass: it takes any value in any column ("Datatypes In SQLite", 3), texts of any length."""
    storage = {
        "INTEGER": "'integer'",
        "BOOLEAN": "'integer'",
        "REAL": "'real', 'integer'",
        "NUMERIC": "'real', 'integer'",
        "BLOB": "'blob'",
    }
    found = {}
    for column in table.columns:
        classes = storage.get(_type(column.type).partition("(")[0], "'text'")
        condition = f"typeof({quote(column.name)}) IN ({classes}, 'null')"
        if column.type.name in ("varchar", "char") and column.type.arguments and not column.type.dimensions:
            condition += f" AND coalesce(length({quote(column.name)}), 0) <= {column.type.arguments[0]}"
        found[f"{column.name} is {column.type}"] = condition
    return found


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


@contextmanager
def _translated(
    sql: str, position: Position | None = None, names: Callable[[], list[str]] | None = None
) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DiskFull("the disk SQLite writes to is full", _MORE_SPACE) from error
    except sqlite3.Error as error:
        _raise(error, sql, position, names)


_MORE_SPACE = "free some space, or lower --scale"


def _raise(
    error: sqlite3.Error, sql: str, position: Position | None = None, names: Callable[[], list[str]] | None = None
) -> NoReturn:
    message = str(error)
    if message == "interrupted":
        raise StatementTimeout("a statement ran longer than allowed and was interrupted") from error
    if "disk is full" in message:
        raise DiskFull("the disk SQLite writes to is full", _MORE_SPACE) from error
    unknown = re.search(r"no such (?:table|column|index): (?:\w+\.)*(\w+)|has no column named (\w+)", message)
    word = (unknown[1] or unknown[2]) if unknown else ""
    hint = did_you_mean(word, names(), "") if names and word else ""
    where = f"{_locate(sql, word, position)}: " if position else ""
    kind = UnknownName if unknown else StatementError
    raise kind(f"{where}SQLite says: {message}", hint) from error


def _locate(sql: str, word: str, position: Position) -> Position:
    """The line of the offending word, since SQLite gives none."""
    match = re.search(rf"\b{re.escape(word)}\b", sql) if word else None
    return Position(position.file, position.line + sql[: match.start() if match else 0].count("\n"))
