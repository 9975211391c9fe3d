"""What only the user can say, asked for before anything is planned."""

from __future__ import annotations

from lab.errors import LabError
from lab.migrate.changes import AddColumn, Diff, MoveColumn
from lab.model.schema import Column


def check_values(diff: Diff) -> None:
    """Raises LabError for a new column that must not be NULL and for which nothing gives values."""
    moved = {(c.target.name, c.new.name) for c in diff.changes if isinstance(c, MoveColumn)}
    for change in diff.changes:
        if isinstance(change, AddColumn) and (change.table.name, change.column.name) not in moved:
            check_column(diff, change.table.name, change.column)


def check_column(diff: Diff, table: str, column: Column) -> None:
    is_given = column.default is not None or column.generated is not None or column.identity
    if not column.is_nullable and not is_given and diff.fill(table, column.name) is None:
        where = f"{column.position}: " if column.position else ""
        raise LabError(
            f"{where}{table}.{column.name} is NOT NULL without a default: the rows that are there need a value",
            f"say --fill '{table}.{column.name}=…' with an expression over the row, or give it a default",
        )
