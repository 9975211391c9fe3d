"""A column under a new name while both are in use: values, and everything that stands on the column, in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lab.engines.engine import quote
from lab.migrate.changes import Constraint, RenameColumn
from lab.migrate.diff.names import tagged
from lab.migrate.expressions import columns_of
from lab.migrate.postgres import columns, constraints
from lab.migrate.postgres.words import alter, exclusive, in_space, rename_constraint, way
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


def carried(
    table: Table, was: Table, old: Column, new: Column, schema: Schema, source: Schema, forth: str, back: str
) -> list[Step]:
    """`table` as it becomes, `was` as it was; `forth` and `back` convert a value in braces."""
    parts, former = parts_on(table, new.name), parts_on(was, old.name)
    taken = {part.name for part in former}
    steps = columns.carry(table, was, old, new, schema, forth, back)
    first, second = steps[:1], steps[1:]
    for part in parts:
        own = _called(part, tagged(part.name or "", "new")) if part.name in taken else part
        second += _add(table, own, schema)
    second.append(_change_names(table, was, old, new, parts, former))
    third = _undone(table, was, old, new, source, former, {part.name for part in parts}, forth, back)
    return [*in_phase("expand", first), *in_phase("migrate", second), *in_phase("contract", third)]


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


def _change_names(table: Table, was: Table, old: Column, new: Column, parts: list[Part], former: list[Part]) -> Step:
    """The names and the default pass over to the new column, at one moment."""
    forth: list[str] = []
    back: list[str] = []
    theirs = {part.name for part in parts}
    for part in former:
        if part.name in theirs and not _is_primary(was, part):
            aside = tagged(part.name or "", "old")
            forth.append(_rename(table, part, part.name or "", aside))
            back.insert(0, _rename(table, part, aside, part.name or ""))
    for part in parts:
        ours = tagged(part.name or "", "new") if part.name in {each.name for each in former} else part.name or ""
        if _is_primary(table, part):
            gone = was.primary_key
            assert gone
            forth += [alter(table, f"DROP CONSTRAINT {quote(gone.name or '')}")]
            forth += [alter(table, f"ADD CONSTRAINT {quote(part.name or '')} PRIMARY KEY USING INDEX {quote(ours)}")]
            before = tagged(gone.name or "", "old")
            back[:0] = [
                alter(table, f"DROP CONSTRAINT {quote(part.name or '')}"),
                alter(table, f"ADD CONSTRAINT {quote(gone.name or '')} PRIMARY KEY USING INDEX {quote(before)}"),
            ]
        elif ours != part.name:
            forth.append(_rename(table, part, ours, part.name or ""))
            back.insert(0, _rename(table, part, part.name or "", ours))
    if new.default is not None:
        forth.append(alter(table, f"ALTER COLUMN {quote(new.name)} SET DEFAULT {new.default}"))
        back.append(alter(table, f"ALTER COLUMN {quote(new.name)} DROP DEFAULT"))
    if old.default is not None:
        forth.append(alter(table, f"ALTER COLUMN {quote(old.name)} DROP DEFAULT"))
        back.append(alter(table, f"ALTER COLUMN {quote(old.name)} SET DEFAULT {old.default}"))
    title = f"{table.name}.{new.name} takes over from {old.name}"
    return step(title, way(exclusive(table), *forth), way(exclusive(table), *back))


def _called(part: Part, name: str) -> Part:
    return replace(part, name=name)


def _is_primary(table: Table, part: Part) -> bool:
    return isinstance(part, Key) and table.primary_key is not None and part.name == table.primary_key.name


def _rename(table: Table, part: Part, old: str, new: str) -> str:
    if isinstance(part, Index):
        return f"ALTER INDEX {in_space(table, old)} RENAME TO {quote(new)}"
    return rename_constraint(table, old, new)


def _undone(
    table: Table,
    was: Table,
    old: Column,
    new: Column,
    source: Schema,
    former: list[Part],
    theirs: set[str | None],
    forth: str,
    back: str,
) -> list[Step]:
    """The old column goes; on the way back it comes as the new one came."""
    made = columns.carry(was, table, new, old, source, back, forth)
    for part in former:
        name = tagged(part.name or "", "old") if part.name in theirs or _is_primary(was, part) else part.name
        made += _add(was, _called(part, name or ""), source)
    undone = inverted(made, "former ")
    *others, last = undone
    return [
        *(
            replace(each, title=f"on the way back: {each.title.removeprefix('former ')}") if not each.up.sql else each
            for each in others
        ),
        replace(last, title=f"drop column {table.name}.{old.name}"),
    ]
