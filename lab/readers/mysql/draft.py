"""Tables as a script has made them so far; complete only at the end, since later statements alter earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lab.errors import LabError, did_you_mean
from lab.model.schema import ForeignKey, Partitioning, Position, Schema, Table
from lab.readers.mysql.definitions import Parts
from lab.readers.mysql.model import (
    JSON_VALID,
    ColumnRow,
    IndexRow,
    Notes,
    check_of,
    column_of,
    schema_of,
    with_index,
)
from lab.readers.mysql.script import Words


@dataclass(slots=True)
class Draft:
    """One table. `parts` holds what was said of it, in order."""

    name: str
    position: Position
    parts: Parts = field(default_factory=Parts)
    comment: str = ""
    database: str | None = None
    partitioning: Partitioning | None = None

    def column_at(self, name: str, words: Words) -> int:
        """Where the column is. Raises LabError when there is none."""
        for number, row in enumerate(self.parts.columns):
            if row.name.lower() == name.lower():
                return number
        known = [row.name for row in self.parts.columns]
        raise LabError(
            f"{words.position()}: table {self.name} has no column {name}",
            did_you_mean(name, known, f"columns of {self.name}"),
        )

    def rename_column(self, old: str, new: str) -> None:
        """In the keys, too."""
        parts = self.parts
        parts.columns = [replace(row, name=new) if row.name == old else row for row in parts.columns]
        parts.indexes = [
            replace(row, parts=tuple(replace(p, value=new) if p.value == old else p for p in row.parts))
            for row in parts.indexes
        ]
        parts.foreign_keys = [
            replace(key, columns=tuple(new if c == old else c for c in key.columns)) for key in parts.foreign_keys
        ]

    def drop_column(self, name: str) -> None:
        """With what is left of nothing, as the server does: an index loses the column, and goes with its last."""
        parts = self.parts
        parts.columns = [row for row in parts.columns if row.name != name]
        left = [replace(row, parts=tuple(p for p in row.parts if p.value != name)) for row in parts.indexes]
        parts.indexes = [row for row in left if row.parts]
        parts.foreign_keys = [key for key in parts.foreign_keys if name not in key.columns]


@dataclass(slots=True)
class Drafts:
    """`databases` are those that tables were made in, in order; the last statement USE says which is meant."""

    notes: Notes = field(default_factory=Notes)
    tables: dict[str, Draft] = field(default_factory=dict)
    views: dict[str, Position] = field(default_factory=dict)
    database: str | None = None

    def key(self, database: str | None, name: str) -> str:
        """What a table is kept by: its name, and its database's once there are several."""
        space = database or self.database
        for known in self.tables.values():
            if known.name.lower() == name.lower() and (space is None or known.database in (None, space)):
                return next(key for key, draft in self.tables.items() if draft is known)
        return name if name not in self.tables else f"{space}.{name}"

    def table(self, words: Words) -> Draft | None:
        """The table named next; None when that is a view. Raises LabError when there is no such table."""
        place = words.position()
        database, name = words.qualified()
        key = self.key(database, name)
        if key in self.tables:
            return self.tables[key]
        if name in self.views:
            return None
        raise LabError(f"{place}: there is no table {name}", did_you_mean(name, self.tables, "tables"))

    def lose_once(self, what: str, consequence: str, position: Position) -> None:
        if all(loss.what != what for loss in self.notes.losses):
            self.notes.lose(what, consequence, position)

    def schema(self) -> Schema:
        """The whole. Losses stand in the order of their places."""
        found = schema_of(tuple(self._tables()), self.notes)
        placed = sorted(found.losses, key=lambda loss: loss.position.line if loss.position else 0)
        return replace(found, losses=tuple(placed))

    def _tables(self) -> Iterator[Table]:
        known = {key.lower(): draft for key, draft in self.tables.items()}
        first = next((draft.database for draft in self.tables.values() if draft.database), None)
        for key, draft in self.tables.items():
            space = draft.database if draft.database != first else None
            table = Table(key, (), comment=draft.comment, namespace=space, position=draft.position)
            yield _finished(replace(table, partitioning=draft.partitioning), draft.parts, known, self.notes)


def _finished(table: Table, parts: Parts, known: dict[str, Draft], notes: Notes) -> Table:
    documents = {found[1] for _, clause, _ in parts.checks if (found := JSON_VALID.fullmatch(clause))}
    for lost in parts.lost:
        notes.lose(*lost)
    table = replace(
        table,
        columns=tuple(column_of(replace(row, table=table.name), notes, row.name in documents) for row in parts.columns),
        foreign_keys=tuple(_with_referenced(key, known) for key in parts.foreign_keys),
    )
    checks = [
        check_of((table.name, name, clause), notes, position)
        for name, clause, position in parts.checks
        if not JSON_VALID.fullmatch(clause)
    ]
    table = replace(table, checks=tuple(check for check in checks if check))
    for row in _named(parts):
        table = with_index(table, row, notes)
    return _with_key(table)


def _with_referenced(key: ForeignKey, known: dict[str, Draft]) -> ForeignKey:
    """With the primary key where no columns are named."""
    draft = known.get(key.table.lower())
    if key.referenced or draft is None:
        return key
    primary = [row for row in draft.parts.indexes if row.name == "PRIMARY"]
    return replace(key, referenced=tuple(part.value for row in primary for part in row.parts))


def _named(parts: Parts) -> Iterator[IndexRow]:
    """The keys, each with the name the server gives it when it has none: its first column's, and a number when that
    is taken (MySQL's manual, "CREATE TABLE Statement")."""
    taken = {row.name.lower() for row in parts.indexes if row.name}
    for row in parts.indexes:
        name, number = row.name, 1
        first = "functional_index" if row.parts[0].is_expression else row.parts[0].value
        while not name or (not row.name and name.lower() in taken):
            name = first if number == 1 else f"{first}_{number}"
            number += 1
        taken.add(name.lower())
        yield replace(row, name=name)


def _with_key(table: Table) -> Table:
    """A primary key's columns are never NULL."""
    key = {name.lower() for name in table.primary_key.columns} if table.primary_key else set()
    columns = tuple(replace(c, is_nullable=False) if c.name.lower() in key else c for c in table.columns)
    return replace(table, columns=columns)


def replace_column(draft: Draft, old: str, row: ColumnRow, words: Words) -> None:
    """MODIFY and CHANGE: the column's new definition, at its old place."""
    number = draft.column_at(old, words)
    name = draft.parts.columns[number].name
    draft.parts.columns[number] = row
    if name != row.name:
        draft.rename_column(name, row.name)
