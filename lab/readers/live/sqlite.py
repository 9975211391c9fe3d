"""A file of SQLite -> the model.

Source: SQLite's manual, "PRAGMA Statements" and "The Schema Table".
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from lab.errors import LabError
from lab.model.schema import Action, Check, Column, ForeignKey, Index, Key, Loss, Schema, Table, Type
from lab.readers.live.refuting import refuting_sql
from lab.readers.live.texts import texts
from lab.readers.references import without_dangling
from lab.readers.spelling import with_own_spelling
from lab.readers.sql import parse_index
from lab.readers.sqlite_text import Definition, definitions
from lab.readers.translated import postgres_expression
from lab.readers.types import parse_foreign_type

_JSON_VALID = re.compile(r"""(?i)\s*json_valid\s*\(\s*["`\[]?(\w+)["`\]]?\s*\)\s*""")
_TRUTH = re.compile(r"""(?i)\s*["`\[]?(\w+)["`\]]?\s+IN\s*\(\s*(?:0\s*,\s*1|1\s*,\s*0)\s*\)\s*""")
_ACTIONS: dict[str, Action] = {
    "CASCADE": "cascade",
    "RESTRICT": "restrict",
    "SET NULL": "set null",
    "SET DEFAULT": "set default",
}
SHADOWS = frozenset("data idx content docsize config segments segdir stat node parent rowid".split())
"""Tables a virtual one keeps its data in, by what follows its name (SQLite's manual, "FTS5 Extension" 9)."""


@dataclass(slots=True)
class _Session:
    connection: sqlite3.Connection
    losses: list[Loss] = field(default_factory=list)

    def ask(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, values).fetchall()

    def lose(self, what: str, consequence: str) -> None:
        self.losses.append(Loss(what, consequence))


def read(address: str) -> Schema:
    """Raises LabError when there is no such file, or it is no database."""
    with _connected(address) as connection:
        return read_connection(connection)


def rows(address: str, table: Table, most: int) -> pa.Table:
    """A table's first rows, `most` of them, as texts. Raises LabError like `read`."""
    with _connected(address) as connection:
        connection.text_factory = lambda data: data.decode(errors="replace")
        names = [column.name for column in table.columns]
        quoted = ['"' + name.replace('"', '""') + '"' for name in (*names, table.name)]
        casts = ", ".join(f"CAST({name} AS TEXT)" for name in quoted[:-1])
        return texts(names, connection.execute(f"SELECT {casts} FROM {quoted[-1]} LIMIT {most}").fetchall())


def is_refuted(address: str, table: Table, left: Sequence[str], right: str) -> bool:
    """Whether any rows contradict that `left` determines `right`. Raises LabError like `read`."""
    relation, value, *others = ('"' + name.replace('"', '""') + '"' for name in (table.name, right, *left))
    with _connected(address) as connection:
        question = refuting_sql(relation, others, value, "{} COLLATE BINARY".format)
        return connection.execute(question).fetchone() is not None


@contextmanager
def _connected(address: str) -> Iterator[sqlite3.Connection]:
    path = Path(re.sub(r"^sqlite:(//)?", "", address))
    if not path.is_file():
        raise LabError(f"there is no file {path}", "write sqlite:///absolute/path.db, or the file's path alone")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            yield connection
        except sqlite3.DatabaseError as error:
            raise LabError(f"cannot read {path}: {error}", "give a file of SQLite 3 nobody is writing to") from error


def read_connection(connection: sqlite3.Connection) -> Schema:
    """The schema of an open database."""
    session = _Session(connection)
    tables = tuple(_tables(session))
    _lose_rest(session)
    found = Schema(tables, losses=tuple(session.losses), provider="sqlite")
    return without_dangling(with_own_spelling(found))


def _tables(session: _Session) -> Iterator[Table]:
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY rowid"
    )
    for name, sql in session.ask(query):
        if sql.upper().startswith("CREATE VIRTUAL"):
            session.lose(f"virtual table {name}", "left out: it is SQLite's own")
        elif not _is_shadow(name, session):
            yield _table(name, sql, session)


def _is_shadow(name: str, session: _Session) -> bool:
    """Whether a table only keeps a virtual one's data."""
    virtual = session.ask("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'")
    return any(name in {f"{owner}_{part}" for part in SHADOWS} for (owner,) in virtual)


def _table(name: str, sql: str, session: _Session) -> Table:
    written = definitions(sql)
    columns = session.ask('SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)', name)
    in_key = sorted((place, column) for column, _, _, _, place, _ in columns if place)
    key = tuple(column for _, column in in_key)
    made = [_column(name, row, key, written, session) for row in columns]
    table = Table(
        name,
        tuple(made),
        Key(key) if key else None,
        foreign_keys=tuple(_foreign_keys(name, session)),
        checks=tuple(_checks(name, made, written, session)),
    )
    return _with_indexes(_with_documents(table, written), session)


def _with_documents(table: Table, written: list[Definition]) -> Table:
    """CHECK (json_valid(x)) makes a document of a text."""
    found = (_JSON_VALID.fullmatch(text) for definition in written for _, text in definition.checks)
    names = {match[1] for match in found if match}
    columns = [
        replace(column, type=Type("jsonb")) if column.name in names and column.type.name == "text" else column
        for column in table.columns
    ]
    return replace(table, columns=tuple(columns))


def _column(
    table: str, row: tuple[Any, ...], key: tuple[str, ...], written: list[Definition], session: _Session
) -> Column:
    name, declared, is_required, default, place, hidden = row
    type_, lost = parse_foreign_type(declared, "sqlite")
    if lost:
        session.lose(f"type of {table}.{name}", lost)
    column = Column(name, type_, is_nullable=not (is_required or place))
    own = next((each for each in written if each.name == name), Definition(name, 0))
    if own.collation not in ("", "BINARY"):
        session.lose(f"collation {own.collation} of {table}.{name}", "texts are compared as they are written")
    if hidden in (2, 3):
        return _generated(column, table, own.generated, hidden == 2, session)
    if key == (name,) and declared.upper() == "INTEGER":
        return column if _refers(table, name, session) else replace(column, identity="by default")
    if default is None or default.upper() == "NULL":
        return column
    sql = postgres_expression(default, "sqlite")
    if sql is None:
        session.lose(f"default {default} of {table}.{name}", "not set: PostgreSQL has no such expression")
    is_truth = type_.name == "boolean" and sql in ("0", "1")
    return replace(column, default={"0": "false", "1": "true"}[sql] if is_truth and sql else sql)


def _refers(table: str, column: str, session: _Session) -> bool:
    """Whether the column takes its values from another table, and SQLite's own numbers would be wrong ones."""
    return any(column == name for (name,) in session.ask('SELECT "from" FROM pragma_foreign_key_list(?)', table))


def _generated(column: Column, table: str, written: str | None, is_virtual: bool, session: _Session) -> Column:
    sql = postgres_expression(written, "sqlite") if written else None
    if sql is None:
        session.lose(f"generated column {table}.{column.name}", "a plain column: its expression is SQLite's own")
    elif is_virtual:
        session.lose(f"VIRTUAL of generated column {table}.{column.name}", "stored, as every version can")
    return replace(column, generated=sql)


def _checks(table: str, columns: list[Column], written: list[Definition], session: _Session) -> Iterator[Check]:
    """All but those that say what the column's type says: a document is valid, a truth value 0 or 1."""
    booleans = {column.name for column in columns if column.type.name == "boolean"}
    for name, text in (check for definition in written for check in definition.checks):
        truth = _TRUTH.fullmatch(text)
        if _JSON_VALID.fullmatch(text) or (truth and truth[1] in booleans):
            continue
        sql = postgres_expression(text, "sqlite")
        if sql is None:
            session.lose(f"check ({text}) of {table}", "not checked: it is SQLite's own")
        else:
            yield Check(sql, name)


def _foreign_keys(table: str, session: _Session) -> Iterator[ForeignKey]:
    query = (
        'SELECT id, "table", group_concat("from", char(31)), group_concat("to", char(31)), on_delete, on_update '
        "FROM (SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq) GROUP BY id ORDER BY id DESC"
    )
    for _, referenced, ours, theirs, deleted, updated in session.ask(query, table):
        columns = tuple(ours.split("\x1f"))
        named = tuple(theirs.split("\x1f")) if theirs else _primary_key(referenced, session)
        yield ForeignKey(
            columns, referenced, named, _ACTIONS.get(deleted, "no action"), _ACTIONS.get(updated, "no action")
        )


def _primary_key(table: str, session: _Session) -> tuple[str, ...]:
    rows = session.ask("SELECT name FROM pragma_table_xinfo(?) WHERE pk > 0 ORDER BY pk", table)
    return tuple(name for (name,) in rows)


def _with_indexes(table: Table, session: _Session) -> Table:
    uniques: list[Key] = []
    indexes: list[Index] = []
    rows = session.ask(
        "SELECT l.name, l.origin, m.sql FROM pragma_index_list(?) l "
        "LEFT JOIN sqlite_master m ON m.name = l.name ORDER BY l.seq DESC",
        table.name,
    )
    for name, origin, sql in rows:
        if origin == "u":
            columns = session.ask("SELECT name FROM pragma_index_info(?) ORDER BY seqno", name)
            uniques.append(Key(tuple(column for (column,) in columns)))
        elif origin == "c":
            indexes += _index(name, sql, session)
    return replace(table, uniques=tuple(uniques), indexes=tuple(indexes))


def _index(name: str, sql: str, session: _Session) -> list[Index]:
    plain = re.sub(r"\[([^\]]*)\]|`([^`]*)`", lambda found: f'"{found[1] or found[2]}"', sql)
    plain = re.sub(r"(?i)\s+COLLATE\s+(BINARY|NOCASE|RTRIM)\b", "", plain)
    if plain.upper().count("COLLATE") != sql.upper().count("COLLATE"):
        session.lose(f"collation in index {name}", "the database's own is used")
    try:
        return [replace(parse_index(plain), position=None)]
    except LabError as error:
        session.lose(f"index {name}", f"left out: {error.message.rpartition(': ')[2]}")
        return []


def _lose_rest(session: _Session) -> None:
    for kind, name in session.ask("SELECT type, name FROM sqlite_master WHERE type IN ('view', 'trigger')"):
        session.lose(f"{kind} {name}", "left out: it is written in SQLite's language")
