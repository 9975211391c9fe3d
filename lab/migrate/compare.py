"""Whether two databases are built alike and hold the same rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from lab.engines.engine import Database, quote
from lab.migrate.apply.session import HISTORY
from lab.migrate.changes import AddColumn, AlterColumn, Diff, DropColumn, MoveColumn, RenameColumn
from lab.migrate.postgres.backfill import PROGRESS
from lab.migrate.postgres.types import loss
from lab.migrate.postgres.words import is_volatile
from lab.model.schema import Schema, Table

_COLUMN = re.compile(r"column (.*) #\d+")
_BLANKS = re.compile(r"\s+")


def catalog(database: Database) -> dict[str, str]:
    """Every object and its definition, but for the history's. Columns in any order: a new one is the last in a table
    that was there, and where it stands in a new one. Blanks do not count, since SQLite keeps the text of CREATE."""
    found = {}
    for name, definition in database.catalog().items():
        if HISTORY in name or PROGRESS in name:
            continue
        if column := _COLUMN.fullmatch(name):
            name = f"column {column[1]}.{definition.split()[0]}"
        found[name] = _BLANKS.sub("", definition) if name.startswith(("table", "index")) else definition
    return found


def difference(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    """The first object in which they differ, in a sentence; empty when there is none."""
    for name in sorted(one.keys() | other.keys()):
        if name not in other:
            return f"{name} should not be there"
        if name not in one:
            return f"{name} is missing"
        if one[name] != other[name]:
            return f"{name} is {one[name]!r}, and should be {other[name]!r}"
    return ""


def checksums(
    database: Database, schema: Schema, columns: Mapping[str, tuple[str, ...]], mark: str = '"'
) -> dict[str, str]:
    """For each table: how many rows, and a sum over them that no order changes (shape: one entry a table)."""
    return {
        table.name: _checksum(database, table, columns[table.name], mark)
        for table in schema.tables
        if columns.get(table.name)
    }


def _checksum(database: Database, table: Table, columns: tuple[str, ...], mark: str) -> str:
    names = ", ".join(quote(name).replace('"', mark) for name in columns)
    owner = ".".join(quote(part).replace('"', mark) for part in (table.namespace, table.name) if part)
    total, count = 0, 0
    for row in database.rows(f"SELECT {names} FROM {owner}", {}):
        total += int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=8).digest(), "big")
        count += 1
    return f"{count} rows, {total % 2**64:016x}"


def kept_columns(diff: Diff) -> dict[str, tuple[str, ...]]:
    """The columns of each table there was whose values must be there again after a way up and a way down."""
    lost = set()
    moved = {(c.source.name, c.column.name) for c in diff.changes if isinstance(c, MoveColumn)}
    for change in diff.changes:
        match change:
            case DropColumn(table, column) if (table.name, column.name) not in moved:
                lost.add((table.name, column.name))
            case AlterColumn(table, old, new) | RenameColumn(table, old, new) if loss(old.type, new.type):
                lost.add((table.name, new.name))
    found = {}
    for was, original in zip(diff.old.tables, diff.source.tables, strict=True):
        is_there = any(table.name == was.name for table in diff.new.tables)
        pairs = list(zip(was.columns, original.columns, strict=True))
        kept = [
            mine.name
            for column, mine in pairs
            if (was.name, column.name) not in lost
            and column.generated is None
            and (is_there or (was.name, column.name) in moved or _is_link(was.name, column.name, diff))
        ]
        has_moved = any(table == was.name for table, _ in moved)
        found[original.name] = tuple(sorted(kept)) if is_there or has_moved else ()
    return found


def _is_link(table: str, column: str, diff: Diff) -> bool:
    moves = [c for c in diff.changes if isinstance(c, MoveColumn) and c.source.name == table]
    return any(column == ours for move in moves for ours, _ in move.link)


def settled_columns(diff: Diff) -> dict[str, tuple[str, ...]]:
    """The columns of each table there will be whose values are the same whenever the migration is run."""
    loose = set()
    for change in diff.changes:
        if isinstance(change, AddColumn):
            said = diff.fill(change.table.name, change.column.name) or change.column.default
            if (
                is_volatile(said)
                or change.column.identity
                or (said is not None and said.strip("'\" ").lower().startswith(("now", "current")))
            ):
                loose.add((change.table.name, change.column.name))
    return {
        table.name: tuple(
            sorted(c.name for c in table.columns if c.generated is None and (table.name, c.name) not in loose)
        )
        for table in diff.new.tables
    }
