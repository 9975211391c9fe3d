"""Expressions of PostgreSQL's in the words of the engine a source is written for."""

from __future__ import annotations

from typing import Protocol

from lab.engines.sqlite.expressions import default_sql, expression_sql
from lab.model.schema import Check, Column, Schema, Table
from lab.writers.mysql import MysqlWords


class Words(Protocol):
    """What an engine's SQL makes of expressions; None for what it has no words for."""

    def expression(self, table: Table, sql: str) -> str | None: ...

    def default(self, table: Table, column: Column) -> str | None:
        """What follows DEFAULT."""

    def refusal(self, table: Table, check: Check) -> str:
        """Why the engine takes no such check, though it has the expression; empty when it does."""
        return ""


def check_sql(words: Words, table: Table, check: Check) -> tuple[str | None, str]:
    """A check's expression; or None, and why there is none."""
    sql = words.expression(table, check.expression)
    reason = "it cannot be said" if sql is None else words.refusal(table, check)
    return None if reason else sql, reason


class _Postgres(Words):
    def expression(self, table: Table, sql: str) -> str | None:
        return sql

    def default(self, table: Table, column: Column) -> str | None:
        return column.default


class _Mysql(Words):
    def __init__(self, schema: Schema) -> None:
        self._words = MysqlWords(schema)

    def expression(self, table: Table, sql: str) -> str | None:
        return self._words.expression(sql)

    def refusal(self, table: Table, check: Check) -> str:
        return self._words.refusal(table, check)

    def default(self, table: Table, column: Column) -> str | None:
        return self._words.default(table, column)


class _Sqlite(Words):
    def expression(self, table: Table, sql: str) -> str | None:
        return expression_sql(sql, table)

    def default(self, table: Table, column: Column) -> str | None:
        return default_sql(column.default or "NULL", column.type)


class _Constants(Words):
    """An engine nothing is translated for: constants alone are said."""

    def expression(self, table: Table, sql: str) -> str | None:
        return None

    def default(self, table: Table, column: Column) -> str | None:
        return None


def words_of(engine: str, schema: Schema) -> Words:
    """The words of an engine by its name; of one the lab does not run, constants alone."""
    match engine:
        case "postgres" | "postgresql" | "cockroachdb":
            return _Postgres()
        case "mysql" | "mariadb":
            return _Mysql(schema)
        case "sqlite":
            return _Sqlite()
    return _Constants()
