"""A running MySQL or MariaDB -> the model.

Source: MySQL's manual, "INFORMATION_SCHEMA Tables"; MariaDB's where it differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow as pa

from lab.errors import LabError
from lab.model.schema import Action, Check, Column, Enum, ForeignKey, Index, IndexPart, Key, Loss, Schema, Table, Type
from lab.readers.live import TIMEOUT_SECONDS
from lab.readers.live.texts import texts
from lab.readers.live.translated import postgres_expression
from lab.readers.names import with_own_names
from lab.readers.types import parse_foreign_type

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
_ACTIONS: dict[str, Action] = {
    "CASCADE": "cascade",
    "RESTRICT": "restrict",
    "SET NULL": "set null",
    "SET DEFAULT": "set default",
}
_JSON_VALID = re.compile(r"(?i)json_valid\(`([^`]+)`\)")
_ENUM_VALUES = re.compile(r"'((?:[^']|'')*)'")


@dataclass(slots=True)
class _Session:
    connection: Connection
    is_mariadb: bool
    losses: list[Loss] = field(default_factory=list)
    enums: list[Enum] = field(default_factory=list)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(_text(value) for value in row) for row in cursor.fetchall()]

    def by_table(self, sql: str) -> dict[str, list[tuple[Any, ...]]]:
        return {name: list(rows) for name, rows in groupby(self.ask(sql), key=lambda row: str(row[0]))}

    def lose(self, what: str, consequence: str) -> None:
        self.losses.append(Loss(what, consequence))


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
        casts = ", ".join(f"CAST(`{name.replace('`', '``')}` AS CHAR)" for name in names)
        found = session.ask(f"SELECT {casts} FROM `{table.name.replace('`', '``')}` LIMIT {most}")
        return texts(names, found)


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
        session.lose(what, "left out: it is written in MySQL's language")
    found = Schema(tables, tuple(session.enums), losses=tuple(session.losses), provider="mysql")
    return with_own_names(found)


def _tables(session: _Session) -> Iterator[Table]:
    columns = session.by_table(_COLUMNS)
    expression = "NULL" if session.is_mariadb else "expression"
    indexes = session.by_table(_INDEXES.format(expression=expression))
    owner = " AND t.table_name = c.table_name" if session.is_mariadb else ""
    checks, foreign_keys = session.by_table(_CHECKS.format(owner=owner)), session.by_table(_FOREIGN_KEYS)
    for name, comment in session.ask(_TABLES):
        documents = {found[1] for row in checks.get(name, ()) if (found := _JSON_VALID.fullmatch(row[2]))}
        table = Table(
            name,
            tuple(_column(row, session, row[1] in documents) for row in columns.get(name, ())),
            foreign_keys=tuple(_foreign_keys(foreign_keys.get(name, []), session)),
            checks=tuple(_checks(checks.get(name, []), session)),
            comment=comment,
        )
        yield _with_indexes(table, indexes.get(name, []), session)


def _column(row: tuple[Any, ...], session: _Session, is_document: bool) -> Column:
    """`is_document` is true for MariaDB's JSON, which is LONGTEXT with a check."""
    table, name, declared, nullable, default, extra, generated, comment, collation = row
    type_ = Type("jsonb") if is_document else _type(table, name, str(declared), collation, session)
    column = Column(name, type_, is_nullable=nullable == "YES", comment=comment or "")
    if "auto_increment" in extra.lower():
        return replace(column, identity="by default")
    if generated:
        sql = postgres_expression(generated, "mysql")
        if sql is None:
            session.lose(f"generated column {table}.{name}", "a plain column: its expression is MySQL's own")
        elif "virtual" in extra.lower():
            session.lose(f"VIRTUAL of generated column {table}.{name}", "stored, as every version can")
        return replace(column, generated=sql)
    if "on update" in extra.lower():
        session.lose(f"ON UPDATE CURRENT_TIMESTAMP of {table}.{name}", "not set when a row changes")
    return replace(column, default=_default(default, type_, extra, f"{table}.{name}", session))


def _type(table: str, name: str, declared: str, collation: str | None, session: _Session) -> Type:
    if declared.startswith(("enum(", "set(")):
        values = tuple(value.replace("''", "'") for value in _ENUM_VALUES.findall(declared))
        if declared.startswith("set("):
            session.lose(f"values of the set {table}.{name}", "kept as text")
            return Type("text")
        session.enums.append(Enum(f"{table}_{name}", values))
        return Type(f"{table}_{name}")
    if declared == "char(36)" and str(collation).startswith("ascii"):
        return Type("uuid")
    type_, lost = parse_foreign_type(declared, "mysql")
    if lost:
        session.lose(f"type of {table}.{name}", lost)
    return replace(type_, arguments=(0,)) if type_.name in ("timestamp", "time") and not type_.arguments else type_


def _default(default: str | None, type_: Type, extra: str, where: str, session: _Session) -> str | None:
    if default is None or (session.is_mariadb and default == "NULL"):
        return None
    is_expression = session.is_mariadb or "DEFAULT_GENERATED" in extra or default.upper().startswith("CURRENT_TIME")
    text = default if is_expression else "'" + default.replace("'", "''") + "'"
    sql = postgres_expression(text, "mysql")
    if sql is None:
        session.lose(f"default {default} of {where}", "not set: PostgreSQL has no such expression")
        return None
    bare = re.sub(r"^'(-?[\d.]+)'$", r"\1", sql)
    if type_.name == "boolean" and bare in ("0", "1"):
        return "true" if bare == "1" else "false"
    return bare if type_.name in ("smallint", "integer", "bigint", "numeric", "real", "double precision") else sql


def _foreign_keys(rows: list[tuple[Any, ...]], session: _Session) -> Iterator[ForeignKey]:
    for name, group in groupby(rows, key=lambda row: str(row[1])):
        parts = list(group)
        _, _, _, table, _, deleted, updated = parts[0]
        yield ForeignKey(
            tuple(row[2] for row in parts),
            table,
            tuple(row[4] for row in parts),
            _action(deleted, session),
            _action(updated, session),
            name=name,
        )


def _action(rule: str, session: _Session) -> Action:
    """InnoDB does the same for RESTRICT and NO ACTION, and MariaDB tells the one for the other."""
    if session.is_mariadb and rule == "RESTRICT":
        return "no action"
    return _ACTIONS.get(rule, "no action")


def _checks(rows: list[tuple[Any, ...]], session: _Session) -> Iterator[Check]:
    for table, name, clause in rows:
        if _JSON_VALID.fullmatch(clause):
            continue
        sql = postgres_expression(clause, "mysql")
        if sql is None:
            session.lose(f"check {name} of {table}", "not checked: it is MySQL's own")
        else:
            yield Check(sql, name)


def _with_indexes(table: Table, rows: list[tuple[Any, ...]], session: _Session) -> Table:
    for name, group in groupby(rows, key=lambda row: str(row[1])):
        parts = list(group)
        columns = tuple(row[4] for row in parts)
        if name == "PRIMARY":
            table = replace(table, primary_key=Key(columns))
        elif parts[0][3] != "BTREE":
            session.lose(f"{parts[0][3].lower()} index {name} of {table.name}", "left out: PostgreSQL has it otherwise")
        elif not int(parts[0][2]) and all(columns):
            table = replace(table, uniques=(*table.uniques, Key(columns, name)))
        elif not any(key.name == name and key.columns == columns for key in table.foreign_keys):
            table = replace(table, indexes=(*table.indexes, *_index(table, name, parts, session)))
    return table


def _index(table: Table, name: str, rows: list[tuple[Any, ...]], session: _Session) -> list[Index]:
    parts = []
    for _, _, _, _, column, expression, collation, prefix in rows:
        if prefix:
            session.lose(f"length {prefix} of {column} in index {name} of {table.name}", "the whole value is indexed")
        value = column or postgres_expression(str(expression), "mysql")
        if value is None:
            session.lose(f"index {name} of {table.name}", "left out: its expression is MySQL's own")
            return []
        parts.append(IndexPart(value, not column, collation == "D"))
    return [Index(name, table.name, tuple(parts), not int(rows[0][2]))]
