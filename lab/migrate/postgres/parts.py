"""Constraints and indexes of tables that stay: renamed, exchanged, dropped, added, in an order that holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.migrate.changes import (
    AddConstraint,
    Change,
    DropConstraint,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
)
from lab.migrate.postgres import constraints
from lab.migrate.postgres.renamed import is_carried
from lab.migrate.step import Step, in_phase, inverted
from lab.model.change import AddIndex, DropIndex
from lab.model.schema import ForeignKey, Schema


def steps(
    changes: Sequence[Change], carrying: Sequence[RenameColumn], old_schema: Schema, new_schema: Schema
) -> Iterator[Step]:
    """`carrying` are the renamed columns that see to what stands on them themselves."""
    gone = {(c.table.name, c.constraint.name): c for c in changes if isinstance(c, DropConstraint)}
    indexes = {c.index.name: c for c in changes if isinstance(c, DropIndex)}
    exchanged: set[object] = set()
    late: list[Step] = []
    for change in _sorted_additions(changes):
        match change:
            case AddConstraint(table, constraint) if (
                (table.name, constraint.name) in gone
                and type(gone[table.name, constraint.name].constraint) is type(constraint)
                and not is_carried(constraint, table, carrying)
            ):
                former = gone[table.name, constraint.name]
                exchanged.add((table.name, constraint.name))
                yield from in_phase(
                    "migrate",
                    constraints.exchange(table, former.constraint, constraint, old_schema, new_schema, former.table),
                )
            case AddConstraint(table, constraint) if not is_carried(constraint, table, carrying):
                late += in_phase("migrate", constraints.add(table, constraint, new_schema))
            case RenameConstraint(table, old, new) if not is_carried(new, table, carrying):
                yield from in_phase("migrate", [constraints.rename_step(table, old.name or "", new.name or "")])
            case AddIndex(index) if index.name in indexes and not is_carried(
                index, new_schema.table(index.table), carrying
            ):
                exchanged.add(index.name)
                table, was = new_schema.table(index.table), old_schema.table(index.table)
                yield from in_phase("migrate", constraints.exchange_index(table, indexes[index.name].index, index, was))
            case AddIndex(index) if not is_carried(index, new_schema.table(index.table), carrying):
                late += in_phase("migrate", constraints.add_index(index, new_schema.table(index.table)))
            case RenameIndex(table, old, new) if not is_carried(new, table, carrying):
                yield from in_phase("migrate", [constraints.rename_index_step(table, old.name, new.name)])
    yield from _dropped(changes, carrying, exchanged, old_schema)
    yield from late


def _sorted_additions(changes: Sequence[Change]) -> list[Change]:
    """New names first, so that they make room; keys before the references that need them."""
    found = [c for c in changes if isinstance(c, AddConstraint | RenameConstraint | AddIndex | RenameIndex)]
    return sorted(
        found,
        key=lambda c: (
            not isinstance(c, RenameConstraint | RenameIndex),
            isinstance(c, AddConstraint) and isinstance(c.constraint, ForeignKey),
        ),
    )


def _dropped(
    changes: Sequence[Change], carrying: Sequence[RenameColumn], exchanged: set[object], old_schema: Schema
) -> Iterator[Step]:
    """References first, then keys; dropped before the new application writes what they forbid."""
    drops = [c for c in changes if isinstance(c, DropConstraint) and (c.table.name, c.constraint.name) not in exchanged]
    drops = [c for c in drops if not is_carried(c.constraint, c.table, carrying)]
    for drop in sorted(drops, key=lambda c: not isinstance(c.constraint, ForeignKey)):
        yield from in_phase("migrate", inverted(constraints.add(drop.table, drop.constraint, old_schema), "drop: "))
    for change in changes:
        if isinstance(change, DropIndex) and change.index.name not in exchanged:
            table = old_schema.table(change.index.table)
            if not is_carried(change.index, table, carrying):
                yield from in_phase("contract", inverted(constraints.add_index(change.index, table), "drop: "))
