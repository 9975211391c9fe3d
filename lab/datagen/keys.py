"""How each key of a table is kept free of repetition, with no memory of the rows made before.

One column or foreign key of each key tells its rows apart: it follows the row's number, or the row's place among its
siblings where rows lie grouped by a parent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from lab.datagen import grid
from lab.datagen.bounds import Bounds
from lab.datagen.names import snake
from lab.datagen.patterns import pattern
from lab.model.schema import Column, ForeignKey, Index, Table

Choices = Mapping[str, Mapping[str, float]]
"""By column: the values it is limited to, none where it is not."""
SHORT = 12
"""Texts that hold fewer characters are numbered in base 36, others in base 10."""
_PLENTY = 10**15
_ADDRESSES = 2**24


@dataclass(frozen=True, slots=True)
class Uniqueness:
    """What tells the rows of a table apart, key by key."""

    counted: frozenset[str] = frozenset()
    """Columns whose value follows from the row's number."""
    ranked: frozenset[str] = frozenset()
    """Columns whose value follows from the row's place among its siblings."""
    distinct: frozenset[int] = frozenset()
    """Foreign keys that name no parent twice among siblings, by number."""
    digits: tuple[int, ...] = ()
    """Foreign keys that count the rows together, each a digit, the fastest first."""
    untold: tuple[tuple[str, ...], ...] = ()
    """Keys nothing tells rows apart in: a table has one row then."""


@dataclass(slots=True)
class _Choice:
    counted: set[str] = field(default_factory=set)
    ranked: set[str] = field(default_factory=set)
    distinct: set[int] = field(default_factory=set)
    digits: list[int] = field(default_factory=list)
    untold: list[tuple[str, ...]] = field(default_factory=list)


def keys_of(table: Table) -> list[tuple[str, ...]]:
    """The columns of every key and every unique index, of an expression those it mentions; narrow ones first."""
    keys = [key.columns for key in table.keys]
    keys += [_mentioned(index, table) for index in table.indexes if index.is_unique]
    return sorted(dict.fromkeys(key for key in keys if key), key=len)


def _mentioned(index: Index, table: Table) -> tuple[str, ...]:
    words = [re.findall(r"\w+", part.value) if part.is_expression else [part.value] for part in index.parts]
    names = {column.name for column in table.columns}
    return tuple(dict.fromkeys(word for part in words for word in part if word in names))


def names_parents(key: ForeignKey, columns: Collection[str], parent: Table) -> bool:
    """Whether different parents differ in what these columns of a foreign key refer to."""
    theirs = {named for own, named in zip(key.columns, key.referenced, strict=True) if own in columns}
    return any(set(unique) <= theirs for unique in keys_of(parent))


def is_one_to_one(table: Table, key: ForeignKey, parent: Table) -> bool:
    own = set(key.columns)
    return any(set(unique) <= own and names_parents(key, unique, parent) for unique in keys_of(table))


def groups_key(key: ForeignKey, columns: Collection[str], parent: Table) -> bool:
    """Whether rows grouped by a foreign key are so by a part of a unique key, the rest telling siblings apart."""
    return names_parents(key, columns, parent) and bool(set(columns) - set(key.columns))


def keep_apart(table: Table, choices: Choices, group: int | None, tables: Mapping[str, Table]) -> Uniqueness:
    """What tells rows apart, when they lie grouped by the foreign key numbered `group`."""
    found = _Choice()
    grouping = table.foreign_keys[group] if group is not None else None
    siblings = set(grouping.columns) if grouping is not None else set()
    for unique in keys_of(table):
        columns, within = set(unique), _within(table, unique, tables)
        if found.counted & columns or any(_is_single(table, n, siblings, tables) for n in within):
            continue
        if grouping is not None and groups_key(grouping, columns, tables[grouping.table]):
            others = [n for n in within if columns & set(table.foreign_keys[n].columns) - siblings]
            is_told = _tell_siblings(table, columns - siblings, others, choices, found)
        elif following := [n for n in within if n != group and siblings & set(table.foreign_keys[n].columns)]:
            # Its parents lie grouped as the rows do: who shares none with a sibling shares none with anybody.
            found.distinct.add(following[0])
            is_told = True
        else:
            is_told = _tell_rows(table, columns, within, choices, found)
        if not is_told:
            found.untold.append(unique)
    return Uniqueness(
        frozenset(found.counted),
        frozenset(found.ranked),
        frozenset(found.distinct),
        tuple(found.digits),
        tuple(found.untold),
    )


def _is_single(table: Table, number: int, siblings: set[str], tables: Mapping[str, Table]) -> bool:
    """Whether a foreign key is drawn one to one: it is unique, and follows no other."""
    key = table.foreign_keys[number]
    return not siblings & set(key.columns) and is_one_to_one(table, key, tables[key.table])


def _within(table: Table, columns: Collection[str], tables: Mapping[str, Table]) -> list[int]:
    """The foreign keys whose parents differ in these columns."""
    keys = enumerate(table.foreign_keys)
    return [number for number, key in keys if names_parents(key, columns, tables[key.table])]


def _tell_siblings(table: Table, rest: set[str], numbers: list[int], choices: Choices, found: _Choice) -> bool:
    """A whole number, another parent, a time or a choice; else what tells all rows apart."""
    others = [number for number in numbers if table.foreign_keys[number].table != table.name]
    others = [number for number in others if number not in found.digits]
    if found.ranked & rest or found.distinct & set(others):
        return True
    free = _free(table, rest)
    integers = [c for c in free if grid.is_integer(c.type) and not _is_generated_key(c) and not choices.get(c.name)]
    moments = [c for c in free if grid.is_moment(c.type)]
    chosen = [c for c in free if choices.get(c.name) or c.type.name == "boolean"]
    if integers:
        found.ranked.add(integers[0].name)
    elif others:
        found.distinct.add(others[0])
    elif moments or chosen:
        found.ranked.add((moments or chosen)[0].name)
    elif countable := _countable(free, choices):
        found.counted.add(countable[0].name)
    return bool(integers or others or free)


def _tell_rows(table: Table, columns: set[str], numbers: list[int], choices: Choices, found: _Choice) -> bool:
    """What tells all rows apart: a column, or several parents together."""
    if countable := _countable(_free(table, columns), choices):
        found.counted.add(countable[0].name)
        return True
    own = [column for number in numbers for column in table.foreign_keys[number].columns]
    numbers = [] if found.distinct & set(numbers) else numbers
    are_apart = len(own) == len(set(own)) and all(table.foreign_keys[n].table != table.name for n in numbers)
    if numbers and are_apart and not found.digits:
        found.digits += numbers
    return bool(found.digits) and set(found.digits) <= set(numbers)


def _free(table: Table, columns: set[str]) -> list[Column]:
    """Columns no foreign key owns and no expression makes, in order."""
    wanted = columns - {column for key in table.foreign_keys for column in key.columns}
    return [c for c in table.columns if c.name in wanted and not c.type.dimensions and c.generated is None]


def _countable(free: Sequence[Column], choices: Choices) -> list[Column]:
    """The columns, those a person would number first."""
    return sorted(free, key=lambda column: _reluctance(column, choices))


def _reluctance(column: Column, choices: Choices) -> int:
    kind = column.type
    if choices.get(column.name) or kind.name == "boolean":
        return 6
    if grid.is_integer(kind):
        return 0 if _is_generated_key(column) else 3
    if grid.is_text(kind):
        return 1
    return 2 if kind.name in ("uuid", "bytea") else 4 if grid.is_number(kind) or grid.is_moment(kind) else 5


def _is_generated_key(column: Column) -> bool:
    default = column.default or ""
    return column.identity is not None or "nextval" in default or snake(column.name) == "id"


def capacity(column: Column, choices: Choices, bounds: Bounds) -> int:
    """How many different values a counted or ranked column has."""
    kind = column.type
    if listed := choices.get(column.name):
        return len(listed)
    if kind.name == "boolean":
        return 2
    if grid.is_number(kind):
        high = min(end for end in (bounds.high, grid.largest(kind), float(_PLENTY)) if end is not None)
        return max(int(high) - first_number(bounds) + 1, 0)
    if grid.is_text(kind) and bounds.patterns:
        found = [pattern(expression) for expression in bounds.patterns]
        return min((one.count for one in found if one is not None), default=_PLENTY)
    if grid.is_text(kind):
        return _texts(min(end for end in (grid.text_length(kind), bounds.longest, SHORT) if end is not None))
    if kind.name in ("bit", "varbit"):
        return int(2 ** min(kind.arguments[0] if kind.arguments else 1, 48))
    return _ADDRESSES if kind.name in ("inet", "cidr") else _PLENTY


def _texts(length: int) -> int:
    return _PLENTY if length >= SHORT else int(36**length) - 1


def first_number(bounds: Bounds) -> int:
    """Where counting begins."""
    return max(1, -int(-bounds.low // 1)) if bounds.low is not None else 1
