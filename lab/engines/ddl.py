"""Data definition common to the SQL engines: what differs is passed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lab.engines.engine import literal, quote, quote_all
from lab.errors import LabError
from lab.model.schema import Column, Enum, ForeignKey, Index, IndexPart, Key, Position, Schema, Table

_IDENTIFIER_BYTES = 63
Render = Callable[[str], str]
"""Turns a PostgreSQL expression into the engine's."""


def usual_name(table: str, columns: Iterable[str], label: str) -> str:
    """Table and columns, the longer cut first until the whole fits (makeObjectName in PostgreSQL's indexcmds.c)."""
    parts = [table.encode(), "_".join(columns).encode()]
    room = _IDENTIFIER_BYTES - len(label) - (2 if parts[1] else 1)
    while len(parts[0]) + len(parts[1]) > room:
        longer = 0 if len(parts[0]) > len(parts[1]) else 1
        parts[longer] = parts[longer][:-1]
    return "_".join([*(part.decode(errors="ignore") for part in parts if part), label])


def check_names(schema: Schema, title: str, ignores_case: bool, longest_character: int = 0x10FFFF) -> None:
    """Raises LabError for names the engine cannot have or tell apart. Columns are told apart without case everywhere
    but in PostgreSQL; `ignores_case` says whether tables are, too."""
    _check_apart("tables", [(table.name, table.position) for table in schema.tables if ignores_case], title, "")
    for table in schema.tables:
        columns = [(column.name, column.position or table.position) for column in table.columns]
        _check_apart("columns", columns, title, f" of {table.name}")
        for name, position in ((table.name, table.position), *columns):
            if any(ord(character) > longest_character for character in name):
                where = f"{position}: " if position else ""
                raise LabError(f"{where}{title} has no characters for the name {name}", "rename it")


def _check_apart(kind: str, names: Iterable[tuple[str, Position | None]], title: str, of: str) -> None:
    seen: dict[str, str] = {}
    for name, position in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            where = f"{position}: " if position else ""
            raise LabError(f"{where}{title} cannot tell {kind} {other} and {name}{of} apart", "rename one of them")


def qualified(table: Table) -> str:
    return f"{quote(table.namespace)}.{quote(table.relation)}" if table.namespace else quote(table.name)


def named(name: str | None, clause: str) -> str:
    """A constraint clause, named when the source named it."""
    return f"CONSTRAINT {quote(name)} {clause}" if name else clause


def key_clause(kind: str, key: Key) -> str:
    """PRIMARY KEY or UNIQUE over the key's columns, as PostgreSQL has them."""
    clause = kind if key.has_distinct_nulls else f"{kind} NULLS NOT DISTINCT"
    columns = quote_all(key.columns) + (" WITHOUT OVERLAPS" if key.is_without_overlaps else "")
    clause += f" ({columns})"
    if key.include:
        clause += f" INCLUDE ({quote_all(key.include)})"
    if key.options:
        clause += f" WITH ({key.options})"
    return named(key.name, clause + _timing(key))


def _timing(constraint: Key | ForeignKey) -> str:
    clause = " DEFERRABLE" if constraint.is_deferrable else ""
    return clause + (" INITIALLY DEFERRED" if constraint.is_initially_deferred else "")


def foreign_key_clause(foreign_key: ForeignKey, referenced: str) -> str:
    """FOREIGN KEY, as PostgreSQL has it; SQLite has all of it but lists of columns to be set and periods."""
    ours, theirs = (
        quote_all(names[:-1]) + (f", PERIOD {quote(names[-1])}" if foreign_key.is_period else f", {quote(names[-1])}")
        if len(names) > 1
        else quote_all(names)
        for names in (foreign_key.columns, foreign_key.referenced)
    )
    clause = f"FOREIGN KEY ({ours}) REFERENCES {referenced} ({theirs})"
    if foreign_key.is_match_full:
        clause += " MATCH FULL"
    if foreign_key.on_delete != "no action":
        clause += f" ON DELETE {foreign_key.on_delete.upper()}"
        if foreign_key.set_columns:
            clause += f" ({quote_all(foreign_key.set_columns)})"
    if foreign_key.on_update != "no action":
        clause += f" ON UPDATE {foreign_key.on_update.upper()}"
    return named(foreign_key.name, clause + _timing(foreign_key))


def index_part(part: IndexPart, expression: Render) -> str:
    sql = f"({expression(part.value)})" if part.is_expression else quote(part.value)
    if part.collation:
        sql += f" COLLATE {part.collation}"
    if part.operator_class:
        sql += f" {part.operator_class}"
    if part.is_descending:
        sql += " DESC"
    if part.nulls:
        sql += f" NULLS {part.nulls.upper()}"
    return sql


def create_index(index: Index, table: str, expression: Render, using: str = "", include: tuple[str, ...] = ()) -> str:
    """CREATE INDEX; `using` and `include` only where the engine has them."""
    parts = ", ".join(index_part(part, expression) for part in index.parts)
    sql = f"CREATE {'UNIQUE ' if index.is_unique else ''}INDEX {quote(index.name)} ON {table}"
    sql += f" USING {using} ({parts})" if using else f" ({parts})"
    if include:
        sql += f" INCLUDE ({quote_all(include)})"
    if not index.has_distinct_nulls:
        sql += " NULLS NOT DISTINCT"
    if index.options:
        sql += f" WITH ({index.options})"
    if index.where:
        sql += f" WHERE {expression(index.where)}"
    return sql


def enum_check(column: Column, enum: Enum) -> str:
    """The CHECK that stands for an enum where there is no such type."""
    values = ", ".join(literal(value) for value in enum.values)
    return f"CHECK ({quote(column.name)} IN ({values}))"
