"""What the SQL of MySQL makes of a schema's types and expressions, for writers of other sources for it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from lab.engines import load_engine
from lab.model.schema import Check, Column, Loss, Schema, Table

if TYPE_CHECKING:
    from lab.engines.mysql.types import ColumnType


class MysqlWords:
    """Types and expressions as `lab convert --to sql` writes them. Raises LabError where PyMySQL is not installed."""

    def __init__(self, schema: Schema) -> None:
        load_engine("mysql")
        self._dialect = import_module("lab.engines.mysql").DIALECT
        ddl = import_module("lab.engines.mysql.ddl")
        self._losses = import_module("lab.engines.mysql.dialect").Losses()
        self._expression = import_module("lab.engines.mysql.translate").expression
        self._default = ddl.default_clause
        self._tables = {
            table.name: ddl.TableWords(self._dialect, schema, table, self._losses) for table in schema.tables
        }

    def type(self, table: Table, column: Column) -> ColumnType:
        found: ColumnType = self._tables[table.name].types[column.name]
        return found

    def expression(self, sql: str) -> str | None:
        """None when MySQL has none for it."""
        found: str | None = self._expression(sql, self._dialect)
        return found

    def refusal(self, table: Table, check: Check) -> str:
        """Why MySQL takes no such check, though it has the expression; empty when it does."""
        reason: str = self._tables[table.name].refusal(check)
        return reason

    def default(self, table: Table, column: Column) -> str | None:
        """What follows DEFAULT; None when it cannot be said."""
        found: str | None = self._default(column, self.type(table, column), self._dialect)
        return found


def as_losses(found: ColumnType, column: Column, where: str) -> list[Loss]:
    """What a column's type loses."""
    return [Loss(f"{column.type} of {where}", found.loss, column.position)] if found.loss else []
