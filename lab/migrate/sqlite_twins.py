"""Columns of SQLite under both of their names while old and new applications run.

A trigger of SQLite cannot change what is about to be written: it changes the row afterwards. So the new column takes
NULL until the old one goes, when the table is built once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lab.engines.engine import quote
from lab.engines.sqlite.expressions import expression_sql
from lab.migrate.diff.names import tagged
from lab.model.schema import Column, Table


@dataclass(frozen=True, slots=True)
class Twins:
    """`pairs` are renamed columns as they were and as they become; `both` is the table with either."""

    pairs: tuple[tuple[Column, Column], ...]
    both: Table

    def triggers(self) -> Iterator[str]:
        for old, new in self.pairs:
            yield from _triggers(self.both, old, new)


def twins(original: Table, was: Table, table: Table) -> Twins | None:
    """`was` is the original with the new names. None when nothing is renamed that can have two of them: a key has but
    one, and what is generated cannot be written."""
    if original.name != table.name:
        return None
    keyed = {name for key in table.keys for name in key.columns}
    after = {column.name: column for column in table.columns}
    pairs = [(a, after[b.name]) for a, b in zip(original.columns, was.columns, strict=True) if a.name != b.name]
    found = tuple((a, b) for a, b in pairs if b.generated is None and b.name not in keyed and a.name not in after)
    names = {new.name for _, new in found}
    columns = [replace(column, is_nullable=True) if column.name in names else column for column in table.columns]
    others = [replace(old, is_nullable=True, default=None) for old, _ in found]
    return Twins(found, replace(table, columns=(*columns, *others))) if found else None


def _triggers(table: Table, old: Column, new: Column) -> Iterator[str]:
    """What is given counts: neither NULL nor the default, which only the new column has."""
    one, other, owner = quote(new.name), quote(old.name), quote(table.name)
    default = (expression_sql(new.default, table) if new.default is not None else None) or "NULL"
    given = f"CASE WHEN {one} IS NULL OR ({one} IS {default} AND {other} IS NOT NULL) THEN {other} ELSE {one} END"
    here = "WHERE rowid = NEW.rowid"
    yield (
        f"CREATE TRIGGER {_name(table, old, 'insert')} AFTER INSERT ON {owner} WHEN NEW.{one} IS NOT NEW.{other}\n"
        f"BEGIN UPDATE {owner} SET {one} = {given}, {other} = {given} {here}; END"
    )
    for written, follows in ((one, other), (other, one)):
        label = "update_new" if written == one else "update_old"
        yield (
            f"CREATE TRIGGER {_name(table, old, label)} AFTER UPDATE OF {written} ON {owner} "
            f"WHEN NEW.{written} IS NOT OLD.{written} AND NEW.{written} IS NOT NEW.{follows}\n"
            f"BEGIN UPDATE {owner} SET {follows} = NEW.{written} {here}; END"
        )


def _name(table: Table, column: Column, when: str) -> str:
    return quote(tagged(f"lab_{when}_{table.name}_{column.name}", "sync"))
