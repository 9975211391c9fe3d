"""Tables that are an implicit many-to-many relation of Prisma's: `_PostToTag` with the columns A and B."""

from __future__ import annotations

from collections.abc import Mapping

from lab.model.schema import IndexPart, Loss, Schema, Table


def is_implicit(table: Table, schema: Schema, classes: Mapping[str, str]) -> bool:
    """Whether Prisma would make the table by itself, of two lists. Before version 6 it had a unique index over A and B
    in place of the primary key."""
    if not table.name.startswith("_") or [column.name for column in table.columns] != ["A", "B"]:
        return False
    if table.uniques or table.checks or table.comment or table.partitioning:
        return False
    keys = {key.columns: key for key in table.foreign_keys}
    if set(keys) != {("A",), ("B",)} or len(table.foreign_keys) != 2:
        return False
    targets = [keys["A",].table, keys["B",].table]
    names = [classes.get(name, "") for name in targets]
    if not all(names) or names != sorted(names):
        return False
    for key in keys.values():
        primary = schema.table(key.table).primary_key
        is_whole = primary is not None and primary.columns == key.referenced and len(key.referenced) == 1
        if not is_whole or (key.on_delete, key.on_update) != ("cascade", "cascade") or key.is_deferrable:
            return False
    return _has_keys(table)


def _has_keys(table: Table) -> bool:
    shapes = {index.parts for index in table.indexes if not index.is_unique and not index.where}
    pairs = {index.columns for index in table.indexes if index.is_unique and not index.where}
    has_pair = (table.primary_key is not None and table.primary_key.columns == ("A", "B")) or ("A", "B") in pairs
    return has_pair and shapes == {(IndexPart("B"),)} and len(table.indexes) <= 2


def lost_of(table: Table) -> list[Loss]:
    """What differs once Prisma makes the table."""
    if table.primary_key is not None:
        return []
    what = f"unique index over A and B of {table.name}"
    return [Loss(what, "the primary key, as Prisma makes it since version 6", table.position)]
