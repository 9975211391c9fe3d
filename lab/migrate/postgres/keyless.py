"""A key for the time being, for tables whose rows nothing tells apart in both of their shapes: a column of random
identifiers, which goes when the rows have moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lab.errors import LabError
from lab.migrate.changes import Diff
from lab.migrate.postgres import columns, constraints
from lab.migrate.postgres.backfill import ROW
from lab.migrate.postgres.sides import Side
from lab.migrate.step import Step
from lab.model.schema import Column, Key, Schema, Table, Type
from lab.readers.constraint_names import made_name

_COLUMN = Column(ROW, Type("uuid"), is_nullable=False, default="gen_random_uuid()")


def keyed(diff: Diff, names: Iterable[str]) -> Diff:
    """The change of tables that have such a key before and after. Raises LabError where a partitioned table can have
    none."""
    known = set(names)
    if not known:
        return diff

    def given(schema: Schema, said: Iterable[str]) -> Schema:
        tables = zip(schema.tables, said, strict=True)
        return replace(schema, tables=tuple(_given(each) if name in known else each for each, name in tables))

    before = [table.name for table in diff.old.tables]
    after = [table.name for table in diff.new.tables]
    return replace(diff, source=given(diff.source, before), old=given(diff.old, before), new=given(diff.new, after))


def _given(table: Table) -> Table:
    parted = table.partitioning.keys if table.partitioning else ()
    plain = {column.name for column in table.columns if not column.is_nullable}
    if not set(parted) <= plain:
        raise LabError(
            f"{table.name} has no key to copy its rows by, and can be given none: it is parted by what may be NULL",
            f"give {table.name} a primary key first, or make {', '.join(parted)} NOT NULL",
        )
    key = Key((*parted, ROW), name=made_name(table.name, ROW, "key"))
    return replace(table, columns=(*table.columns, _COLUMN), uniques=(*table.uniques, key))


def steps(sides: Iterable[Side]) -> list[Step]:
    """What gives tables in service their keys."""
    return [each for side in sides if side.table.columns[-1] == _COLUMN for each in _steps(side.table, side.schema)]


def _steps(table: Table, schema: Schema) -> list[Step]:
    unfilled = replace(table, columns=table.columns[:-1], uniques=(), primary_key=None)
    made = [*columns.add(unfilled, _COLUMN, schema), *constraints.add(table, table.uniques[-1], schema)]
    return [replace(made[0], note="a key for the time being, as nothing else tells its rows apart"), *made[1:]]
