"""Data definition common to the SQL engines: what differs is passed in."""

from __future__ import annotations

from collections.abc import Callable

from lab.engines.engine import literal, quote, quote_all
from lab.model.schema import Column, Enum, ForeignKey, Index, IndexPart, Key, Table

Render = Callable[[str], str]
"""Turns a PostgreSQL expression into the engine's."""


def qualified(table: Table) -> str:
    return f"{quote(table.namespace)}.{quote(table.relation)}" if table.namespace else quote(table.name)


def named(name: str | None, clause: str) -> str:
    """A constraint clause, named when the source named it."""
    return f"CONSTRAINT {quote(name)} {clause}" if name else clause


def key_clause(kind: str, key: Key) -> str:
    """PRIMARY KEY or UNIQUE over the key's columns."""
    return named(key.name, f"{kind} ({quote_all(key.columns)})")


def foreign_key_clause(foreign_key: ForeignKey, referenced: str) -> str:
    clause = (
        f"FOREIGN KEY ({quote_all(foreign_key.columns)}) REFERENCES {referenced} ({quote_all(foreign_key.referenced)})"
    )
    if foreign_key.on_delete != "no action":
        clause += f" ON DELETE {foreign_key.on_delete.upper()}"
    if foreign_key.on_update != "no action":
        clause += f" ON UPDATE {foreign_key.on_update.upper()}"
    if foreign_key.is_deferrable:
        clause += " DEFERRABLE"
    return named(foreign_key.name, clause)


def index_part(part: IndexPart, expression: Render) -> str:
    sql = f"({expression(part.value)})" if part.is_expression else quote(part.value)
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
    if index.where:
        sql += f" WHERE {expression(index.where)}"
    return sql


def enum_check(column: Column, enum: Enum) -> str:
    """The CHECK that stands for an enum where there is no such type."""
    values = ", ".join(literal(value) for value in enum.values)
    return f"CHECK ({quote(column.name)} IN ({values}))"
