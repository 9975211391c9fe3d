"""A table's decomposition as tables: which columns, keys, references, checks and indexes go where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp

from lab.model.schema import ForeignKey, Index, IndexPart, Key, Schema, Table
from lab.normalize.decompose import Decomposition, Part, Target, decompose
from lab.normalize.dependencies import Columns, Dependency
from lab.normalize.examine import Known, TableVerdict


@dataclass(frozen=True, slots=True)
class Split:
    """`table` becomes `slim`, which keeps its name, and `others`, each joined by its primary key to what stands before
    it. `notes` say in a sentence each what is kept by no constraint any more."""

    table: Table
    slim: Table
    others: tuple[Table, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A table's verdict, and how it would be split: the tables, or in a sentence why it is not. `is_checked` says
    that its rows were taken apart and put together again."""

    verdict: TableVerdict
    split: Split | str
    is_checked: bool = False


def split(verdict: TableVerdict, schema: Schema, target: Target) -> Split | str:
    """The tables a table is split into; or, in a sentence, why it is not."""
    table = verdict.table
    usable = [each for each in verdict.known if not _obstacle(each)]
    left_out = [f"{each.dependency} is left alone: {_obstacle(each)}" for each in verdict.known if _obstacle(each)]
    dependencies = _among_stored(verdict, usable)
    stored = [column.name for column in table.columns if column.generated is None]
    found = decompose(stored, dependencies, target, _referred_to(table, schema))
    if not found.others:
        return left_out[0] if left_out else f"{table.name} is in that form"
    if reason := _refusal(table, found, schema):
        return reason
    return _Splitting(table, found, schema).split(left_out)


def _obstacle(known: Known) -> str:
    """Why rows forbid to split by it."""
    if known.violations:
        return f"{known.violations:,} rows contradict it"
    if known.stray_rows:
        return f"{known.stray_rows:,} rows have a value on its right and none on its left, and a join would lose it"
    return ""


def _among_stored(verdict: TableVerdict, usable: Sequence[Known]) -> list[Dependency]:
    """Keys and dependencies, without columns the database works out."""
    generated = {column.name for column in verdict.table.columns if column.generated is not None}
    keys = verdict.dependencies[: len(verdict.dependencies) - len(verdict.known)]
    every = [*keys, *(each.dependency for each in usable)]
    return [Dependency(each.left, each.right - generated) for each in every if not each.left & generated]


def _referred_to(table: Table, schema: Schema) -> Columns:
    """Columns other tables refer to, which have to stay."""
    return frozenset(name for _, key in schema.foreign_keys() if key.table == table.name for name in key.referenced)


def _refusal(table: Table, found: Decomposition, schema: Schema) -> str:
    if table.partitioning:
        return f"{table.name} is partitioned: split it by hand"
    for statement in schema.statements:
        if re.search(rf"\b{re.escape(table.name)}\b", statement.sql):
            return f"{statement.what} speaks of {table.name} and would be lost: split it by hand"
    for column in table.columns:
        if column.generated is not None and not _columns_in(column.generated) <= found.main.columns:
            return f"{column.name} of {table.name} is worked out from columns that move: split it by hand"
    return ""


class _Splitting:
    def __init__(self, table: Table, found: Decomposition, schema: Schema) -> None:
        self._table = table
        self._found = found
        self._schema = schema
        self._order = {column.name: place for place, column in enumerate(table.columns)}
        generated = {column.name for column in table.columns if column.generated is not None}
        self._main = found.main.columns | generated
        self._names: list[str] = []
        for part in found.others:
            taken = {other.name for other in schema.tables} | set(self._names)
            self._names.append(part_name(table, self._sorted(part.key), taken))

    def split(self, left_out: Sequence[str]) -> Split:
        others = tuple(self._other(place, part) for place, part in enumerate(self._found.others))
        return Split(self._table, self._slim(), others, (*left_out, *self._notes()))

    def _sorted(self, columns: Columns) -> tuple[str, ...]:
        return tuple(sorted(columns, key=self._order.__getitem__))

    def _slim(self) -> Table:
        table = self._table
        stays = table.primary_key is not None and set(table.primary_key.columns) <= self._main
        primary = table.primary_key if stays else self._new_primary()
        own = replace(
            table,
            columns=tuple(column for column in table.columns if column.name in self._main),
            primary_key=primary,
            uniques=tuple(key for key in table.uniques if set(key.columns) <= self._main),
            foreign_keys=(*self._kept_references(), *self._references(self._main, 0)),
            checks=tuple(check for check in table.checks if _columns_in(check.expression) <= self._main),
            indexes=tuple(index for index in table.indexes if _index_columns(index) <= self._main),
        )
        return replace(own, indexes=(*own.indexes, *_missing_indexes(own)))

    def _new_primary(self) -> Key | None:
        key = self._sorted(self._found.main.key)
        is_filled = all(not self._table.column(name).is_nullable for name in key)
        return Key(key) if is_filled else None

    def _moves(self, key: ForeignKey) -> bool:
        """Whether a reference goes along with a part it is the key of, or is in that part alone."""
        columns = set(key.columns)
        return any(columns == part.key for part in self._found.others) or not columns <= self._main

    def _kept_references(self) -> Iterator[ForeignKey]:
        return (key for key in self._table.foreign_keys if not self._moves(key))

    def _references(self, columns: Columns, first: int) -> Iterator[ForeignKey]:
        """To the parts from `first` on whose key is among the columns."""
        for name, part in list(zip(self._names, self._found.others, strict=True))[first:]:
            if part.key <= columns:
                key = self._sorted(part.key)
                own = next((each for each in self._table.foreign_keys if set(each.columns) == part.key), None)
                actions = (own.on_delete, own.on_update) if own else ("no action", "no action")
                yield ForeignKey(key, name, key, *actions)

    def _other(self, place: int, part: Part) -> Table:
        key = self._sorted(part.key)
        columns = tuple(
            replace(column, is_nullable=column.is_nullable and column.name not in key, identity=None)
            for column in self._table.columns
            if column.name in part.columns
        )
        moved = [key for key in self._table.foreign_keys if set(key.columns) <= part.columns and self._moves(key)]
        own = Table(
            self._names[place],
            columns,
            Key(key),
            tuple(Key(self._sorted(other)) for other in part.keys[1:]),
            (*(_without_null(each, set(key)) for each in moved), *self._references(part.columns, place + 1)),
            tuple(check for check in self._table.checks if self._moves_with(_columns_in(check.expression), part)),
            tuple(
                replace(index, table=self._names[place])
                for index in self._table.indexes
                if self._moves_with(_index_columns(index), part)
            ),
            namespace=self._table.namespace,
            comment=f"What {' and '.join(key)} of {self._table.name} determines.",
        )
        return replace(own, indexes=(*own.indexes, *_missing_indexes(own)))

    def _moves_with(self, columns: set[str], part: Part) -> bool:
        """Whether the part is the first that holds them, and the main table does not."""
        first = next((other for other in self._found.others if columns <= other.columns), None)
        return bool(columns) and not columns <= self._main and part is first

    def _notes(self) -> Iterator[str]:
        parts = [self._main, *(part.columns for part in self._found.others)]
        for what, columns in _ties(self._table):
            if not any(columns <= part for part in parts):
                yield f"{what} spans two tables now, and neither keeps it"
        for each in self._found.lost:
            yield f"{each} is kept by no key any more: check it where rows are written"


def _ties(table: Table) -> Iterator[tuple[str, set[str]]]:
    for check in table.checks:
        yield f"CHECK ({check.expression})", _columns_in(check.expression)
    for key in table.uniques:
        yield f"UNIQUE ({', '.join(key.columns)})", set(key.columns)
    for index in table.indexes:
        yield f"index {index.name}", _index_columns(index)


def _without_null(key: ForeignKey, primary: set[str]) -> ForeignKey:
    """SET NULL is not for a primary key: the row goes, and what refers to it is set to NULL."""
    return replace(key, on_delete="cascade") if key.on_delete == "set null" and primary & set(key.columns) else key


def _missing_indexes(table: Table) -> Iterator[Index]:
    """For references no key and no index begins with."""
    leading = [key.columns for key in table.keys] + [index.columns for index in table.indexes if index.where is None]
    for key in table.foreign_keys:
        size = len(key.columns)
        if not any(set(columns[:size]) == set(key.columns) for columns in leading):
            name = "_".join((table.name, *key.columns, "idx"))
            yield Index(name, table.name, tuple(map(IndexPart, key.columns)))


def _index_columns(index: Index) -> set[str]:
    expressions = [part.value for part in index.parts if part.is_expression] + ([index.where] if index.where else [])
    return {*index.columns, *index.include}.union(*map(_columns_in, expressions))


def _columns_in(expression: str) -> set[str]:
    return {column.name for column in sqlglot.parse_one(expression, read="postgres").find_all(exp.Column)}


def part_name(table: Table, key: Sequence[str], taken: set[str]) -> str:
    """`customer_id` -> `customers`; with the table's name before it where that is taken."""
    stems = [re.sub(r"_(id|code|no|nr|number|key|uuid)$", "", name) for name in key]
    name = "_".join((*stems[:-1], _plural(stems[-1])))
    wanted = (name, f"{table.name}_{name}", *(f"{table.name}_{name}_{number}" for number in range(2, 100)))
    return next(each for each in wanted if each not in taken)


def _plural(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(s|x|z|ch|sh)$", word) else f"{word}s"


def reshaped(schema: Schema, splits: Sequence[Split]) -> Schema:
    """The schema with the tables split."""
    by_name = {split.table.name: split for split in splits}
    tables = [
        each
        for table in schema.tables
        for each in ((by_name[table.name].slim, *by_name[table.name].others) if table.name in by_name else (table,))
    ]
    return replace(schema, tables=tuple(tables))
