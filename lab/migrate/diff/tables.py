"""The changes of one table that is in both schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TypeVar

from lab.migrate.changes import (
    AddColumn,
    AddConstraint,
    AddPartition,
    AlterColumn,
    Change,
    CommentTable,
    Constraint,
    DropColumn,
    DropConstraint,
    DropPartition,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    Repartition,
    partition_key,
    partitions_of,
)
from lab.migrate.expressions import is_same
from lab.model.change import AddIndex, DropIndex
from lab.model.schema import Check, Column, Index, Table

Part = TypeVar("Part", Constraint, Index)


def table_changes(old: Table, new: Table, renamed: Mapping[str, str], sources: Mapping[str, str]) -> Iterator[Change]:
    """`old` bears the new names; `renamed` maps a new name of a column to the one it had."""
    if old.comment != new.comment:
        yield CommentTable(old, new)
    if partition_key(old.partitioning) != partition_key(new.partitioning):
        yield Repartition(old, new)
    else:
        yield from _partitions(old, new)
    yield from _columns(old, new, {new_name: sources.get(new_name, was) for new_name, was in renamed.items()})
    yield from _constraints(old, new)
    yield from _indexes(old, new)


def _partitions(old: Table, new: Table) -> Iterator[Change]:
    before, after = dict(partitions_of(old)), dict(partitions_of(new))
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    for name, bounds in before.items():
        if name not in after or name in changed:
            yield DropPartition(old, name, bounds)
    for name, bounds in after.items():
        if name not in before or name in changed:
            yield AddPartition(new, name, bounds)


def _columns(old: Table, new: Table, renamed: Mapping[str, str]) -> Iterator[Change]:
    before = {column.name: column for column in old.columns}
    for column in new.columns:
        was = before.pop(column.name, None)
        if was is None:
            yield AddColumn(new, column)
        elif column.name in renamed:
            yield RenameColumn(new, replace(was, name=renamed[column.name]), column)
        elif not is_same_column(was, column):
            yield AlterColumn(new, was, column)
    for column in before.values():
        yield DropColumn(old, column)


def is_same_column(one: Column, other: Column) -> bool:
    return (
        _plain(one) == _plain(other) and is_same(one.default, other.default) and is_same(one.generated, other.generated)
    )


def _plain(column: Column) -> Column:
    """All but its expressions, and where and how it was written."""
    return replace(column, default=None, generated=None, position=None, is_updated_by_client=False)


def _constraints(old: Table, new: Table) -> Iterator[Change]:
    kinds: tuple[tuple[Sequence[Constraint], Sequence[Constraint]], ...] = (
        ((old.primary_key,) if old.primary_key else (), (new.primary_key,) if new.primary_key else ()),
        (old.uniques, new.uniques),
        (old.checks, new.checks),
        (old.foreign_keys, new.foreign_keys),
    )
    for before, after in kinds:
        gone, made, called = _matched(before, after)
        yield from (DropConstraint(old, each) for each in gone)
        yield from (AddConstraint(new, each) for each in made)
        yield from (RenameConstraint(new, was, now) for was, now in called)


def _indexes(old: Table, new: Table) -> Iterator[Change]:
    gone, made, called = _matched(old.indexes, new.indexes)
    yield from (DropIndex(each) for each in gone)
    yield from (AddIndex(each) for each in made)
    yield from (RenameIndex(new, was, now) for was, now in called)


def _matched(before: Sequence[Part], after: Sequence[Part]) -> tuple[list[Part], list[Part], list[tuple[Part, Part]]]:
    """Those gone, those made, and those that are only called otherwise. Equal ones of equal name come first."""
    gone, made = list(before), list(after)
    for each in after:
        if (
            twin := next((other for other in gone if other.name == each.name and is_same_part(other, each)), None)
        ) is not None:
            gone.remove(twin)
            made.remove(each)
    called = []
    for each in list(made):
        if (twin := next((other for other in gone if is_same_part(other, each)), None)) is not None:
            gone.remove(twin)
            made.remove(each)
            called.append((twin, each))
    return gone, made, called


def is_same_part(one: Constraint | Index, other: Constraint | Index) -> bool:
    """Whether two constraints or indexes do the same, whatever they are called."""
    if isinstance(one, Check) and isinstance(other, Check):
        bare = [replace(each, name=None, position=None, expression="") for each in (one, other)]
        return bare[0] == bare[1] and is_same(one.expression, other.expression)
    if isinstance(one, Index) and isinstance(other, Index):
        return _is_same_index(one, other)
    if isinstance(one, Index) or isinstance(other, Index) or type(one) is not type(other):
        return False
    return replace(one, name=None, position=None) == replace(other, name=None, position=None)


def _is_same_index(one: Index, other: Index) -> bool:
    bare = [replace(each, name="", position=None, where=None, parts=()) for each in (one, other)]
    if bare[0] != bare[1] or not is_same(one.where, other.where):
        return False
    for mine, theirs in zip_longest(one.parts, other.parts):
        if mine is None or theirs is None or replace(mine, value="") != replace(theirs, value=""):
            return False
        if not (is_same(mine.value, theirs.value) if mine.is_expression else mine.value == theirs.value):
            return False
    return True
