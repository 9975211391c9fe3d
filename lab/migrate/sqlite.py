"""A diff as a migration of SQLite: tables built anew beside the old ones, all in one transaction.

Source: SQLite manual, ALTER TABLE, "Making Other Kinds Of Table Schema Changes", whose twelve steps these are; readers
go on meanwhile where the journal is a WAL, writers wait.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from lab.engines.engine import literal, quote, quote_all
from lab.engines.sqlite.definitions import create_sql
from lab.engines.sqlite.expressions import expression_sql
from lab.errors import LabError
from lab.migrate.changes import Diff, MoveColumn
from lab.migrate.diff.names import tagged
from lab.migrate.needs import check_values
from lab.migrate.postgres.types import loss
from lab.migrate.sqlite_twins import Twins, twins
from lab.migrate.step import PHASES, Lock, Plan, Step, Way, in_phase, inverted, step
from lab.model.schema import Column, Schema, Table

_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "money", "oid")


def plan(diff: Diff) -> Plan:
    """Raises LabError for a column that needs values nobody declared."""
    check_values(diff)
    losses = create_sql(diff.new).losses
    return Plan("sqlite", tuple(_Planning(diff).steps()), (*diff.new.losses, *losses))


def _writes_wait(*tables: Table) -> Lock:
    return Lock("RESERVED", tuple(table.name for table in tables), "writes", is_brief=False)


def _ddl(table: Table, schema: Schema, name: str | None = None) -> tuple[str, tuple[str, ...]]:
    """A table's CREATE TABLE, and those of its indexes."""
    made = create_sql(replace(schema, tables=(table,), statements=()))
    create = made.before[0]
    if name:
        create = create.replace(f"CREATE TABLE {quote(table.name)}", f"CREATE TABLE {quote(name)}", 1)
    return create, made.after


class _Planning:
    def __init__(self, diff: Diff) -> None:
        self.diff, self.old, self.new = diff, diff.old, diff.new
        self.before, self.after, self.original = diff.before, diff.after, diff.original
        self.moves = [change for change in diff.changes if isinstance(change, MoveColumn)]

    def steps(self) -> list[Step]:
        made = [self._created(table) for name, table in self.after.items() if name not in self.before]
        rebuilt = [step for name in self.after if name in self.before for step in self._changed(name)]
        dropped = [table for name, table in self.before.items() if name not in self.after]
        gone = inverted([self._created_back(table) for table in dropped], "drop ")
        migrated = [each if each.phase == "contract" else replace(each, phase="migrate") for each in rebuilt]
        found = [*in_phase("expand", made), *migrated, *in_phase("contract", gone)]
        return sorted(found, key=lambda each: PHASES.index(each.phase))

    def _created(self, table: Table) -> Step:
        create, indexes = _ddl(table, self.new)
        up = [create, *self._moved_rows(table, self.moves), *indexes]
        return step(
            f"create table {table.name}",
            Way(tuple(up), _writes_wait(table)),
            Way((f"DROP TABLE {quote(table.name)}",), _writes_wait(table)),
        )

    def _created_back(self, table: Table) -> Step:
        original = self.original[table.name]
        create, indexes = _ddl(original, self.diff.source)
        back = [MoveColumn(m.target, m.new, m.source, m.column, tuple((b, a) for a, b in m.link)) for m in self.moves]
        moved = {m.column.name for m in self.moves if m.source.name == table.name}
        linked = {ours for m in self.moves if m.source.name == table.name for ours, _ in m.link}
        rest = [c.name for c in table.columns if c.name not in moved | linked]
        lost = (
            f"the rows of {table.name}"
            if not moved
            else ", ".join(f"the values of {table.name}.{name}" for name in rest)
        )
        up = [create, *self._moved_rows(table, back, only_filled=True), *indexes]
        return step(
            f"table {table.name}",
            Way(tuple(up), _writes_wait(table)),
            Way((f"DROP TABLE {quote(original.name)}",), _writes_wait(table)),
            loses=lost,
        )

    def _moved_rows(self, table: Table, moves: Iterable[MoveColumn], only_filled: bool = False) -> list[str]:
        """The rows of a table that takes columns of another: one for each of the other's."""
        mine = [move for move in moves if move.target.name == table.name]
        if not mine:
            return []
        pairs = [*mine[0].link, *((move.column.name, move.new.name) for move in mine)]
        filled = " OR ".join(f"{quote(move.column.name)} IS NOT NULL" for move in mine)
        takes, gives = quote_all([theirs for _, theirs in pairs]), quote_all([ours for ours, _ in pairs])
        sql = f"INSERT INTO {quote(table.name)} ({takes}) SELECT {gives} FROM {quote(mine[0].source.name)}"
        return [sql + (f" WHERE {filled}" if only_filled else "")]

    def _changed(self, name: str) -> list[Step]:
        was, table, original = self.before[name], self.after[name], self.original[name]
        (old, old_indexes), (new, new_indexes) = _ddl(original, self.diff.source), _ddl(table, self.new)
        if old == new:
            return self._reindexed(table, old_indexes, new_indexes)
        names = {mine.name: theirs.name for mine, theirs in zip(was.columns, original.columns, strict=True)}
        sources = {column.name: names[column.name] for column in table.columns if column.name in names}
        if (added := self._appended(original, table, old_indexes, new_indexes)) is not None:
            return added
        if (found := twins(original, was, table)) is not None:
            return self._under_both_names(found, original, was, table, sources)
        forth = self._rebuilt(original, table, self.new, sources, is_forth=True)
        back = self._rebuilt(
            table, original, self.diff.source, {theirs: mine for mine, theirs in sources.items()}, is_forth=False
        )
        lost = self._lost(was, table, original.name)
        title = f"rebuild table {name}" + (f", once {original.name}" if original.name != name else "")
        return [step(title, Way(tuple(forth), _writes_wait(table)), Way(tuple(back), _writes_wait(table)), loses=lost)]

    def _under_both_names(
        self, found: Twins, original: Table, was: Table, table: Table, sources: dict[str, str]
    ) -> list[Step]:
        """Built with both names of what is renamed, and once more without the old ones."""
        old_names = {old.name: old.name for old, _ in found.pairs}
        own = {column.name: column.name for column in table.columns}
        copied = {new.name: new.name for _, new in found.pairs} | own
        from_new = {old.name: new.name for old, new in found.pairs}
        back = {theirs: mine for mine, theirs in sources.items()}
        forth = [*self._rebuilt(original, found.both, self.new, sources | old_names, True), *found.triggers()]
        undo = self._rebuilt(found.both, original, self.diff.source, back, False)
        last = self._rebuilt(found.both, table, self.new, copied, True)
        again = [*self._rebuilt(table, found.both, self.new, own | from_new, False), *found.triggers()]
        lock, names = _writes_wait(table), ", ".join(old_names)
        lost = self._lost(was, table, original.name)
        title = f"rebuild table {table.name}, {names} under both names"
        gone = step(f"rebuild table {table.name} without {names}", Way(tuple(last), lock), Way(tuple(again), lock))
        return [
            step(title, Way(tuple(forth), lock), Way(tuple(undo), lock), loses=lost),
            replace(gone, phase="contract"),
        ]

    def _reindexed(self, table: Table, old: tuple[str, ...], new: tuple[str, ...]) -> list[Step]:
        gone, made = [s for s in old if s not in new], [s for s in new if s not in old]
        if not (gone or made):
            return []
        up = [*map(_drop_index, gone), *made]
        down = [*map(_drop_index, made), *gone]
        return [
            step(
                f"change the indexes of {table.name}",
                Way(tuple(up), _writes_wait(table)),
                Way(tuple(down), _writes_wait(table)),
            )
        ]

    def _appended(
        self, old: Table, new: Table, old_indexes: tuple[str, ...], new_indexes: tuple[str, ...]
    ) -> list[Step] | None:
        """ADD COLUMN, where all that differs is a column at the end that needs no rows written (SQLite manual, "ALTER
        TABLE ADD COLUMN")."""
        extra = new.columns[len(old.columns) :]
        if not extra or old.name != new.name or not all(self._is_appendable(new, column) for column in extra):
            return None
        bare = replace(new, columns=new.columns[: len(old.columns)], indexes=())
        used = {name for key in new.keys for name in key.columns} | {n for key in new.foreign_keys for n in key.columns}
        if used & {column.name for column in extra} or new.checks != old.checks:
            return None
        if _ddl(bare, self.new)[0] != _ddl(old, self.diff.source)[0]:
            return None
        lines = _ddl(new, self.new)[0].splitlines()[1 + len(old.columns) :][: len(extra)]
        up = [f"ALTER TABLE {quote(new.name)} ADD COLUMN {line.strip().rstrip(',')}" for line in lines]
        down = [f"ALTER TABLE {quote(new.name)} DROP COLUMN {quote(c.name)}" for c in reversed(extra)]
        gone, made = ([s for s in a if s not in b] for a, b in ((old_indexes, new_indexes), (new_indexes, old_indexes)))
        forth, back = (*map(_drop_index, gone), *up, *made), (*map(_drop_index, made), *down, *gone)
        title = f"add {', '.join(c.name for c in extra)} to {new.name}"
        return [step(title, Way(forth, replace(_writes_wait(new), is_brief=True)), Way(back, _writes_wait(new)))]

    def _is_appendable(self, table: Table, column: Column) -> bool:
        is_plain = column.is_nullable and column.generated is None and column.default is None
        is_moved = any((move.target.name, move.new.name) == (table.name, column.name) for move in self.moves)
        is_listed = self.new.enum(column.type.name) is not None
        return is_plain and not is_moved and not is_listed and self.diff.fill(table.name, column.name) is None

    def _rebuilt(self, old: Table, new: Table, schema: Schema, sources: dict[str, str], is_forth: bool) -> list[str]:
        aside = tagged(new.name, "new")
        create, indexes = _ddl(new, schema, aside)
        written = [c for c in new.columns if c.generated is None]
        values = {c.name: self._value(c, old, new, sources, is_forth, schema) for c in written}
        kept = {name: value for name, value in values.items() if value is not None}
        values_said = ", ".join(kept.values())
        copy = f"INSERT INTO {quote(aside)} ({quote_all(list(kept))}) SELECT {values_said} FROM {quote(old.name)}"
        return [
            create,
            copy,
            f"DROP TABLE {quote(old.name)}",
            f"ALTER TABLE {quote(aside)} RENAME TO {quote(new.name)}",
            *indexes,
        ]

    def _value(
        self, column: Column, old: Table, new: Table, sources: dict[str, str], is_forth: bool, schema: Schema
    ) -> str | None:
        """Where a column's values come from; None to let its default do."""
        fill = self.diff.fill(new.name, column.name) if is_forth else None
        if fill is not None and column.name not in sources:
            return _said(fill, old)
        if fill is not None:
            return f"coalesce({quote(sources[column.name])}, {_said(fill, old)})"
        if column.name in sources:
            return quote(sources[column.name])
        if (moved := self._moved(column, old, new, is_forth)) is not None:
            return moved
        if column.is_nullable or (column.default is not None and self._has_default(column, new, schema)):
            return None
        if is_forth:
            raise LabError(
                f"SQLite has no default {column.default}, and {new.name}.{column.name} must not be NULL",
                f"say --fill '{new.name}.{column.name}=…' with an expression SQLite knows",
            )
        return _stand_in(column, schema, any(column.name in key.columns for key in new.keys))

    def _has_default(self, column: Column, table: Table, schema: Schema) -> bool:
        losses = create_sql(replace(schema, tables=(table,), statements=())).losses
        return all(each.what != f"default of {table.name}.{column.name}" for each in losses)

    def _moved(self, column: Column, old: Table, new: Table, is_forth: bool) -> str | None:
        for move in self.moves:
            taker, own, giver, theirs = (
                (move.target, move.new, move.source, move.column)
                if is_forth
                else (move.source, move.column, move.target, move.new)
            )
            if (taker.name, own.name) == (new.name, column.name):
                link = move.link if is_forth else tuple((b, a) for a, b in move.link)
                match = " AND ".join(f"m.{quote(g)} = {quote(old.name)}.{quote(t)}" for g, t in link)
                return f"(SELECT m.{quote(theirs.name)} FROM {quote(giver.name)} m WHERE {match})"
        return None

    def _lost(self, was: Table, table: Table, name: str) -> str:
        moved = {m.column.name for m in self.moves if m.source.name == was.name}
        after = {column.name: column for column in table.columns}
        found = []
        for column in was.columns:
            if column.name not in after and column.name not in moved and column.generated is None:
                found.append(f"the values of {table.name}.{column.name}")
            elif column.name in after and (what := loss(column.type, after[column.name].type)):
                found.append(f"{what} of {table.name}.{column.name}")
        return "; ".join(found)


def _said(sql: str, table: Table) -> str:
    found = expression_sql(sql, table)
    if found is None:
        raise LabError(f"SQLite has no expression {sql}", "say --fill with an expression SQLite knows")
    return found


def _drop_index(create: str) -> str:
    match = re.match(r'CREATE (?:UNIQUE )?INDEX ("(?:[^"]|"")+")', create)
    assert match
    return f"DROP INDEX {match[1]}"


def _stand_in(column: Column, schema: Schema, is_unique: bool) -> str:
    """A value for a column that must not be NULL, where the real one was dropped."""
    enum = schema.enum(column.type.name)
    if enum:
        return literal(enum.values[0])
    if is_unique:
        return "rowid"
    return "0" if column.type.name in _NUMBERS else "''"
