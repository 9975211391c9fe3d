"""Whole tables, and columns as wholes: made, renamed, partitioned, generated no longer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lab.engines.ddl import qualified
from lab.engines.engine import quote, quote_all
from lab.engines.postgres.definitions import create_sql, partitions_sql
from lab.migrate.changes import RenameTable
from lab.migrate.postgres.aside import with_enums, with_types
from lab.migrate.postgres.objects import exclusions_of
from lab.migrate.postgres.renamed import parts_on
from lab.migrate.postgres.words import (
    add_column,
    alter,
    constraint_clause,
    copy_privileges,
    exclusive,
    in_space,
    index_sql,
    way,
)
from lab.migrate.step import NO_LOCK, Step, in_phase, step
from lab.model.schema import Column, Index, Schema, Table
from lab.readers.constraint_names import made_name


def is_in_key(table: Table, column: str) -> bool:
    return table.primary_key is not None and column in table.primary_key.columns


def create_table(table: Table, schema: Schema, enums: Mapping[str, str]) -> Step:
    """Without its references. `enums` calls some otherwise for the time being."""
    alone = replace(
        with_enums(schema, enums), tables=(with_types(replace(table, foreign_keys=()), enums),), statements=()
    )
    ddl = create_sql(alone)
    made = [sql for sql in (*ddl.before, *ddl.after) if not sql.startswith(("CREATE TYPE", "CREATE SCHEMA"))]
    made += [statement.sql for statement in exclusions_of(schema.statements, table.name)]
    drop = f"DROP TABLE {qualified(table)}"
    return step(f"create table {table.name}", way(NO_LOCK, *made), way(exclusive(table), drop))


def create_partition(table: Table, name: str, bounds: str) -> Step:
    assert table.partitioning
    one = replace(table, partitioning=replace(table.partitioning, partitions=((name, bounds),)))
    return step(
        f"create partition {name} of {table.name}",
        way(exclusive(table), *partitions_sql(one)),
        way(exclusive(table), f"DROP TABLE {quote(name)}"),
    )


def plain_again(table: Table, was: Table, column: Column, schema: Schema) -> Step:
    """A generated column keeps its values and is given them from now on; on the way back it is made anew."""
    back = [alter(table, f"DROP COLUMN {quote(column.name)}"), add_column(was, column, schema)]
    back += [
        index_sql(part, was, is_concurrent=False)
        if isinstance(part, Index)
        else alter(was, f"ADD {constraint_clause(part, was, schema)}")
        for part in parts_on(was, column.name)
    ]
    note = "the way back writes every row anew while readers and writers wait"
    up = way(exclusive(table), alter(table, f"ALTER COLUMN {quote(column.name)} DROP EXPRESSION"))
    title = f"{table.name}.{column.name} is generated no longer"
    return step(title, up, way(exclusive(table, is_brief=False), *back), note=note)


def rename_at_once(table: Table, old: Column, new: Column) -> Step:
    forth, back = [alter(table, f"RENAME COLUMN {quote(old.name)} TO {quote(new.name)}")], []
    back = [alter(table, f"RENAME COLUMN {quote(new.name)} TO {quote(old.name)}")]
    if old.identity and new.identity:
        names = [made_name(table.name, column.name, "seq") for column in (old, new)]
        forth.append(f"ALTER SEQUENCE {in_space(table, names[0])} RENAME TO {quote(names[1])}")
        back.append(f"ALTER SEQUENCE {in_space(table, names[1])} RENAME TO {quote(names[0])}")
    note = "keys, references or generated columns rely on it: from here on the old name is unknown"
    title = f"rename column {table.name}.{old.name} to {new.name}"
    return step(title, way(exclusive(table), *forth), way(exclusive(table), *back), note=note)


def rename_table(change: RenameTable) -> Iterator[Step]:
    """The old name stays as a view, through which the old application reads and writes, until nobody uses it."""
    old, new = change.old, change.new
    former = replace(new, name=old.name)
    names = quote_all([column.name for column in old.columns])
    view = f"CREATE VIEW {qualified(former)} AS SELECT {names} FROM {qualified(new)}"
    drop = f"DROP VIEW {qualified(former)}"
    forth, back = [alter(former, f"RENAME TO {quote(new.name)}")], [alter(new, f"RENAME TO {quote(old.name)}")]
    for column in old.columns:
        if column.identity:
            first, second = (made_name(table.name, column.name, "seq") for table in (old, new))
            forth.append(f"ALTER SEQUENCE {in_space(new, first)} RENAME TO {quote(second)}")
            back.append(f"ALTER SEQUENCE {in_space(new, second)} RENAME TO {quote(first)}")
    yield step(
        f"rename table {old.name} to {new.name}, the old name being a view",
        way(exclusive(former), *forth, view, copy_privileges(qualified(new), qualified(former))),
        way(exclusive(new), drop, *back),
    )
    yield from in_phase("contract", [step(f"drop the view {old.name}", way(exclusive(old), drop), way(NO_LOCK, view))])
