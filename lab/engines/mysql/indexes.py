"""An index as InnoDB can have it: a B-tree over all rows, at most 3,072 bytes a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from lab.engines.mysql.dialect import MOST_KEY_BYTES, PREFIX_CHARACTERS, Dialect, Losses, quote
from lab.engines.mysql.translate import expression
from lab.engines.mysql.types import LONGEST_KEY_TEXT, ColumnType, key_bytes
from lab.errors import LabError
from lab.model.schema import Index, IndexPart

Kinds = Mapping[str, ColumnType]
"""The types of a table's columns; empty where they are not known."""
_TREES = ("btree", "hash", "brin")


@dataclass(frozen=True, slots=True)
class Fitted:
    name: str
    is_unique: bool
    keys: tuple[str, ...]
    has_expressions: bool

    def create(self, table: str) -> str:
        return f"CREATE {self._kind} {quote(self.name)} ON {quote(table)} ({', '.join(self.keys)})"

    def clause(self) -> str:
        """As a clause of ALTER TABLE."""
        return f"ADD {self._kind} {quote(self.name)} ({', '.join(self.keys)})"

    @property
    def _kind(self) -> str:
        return "UNIQUE INDEX" if self.is_unique else "INDEX"


def fitted_index(index: Index, dialect: Dialect, losses: Losses, kinds: Kinds) -> Fitted | None:
    """The index in the engine's words; None when it cannot be had. What is missing is noted in `losses`."""
    what = f"index {index.name}"
    if reason := _obstacle(index, dialect, kinds):
        losses.note(what, f"not created: {reason}", index.position)
        return None
    if index.method != "btree":
        losses.note(what, f"a B-tree in place of {index.method}", index.position)
    if index.where and index.is_unique:
        consequence = f"not unique: it would forbid duplicates in all rows, not only WHERE {index.where}"
        losses.note(what, f"{consequence}; a plain index stands in for it", index.position)
    elif index.where:
        losses.note(what, f"holds all rows, not only WHERE {index.where}", index.position)
    is_unique = index.is_unique and not index.where
    keys = [_key(part, index, dialect, losses, kinds) for part in index.parts]
    if index.include:
        keys += _included(index, is_unique, losses, kinds)
    return Fitted(index.name, is_unique, tuple(keys), any(part.is_expression for part in index.parts))


def _obstacle(index: Index, dialect: Dialect, kinds: Kinds) -> str:
    """Why the engine cannot have the index; empty when it can."""
    if index.method not in _TREES:
        return f"{dialect.title} has no {index.method} indexes"
    for part in index.parts:
        if not part.is_expression and part.value in kinds and kinds[part.value].sql == "JSON":
            return f"{part.value} is a document"
        if part.is_expression and not dialect.has_functional_indexes:
            return f"{dialect.title} indexes no expressions; give the table a generated column"
        if part.is_expression and expression(part.value, dialect) is None:
            return f"{dialect.title} has no expression {part.value}"
    return ""


def _key(part: IndexPart, index: Index, dialect: Dialect, losses: Losses, kinds: Kinds) -> str:
    direction = " DESC" if part.is_descending else ""
    if part.is_expression:
        return f"({_expression_key(part.value, index, dialect, losses, kinds)}){direction}"
    if part.value in kinds and (prefix := _prefix(part.value, index, kinds)):
        consequence = f"holds the first {prefix} characters of {part.value}"
        losses.note(f"index {index.name}", consequence, index.position)
        return f"{quote(part.value)}({prefix}){direction}"
    return quote(part.value) + direction


def _expression_key(sql: str, index: Index, dialect: Dialect, losses: Losses, kinds: Kinds) -> str:
    """An expression over long text is long text, which no index holds whole."""
    text = expression(sql, dialect) or ""
    columns = {column.name for column in sqlglot.parse_one(sql, read="postgres").find_all(exp.Column)}
    if not any(_is_long(kinds[name]) for name in columns & kinds.keys()):
        return text
    text = f"CAST({text} AS CHAR({PREFIX_CHARACTERS}))"
    losses.note(f"index {index.name}", f"serves only queries that spell it {text}", index.position)
    return text


def _is_long(kind: ColumnType) -> bool:
    size = key_bytes(kind.sql)
    return size is None or size > 4 * LONGEST_KEY_TEXT


def _prefix(name: str, index: Index, kinds: Kinds) -> int | None:
    """How many characters of a column the index holds, where it cannot hold all of them."""
    whole = key_bytes(kinds[name].sql)
    if whole is None:
        return PREFIX_CHARACTERS
    total = sum(key_bytes(kinds[part.value].sql) or 0 for part in index.parts if part.value in kinds)
    is_too_much = total > MOST_KEY_BYTES and whole > 4 * PREFIX_CHARACTERS
    return PREFIX_CHARACTERS if is_too_much and not index.is_unique else None


def _included(index: Index, is_unique: bool, losses: Losses, kinds: Kinds) -> list[str]:
    """InnoDB has no INCLUDE: what rides along stands last in the key, where that changes nothing."""
    what = f"index {index.name}"
    if is_unique:
        losses.note(what, "its INCLUDE columns are left out", index.position)
        return []
    kept = list(_fitting(index, kinds))
    left_out = [name for name in index.include if name not in kept]
    if kept:
        losses.note(what, "its INCLUDE columns become the last keys", index.position)
    if left_out:
        losses.note(what, f"too long to ride along: {', '.join(left_out)}", index.position)
    return [quote(name) for name in kept]


def _fitting(index: Index, kinds: Kinds) -> Iterator[str]:
    room = MOST_KEY_BYTES - sum(key_bytes(kinds[part.value].sql) or 0 for part in index.parts if part.value in kinds)
    for name in index.include:
        size = key_bytes(kinds[name].sql) if name in kinds else 0
        if size is not None and size <= room:
            room -= size
            yield name


def hidden_index_sql(dialect: Dialect, index: Index) -> str:
    """Builds an index the optimizer does not see yet. Raises LabError when the engine cannot have it."""
    losses = Losses()
    fitted = fitted_index(index, dialect, losses, {})
    if fitted is None:
        raise LabError(f"index {index.name} is {losses[-1].consequence}")
    return f"{fitted.create(index.table)} {dialect.hidden}"


def hide_index_sql(dialect: Dialect, index: Index) -> str:
    """Takes an index from the optimizer, and keeps it up to date: what would be without it, at no cost to undo."""
    return f"ALTER TABLE {quote(index.table)} ALTER INDEX {quote(index.name)} {dialect.hidden}"


def show_index_sql(dialect: Dialect, index: Index) -> str:
    return f"ALTER TABLE {quote(index.table)} ALTER INDEX {quote(index.name)} {dialect.shown}"
