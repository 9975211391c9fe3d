"""The changes between two schemas, as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.errors import LabError, did_you_mean
from lab.migrate.changes import (
    AddEnum,
    AddStatement,
    AddTable,
    AlterEnum,
    Change,
    Diff,
    DropEnum,
    DropStatement,
    DropTable,
    EmbedTable,
    MoveColumn,
    RenameTable,
    ReplaceStatement,
)
from lab.migrate.diff.guesses import refuse_likely_renames
from lab.migrate.diff.renames import Declared, apply_renames
from lab.migrate.diff.tables import table_changes
from lab.model.schema import Schema, Statement, Table
from lab.readers.constraint_names import with_names


def diff(old: Schema, new: Schema, declared: Declared | None = None, is_guessing_refused: bool = True) -> Diff:
    """What leads from `old` to `new`. Raises LabError for a declaration that fits neither, and for a drop beside an
    addition that looks like a rename nobody declared (with the option that says so, and the one that denies it)."""
    declared = declared or Declared()
    source, target = with_names(old), with_names(new)
    was = apply_renames(source, declared)
    changes = [*_enums(was, target), *_tables(source, was, target, declared), *_statements(was, target)]
    changes += [*_moves(was, target, declared), *_embeds(was, target, declared)]
    _check_declared(target, declared)
    if is_guessing_refused:
        refuse_likely_renames(changes, declared)
    return Diff(source, was, target, tuple(changes), declared.fills)


def _enums(old: Schema, new: Schema) -> Iterator[Change]:
    for enum in new.enums:
        was = old.enum(enum.name)
        if was is None:
            yield AddEnum(enum)
        elif was.values != enum.values or was.comment != enum.comment:
            yield AlterEnum(was, enum)
    for enum in old.enums:
        if new.enum(enum.name) is None:
            yield DropEnum(enum)


def _tables(source: Schema, old: Schema, new: Schema, declared: Declared) -> Iterator[Change]:
    before = {table.name: table for table in old.tables}
    after = {table.name: table for table in new.tables}
    original = dict(zip((table.name for table in old.tables), source.tables, strict=True))
    for name in [new_name for _, new_name in declared.tables]:
        if name not in after:
            raise LabError(f"--rename: there is no table {name} in the target", did_you_mean(name, after, "tables"))
        yield RenameTable(original[name], after[name])
    for name, table in after.items():
        if name not in before:
            yield AddTable(table)
        else:
            renamed = {new: old_name for owner, old_name, new in declared.columns if owner == name}
            yield from table_changes(before[name], table, renamed, _sources(original[name], renamed))
    for name, table in before.items():
        if name not in after:
            yield DropTable(table)


def _sources(original: Table, renamed: dict[str, str]) -> dict[str, str]:
    """The name of each renamed column as it was."""
    return {new: old for new, old in renamed.items() if any(column.name == old for column in original.columns)}


def _statements(old: Schema, new: Schema) -> Iterator[Change]:
    before, after = _keyed(old), _keyed(new)
    for what, statement in after.items():
        if what not in before:
            yield AddStatement(statement)
        elif _text(before[what]) != _text(statement):
            yield ReplaceStatement(before[what], statement)
    for what, statement in before.items():
        if what not in after:
            yield DropStatement(statement)


def _keyed(schema: Schema) -> dict[str, Statement]:
    """By what they make, with a number where several make the same."""
    found: dict[str, Statement] = {}
    for statement in schema.statements:
        key, number = statement.what, 1
        while key in found:
            number += 1
            key = f"{statement.what} #{number}"
        found[key] = statement
    return found


def _text(statement: Statement) -> str:
    return " ".join(re.sub(r"\bpublic\.", "", statement.sql).split()).rstrip("; ")


def _moves(old: Schema, new: Schema, declared: Declared) -> Iterator[Change]:
    for (source, column), (target, name) in declared.moves:
        try:
            giver, was = old.table(source), old.table(source).column(column)
        except KeyError as error:
            raise LabError(f"--move {source}.{column}: the schema it starts from has no {error}", "") from error
        try:
            taker, now = new.table(target), new.table(target).column(name)
        except KeyError as error:
            raise LabError(f"--move … to {target}.{name}: the target has no {error}", "") from error
        yield MoveColumn(giver, was, taker, now, _link(giver, taker, old))


def _embeds(old: Schema, new: Schema, declared: Declared) -> Iterator[Change]:
    for child, parent, field, is_undone in declared.embeds:
        inner, outer = (new, old) if is_undone else (old, new)
        try:
            table, owner = inner.table(child), outer.table(parent)
            owner.column(field)
        except KeyError as error:
            raise LabError(f"--move {child}={parent}.{field}: there is no {error}", "") from error
        keys = [key for key in table.foreign_keys if key.table == parent and len(key.columns) == 1]
        if len(keys) != 1:
            raise LabError(f"cannot embed {child} in {parent}", f"declare the one reference of {child} to {parent}")
        yield EmbedTable(table, owner, field, (keys[0].columns[0], keys[0].referenced[0]), is_undone)


def _link(source: Table, target: Table, old: Schema) -> tuple[tuple[str, str], ...]:
    """The source's columns with the target's that identify the same row: by the one foreign key between them."""
    links = [
        tuple(zip(key.referenced, key.columns, strict=True)) for key in target.foreign_keys if key.table == source.name
    ]
    links += [
        tuple(zip(key.columns, key.referenced, strict=True)) for key in source.foreign_keys if key.table == target.name
    ]
    if len(links) != 1:
        reason = "no foreign key joins them" if not links else "several foreign keys join them"
        raise LabError(
            f"cannot move columns of {source.name} to {target.name}: {reason}",
            f"declare the one reference of {target.name} to {source.name}, or back",
        )
    return links[0]


def _check_declared(new: Schema, declared: Declared) -> None:
    for table, column, _ in declared.fills:
        known = {each.name: each for each in new.tables}
        names = [each.name for each in known[table].columns] if table in known else []
        if column not in names:
            raise LabError(f"--fill {table}.{column}: the target has no such column", did_you_mean(column, names))
    for table, old, name in declared.columns:
        names = [each.name for each in new.table(table).columns] if any(t.name == table for t in new.tables) else []
        if name not in names:
            said = f"--rename {table}.{old}={name}: the target has no column {table}.{name}"
            raise LabError(said, did_you_mean(name, names, f"columns of {table}"))
