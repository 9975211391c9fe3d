"""Keys, checks, references and indexes of tables in service: built beside, checked afterwards, put in place at once."""

from __future__ import annotations

from dataclasses import replace

from lab.engines.engine import quote
from lab.migrate.changes import Constraint
from lab.migrate.diff.names import tagged
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
    undo = way(exclusive(table), drop_constraint(table, name, if_exists=True))
    lock = _lock(table, constraint)
    is_over_periods = isinstance(constraint, Key) and (constraint.is_without_overlaps or bool(constraint.options))
    if is_over_periods or (table.partitioning and isinstance(constraint, Key | ForeignKey)):
        slow = replace(lock, is_brief=False)
        note = "a partitioned table's keys and references, and keys over periods, are checked while writers wait"
        return [step(f"add {title}", way(slow, alter(table, f"ADD {clause}")), undo, note=note)]
    if isinstance(constraint, Key):
        return _key(table, constraint, title)
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


def _lock(table: Table, constraint: Constraint) -> Lock:
    if isinstance(constraint, ForeignKey):
        return writes_wait(table, constraint.table)
    return exclusive(table)


def _key(table: Table, key: Key, title: str) -> list[Step]:
    name = key.name or ""
    kind = "PRIMARY KEY" if is_primary(table, key) else "UNIQUE"
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


def add_index(index: Index, table: Table) -> list[Step]:
    if table.partitioning:
        note = "a partitioned table's index is built while writers wait"
        lock = Lock("SHARE", (table.name,), "writes", is_brief=False)
        up = way(lock, index_sql(index, table, is_concurrent=False))
        down = way(exclusive(table), drop_index(table, index.name, is_concurrent=False))
        return [step(f"build index {index.name}", up, down, note=note)]
    build = alone(index_sql(index, table, is_concurrent=True), unhurt(table))
    return [step(f"build index {index.name}", build, alone(drop_index(table, index.name), unhurt(table)))]


def exchange_index(table: Table, old: Index, new: Index, was: Table) -> list[Step]:
    """An index in the place of another of its name, which serves until then."""
    beside, before = (tagged(new.name, tag) for tag in ("new", "old"))
    build = add_index(replace(new, name=beside), table)
    rest = add_index(replace(old, name=before), was)
    forth = (rename_index(table, new.name, before), rename_index(table, beside, new.name))
    back = (rename_index(table, new.name, beside), rename_index(table, before, new.name))
    put = step(f"put index {new.name} in its place", way(unhurt(table), *forth), way(unhurt(table), *back))
    drop = [step(f"drop the former index {new.name}", each.down, each.up) for each in rest]
    return [*build, put, *drop]


def rename_index(table: Table, old: str, new: str) -> str:
    return f"ALTER INDEX {in_space(table, old)} RENAME TO {quote(new)}"


def rename_step(table: Table, old: str, new: str) -> Step:
    """Of a constraint; that of a key takes its index along."""
    up, down = rename_constraint(table, old, new), rename_constraint(table, new, old)
    return step(f"rename constraint {old} to {new}", way(exclusive(table), up), way(exclusive(table), down))


def rename_index_step(table: Table, old: str, new: str) -> Step:
    up, down = rename_index(table, old, new), rename_index(table, new, old)
    return step(f"rename index {old} to {new}", way(unhurt(table), up), way(unhurt(table), down))
