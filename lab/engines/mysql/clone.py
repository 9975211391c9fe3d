"""A copy of a database. MySQL has no template databases: each table is made LIKE the original and filled.

On a server of the lab's own the tables' files are copied (MySQL manual, "Importing InnoDB Tables"), so that pages,
and with them speed and size, are the original's; elsewhere, and where a table cannot be exported (partitions, full
text), rows are inserted again.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.engines.engine import Server
from lab.engines.mysql.dialect import Dialect, literal, quote, quote_all
from lab.engines.mysql.driver import Connection, err
from lab.engines.mysql.session import ask, create_database, parse_address, session

_CHECK = re.compile(r"CONSTRAINT (`(?:[^`]|``)+`) CHECK (\(.*\)(?: /\*!80016 NOT ENFORCED \*/)?),?$", re.MULTILINE)
_REFERENCE = re.compile(r"^ *(CONSTRAINT `(?:[^`]|``)+` FOREIGN KEY .*?),?$", re.MULTILINE)


def clone_database(dialect: Dialect, server: Server, source: str, target: str) -> None:
    create_database(dialect, server, target)
    with session(dialect, server.address) as connection:
        Cloning(dialect, connection, server.prefix + source, server.prefix + target).run(
            parse_address(server.address, dialect).data
        )


class Cloning:
    """One copy from one database of a server to another that is empty."""

    def __init__(self, dialect: Dialect, connection: Connection, source: str, target: str) -> None:
        self._dialect = dialect
        self._connection = connection
        self._source = source
        self._target = target

    def run(self, data: Path | None) -> None:
        self._do(f"USE {quote(self._target)}")
        self._do("SET SESSION foreign_key_checks = 0, unique_checks = 0")
        tables = self._names(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = {source} "
            "AND table_type = 'BASE TABLE' ORDER BY table_name"
        )
        definitions = {table: self._definition(table) for table in tables}
        for table in tables:
            self._create(table, definitions[table])
        exported = [table for table in tables if data and _is_exportable(definitions[table])]
        if data and exported:
            self._copy_files(data, exported)
        for table in tables:
            if table not in exported:
                self._copy_rows(table)
        for table in tables:
            self._refer(table, definitions[table])
        self._copy_programs()
        if tables:
            self._do(f"ANALYZE TABLE {quote_all(tables)}")

    def _do(self, sql: str) -> None:
        ask(self._connection, sql)

    def _names(self, query: str) -> list[str]:
        return [name for (name,) in ask(self._connection, query.format(source=literal(self._source)))]

    def _definition(self, table: str) -> str:
        return str(ask(self._connection, f"SHOW CREATE TABLE {quote(self._source)}.{quote(table)}")[0][1])

    def _create(self, table: str, definition: str) -> None:
        """The empty table. LIKE keeps what no text tells: which indexes the server made for foreign keys itself."""
        self._do(f"CREATE TABLE {quote(table)} LIKE {quote(self._source)}.{quote(table)}")
        if not self._dialect.renames_copied_checks:
            return
        copied = _CHECK.findall(self._definition_of_copy(table))
        named = _CHECK.findall(definition)
        if copied and copied != named:
            dropped = [f"DROP CHECK {name}" for name, _ in copied]
            self._do(f"ALTER TABLE {quote(table)} {', '.join(dropped)}")
            added = [f"ADD CONSTRAINT {name} CHECK {clause}" for name, clause in named]
            self._do(f"ALTER TABLE {quote(table)} {', '.join(added)}")

    def _definition_of_copy(self, table: str) -> str:
        return str(ask(self._connection, f"SHOW CREATE TABLE {quote(table)}")[0][1])

    def _copy_files(self, data: Path, tables: Sequence[str]) -> None:
        for table in tables:
            self._do(f"ALTER TABLE {quote(table)} DISCARD TABLESPACE")
        originals = ", ".join(f"{quote(self._source)}.{quote(table)}" for table in tables)
        self._do(f"FLUSH TABLES {originals} FOR EXPORT")
        try:
            for table in tables:
                for suffix in (".ibd", ".cfg"):
                    name = _file_name(table) + suffix
                    shutil.copyfile(data / _file_name(self._source) / name, data / _file_name(self._target) / name)
        finally:
            self._do("UNLOCK TABLES")
        for table in tables:
            self._do(f"ALTER TABLE {quote(table)} IMPORT TABLESPACE")
            (data / _file_name(self._target) / f"{_file_name(table)}.cfg").unlink(missing_ok=True)

    def _copy_rows(self, table: str) -> None:
        query = (
            f"SELECT column_name FROM information_schema.columns WHERE table_schema = {{source}} "
            f"AND table_name = {literal(table)} AND coalesce(generation_expression, '') = '' ORDER BY ordinal_position"
        )
        columns = quote_all(self._names(query))
        self._do(f"INSERT INTO {quote(table)} ({columns}) SELECT {columns} FROM {quote(self._source)}.{quote(table)}")

    def _refer(self, table: str, definition: str) -> None:
        clauses = [f"ADD {clause}" for clause in _REFERENCE.findall(definition)]
        if clauses:
            self._do(f"ALTER TABLE {quote(table)} {', '.join(clauses)}")

    def _copy_programs(self) -> None:
        """Routines, views, triggers, events. A view may read another: those that cannot be made yet wait."""
        waiting = list(self._programs())
        while waiting:
            failed, last = [], None
            for program in waiting:
                try:
                    self._do(program)
                except err.Error as error:
                    failed.append(program)
                    last = error
            if last and len(failed) == len(waiting):
                raise last
            waiting = failed

    def _programs(self) -> Iterator[str]:
        """Their texts, without the name of the original's database."""
        for kind, query, place in _PROGRAMS:
            for name in self._names(query):
                row = ask(self._connection, f"SHOW CREATE {kind} {quote(self._source)}.{quote(name)}")[0]
                yield str(row[place]).replace(f"{quote(self._source)}.", "")


_PROGRAMS = (
    (
        "FUNCTION",
        "SELECT routine_name FROM information_schema.routines WHERE routine_schema = {source} "
        "AND routine_type = 'FUNCTION'",
        2,
    ),
    (
        "PROCEDURE",
        "SELECT routine_name FROM information_schema.routines WHERE routine_schema = {source} "
        "AND routine_type = 'PROCEDURE'",
        2,
    ),
    ("VIEW", "SELECT table_name FROM information_schema.views WHERE table_schema = {source}", 1),
    (
        "TRIGGER",
        "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = {source} "
        "ORDER BY event_object_table, action_timing, event_manipulation, action_order",
        2,
    ),
    ("EVENT", "SELECT event_name FROM information_schema.events WHERE event_schema = {source}", 3),
)
"""What a database holds beside its tables; where SHOW CREATE gives the text."""


def _is_exportable(definition: str) -> bool:
    return "FULLTEXT KEY" not in definition and "PARTITION BY" not in definition and "SPATIAL KEY" not in definition


def _file_name(name: str) -> str:
    """An identifier as a file's name (MySQL manual, "Mapping of Identifiers to File Names")."""
    return re.sub(r"[^0-9A-Za-z_]", lambda match: f"@{ord(match[0]):04x}", name)
