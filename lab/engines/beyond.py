"""What PostgreSQL alone can say of keys, references, columns and indexes: named as losses wherever else they go."""

from __future__ import annotations

from collections.abc import Iterator

from lab.model.schema import Column, ForeignKey, Index, Key, Loss, Table

_CODE_POINTS = ('"C"', '"POSIX"', "ucs_basic", '"C.UTF-8"', '"ucs_basic"')
"""Collations that order as binary ones do."""


def beyond(table: Table) -> Iterator[Loss]:
    """The losses of a table that is made by an engine with none of it. DEFERRABLE references are the engine's to
    judge."""
    for column in table.columns:
        yield from of_column(column, f"{table.name}.{column.name}")
    for key in table.keys:
        yield from of_key(key, f"key {key.name or ', '.join(key.columns)} of {table.name}")
    for foreign_key in table.foreign_keys:
        yield from of_reference(foreign_key, f"foreign key ({', '.join(foreign_key.columns)}) of {table.name}")
    for index in table.indexes:
        yield from of_index(index)


def of_column(column: Column, where: str, orders_by_code_points: bool = True) -> Iterator[Loss]:
    """The losses of a column. `orders_by_code_points` says how the other side orders texts."""
    if column.collation and not (orders_by_code_points and column.collation in _CODE_POINTS):
        consequence = "ordered by code points" if orders_by_code_points else "the database's own is used"
        yield Loss(f"collation {column.collation} of {where}", consequence, column.position)
    if column.sequence:
        yield Loss(f"{column.sequence} of identity {where}", "numbers go 1, 2, 3", column.position)
    if column.identity == "always":
        yield Loss(f"GENERATED ALWAYS of {where}", "an INSERT may give the number", column.position)


def of_key(key: Key, what: str) -> Iterator[Loss]:
    if key.include:
        yield Loss(f"INCLUDE of {what}", "the key's index covers its own columns alone", key.position)
    if not key.has_distinct_nulls:
        yield Loss(f"NULLS NOT DISTINCT of {what}", "two NULLs do not collide", key.position)
    if key.is_deferrable:
        yield Loss(f"DEFERRABLE of {what}", "checked with every row", key.position)
    if key.is_without_overlaps:
        yield Loss(f"WITHOUT OVERLAPS of {what}", "equal periods collide, overlapping ones do not", key.position)


def of_reference(key: ForeignKey, what: str) -> Iterator[Loss]:
    if key.is_match_full:
        yield Loss(f"MATCH FULL of {what}", "a reference with some NULLs is accepted", key.position)
    if key.set_columns:
        listed = ", ".join(key.set_columns)
        yield Loss(f"{key.on_delete.upper()} ({listed}) of {what}", "all of its columns are set", key.position)
    if key.is_period:
        yield Loss(f"PERIOD of {what}", "periods must be equal, not covered", key.position)


def of_index(index: Index) -> Iterator[Loss]:
    """The losses of an index."""
    what = f"index {index.name}"
    if not index.has_distinct_nulls:
        yield Loss(f"NULLS NOT DISTINCT of {what}", "two NULLs do not collide", index.position)
    if index.options:
        yield Loss(f"WITH ({index.options}) of {what}", "the engine's own settings are used", index.position)
    for part in index.parts:
        if part.collation and part.collation not in _CODE_POINTS:
            yield Loss(f"collation {part.collation} of {what}", "ordered by code points", index.position)
        if part.operator_class:
            yield Loss(f"operator class {part.operator_class} of {what}", "the type's own order", index.position)
        if part.nulls and (part.nulls == "first") != part.is_descending:
            consequence = "NULLs sort where the engine puts them: a query that wants them elsewhere sorts again"
            yield Loss(f"NULLS {part.nulls.upper()} of {what}", consequence, index.position)
