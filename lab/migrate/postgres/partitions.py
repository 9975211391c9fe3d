"""Partitions as tables of their own, and what their indexes and keys are called.

An index, a key or a reference of a partitioned table is made of those of its partitions: each is given its own, as any
table is, and the whole takes them over instead of making them (PostgreSQL manual, "Table Partitioning").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.migrate.changes import partitions_of
from lab.migrate.diff.names import tagged
from lab.model.schema import Index, Key, Table
from lab.readers.constraint_names import made_name


def parts(table: Table) -> Iterator[Table]:
    for name, _ in partitions_of(table):
        yield replace(table, name=name, partitioning=None)


def index_name(part: Table, index: Index, tag: str = "") -> str:
    """As the server calls it, or as it is called while it stands aside."""
    columns = ["expr" if each.is_expression else each.value for each in index.parts]
    name = made_name(part.name, "_".join((*columns, *index.include)), "idx")
    return tagged(name, tag) if tag else name


def key_name(part: Table, key: Key, is_primary: bool) -> str:
    return made_name(part.name, "", "pkey") if is_primary else made_name(part.name, "_".join(key.columns), "key")
