"""What a table or a column is for, as far as its shape and its name tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab.audit.naming import is_same_noun, last_word, words
from lab.audit.sql import alter, constraint_name, drop_constraint, drop_index
from lab.model.schema import Column, Index, Key, Position, Schema, Statement, Table

TEXTS = frozenset(("text", "varchar", "char", "bpchar", "citext"))
INTEGERS = frozenset(("smallint", "integer", "bigint"))
FLOATS = frozenset(("real", "double precision"))
NUMBERS = INTEGERS | FLOATS | {"numeric", "money"}
MOMENTS = frozenset(("timestamp", "timestamptz"))
TEMPORAL = MOMENTS | {"date"}
DOCUMENTS = frozenset(("json", "jsonb"))

POSTGRES = frozenset(("postgres", "cockroachdb"))
"""Providers that speak PostgreSQL."""
INNODB = frozenset(("mysql", "mariadb"))
"""Providers that index every foreign key and keep rows in the order of their primary key."""

_NOW = re.compile(r"\b(now|current_timestamp|current_date|localtimestamp|\w+_timestamp)\b", re.IGNORECASE)
_JOURNALS = frozenset(
    "log logs history event events audit movement movements view views visit visits click clicks journal ledger "
    "message messages notification notifications reading readings measurement measurements metric metrics entry "
    "entries transfer transfers transaction transactions record records scan scans".split()
)
_LOGS = frozenset("log logs event events audit visit visits click clicks reading readings metric metrics".split())
_TENANTS = ("tenant_id", "organization_id", "organisation_id", "org_id", "workspace_id")
_LEAST_TENANT_TABLES = 3
_MAKINGS = frozenset("created inserted creation".split())
_UPDATES = frozenset("updated modified changed edited touched update modification".split())
_NOT_OF_MAKING = _UPDATES | frozenset(
    "deleted removed expires expired expiry expiration starts start ends end due valid scheduled birth born begins "
    "last next until from".split()
)
_PLANNED = frozenset("starts start begins scheduled venue".split())
_DELETIONS = frozenset(
    (
        ("deleted",),
        ("deleted", "at"),
        ("deleted", "on"),
        ("deleted", "date"),
        ("date", "deleted"),
        ("deletion", "date"),
        ("is", "deleted"),
        ("removed", "at"),
        ("is", "removed"),
        ("discarded", "at"),
    )
)


def is_scalar(column: Column, types: frozenset[str]) -> bool:
    """Whether it holds one value of one of the types."""
    return column.type.name in types and not column.type.dimensions


def is_in_prisma(position: Position | None) -> bool:
    """Whether it was written in Prisma's language."""
    return position is not None and position.file.endswith(".prisma")


def has_lost_references(schema: Schema) -> bool:
    """Whether the source has references the database is not to know of: Prisma's `relationMode = "prisma"`."""
    return any("relationMode" in loss.consequence for loss in schema.losses)


def foreign_key_columns(table: Table) -> set[str]:
    return {name for foreign_key in table.foreign_keys for name in foreign_key.columns}


def referenced_columns(schema: Schema, table: Table) -> set[str]:
    """The columns of the table that foreign keys refer to."""
    return {name for _, key in schema.foreign_keys() if key.table == table.name for name in key.referenced}


def is_journal(table: Table) -> bool:
    """Whether its name says that rows are appended to it and never changed."""
    return last_word(table.name) in _JOURNALS


def surrogate(table: Table) -> Column | None:
    """The one column of a primary key that says nothing of its row."""
    if table.primary_key is None or len(table.primary_key.columns) != 1:
        return None
    column = table.column(table.primary_key.columns[0])
    return None if column.name in foreign_key_columns(table) else column


def payload(table: Table) -> list[Column]:
    """The columns that are neither its surrogate key nor part of a reference."""
    beside = foreign_key_columns(table) | ({key.name} if (key := surrogate(table)) else set())
    return [column for column in table.columns if column.name not in beside]


def is_join_table(table: Table) -> bool:
    """Whether it holds pairs of references and at most when they were made."""
    return len(table.foreign_keys) > 1 and all(is_scalar(column, TEMPORAL) for column in payload(table))


def is_implicit_join_table(table: Table) -> bool:
    """Whether Prisma made it, and gave it and its columns their names."""
    return table.name.startswith("_") and [column.name for column in table.columns] == ["A", "B"]


def is_part(table: Table) -> bool:
    """Whether its rows are parts of another table's: its primary key holds a reference."""
    key = set(table.primary_key.columns) if table.primary_key else set()
    return any(key.issuperset(foreign_key.columns) for foreign_key in table.foreign_keys)


def has_current_default(column: Column) -> bool:
    """Whether the database sets it to the present moment when a row is made."""
    return is_scalar(column, TEMPORAL) and column.default is not None and _NOW.search(column.default) is not None


def dates_making(column: Column) -> bool:
    """Whether it says when its row was made, or what the row tells of happened."""
    named = set(words(column.name))
    if not is_scalar(column, TEMPORAL) or named & _NOT_OF_MAKING:
        return False
    is_dated = not column.is_nullable and last_word(column.name) in ("at", "on", "date", "time", "timestamp")
    return is_dated or has_current_default(column) or bool(named & _MAKINGS)


def names_moment(column: Column) -> bool:
    """Whether its name or its default says that it holds when its row was made or changed, whatever its type."""
    *_, last = words(column.name) or ("",)
    is_named = last in ("at", "on", "date", "time") and bool(set(words(column.name)) & (_MAKINGS | _UPDATES))
    return is_named or (column.default is not None and _NOW.search(column.default) is not None)


def dates_change(column: Column) -> bool:
    """Whether it says when its row last changed."""
    is_named = is_scalar(column, TEMPORAL) and bool(set(words(column.name)) & _UPDATES)
    return is_named or column.is_updated_by_client


def implied_parent(table: Table, column: Column, schema: Schema) -> Table | None:
    """The table a column refers to by its name and type, without a foreign key."""
    stem, last = words(column.name)[:-1], words(column.name)[-1:]
    if last != ("id",) or not stem or column.name in foreign_key_columns(table):
        return None
    if any(words(other.name) == (*stem, "type") for other in table.columns):
        return None
    for parent in schema.tables:
        is_named = is_same_noun("_".join(stem), parent.name) and parent is not table
        if is_named and parent.primary_key and len(parent.primary_key.columns) == 1:
            key = parent.column(parent.primary_key.columns[0])
            return parent if key.type == column.type else None
    return None


def deletion_mark(table: Table) -> Column | None:
    """The column that says a row counts as deleted."""
    return next((column for column in table.columns if words(column.name) in _DELETIONS), None)


def names_column(expression: str, column: str) -> bool:
    """Whether an SQL expression names a column."""
    bare = re.sub(r"'(?:[^']|'')*'", "''", expression)
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", bare) is not None


def is_checked(table: Table, column: str) -> bool:
    """Whether a CHECK speaks of the column."""
    return any(names_column(check.expression, column) for check in table.checks)


@dataclass(frozen=True, slots=True)
class Uniqueness:
    """What no two rows of the whole table share, be it a constraint or an index."""

    table: Table
    columns: tuple[str, ...]
    source: Key | Index

    @property
    def name(self) -> str | None:
        return self.source.name

    @property
    def position(self) -> Position | None:
        return self.source.position or self.table.position

    @property
    def drop_sql(self) -> str:
        if isinstance(self.source, Index):
            return drop_index(self.table, self.source)
        if is_in_prisma(self.position):
            # Prisma Migrate makes a unique index of every @unique, no constraint.
            return drop_index(self.table, Index(constraint_name(self.table, self.source), self.table.name, ()))
        return alter(self.table, drop_constraint(self.table, self.source))


def uniquenesses(table: Table) -> Iterator[Uniqueness]:
    """Unique constraints and whole unique indexes over plain columns; not the primary key."""
    for key in table.uniques:
        yield Uniqueness(table, key.columns, key)
    for index in table.indexes:
        if index.is_unique and index.where is None and len(index.columns) == len(index.parts):
            yield Uniqueness(table, index.columns, index)


def relation_names(schema: Schema) -> set[str]:
    """The names of tables, keys and indexes, which a new one may not take."""
    tables = schema.tables
    keys = {key.name for table in tables for key in table.keys if key.name}
    return {table.name for table in tables} | keys | {index.name for table in tables for index in table.indexes}


def is_log(table: Table) -> bool:
    """Whether its name says that rows are only ever appended, and tell of the past."""
    named = {last_word(table.name), words(table.name)[0]} & _LOGS
    is_changed = any(map(dates_change, table.columns)) or deletion_mark(table) is not None
    return is_journal(table) and bool(named) and not is_changed and not _is_calendar(table)


def _is_calendar(table: Table) -> bool:
    """Whether its events are those people go to."""
    is_of_events = last_word(table.name) in ("event", "events")
    return is_of_events and any(set(words(column.name)) & _PLANNED for column in table.columns)


def tenant_column(schema: Schema) -> str | None:
    """The column by which most of the tables say whose their rows are."""
    for name in _TENANTS:
        count = sum(has_column(table, name) for table in schema.tables)
        if count >= _LEAST_TENANT_TABLES and 2 * count >= len(schema.tables):
            return name
    return None


def has_column(table: Table, name: str) -> bool:
    return any(column.name == name for column in table.columns)


def statements_on(schema: Schema, kind: str, table: Table) -> list[Statement]:
    """Statements kept verbatim that make a `kind` (`policy`, `trigger`, `row level security`) of the table."""
    ends = (f" on {table.name}", f" of {table.name}")
    return [each for each in schema.statements if each.what.startswith(kind) and each.what.endswith(ends)]


def is_commented(table: Table, column: Column, pattern: str) -> bool:
    """Whether the column's or the table's comment matches."""
    return re.search(pattern, f"{column.comment}\n{table.comment}", re.IGNORECASE) is not None


def indexes_on(table: Table, column: str, methods: frozenset[str]) -> list[Index]:
    """Indexes by one of these methods that have the column for a key, or name it in one."""
    return [
        index
        for index in table.indexes
        if index.method in methods and any(names_column(part.value, column) for part in index.parts)
    ]


def enum_values(schema: Schema, column: Column) -> tuple[str, ...]:
    """The values of the enum it is of; empty for other types."""
    enum = schema.enum(column.type.name)
    return enum.values if enum else ()
