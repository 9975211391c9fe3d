"""How many rows each table gets, and by which rule each foreign key is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab.datagen.references import Distinct, FanOut, OneToOne, Popular, Reference, fan_out, tree
from lab.datagen.seed import stream
from lab.errors import LabError
from lab.model.data import DataSpec, TableSpec
from lab.model.schema import ForeignKey, Schema, Table

_ROOT_ROWS = 1_000
_FIXED_ROWS = 40
_CHILDREN = 3
_MOST_INFERRED_ROWS = 100_000
_SKEW = 0.6
_TREE_DEPTH = 4
_FIXED = re.compile(
    r"countr|currenc|status|(^|_)types?$|role|permission|plan|tag|categor|locale|language|setting", re.I
)


@dataclass(frozen=True)
class TablePlan:
    """`fan_out` belongs to the foreign key numbered `grouped_by`, when the table's rows lie grouped by parent."""

    table: Table
    spec: TableSpec
    count: int
    fan_out: FanOut | None = None
    grouped_by: int | None = None


def plan_tables(schema: Schema, spec: DataSpec, scale: float, seed: int) -> dict[str, TablePlan]:
    """In load order. Raises LabError where more rows are asked for than there are distinct keys."""
    plans: dict[str, TablePlan] = {}
    for table in load_order(schema, spec):
        plans[table.name] = _plan(table, spec.tables.get(table.name, TableSpec()), plans, scale, seed)
    return plans


def load_order(schema: Schema, spec: DataSpec) -> Iterator[Table]:
    """Parents first; where foreign keys form a cycle, the order of the source."""
    waiting = list(schema.tables)
    done: set[str] = set()
    while waiting:
        ready = [table for table in waiting if _needs(table, spec) <= done]
        chosen = ready or [min(waiting, key=lambda table: len(_needs(table, spec) - done))]
        for table in chosen:
            waiting.remove(table)
            done.add(table.name)
            yield table


def _needs(table: Table, spec: DataSpec) -> set[str]:
    return {key.table for key in table.foreign_keys} - {table.name}


def _plan(table: Table, spec: TableSpec, plans: dict[str, TablePlan], scale: float, seed: int) -> TablePlan:
    group = _group(table, spec, plans)
    if group is not None:
        parents = plans[table.foreign_keys[group].table].count
        rule = _fan_out(table, spec, parents, _room(table, group, plans), seed, spec.rows and _scaled(spec, scale))
        return TablePlan(table, spec, rule.count, rule, group)
    count = _scaled(spec, scale) if spec.rows else _inferred(table, spec, plans, scale)
    return TablePlan(table, spec, _within_keys(table, spec, count, plans))


def _scaled(spec: TableSpec, scale: float) -> int:
    return max(1, round((spec.rows or 0) * (scale if spec.grows else 1)))


def _group(table: Table, spec: TableSpec, plans: dict[str, TablePlan]) -> int | None:
    """The foreign key a table's rows are grouped by: as the spec says, or as a composite key needs."""
    for number, key in enumerate(table.foreign_keys):
        if spec.per == key.table and key.table in plans and not _is_unique(table, key):
            return number
    for number, key in enumerate(table.foreign_keys):
        in_key = any(set(key.columns) < set(unique.columns) for unique in table.keys)
        if in_key and key.table in plans and not _is_unique(table, key) and _is_required(table, key):
            return number
    return None


def _is_required(table: Table, key: ForeignKey) -> bool:
    return not any(table.column(column).is_nullable for column in key.columns)


def _is_unique(table: Table, key: ForeignKey) -> bool:
    return any(set(unique.columns) <= set(key.columns) for unique in table.keys)


def _room(table: Table, group: int, plans: dict[str, TablePlan]) -> int | None:
    """How many children a parent can have before a composite key of foreign keys repeats."""
    ours = set(table.foreign_keys[group].columns)
    rooms = []
    for unique in table.keys:
        if ours < set(unique.columns):
            rest = set(unique.columns) - ours
            others = [k for k in table.foreign_keys if set(k.columns) <= rest and k.table in plans]
            if {column for key in others for column in key.columns} == rest:
                rooms.append(min((plans[key.table].count for key in others), default=1))
    return min(rooms, default=None)


def _fan_out(table: Table, spec: TableSpec, parents: int, room: int | None, seed: int, rows: int | None) -> FanOut:
    mean = spec.mean if spec.mean is not None else (rows / parents if rows and parents else float(_CHILDREN))
    fewest, most = spec.fewest or 0, spec.most
    if room is not None:
        most = min(most or room, room)
        if fewest > room:
            raise LabError(
                f"{spec.position or table.name}: {table.name} cannot have {fewest} rows per parent: "
                f"its key has only {room} different values there",
                "lower `fewest`, or give the other table more rows",
            )
    found = fan_out(stream(seed, table.name, "fan-out"), parents, mean, fewest, most)
    return found if found.count else fan_out(stream(seed, table.name, "one"), parents, 1.0, 1, 1)


def _inferred(table: Table, spec: TableSpec, plans: dict[str, TablePlan], scale: float) -> int:
    parents = [plans[key.table].count for key in table.foreign_keys if key.table in plans]
    if parents:
        return min(max(parents) * _CHILDREN, max(1, round(_MOST_INFERRED_ROWS * scale)))
    if _FIXED.search(table.name):
        return _FIXED_ROWS
    return max(1, round(_ROOT_ROWS * scale))


def _within_keys(table: Table, spec: TableSpec, count: int, plans: dict[str, TablePlan]) -> int:
    """No more rows than a one-to-one key allows."""
    for key in table.foreign_keys:
        if _is_unique(table, key) and key.table in plans and key.table != table.name:
            room = plans[key.table].count
            if count > room and spec.rows:
                raise LabError(
                    f"{spec.position or table.name}: {table.name} asks for {count:,} rows, but its key refers to "
                    f"{key.table} one to one, which has {room:,}",
                    f"lower the rows of {table.name}, or raise those of {key.table}",
                )
            count = min(count, room)
    return count


def plain_reference(plan: TablePlan, number: int, plans: dict[str, TablePlan], seed: int) -> Reference:
    """The rule of one foreign key, as far as it depends on no other."""
    table, key = plan.table, plan.table.foreign_keys[number]
    parent = plans[key.table]
    spec = plan.spec.columns.get(key.columns[0])
    label = stream(seed, table.name, *key.columns)
    if key.table == table.name:
        return tree(seed, table.name, plan.count, (spec and spec.tree_depth) or _TREE_DEPTH)
    if number == plan.grouped_by and plan.fan_out is not None:
        return plan.fan_out
    if _is_unique(table, key):
        return OneToOne(parent.count)
    if plan.fan_out is not None and _shares_key(table, number, plan.grouped_by):
        return Distinct(plan.fan_out, label, parent.count)
    skew = spec.skew if spec and spec.skew is not None else _SKEW
    return Popular(label, parent.count, skew)


def _shares_key(table: Table, number: int, group: int | None) -> bool:
    if group is None:
        return False
    both = {*table.foreign_keys[number].columns, *table.foreign_keys[group].columns}
    return any(both <= set(unique.columns) for unique in table.keys)
