"""A column under a new name while both are in use: values, and everything that stands on the column, in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab.migrate.changes import Constraint, RenameColumn
from lab.migrate.diff.names import tagged
from lab.migrate.expressions import columns_of
from lab.migrate.postgres import columns, constraints
from lab.migrate.postgres.words import drop_constraint, exclusive, rename_constraint, using_index, way
from lab.migrate.step import Step, in_phase, inverted, step
from lab.model.schema import Check, Column, ForeignKey, Index, Key, Schema, Table

Part = Constraint | Index


def is_carried(part: Part, table: Table, changes: Sequence[RenameColumn]) -> bool:
    """Whether what stands on a renamed column is seen to with it. Old parts bear the new names already."""
    renamed = {c.new.name for c in changes if c.table.name == table.name}
    return bool(renamed & columns_in(part))


def columns_in(part: Part) -> frozenset[str]:
    match part:
        case Key() | ForeignKey():
            return frozenset(part.columns)
        case Check():
            return columns_of(part.expression)
    found = frozenset((*part.columns, *part.include))
    for each in part.parts:
        found |= columns_of(each.value) if each.is_expression else frozenset()
    return found | (columns_of(part.where) if part.where is not None else frozenset())


@dataclass(frozen=True, slots=True)
class Renaming:
    """A column under two names. `table` is as it becomes, `was` as it was, `schema` and `source` likewise; `forth` and
    `back` convert a value in braces. `references` are the foreign keys of other tables, or its own, to the column: each
    with its table, as it becomes and as it was."""

    table: Table
    was: Table
    old: Column
    new: Column
    schema: Schema
    source: Schema
    forth: str
    back: str
    references: tuple[tuple[Table, ForeignKey, ForeignKey], ...] = ()

    @property
    def parts(self) -> list[Part]:
        return parts_on(self.table, self.new.name)

    @property
    def former(self) -> list[Part]:
        return parts_on(self.was, self.old.name)


def carried(each: Renaming) -> list[Step]:
    taken = {part.name for part in each.former}
    steps = columns.carry(each.table, each.was, each.old, each.new, each.schema, each.forth, each.back)
    first, second = steps[:1], steps[1:]
    for part in each.parts:
        own = _called(part, tagged(part.name or "", "new")) if part.name in taken else part
        second += _add(each.table, own, each.schema)
    for table, key, _ in each.references:
        second += constraints.add(table, replace(key, name=tagged(key.name or "", "new")), each.schema)
    second.append(_take_over(each))
    return [*in_phase("expand", first), *in_phase("migrate", second), *in_phase("contract", _undone(each))]


def parts_on(table: Table, column: str) -> list[Part]:
    every: list[Part] = [*table.keys, *table.checks, *table.indexes, *table.foreign_keys]
    return [part for part in every if column in columns_in(part)]


def _add(table: Table, part: Part, schema: Schema) -> list[Step]:
    if isinstance(part, Index):
        return constraints.add_index(part, table)
    if isinstance(part, Key) and part.columns == (table.primary_key.columns if table.primary_key else ()):
        build = constraints.add(replace(table, primary_key=None, uniques=(part,)), part, schema)
        return build[:1]
    return constraints.add(table, part, schema)


def _take_over(each: Renaming) -> Step:
    """The names of what stands on the column, and what it is given by itself, pass over to the new one at a moment."""
    table, was = each.table, each.was
    forth: list[str] = []
    back: list[str] = []
    theirs, ours = {part.name for part in each.parts}, {part.name for part in each.former}
    for owner, key, _ in each.references:
        forth.append(drop_constraint(owner, key.name))
        back.insert(0, rename_constraint(owner, tagged(key.name or "", "old"), key.name or ""))
    for part in each.former:
        if part.name in theirs and not _is_primary(was, part):
            aside = tagged(part.name or "", "old")
            forth.append(_rename(table, part, part.name or "", aside))
            back.insert(0, _rename(table, part, aside, part.name or ""))
    for part in each.parts:
        beside = tagged(part.name or "", "new") if part.name in ours else part.name or ""
        if _is_primary(table, part):
            forth += _exchange_primary(table, was.primary_key, table.primary_key, beside)
            before = tagged(was.primary_key.name or "", "old") if was.primary_key else ""
            back[:0] = _exchange_primary(table, table.primary_key, was.primary_key, before)
        elif beside != part.name:
            forth.append(_rename(table, part, beside, part.name or ""))
            back.insert(0, _rename(table, part, part.name or "", beside))
    for owner, key, _ in each.references:
        forth.append(rename_constraint(owner, tagged(key.name or "", "new"), key.name or ""))
        back.insert(0, drop_constraint(owner, key.name))
    forth += columns.pass_default(table, each.old, each.new, each.forth, each.back)
    back = [*columns.pass_default(table, each.new, each.old, each.back, each.forth), *back]
    locked = exclusive(table, *(owner for owner, _, _ in each.references))
    return step(
        f"{table.name}.{each.new.name} takes over from {each.old.name}", way(locked, *forth), way(locked, *back)
    )


def _exchange_primary(table: Table, leaving: Key | None, coming: Key | None, index: str) -> list[str]:
    assert leaving and coming
    return [drop_constraint(table, leaving.name), using_index(coming, "PRIMARY KEY", table, index)]


def _called(part: Part, name: str) -> Part:
    return replace(part, name=name)


def _is_primary(table: Table, part: Part) -> bool:
    return isinstance(part, Key) and table.primary_key is not None and part.name == table.primary_key.name


def _rename(table: Table, part: Part, old: str, new: str) -> str:
    if isinstance(part, Index):
        return constraints.rename_index(table, old, new)
    return rename_constraint(table, old, new)


def _undone(each: Renaming) -> list[Step]:
    """The old column goes; on the way back it comes as the new one came."""
    was, theirs = each.was, {part.name for part in each.parts}
    made = columns.carry(was, each.table, each.new, each.old, each.source, each.back, each.forth)
    serving: list[Step] = []
    for part in each.former:
        is_primary = _is_primary(was, part)
        name = tagged(part.name or "", "old") if part.name in theirs or is_primary else part.name or ""
        added = _add(was, _called(part, name), each.source)
        if is_primary:
            serving += added
        else:
            made += added
    for table, _, key in each.references:
        serving += constraints.add(table, replace(key, name=tagged(key.name or "", "old")), each.schema)
    *others, last = inverted(made, "former ")
    return [
        *(replace(back, serves="before") for back in inverted(serving, "on the way back: ")),
        *(
            replace(other, title=f"on the way back: {other.title.removeprefix('former ')}")
            if not other.up.sql
            else other
            for other in others
        ),
        replace(last, title=f"drop column {each.table.name}.{each.old.name}"),
    ]


def references_to(schema: Schema, change: RenameColumn) -> list[tuple[Table, ForeignKey]]:
    """The foreign keys to a column by its new name, with the tables that have them."""
    return [
        (table, key)
        for table, key in schema.foreign_keys()
        if key.table == change.table.name and change.new.name in key.referenced
    ]
