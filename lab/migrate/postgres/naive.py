"""The same change as a person writes it without a thought for those who use the table: one transaction, in which rows
are read and written under locks. To be measured beside the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.engines.ddl import qualified
from lab.engines.engine import quote, quote_all
from lab.engines.postgres.definitions import column_sql, create_sql, enum_sql, partitions_sql, type_sql
from lab.migrate.changes import (
    AddColumn,
    AddConstraint,
    AddEnum,
    AddPartition,
    AddStatement,
    AddTable,
    AlterColumn,
    AlterEnum,
    Change,
    CommentTable,
    Diff,
    DropColumn,
    DropConstraint,
    DropEnum,
    DropPartition,
    DropStatement,
    DropTable,
    MoveColumn,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    Repartition,
    ReplaceStatement,
)
from lab.migrate.postgres import objects
from lab.migrate.postgres.types import convert
from lab.migrate.postgres.words import alter, constraint_clause, exclusive, index_sql, rename_constraint, way
from lab.migrate.step import Plan, step
from lab.model.change import AddIndex, DropIndex
from lab.model.schema import Column, ForeignKey, Table

_ORDER = (
    DropStatement,
    AddEnum,
    AlterEnum,
    RenameTable,
    RenameColumn,
    DropIndex,
    DropConstraint,
    AddTable,
    AddColumn,
    MoveColumn,
    Repartition,
    AlterColumn,
    AddPartition,
    DropPartition,
    RenameConstraint,
    RenameIndex,
    AddConstraint,
    AddIndex,
    CommentTable,
    DropColumn,
    DropTable,
    ReplaceStatement,
    AddStatement,
    DropEnum,
)


def naive(diff: Diff) -> Plan:
    """One step, without a way back. A change of partitions copies the table under its lock."""
    changes = sorted(
        diff.changes,
        key=lambda c: (_ORDER.index(type(c)), isinstance(c, AddConstraint) and isinstance(c.constraint, ForeignKey)),
    )
    sql = [text for change in changes for text in _said(change, diff)]
    tables = [table.name for table in diff.old.tables if any(quote(table.name) in text for text in sql)]
    return Plan("postgres", (step("everything at once", way(exclusive(*tables, is_brief=False), *sql)),))


def _said(change: Change, diff: Diff) -> Iterator[str]:
    match change:
        case AddEnum(enum):
            yield enum_sql(enum)
        case AlterEnum(old, new):
            yield f"ALTER TYPE {quote(old.name)} RENAME TO {quote(f'{old.name}__old')}"
            yield enum_sql(new)
            for table in diff.old.tables:
                for column in table.columns:
                    if column.type.name == old.name:
                        yield _retyped(table, column, column, diff)
            yield f"DROP TYPE {quote(f'{old.name}__old')}"
        case RenameTable(old, new):
            yield alter(replace(new, name=old.name), f"RENAME TO {quote(new.name)}")
        case RenameColumn(table, old, new):
            yield alter(table, f"RENAME COLUMN {quote(old.name)} TO {quote(new.name)}")
        case AddTable(table):
            alone = replace(diff.new, tables=(replace(table, foreign_keys=()),), statements=())
            made = create_sql(alone)
            yield from (sql for sql in (*made.before, *made.after) if not sql.startswith("CREATE TYPE"))
            for key in table.foreign_keys:
                yield alter(table, f"ADD {constraint_clause(key, table, diff.new)}")
        case AddColumn(table, column):
            yield from _added(table, column, diff)
        case AlterColumn(table, old, new):
            yield _retyped(table, old, new, diff)
        case AddConstraint(table, constraint):
            yield alter(table, f"ADD {constraint_clause(constraint, table, diff.new)}")
        case DropConstraint(table, constraint):
            yield alter(table, f"DROP CONSTRAINT IF EXISTS {quote(constraint.name or '')} CASCADE")
        case RenameConstraint(table, before, after):
            yield rename_constraint(table, before.name or "", after.name or "")
        case AddIndex(index):
            yield index_sql(index, diff.new.table(index.table), is_concurrent=False)
        case DropIndex(index):
            yield f"DROP INDEX IF EXISTS {quote(index.name)}"
        case RenameIndex(_, before, after):
            yield f"ALTER INDEX {quote(before.name)} RENAME TO {quote(after.name)}"
        case DropColumn(table, column):
            yield alter(table, f"DROP COLUMN {quote(column.name)}")
        case DropTable(table):
            yield f"DROP TABLE {qualified(table)}"
        case AddStatement(statement):
            yield statement.sql
        case DropStatement(statement):
            yield from objects.drop_sql(statement)
        case ReplaceStatement(old, new):
            yield from (*objects.drop_sql(old), new.sql)
        case Repartition(old, new):
            yield from _repartitioned(old, new, diff)
        case MoveColumn():
            yield from _moved(change)
        case AddPartition(table, name, bounds):
            assert table.partitioning
            yield from partitions_sql(
                replace(table, partitioning=replace(table.partitioning, partitions=((name, bounds),)))
            )


def _added(table: Table, column: Column, diff: Diff) -> Iterator[str]:
    fill = diff.fill(table.name, column.name)
    first = column if fill is None else replace(column, is_nullable=True)
    yield alter(table, f"ADD COLUMN {column_sql(first, diff.new)}")
    if fill is not None:
        yield f"UPDATE {qualified(table)} SET {quote(column.name)} = {fill}"
        if not column.is_nullable:
            yield alter(table, f"ALTER COLUMN {quote(column.name)} SET NOT NULL")


def _retyped(table: Table, old: Column, new: Column, diff: Diff) -> str:
    head, clauses = f"ALTER COLUMN {quote(new.name)}", []
    names = {new.type.name: new.type.name} if diff.new.enum(new.type.name) else {}
    value = convert(quote(new.name), old.type, new.type, diff.new, names)
    if old.default is not None and old.generated is None:
        clauses.append(f"{head} DROP DEFAULT")
    if old.type != new.type or old is new:
        clauses.append(f"{head} TYPE {type_sql(new.type, diff.new)} USING {value}")
    if new.default is not None:
        clauses.append(f"{head} SET DEFAULT {new.default}")
    if old.is_nullable != new.is_nullable:
        clauses.append(f"{head} {'DROP' if new.is_nullable else 'SET'} NOT NULL")
    return alter(table, *(clauses or [f"{head} SET STATISTICS -1"]))


def _repartitioned(old: Table, new: Table, diff: Diff) -> Iterator[str]:
    aside = replace(new, name=f"{new.name}__new", foreign_keys=(), primary_key=None, uniques=(), indexes=())
    made = create_sql(replace(diff.new, tables=(aside,), statements=()))
    names = quote_all(
        [c.name for c in new.columns if c.generated is None and any(o.name == c.name for o in old.columns)]
    )
    yield from (sql for sql in (*made.before, *made.after) if not sql.startswith("CREATE TYPE"))
    yield f"LOCK TABLE {qualified(new)} IN ACCESS EXCLUSIVE MODE"
    yield f"INSERT INTO {qualified(aside)} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM {qualified(new)}"
    yield f"DROP TABLE {qualified(new)} CASCADE"
    yield alter(aside, f"RENAME TO {quote(new.name)}")


def _moved(change: MoveColumn) -> Iterator[str]:
    match_ = " AND ".join(f"t.{quote(theirs)} = s.{quote(ours)}" for ours, theirs in change.link)
    ours, theirs = ([pair[side] for pair in change.link] for side in (0, 1))
    yield (
        f"INSERT INTO {qualified(change.target)} ({quote_all(theirs)}) SELECT {quote_all(ours)} "
        f"FROM {qualified(change.source)} ON CONFLICT DO NOTHING"
    )
    yield (
        f"UPDATE {qualified(change.target)} t SET {quote(change.new.name)} = s.{quote(change.column.name)} "
        f"FROM {qualified(change.source)} s WHERE {match_}"
    )
