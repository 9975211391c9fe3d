"""How many rows each table gets, how they are grouped, and what keeps its keys free of repetition."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from lab.datagen.bounds import Bounds
from lab.datagen.choices import by_rank, choices
from lab.datagen.fan_out import FanOut, fan_out
from lab.datagen.grid import is_integer
from lab.datagen.keys import (
    Choices,
    Uniqueness,
    capacity,
    groups_key,
    is_one_to_one,
    keep_apart,
    keys_of,
    names_parents,
)
from lab.datagen.order import in_usual_order
from lab.datagen.overlaps import agreement, deciding_order, fewest_children, leading, meanings, shared
from lab.datagen.seed import stream
from lab.datagen.table_bounds import bounds_of
from lab.datagen.usual import usual_values
from lab.errors import LabError
from lab.model.data import ColumnSpec, DataSpec, TableSpec
from lab.model.schema import Column, ForeignKey, Schema, Table

_ROOT_ROWS = 1_000
_FIXED_ROWS = 40
_CHILDREN = 3
_MOST_INFERRED_ROWS = 100_000
_UNSAID, _UNBOUND = ColumnSpec(), Bounds()
_FIXED = re.compile(
    r"countr|currenc|status|(^|_)types?$|role|permission|plan|tag|categor|locale|language|setting", re.I
)


@dataclass(frozen=True)
class TablePlan:
    """`fan_out` belongs to the foreign key numbered `grouped_by`, when the table's rows lie grouped by parent."""

    table: Table
    spec: TableSpec
    bounds: Mapping[str, Bounds]
    choices: Choices
    uniqueness: Uniqueness
    order: tuple[int, ...]
    """The foreign keys in the order they are decided."""
    count: int
    fan_out: FanOut | None = None
    grouped_by: int | None = None

    def column_spec(self, name: str) -> ColumnSpec:
        return self.spec.columns.get(name, _UNSAID)

    def column_bounds(self, name: str) -> Bounds:
        return self.bounds.get(name, _UNBOUND)

    def capacity(self, name: str) -> int:
        """How many different values a counted or ranked column has."""
        return capacity(self.table.column(name), self.choices, self.column_bounds(name))


Plans = Mapping[str, TablePlan]


def plan_tables(schema: Schema, spec: DataSpec, scale: float, seed: int) -> dict[str, TablePlan]:
    """In load order. Raises LabError where more rows are asked for than there are distinct keys."""
    plans: dict[str, TablePlan] = {}
    for table in load_order(schema, spec):
        plans[table.name] = _Planner(schema, spec.tables.get(table.name, TableSpec()), plans, scale, seed).plan(table)
    return plans


def load_order(schema: Schema, spec: DataSpec) -> Iterator[Table]:
    """Parents first. Where foreign keys form a circle, the table that needs the fewest others to be there."""
    waiting = list(schema.tables)
    done: set[str] = set()
    while waiting:
        ready = [table for table in waiting if _parents(table) <= done]
        for table in ready or [min(waiting, key=lambda table: _unmet(table, spec, done))]:
            waiting.remove(table)
            done.add(table.name)
            yield table


def _parents(table: Table) -> set[str]:
    return {key.table for key in table.foreign_keys} - {table.name}


def _unmet(table: Table, spec: DataSpec, done: set[str]) -> tuple[int, int]:
    """How many parents a table cannot do without are missing, and how many in all."""
    needed = {key.table for key in table.foreign_keys if is_required(table, key)}
    per = spec.tables.get(table.name, TableSpec()).per
    needed |= {key.table for key in table.foreign_keys if per is not None and (per == key.table or per in key.columns)}
    return len(needed - {table.name} - done), len(_parents(table) - done)


def is_required(table: Table, key: ForeignKey) -> bool:
    return not any(table.column(column).is_nullable for column in key.columns)


def grouping(table: Table, per: str | None, planned: Collection[str], tables: Mapping[str, Table]) -> int | None:
    """The foreign key a table's rows are grouped by: as the spec says, or as most composite keys need."""
    candidates = [
        (number, key)
        for number, key in enumerate(table.foreign_keys)
        if key.table in planned and key.table != table.name
        if not is_one_to_one(table, key, tables[key.table])
    ]
    for number, key in candidates:
        if per is not None and (per == key.table or per in key.columns):
            return number
    uniques = [unique for unique in keys_of(table) if not _has_single(table, unique, tables)]
    needs = {
        number: sum(groups_key(key, unique, tables[key.table]) for unique in uniques)
        for number, key in candidates
        if is_required(table, key)
    }
    best = max(needs, key=lambda number: needs[number], default=None)
    return best if best is not None and needs[best] else None


def _has_single(table: Table, unique: tuple[str, ...], tables: Mapping[str, Table]) -> bool:
    """Whether a foreign key within a unique key is one to one, and tells rows apart by itself."""
    return any(
        names_parents(key, unique, tables[key.table]) and is_one_to_one(table, key, tables[key.table])
        for key in table.foreign_keys
    )


@dataclass(frozen=True)
class _Planner:
    """Plans one table, when its parents are planned."""

    schema: Schema
    spec: TableSpec
    plans: Plans
    scale: float
    seed: int

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        return {table.name: table for table in self.schema.tables}

    def plan(self, table: Table) -> TablePlan:
        bounds = in_usual_order(table, bounds_of(table), self.spec.columns)
        listed = {
            column.name: self._choices(table, column, bounds.get(column.name, Bounds())) for column in table.columns
        }
        group = grouping(table, self.spec.per, self.plans, self.tables)
        unique, order = keep_apart(table, listed, group, self.tables), deciding_order(table, group, self.tables)
        plan = TablePlan(table, self.spec, bounds, listed, unique, order, 0, None, group)
        rule = self._fan_out(plan, group) if group is not None else None
        count = rule.count if rule is not None else self._count(plan)
        self._check_room(plan, count)
        return replace(plan, count=count, fan_out=rule)

    def _choices(self, table: Table, column: Column, bounds: Bounds) -> Mapping[str, float]:
        """What a column is limited to. Keys are not limited to what is but usual."""
        spec = self.spec.columns.get(column.name, ColumnSpec())
        known = choices(column, spec, bounds, self.schema.enum(column.type.name))
        is_key = any(column.name in unique for unique in keys_of(table))
        is_key = is_key or any(column.name in key.columns for key in table.foreign_keys)
        return known or by_rank(() if is_key else usual_values(table, column, spec, bounds))

    def _count(self, plan: TablePlan) -> int:
        asked = self._scaled()
        return asked or min((self._inferred(plan.table), *(room for room, _, _ in self._rooms(plan))))

    def _scaled(self) -> int | None:
        if self.spec.rows is None:
            return None
        return max(1, round(self.spec.rows * (self.scale if self.spec.grows else 1)))

    def _inferred(self, table: Table) -> int:
        parents = [self.plans[key.table].count for key in table.foreign_keys if key.table in self.plans]
        if parents:
            return min(max(parents) * _CHILDREN, max(1, round(_MOST_INFERRED_ROWS * self.scale)))
        if _FIXED.search(table.name):
            return _FIXED_ROWS
        return max(1, round(_ROOT_ROWS * self.scale))

    def _rooms(self, plan: TablePlan) -> Iterator[tuple[int, str, str]]:
        """The most rows a table can have, why, and what would help: one for each key that sets a limit."""
        table = plan.table
        for key in table.foreign_keys:
            if is_one_to_one(table, key, self.schema.table(key.table)) and key.table in self.plans:
                room = self.plans[key.table].count
                why = f"refers to {key.table} one to one, which has {room:,}"
                yield room, why, f"lower the rows of {table.name}, or raise those of {key.table}"
        for name in sorted(plan.uniqueness.counted):
            room = plan.capacity(name)
            yield room, f"has {room:,} different values of {name}", self._remedy(plan, name)
        for unique in plan.uniqueness.untold:
            yield 1, f"({', '.join(unique)}) is made of what other rows have", "make the key wider, or leave it out"
        if plan.uniqueness.digits:
            room = math.prod(self._rows_of(table.foreign_keys[number].table) for number in plan.uniqueness.digits)
            yield room, f"has {room:,} different combinations", f"lower the rows of {table.name}"

    def _remedy(self, plan: TablePlan, name: str) -> str:
        kind = plan.table.column(name).type
        if is_integer(kind) and not plan.choices.get(name):
            return "lower --scale, or make the key a bigint"
        return f"ask for fewer rows, or room for more values of {name}"

    def _check_room(self, plan: TablePlan, count: int) -> None:
        for room, why, remedy in self._rooms(plan):
            if count > room:
                where = self.spec.position or plan.table.position
                raise LabError(
                    f"{f'{where}: ' if where else ''}{plan.table.name} would have {count:,} rows, but its key {why}",
                    remedy,
                )

    def _rows_of(self, table: str) -> int:
        return self.plans[table].count if table in self.plans else 1

    def _siblings_room(self, plan: TablePlan) -> int | None:
        """How many children a parent can have before a key repeats."""
        rooms = [plan.capacity(name) for name in plan.uniqueness.ranked]
        rooms += [self._distinct_room(plan, number) for number in plan.uniqueness.distinct]
        return min(rooms, default=None)

    def _distinct_room(self, plan: TablePlan, number: int) -> int:
        """How many different parents siblings can name; one where the parent follows from what is decided before."""
        table, key = plan.table, plan.table.foreign_keys[number]
        parent, leader = self.plans.get(key.table), leading(table, number, plan.order)
        if leader is None:
            return self._rows_of(key.table) - (0 if differing(plan, number) is None else 1)
        first = table.foreign_keys[leader]
        columns = shared(key, first)
        found = agreement(
            meanings(key, columns, self.tables[key.table]), meanings(first, columns, self.tables[first.table])
        )
        is_free = found is not None and parent is not None and found[0].via == parent.grouped_by is not None
        return parent.fan_out.fewest if is_free and parent is not None and parent.fan_out is not None else 1

    def _fan_out(self, plan: TablePlan, group: int) -> FanOut:
        table, spec = plan.table, self.spec
        parents = self.plans[table.foreign_keys[group].table].count
        total = self._scaled() if spec.mean is None else None
        mean = spec.mean if spec.mean is not None else total / parents if total else float(_CHILDREN)
        fewest = max(spec.fewest or 0, fewest_children(self.schema, table, group))
        room, most = self._siblings_room(plan), spec.most
        if room is not None:
            most = room if most is None else min(most, room)
            self._check_siblings(table, parents, fewest, total, room)
        found = fan_out(stream(self.seed, table.name, "fan-out"), parents, mean, fewest, most, total, spec.children)
        return found if found.count else fan_out(stream(self.seed, table.name, "one"), parents, 1.0, 1, 1)

    def _check_siblings(self, table: Table, parents: int, fewest: int, total: int | None, room: int) -> None:
        where = self.spec.position or table.position
        place = f"{where}: " if where else ""
        if max(fewest, 1) > room:
            raise LabError(
                f"{place}{table.name} cannot have {max(fewest, 1)} rows per parent: its key has only {room} different "
                "values there",
                "lower `fewest`, or give the other table more rows",
            )
        if total is not None and total > parents * room:
            raise LabError(
                f"{place}{table.name} cannot have {total:,} rows: its key has only {parents * room:,} different values",
                f"lower the rows of {table.name}, or raise those of the tables it refers to",
            )


def differing(plan: TablePlan, number: int) -> int | None:
    """The foreign key whose row this one may not name, by a check; the grouping one never gives way."""
    keys = plan.table.foreign_keys
    for other, key in enumerate(keys):
        is_alike = (key.table, key.referenced) == (keys[number].table, keys[number].referenced)
        gives_way = number != plan.grouped_by and (other == plan.grouped_by or other < number)
        if other != number and is_alike and gives_way and _is_unlike(plan, keys[number], key):
            return other
    return None


def _is_unlike(plan: TablePlan, one: ForeignKey, other: ForeignKey) -> bool:
    pairs = {*zip(one.columns, other.columns, strict=False), *zip(other.columns, one.columns, strict=False)}
    return any((name, named) in pairs for name, bounds in plan.bounds.items() for named in bounds.unlike)
