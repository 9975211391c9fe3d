"""Foreign keys that share columns: where rows belong to a tenant, so do the rows they refer to.

`orders (tenant, customer)` and `orders (tenant)` must name a customer of the very tenant. That can be drawn without a
lookup when the customers lie grouped by tenant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.datagen.keys import is_one_to_one
from lab.model.schema import ForeignKey, Schema, Table


def deciding_order(table: Table, group: int | None, tables: Mapping[str, Table]) -> tuple[int, ...]:
    """The foreign keys, those first that others have to follow: the grouping one, one-to-one ones, narrow ones."""

    def rank(number: int) -> tuple[bool, bool, int]:
        key = table.foreign_keys[number]
        return number != group, not is_one_to_one(table, key, tables[key.table]), len(key.columns)

    return tuple(sorted(range(len(table.foreign_keys)), key=rank))


def shared(one: ForeignKey, other: ForeignKey) -> tuple[str, ...]:
    """The columns both own, in the order of the first."""
    return tuple(column for column in one.columns if column in other.columns)


def leading(table: Table, number: int, order: Sequence[int]) -> int | None:
    """The foreign key, decided before, that shares most columns with this one; None where none shares any."""
    key = table.foreign_keys[number]
    earlier = [other for other in order[: order.index(number)] if shared(key, table.foreign_keys[other])]
    return max(earlier, key=lambda other: len(shared(key, table.foreign_keys[other])), default=None)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The row that some columns of a foreign key name."""

    table: str
    referenced: tuple[str, ...]
    """The columns there, in the order of the naming ones."""
    via: int | None = None
    """The number of the foreign key, of the table the key refers to, that leads there; None where the key does."""


def meanings(key: ForeignKey, columns: Sequence[str], parent: Table) -> list[Meaning]:
    """What `columns` of a foreign key to `parent` name: the parent, or what the parent refers to."""
    theirs = [key.referenced[key.columns.index(column)] for column in columns]
    found = [Meaning(parent.name, tuple(theirs))] if set(columns) == set(key.columns) else []
    for number, own in enumerate(parent.foreign_keys):
        if set(own.columns) == set(theirs):
            found.append(Meaning(own.table, tuple(own.referenced[own.columns.index(c)] for c in theirs), number))
    return found


def agreement(ours: list[Meaning], theirs: list[Meaning]) -> tuple[Meaning, Meaning] | None:
    """One meaning of each that is the same row."""
    pairs = ((one, other) for one in ours for other in theirs)
    return next(((a, b) for a, b in pairs if (a.table, a.referenced) == (b.table, b.referenced)), None)


def fewest_children(schema: Schema, table: Table, group: int) -> int:
    """One, where other tables take a row's child for granted: every tenant has a customer its orders can name."""
    grouping = set(table.foreign_keys[group].columns)
    for owner, key in schema.foreign_keys():
        if key.table != table.name or owner.name == table.name:
            continue
        for other in owner.foreign_keys:
            common = shared(key, other) if other is not key else ()
            if common and {key.referenced[key.columns.index(column)] for column in common} == grouping:
                return 1
    return 0
