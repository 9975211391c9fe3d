"""What may differ between two schemas: typed changes, each of one thing. Tables are called by their new names."""

from __future__ import annotations

from dataclasses import dataclass

from lab.model.change import AddIndex, DropIndex
from lab.model.schema import Check, Column, Enum, ForeignKey, Index, Key, Partitioning, Schema, Statement, Table

Constraint = Key | ForeignKey | Check


@dataclass(frozen=True, slots=True)
class AddTable:
    table: Table


@dataclass(frozen=True, slots=True)
class DropTable:
    table: Table


@dataclass(frozen=True, slots=True)
class RenameTable:
    old: Table
    new: Table


@dataclass(frozen=True, slots=True)
class CommentTable:
    old: Table
    new: Table


@dataclass(frozen=True, slots=True)
class Repartition:
    """Another strategy or key, or none: rows move to another table."""

    old: Table
    new: Table


@dataclass(frozen=True, slots=True)
class AddPartition:
    table: Table
    name: str
    bounds: str


@dataclass(frozen=True, slots=True)
class DropPartition:
    table: Table
    name: str
    bounds: str


@dataclass(frozen=True, slots=True)
class AddColumn:
    table: Table
    column: Column


@dataclass(frozen=True, slots=True)
class DropColumn:
    """`table` is as it was."""

    table: Table
    column: Column


@dataclass(frozen=True, slots=True)
class AlterColumn:
    """Of one name before and after; `table` is as it becomes."""

    table: Table
    old: Column
    new: Column


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """`old` and `new` may differ in more than the name."""

    table: Table
    old: Column
    new: Column


@dataclass(frozen=True, slots=True)
class AddConstraint:
    table: Table
    constraint: Constraint


@dataclass(frozen=True, slots=True)
class DropConstraint:
    """`table` is as it was."""

    table: Table
    constraint: Constraint


@dataclass(frozen=True, slots=True)
class RenameConstraint:
    table: Table
    old: Constraint
    new: Constraint


@dataclass(frozen=True, slots=True)
class RenameIndex:
    table: Table
    old: Index
    new: Index


@dataclass(frozen=True, slots=True)
class AddEnum:
    enum: Enum


@dataclass(frozen=True, slots=True)
class DropEnum:
    enum: Enum


@dataclass(frozen=True, slots=True)
class AlterEnum:
    """Values added, removed or in another order."""

    old: Enum
    new: Enum

    @property
    def is_growth(self) -> bool:
        """Whether values were only added."""
        return tuple(value for value in self.new.values if value in self.old.values) == self.old.values


@dataclass(frozen=True, slots=True)
class AddStatement:
    """A view, function, trigger, policy, sequence, extension or whatever else is kept verbatim."""

    statement: Statement


@dataclass(frozen=True, slots=True)
class DropStatement:
    statement: Statement


@dataclass(frozen=True, slots=True)
class ReplaceStatement:
    old: Statement
    new: Statement


@dataclass(frozen=True, slots=True)
class MoveColumn:
    """Values move from one table to another, which holds at most one row for each: `link` pairs the source's columns
    with the target's that refer to it, or are referred to."""

    source: Table
    column: Column
    target: Table
    new: Column
    link: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EmbedTable:
    """A table's rows become a list in the rows they refer to, or (`is_undone`) a list becomes rows of a table again."""

    child: Table
    parent: Table
    field: str
    link: tuple[str, str]
    """The child's column, and the parent's it refers to."""
    is_undone: bool = False


Change = (
    AddTable
    | DropTable
    | RenameTable
    | CommentTable
    | Repartition
    | AddPartition
    | DropPartition
    | AddColumn
    | DropColumn
    | AlterColumn
    | RenameColumn
    | AddConstraint
    | DropConstraint
    | RenameConstraint
    | AddIndex
    | DropIndex
    | RenameIndex
    | AddEnum
    | DropEnum
    | AlterEnum
    | AddStatement
    | DropStatement
    | ReplaceStatement
    | MoveColumn
    | EmbedTable
)


@dataclass(frozen=True, slots=True)
class Diff:
    """`old` bears the new names already where something was renamed; `source` is as it was."""

    source: Schema
    old: Schema
    new: Schema
    changes: tuple[Change, ...]
    fills: tuple[tuple[str, str, str], ...] = ()
    """(table, column, expression): where a column's values come from, as declared."""

    @property
    def before(self) -> dict[str, Table]:
        return {table.name: table for table in self.old.tables}

    @property
    def after(self) -> dict[str, Table]:
        return {table.name: table for table in self.new.tables}

    @property
    def original(self) -> dict[str, Table]:
        """The tables as they were, by the names of `before`."""
        return dict(zip(self.before, self.source.tables, strict=True))

    def fill(self, table: str, column: str) -> str | None:
        return next((sql for owner, name, sql in self.fills if (owner, name) == (table, column)), None)


def partitions_of(table: Table) -> tuple[tuple[str, str], ...]:
    return table.partitioning.partitions if table.partitioning else ()


def partition_key(partitioning: Partitioning | None) -> tuple[str, tuple[str, ...]] | None:
    return (partitioning.strategy, partitioning.keys) if partitioning else None
