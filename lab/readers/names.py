"""Names of indexes that are free within their table alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from lab.model.schema import Loss, Position, Schema, Table


def with_own_names(schema: Schema) -> Schema:
    """MySQL's indexes and keys are named within their table, the model's within the schema."""
    if schema.provider != "mysql":
        return schema
    counted = Counter(name for table in schema.tables for name in _names(table))
    taken = {table.name for table in schema.tables} | {name for name, count in counted.items() if count > 1}
    losses: list[Loss] = []
    tables = tuple(_renamed(table, taken, losses) for table in schema.tables)
    return replace(schema, tables=tables, losses=(*schema.losses, *losses))


def _names(table: Table) -> list[str]:
    return [key.name for key in table.uniques if key.name] + [index.name for index in table.indexes]


def _renamed(table: Table, taken: set[str], losses: list[Loss]) -> Table:
    """Where several tables have an index of one name, each gets another, so that their order does not matter."""

    def own(name: str, position: Position | None) -> str:
        found = name
        if name in taken:
            found = f"{table.name}_{name}"
            losses.append(
                Loss(f"name {name} of an index of {table.name}", f"called {found}: others have it, too", position)
            )
        taken.add(found)
        return found

    uniques = tuple(replace(key, name=own(key.name, key.position)) if key.name else key for key in table.uniques)
    indexes = tuple(replace(index, name=own(index.name, index.position)) for index in table.indexes)
    return replace(table, uniques=uniques, indexes=indexes)
