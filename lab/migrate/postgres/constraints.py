"""Keys, checks, references and indexes of tables in service: built beside, checked afterwards, put in place at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lab.engines.ddl import key_clause
from lab.engines.engine import quote
from lab.migrate.changes import Constraint
from lab.migrate.diff.names import tagged
from lab.migrate.postgres import partitions
from lab.migrate.postgres.columns import validate
from lab.migrate.postgres.words import (
    alone,
    alter,
    constraint_clause,
    drop_constraint,
    drop_index,
    exclusive,
    in_space,
    index_sql,
    rename_constraint,
    unhurt,
    unique_index,
    using_index,
    way,
    writes_wait,
)
from lab.migrate.step import Lock, Step, inverted, step
from lab.model.schema import ForeignKey, Index, Key, Schema, Table


def add(table: Table, constraint: Constraint, schema: Schema) -> list[Step]:
    """Steps that add a constraint under its own name."""
    name = constraint.name or ""
    title = f"{_kind(table, constraint)} {name} of {table.name}"
    clause = constraint_clause(constraint, table, schema)
    if isinstance(constraint, ForeignKey):
        return add_reference(table, name, clause, constraint.table)
    undo = way(exclusive(table), drop_constraint(table, name, if_exists=True))
    if isinstance(constraint, Key) and (constraint.is_without_overlaps or constraint.options):
        slow = way(exclusive(table, is_brief=False), alter(table, f"ADD {clause}"))
        return [step(f"add {title}", slow, undo, note="keys over periods are checked while others wait")]
    if isinstance(constraint, Key):
        return _key(table, constraint, title)
    return [
        step(f"add {title}, unchecked", way(exclusive(table), alter(table, f"ADD {clause} NOT VALID")), undo),
        step(f"check {title}", validate(table, name)),
    ]


def add_reference(table: Table, name: str, clause: str, parent: str) -> list[Step]:
    """Steps that add a foreign key, the partitions' first."""
    title, lock = f"foreign key {name} of {table.name}", writes_wait(table, parent)
    undo = way(exclusive(table, parent), drop_constraint(table, name, if_exists=True))
    if table.partitioning:
        made = [each for part in partitions.parts(table) for each in add_reference(part, name, clause, parent)]
        return [*_serving(made), step(f"add {title}", way(lock, alter(table, f"ADD {clause}")), undo)]
    return [
        step(f"add {title}, unchecked", way(lock, alter(table, f"ADD {clause} NOT VALID")), undo),
        step(f"check {title}", validate(table, name)),
    ]


def _kind(table: Table, constraint: Constraint) -> str:
    if isinstance(constraint, ForeignKey):
        return "foreign key"
    if not isinstance(constraint, Key):
        return "check"
    return "primary key" if is_primary(table, constraint) else "unique"


def is_primary(table: Table, key: Constraint) -> bool:
    return table.primary_key is not None and table.primary_key.name == key.name


def _key(table: Table, key: Key, title: str) -> list[Step]:
    name = key.name or ""
    kind = "PRIMARY KEY" if is_primary(table, key) else "UNIQUE"
    if table.partitioning:
        return _parted_key(table, key, kind, title)
    build = alone(unique_index(key, table, name), unhurt(table))
    use = using_index(key, kind, table, name)
    built = step(f"build the index of {title}", build, alone(drop_index(table, name), unhurt(table)))
    return [
        replace(built, serves="next"),
        step(
            f"add {title}",
            way(exclusive(table), use),
            way(exclusive(table), drop_constraint(table, name, if_exists=True)),
        ),
    ]


def _parted_key(table: Table, key: Key, kind: str, title: str) -> list[Step]:
    made: list[Step] = []
    for part in partitions.parts(table):
        own = replace(key, name=partitions.key_name(part, key, is_primary(table, key)))
        alone_in = replace(part, primary_key=own if is_primary(table, key) else None)
        made += _key(alone_in, own, f"{_kind(alone_in, own)} {own.name} of {part.name}")
    undo = way(exclusive(table), drop_constraint(table, key.name, if_exists=True))
    whole = step(f"add {title}", way(exclusive(table), alter(table, f"ADD {key_clause(kind, key)}")), undo)
    return [*_serving(made), whole]


def _serving(steps: Iterable[Step]) -> list[Step]:
    return [replace(each, serves="next") for each in steps]


def exchange(table: Table, old: Constraint, new: Constraint, source: Schema, target: Schema, was: Table) -> list[Step]:
    """Steps that put a constraint in the place of another of its name, which holds until then."""
    name, beside, before = new.name or "", tagged(new.name or "", "new"), tagged(old.name or "", "old")
    if isinstance(new, Key):
        return _exchange_keys(table, old, new, was)
    tagged_new, tagged_old = replace(new, name=beside), replace(old, name=before)
    swap = (drop_constraint(table, name), rename_constraint(table, beside, name))
    # On the way back the old one is added under its own tag first, then put back.
    build = add(table, tagged_new, target)
    restore = inverse_of_add(was, tagged_old, source)
    put = step(
        f"put {_kind(table, new)} {name} of {table.name} in its place",
        way(exclusive(table), *swap),
        way(exclusive(table), rename_constraint(table, name, beside), rename_constraint(table, before, name)),
    )
    return [*build, put, *restore]


def inverse_of_add(table: Table, constraint: Constraint, schema: Schema) -> list[Step]:
    """Steps that add a constraint on the way back, and see on the way up that it is not there."""
    return [replace(each, serves="before") for each in inverted(add(table, constraint, schema), "on the way back: ")]


def _exchange_keys(table: Table, old: Constraint, new: Key, was: Table) -> list[Step]:
    assert isinstance(old, Key)
    name, beside, before = new.name or "", tagged(new.name or "", "new"), tagged(old.name or "", "old")
    kind = "PRIMARY KEY" if is_primary(table, new) else "UNIQUE"
    drop = drop_constraint(table, name)

    build = alone(unique_index(new, table, beside), unhurt(table))
    back = alone(unique_index(old, table, before), unhurt(table))
    lock = exclusive(table)
    forth, again = using_index(new, kind, table, beside), using_index(old, kind, table, before)
    title = f"put key {name} of {table.name} in its place"
    return [
        step(f"build the index of key {name} of {table.name}", build, alone(drop_index(table, beside), unhurt(table))),
        step(title, way(lock, drop, forth), way(lock, drop, again)),
        replace(
            step(
                f"on the way back: build the index of key {name} of {was.name}",
                alone(drop_index(was, before), unhurt(table)),
                back,
            ),
            serves="before",
        ),
    ]


def add_index(index: Index, table: Table, tag: str = "") -> list[Step]:
    """`tag` calls the indexes of partitions otherwise for the time being."""
    if table.partitioning is None:
        build = alone(index_sql(index, table, is_concurrent=True), unhurt(table))
        return [step(f"build index {index.name}", build, alone(drop_index(table, index.name), unhurt(table)))]
    made: list[Step] = []
    for part in partitions.parts(table):
        made += add_index(replace(index, name=partitions.index_name(part, index, tag), table=part.name), part)
    up = way(Lock("SHARE", (table.name,), "writes"), index_sql(index, table, is_concurrent=False))
    down = way(exclusive(table), drop_index(table, index.name, is_concurrent=False))
    return [*_serving(made), step(f"add index {index.name} over those of the partitions", up, down)]


def exchange_index(table: Table, old: Index, new: Index, was: Table) -> list[Step]:
    """An index in the place of another of its name, which serves until then."""
    build = add_index(replace(new, name=tagged(new.name, "new")), table, "new")
    rest = add_index(replace(old, name=tagged(old.name, "old")), was, "old")
    (old_own, old_aside), (new_own, new_aside) = _names(table, old, "old"), _names(table, new, "new")
    forth = _renamed(table, (*old_own, *new_aside), (*old_aside, *new_own))
    back = _renamed(table, (*new_own, *old_aside), (*new_aside, *old_own))
    put = step(f"put index {new.name} in its place", way(unhurt(table), *forth), way(unhurt(table), *back))
    return [*build, put, *(replace(each, title=f"drop the former index {new.name}") for each in inverted(rest))]


def _names(table: Table, index: Index, tag: str) -> tuple[list[str], list[str]]:
    """What an index and those of the partitions are called, and what they are called aside."""
    parts = list(partitions.parts(table))
    own = [index.name, *(partitions.index_name(part, index) for part in parts)]
    return own, [tagged(index.name, tag), *(partitions.index_name(part, index, tag) for part in parts)]


def _renamed(table: Table, old: Sequence[str], new: Sequence[str]) -> list[str]:
    return [rename_index(table, one, other) for one, other in zip(old, new, strict=True)]


def rename_index(table: Table, old: str, new: str) -> str:
    return f"ALTER INDEX {in_space(table, old)} RENAME TO {quote(new)}"


def rename_step(table: Table, old: str, new: str) -> Step:
    """Of a constraint; that of a key takes its index along."""
    up, down = rename_constraint(table, old, new), rename_constraint(table, new, old)
    return step(f"rename constraint {old} to {new}", way(exclusive(table), up), way(exclusive(table), down))


def rename_index_step(table: Table, old: str, new: str) -> Step:
    up, down = rename_index(table, old, new), rename_index(table, new, old)
    return step(f"rename index {old} to {new}", way(unhurt(table), up), way(unhurt(table), down))
