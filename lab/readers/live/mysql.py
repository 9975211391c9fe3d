"""A running MySQL or MariaDB -> the model.

Source: MySQL's manual, "INFORMATION_SCHEMA Tables"; MariaDB's where it differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa

from lab.errors import LabError
from lab.model.schema import Check, ForeignKey, Schema, Table
from lab.readers.live import TIMEOUT_SECONDS
from lab.readers.live.refuting import refuting_sql
from lab.readers.live.texts import texts
from lab.readers.mysql.model import (
    JSON_VALID,
    ColumnRow,
    IndexRow,
    Notes,
    PartRow,
    check_of,
    column_of,
    reference,
    schema_of,
    with_index,
)
from lab.readers.mysql.script import literal

if TYPE_CHECKING:
    from lab.engines.mysql.driver import Connection

_TABLES = """
    SELECT table_name, table_comment FROM information_schema.tables
    WHERE table_schema = database() AND table_type = 'BASE TABLE' ORDER BY create_time, table_name"""
_COLUMNS = """
    SELECT table_name, column_name, column_type, is_nullable, column_default, extra, generation_expression,
           column_comment, collation_name
    FROM information_schema.columns WHERE table_schema = database() ORDER BY table_name, ordinal_position"""
_INDEXES = """
    SELECT table_name, index_name, non_unique, index_type, column_name, {expression}, collation, sub_part
    FROM information_schema.statistics WHERE table_schema = database()
    ORDER BY table_name, index_name, seq_in_index"""
_FOREIGN_KEYS = """
    SELECT r.table_name, r.constraint_name, k.column_name, r.referenced_table_name, k.referenced_column_name,
           r.delete_rule, r.update_rule
    FROM information_schema.referential_constraints r
    JOIN information_schema.key_column_usage k ON k.constraint_schema = r.constraint_schema
     AND k.constraint_name = r.constraint_name AND k.table_name = r.table_name
    WHERE r.constraint_schema = database() ORDER BY r.table_name, r.constraint_name, k.ordinal_position"""
_CHECKS = """
    SELECT t.table_name, c.constraint_name, c.check_clause FROM information_schema.check_constraints c
    JOIN information_schema.table_constraints t ON t.constraint_schema = c.constraint_schema
     AND t.constraint_name = c.constraint_name{owner}
    WHERE c.constraint_schema = database() AND t.constraint_type = 'CHECK' ORDER BY t.table_name, c.constraint_name"""
_REST = """
    SELECT concat('view ', table_name) FROM information_schema.views WHERE table_schema = database()
    UNION ALL SELECT concat('trigger ', trigger_name) FROM information_schema.triggers WHERE trigger_schema = database()
    UNION ALL SELECT concat(lower(routine_type), ' ', routine_name) FROM information_schema.routines
    WHERE routine_schema = database()
    UNION ALL SELECT concat('event ', event_name) FROM information_schema.events WHERE event_schema = database()
    UNION ALL SELECT DISTINCT concat('partitions of ', table_name) FROM information_schema.partitions
    WHERE table_schema = database() AND partition_name IS NOT NULL"""
_HEXADECIMAL = re.compile(r"(?i)(?:0x|x')((?:[0-9a-f]{2})*)'?")
_BYTES = re.compile(r"(?i)(?:var)?binary\b|\w*blob\b")


@dataclass(slots=True)
class _Session:
    connection: Connection
    is_mariadb: bool
    notes: Notes = field(default_factory=Notes)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(_text(value) for value in row) for row in cursor.fetchall()]

    def by_table(self, sql: str) -> dict[str, list[tuple[Any, ...]]]:
        return {name: list(rows) for name, rows in groupby(self.ask(sql), key=lambda row: str(row[0]))}


def _text(value: object) -> object:
    return value.decode() if isinstance(value, bytes) else value


def read(address: str) -> Schema:
    """Raises LabError when the server does not answer, or the driver is not installed."""
    with _connected(address) as connection:
        return _read(connection)


def rows(address: str, table: Table, most: int) -> pa.Table:
    """A table's first rows, `most` of them, as texts. Raises LabError like `read`."""
    with _connected(address) as connection:
        session = _Session(connection, False)
        session.ask("START TRANSACTION READ ONLY")
        names = [column.name for column in table.columns]
        casts = ", ".join(f"CAST({_quoted(name)} AS CHAR)" for name in names)
        found = session.ask(f"SELECT {casts} FROM {_quoted(table.name)} LIMIT {most}")
        return texts(names, found)


def is_refuted(address: str, table: Table, left: Sequence[str], right: str) -> bool:
    """Whether any rows contradict that `left` determines `right`. Raises LabError like `read`."""
    question = refuting_sql(_quoted(table.name), map(_quoted, left), _quoted(right), "CAST({} AS BINARY)".format)
    with _connected(address) as connection:
        return bool(_Session(connection, False).ask(question))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


@contextmanager
def _connected(address: str) -> Iterator[Connection]:
    try:
        session_module = import_module("lab.engines.mysql.session")
        errors = import_module("lab.engines.mysql.errors")
        driver = import_module("lab.engines.mysql.driver")
    except ModuleNotFoundError as error:
        raise LabError("reading MySQL needs PyMySQL", 'pip install "schema-performance-lab[mysql]"') from error
    database = urlsplit(address).path.strip("/")
    scheme = urlsplit(address).scheme.lower()
    dialect = import_module(f"lab.engines.{scheme}").DIALECT
    if not database:
        raise LabError(f"{_shown(address)} names no database", f"write {scheme}://user:password@host:3306/database")
    place = session_module.parse_address(address, dialect)
    try:
        connection = session_module.connect(dialect, place, database)
    except (driver.err.Error, OSError) as error:
        raise errors.cannot_connect(error, dialect.title, str(place), session_module.example(dialect)) from error
    with closing(connection), errors.translated(dialect.title):
        yield connection


def _shown(address: str) -> str:
    """The address without a password."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or 'localhost'}{parts.path}"


def _read(connection: Connection) -> Schema:
    session = _Session(connection, False)
    session.is_mariadb = "mariadb" in str(session.ask("SELECT version()")[0][0]).lower()
    limit = f"max_statement_time = {TIMEOUT_SECONDS}"
    session.ask(f"SET SESSION {limit if session.is_mariadb else f'max_execution_time = {TIMEOUT_SECONDS * 1000}'}")
    session.ask("SET SESSION TRANSACTION READ ONLY")
    tables = tuple(_tables(session))
    for (what,) in session.ask(_REST):
        session.notes.lose(what, "left out: it is written in MySQL's language")
    return schema_of(tables, session.notes)


def _tables(session: _Session) -> Iterator[Table]:
    columns = session.by_table(_COLUMNS)
    expression = "NULL" if session.is_mariadb else "expression"
    indexes = session.by_table(_INDEXES.format(expression=expression))
    owner = " AND t.table_name = c.table_name" if session.is_mariadb else ""
    checks, foreign_keys = session.by_table(_CHECKS.format(owner=owner)), session.by_table(_FOREIGN_KEYS)
    for name, comment in session.ask(_TABLES):
        documents = {found[1] for row in checks.get(name, ()) if (found := JSON_VALID.fullmatch(row[2]))}
        rows = [_column(row, session) for row in columns.get(name, ())]
        table = Table(
            name,
            tuple(column_of(row, session.notes, row.name in documents) for row in rows),
            foreign_keys=tuple(_foreign_keys(foreign_keys.get(name, []), session)),
            checks=tuple(_checks(checks.get(name, []), session)),
            comment=comment,
        )
        yield _with_indexes(table, indexes.get(name, []), session)


def _column(row: tuple[Any, ...], session: _Session) -> ColumnRow:
    table, name, declared, nullable, default, extra, generated, comment, collation = row
    return ColumnRow(
        table,
        name,
        str(declared),
        nullable == "YES",
        _default(default, declared, extra, session),
        extra,
        _unescaped(generated or "", session),
        comment or "",
        str(collation),
    )


def _default(default: str | None, declared: str, extra: str, session: _Session) -> str | None:
    """As an expression: MySQL tells a text without its quotes, MariaDB with them."""
    if default is None:
        return None
    if _BYTES.match(declared) and (digits := _HEXADECIMAL.fullmatch(default)):
        return literal(bytes.fromhex(digits[1]).rstrip(b"\0").decode(errors="replace"))
    if session.is_mariadb or "DEFAULT_GENERATED" in extra:
        return _unescaped(default, session)
    return default if default.upper().startswith(("CURRENT_TIME", "B'")) else literal(default)


def _unescaped(clause: str, session: _Session) -> str:
    """An expression without the backslashes MySQL, not MariaDB, tells it with: `_utf8mb4\\'it\\'`."""
    return clause if session.is_mariadb else re.sub(r"\\([\\'])", r"\1", clause)


def _foreign_keys(rows: list[tuple[Any, ...]], session: _Session) -> Iterator[ForeignKey]:
    """MariaDB tells RESTRICT for NO ACTION, which are the same to InnoDB."""
    for name, group in groupby(rows, key=lambda row: str(row[1])):
        parts = list(group)
        _, _, _, table, _, *rules = parts[0]
        deleted, updated = ("" if session.is_mariadb and rule == "RESTRICT" else rule for rule in rules)
        yield reference(tuple(row[2] for row in parts), table, tuple(row[4] for row in parts), (deleted, updated), name)


def _checks(rows: list[tuple[Any, ...]], session: _Session) -> Iterator[Check]:
    for table, name, clause in rows:
        if JSON_VALID.fullmatch(clause):
            continue
        if check := check_of((table, name, _unescaped(clause, session)), session.notes):
            yield check


def _with_indexes(table: Table, rows: list[tuple[Any, ...]], session: _Session) -> Table:
    for name, group in groupby(rows, key=lambda row: str(row[1])):
        found = list(group)
        parts = tuple(
            PartRow(column or _unescaped(str(expression), session), not column, collation == "D", prefix)
            for _, _, _, _, column, expression, collation, prefix in found
        )
        table = with_index(table, IndexRow(name, parts, not int(found[0][2]), found[0][3]), session.notes)
    return table
