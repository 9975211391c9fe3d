"""A workload from the schema alone: what nearly every application asks of tables shaped like these."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lab.model.schema import Column, ForeignKey, Key, Schema, Table
from lab.model.workload import (
    Ago,
    Choice,
    Fresh,
    FromColumn,
    Operation,
    Parameter,
    Rule,
    TargetClass,
    Workload,
)

MOST_TABLES = 12
_MOMENTS = ("timestamptz", "timestamp", "date")
_RESERVED = frozenset(
    "all and any as asc authorization between by case check collate column constraint create cross current_date "
    "current_time current_timestamp default desc distinct do else end except false fetch for foreign from full grant "
    "group having in index inner insert intersect into is join key leading left like limit localtime natural not null "
    "offset on only or order outer primary references right select session_user set some table then to trailing true "
    "union unique update user using values when where window with".split()
)


def derive(schema: Schema) -> Workload:
    """Lookups by each key, children by each foreign key, newest-first pages, counts and joins; then writes.

    Of a large schema only the tables most others are connected to are covered; `origin` says how many.
    """
    tables = _most_connected(schema)
    covered = f" ({len(tables)} of {len(schema.tables)} tables)" if len(tables) < len(schema.tables) else ""
    operations = _unique(operation for table in tables for operation in _operations(table, schema))
    return Workload(tuple(operations), {}, f"derived from the schema{covered}")


def _most_connected(schema: Schema) -> list[Table]:
    links = {table.name: len(table.foreign_keys) for table in schema.tables}
    for _, foreign_key in schema.foreign_keys():
        links[foreign_key.table] += 1
    ranked = sorted(schema.tables, key=lambda table: -links[table.name])[:MOST_TABLES]
    return [table for table in schema.tables if table in ranked]


def _unique(operations: Iterator[Operation]) -> Iterator[Operation]:
    seen: dict[str, int] = {}
    for operation in operations:
        seen[operation.name] = seen.get(operation.name, 0) + 1
        count = seen[operation.name]
        yield operation if count == 1 else replace(operation, name=f"{operation.name}_{count}")


def _operations(table: Table, schema: Schema) -> Iterator[Operation]:
    for key in table.keys:
        yield _lookup(table, key)
    for foreign_key in table.foreign_keys:
        yield _children(table, foreign_key)
        if foreign_key.table != table.name and len(foreign_key.columns) == 1:
            yield _count_by_parent(table, foreign_key)
    if (moment := _moment(table)) and table.primary_key:
        yield _newest(table, moment)
    for column in table.columns:
        if schema.enum(column.type.name) and not column.type.dimensions:
            yield _count_by_enum(table, column)
    yield from _writes(table, schema)


def _lookup(table: Table, key: Key) -> Operation:
    where = " AND ".join(f"{_id(column)} = :{_parameter(column)}" for column in key.columns)
    parameters = tuple(_from_column(table, column) for column in key.columns)
    name = f"{_plain(table.name)}_by_{'_and_'.join(map(_plain, key.columns))}"
    return _operation(name, "simple", 10, f"SELECT * FROM {_id(table.name)} WHERE {where}", parameters)


def _children(table: Table, foreign_key: ForeignKey) -> Operation:
    where = " AND ".join(f"{_id(column)} = :{_parameter(column)}" for column in foreign_key.columns)
    order = _newest_first(table)
    sql = f"SELECT * FROM {_id(table.name)} WHERE {where}" + (f"\nORDER BY {order} LIMIT 20" if order else "")
    parameters = tuple(_from_column(table, column) for column in foreign_key.columns)
    name = f"{_plain(table.name)}_of_{'_and_'.join(map(_plain, foreign_key.columns))}"
    return _operation(name, "simple", 5, sql, parameters, is_ordered=bool(order))


def _newest(table: Table, moment: Column) -> Operation:
    sql = (
        f"SELECT * FROM {_id(table.name)} WHERE {_id(moment.name)} < :before\nORDER BY {_newest_first(table)} LIMIT 20"
    )
    before = Parameter("before", Ago(0, 365))
    return _operation(f"newest_{_plain(table.name)}", "simple", 5, sql, (before,), is_ordered=True)


def _count_by_parent(table: Table, foreign_key: ForeignKey) -> Operation:
    ours, theirs = _id(foreign_key.columns[0]), _id(foreign_key.referenced[0])
    sql = (
        f"SELECT p.{theirs}, count(*) AS children FROM {_id(foreign_key.table)} AS p\n"
        f"JOIN {_id(table.name)} AS c ON c.{ours} = p.{theirs}\n"
        f"GROUP BY p.{theirs} ORDER BY children DESC, p.{theirs} LIMIT 10"
    )
    name = f"most_{_plain(table.name)}_by_{_plain(foreign_key.columns[0])}"
    return _operation(name, "complex", 1, sql, (), is_ordered=True)


def _count_by_enum(table: Table, column: Column) -> Operation:
    sql = f"SELECT {_id(column.name)}, count(*) AS rows_of_it FROM {_id(table.name)} GROUP BY {_id(column.name)}"
    return _operation(f"{_plain(table.name)}_by_{_plain(column.name)}_counted", "complex", 1, sql, ())


def _writes(table: Table, schema: Schema) -> Iterator[Operation]:
    filled = [
        c for c in table.columns if not c.is_nullable and c.default is None and not c.identity and not c.generated
    ]
    rules = [(column, _rule(table, column, schema)) for column in filled]
    if (
        filled
        and not _repeats_a_key(table, {column.name: rule for column, rule in rules})
        and all(rule for _, rule in rules)
    ):
        columns = ", ".join(_id(column.name) for column, _ in rules)
        values = ", ".join(f":{_parameter(column.name)}" for column, _ in rules)
        parameters = tuple(Parameter(_parameter(column.name), rule) for column, rule in rules if rule)
        sql = f"INSERT INTO {_id(table.name)} ({columns}) VALUES ({values})"
        yield _operation(f"add_{_plain(table.name)}", "simple", 2, sql, parameters, is_write=True)
    changeable = [c for c, _ in rules if table.primary_key and not _is_key_part(table, c.name)]
    if table.primary_key and changeable:
        column, keys = changeable[0], table.primary_key.columns
        where = " AND ".join(f"{_id(key)} = :{_parameter(key)}" for key in keys)
        sql = f"UPDATE {_id(table.name)} SET {_id(column.name)} = :new_value WHERE {where}"
        new = Parameter("new_value", _rule(table, column, schema) or FromColumn(table.name, column.name))
        name = f"change_{_plain(table.name)}_{_plain(column.name)}"
        yield _operation(name, "simple", 2, sql, (new, *(_from_column(table, key) for key in keys)), is_write=True)


def _is_key_part(table: Table, column: str) -> bool:
    parts = [key.columns for key in table.keys] + [key.columns for key in table.foreign_keys]
    return any(column in columns for columns in parts)


def _repeats_a_key(table: Table, rules: dict[str, Rule | None]) -> bool:
    """Whether an insert could break a key: one none of whose columns is fresh or made by the database."""
    made = {column.name for column in table.columns if column.identity or column.generated or column.default}
    return any(
        not any(isinstance(rules.get(name), Fresh) or name in made for name in key.columns) for key in table.keys
    )


def _rule(table: Table, column: Column, schema: Schema) -> Rule | None:
    """How to draw a value for an insert; None where that takes knowledge we lack."""
    for foreign_key in table.foreign_keys:
        if foreign_key.columns == (column.name,):
            return FromColumn(foreign_key.table, foreign_key.referenced[0])
    if any(column.name in key.columns for key in table.keys):
        return Fresh(table.name, column.name)
    if enum := schema.enum(column.type.name):
        return Choice(enum.values)
    if column.type.dimensions or column.type.name in ("bytea", "tsvector", "interval"):
        return None
    return FromColumn(table.name, column.name)


def _operation(
    name: str,
    target_class: TargetClass,
    weight: float,
    sql: str,
    parameters: tuple[Parameter, ...],
    is_ordered: bool = False,
    is_write: bool = False,
) -> Operation:
    return Operation(name, target_class, {"": sql}, parameters, float(weight), is_write, is_ordered)


def _from_column(table: Table, column: str) -> Parameter:
    return Parameter(_parameter(column), FromColumn(table.name, column))


def _moment(table: Table) -> Column | None:
    """The column rows are ordered by in time."""
    moments = [column for column in table.columns if column.type.name in _MOMENTS and not column.type.dimensions]
    preferred = [c for c in moments if re.search(r"creat|placed|occur|publish|start|insert|date", c.name.lower())]
    filled = [column for column in (*preferred, *moments) if not column.is_nullable]
    return filled[0] if filled else None


def _newest_first(table: Table) -> str:
    moment = _moment(table)
    if not table.primary_key:
        return ""
    keys = [*([moment.name] if moment else []), *table.primary_key.columns]
    return ", ".join(f"{_id(key)} DESC" for key in dict.fromkeys(keys))


def _id(name: str) -> str:
    """An identifier, delimited only where it must be."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _RESERVED
    return name if plain else '"' + name.replace('"', '""') + '"'


def _parameter(column: str) -> str:
    return re.sub(r"\W", "_", column if column[:1].isalpha() else f"p_{column}")


def _plain(name: str) -> str:
    """A name as part of an operation's: snake_case."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"\W+", "_", parted).strip("_").lower() or "it"
