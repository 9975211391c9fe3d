"""A workload from the schema alone: what nearly every application asks of tables shaped like these."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from lab.model.reserved import RESERVED_ANYWHERE
from lab.model.schema import Column, Enum, ForeignKey, Index, Key, Schema, Table, Type
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
MOMENTS = ("timestamptz", "timestamp", "date")
_COUNTABLE = ("smallint", "integer", "bigint", "text", "varchar", "char", "citext", "uuid")
"""Types a fresh value is had of."""
_LONG_ENOUGH = 8
_VOLATILE = re.compile(r"(?i)uuid|ulid|random|\bnow\b|_timestamp\b|current_(date|time)\b|localtime|timeofday")
"""A default that says something else for each row."""
_WIDTH = 110


def derive(schema: Schema) -> Workload:
    """Lookups by each key, children by each foreign key, newest-first pages, counts and joins; then writes.

    Of a large schema only the tables most others are connected to are covered; `origin` says how many.
    """
    tables = _most_connected(schema)
    covered = f" ({len(tables)} of {len(schema.tables)} tables)" if len(tables) < len(schema.tables) else ""
    operations = unique_names(operation for table in tables for operation in _operations(table, schema))
    return Workload(tuple(operations), {}, f"derived from the schema{covered}")


def _most_connected(schema: Schema) -> list[Table]:
    links = {table.name: len(table.foreign_keys) for table in schema.tables}
    for _, foreign_key in schema.foreign_keys():
        links[foreign_key.table] += 1
    ranked = sorted(schema.tables, key=lambda table: -links[table.name])[:MOST_TABLES]
    return [table for table in schema.tables if table in ranked]


def unique_names(operations: Iterable[Operation]) -> Iterator[Operation]:
    taken: set[str] = set()
    for operation in operations:
        names = (operation.name if number == 1 else f"{operation.name}_{number}" for number in range(1, len(taken) + 2))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        yield replace(operation, name=name)


def _operations(table: Table, schema: Schema) -> Iterator[Operation]:
    for key in table.keys:
        yield _lookup(table, key)
    for foreign_key in table.foreign_keys:
        yield _children(table, foreign_key)
        if foreign_key.table != table.name and len(foreign_key.columns) == 1:
            yield _count_by_parent(table, schema.table(foreign_key.table), foreign_key)
    if (moment := _moment(table)) and table.primary_key:
        yield _newest(table, moment)
    for column in table.columns:
        if schema.enum(column.type.name) and not column.type.dimensions:
            yield _count_by_enum(table, column)
    yield from _writes(table, schema)


# Reads


def _lookup(table: Table, key: Key) -> Operation:
    sql = f"{_select_all(table)}\nFROM {{table}}\nWHERE {_equal(key.columns)}"
    name = f"{plain_name(table.name)}_by_{'_and_'.join(map(plain_name, key.columns))}"
    return _operation(name, "simple", 10, sql, _from_row(table, key.columns), table)


def _children(table: Table, foreign_key: ForeignKey) -> Operation:
    order = _newest_first(table)
    sql = f"{_select_all(table)}\nFROM {{table}}\nWHERE {_equal(foreign_key.columns)}"
    sql += f"\nORDER BY {order} LIMIT 20" if order else ""
    name = f"{plain_name(table.name)}_of_{'_and_'.join(map(plain_name, foreign_key.columns))}"
    parameters = _from_row(table, foreign_key.columns)
    return _operation(name, "simple", 5, sql, parameters, table, is_ordered=bool(order))


def _newest(table: Table, moment: Column) -> Operation:
    sql = f"{_select_all(table)}\nFROM {{table}}\nWHERE {delimited(moment.name)} < :before\n"
    sql += f"ORDER BY {_newest_first(table)} LIMIT 20"
    before = (Parameter("before", Ago(0, 365, moment.type.name == "date")),)
    return _operation(f"newest_{plain_name(table.name)}", "simple", 5, sql, before, table, is_ordered=True)


def _count_by_parent(table: Table, parent: Table, foreign_key: ForeignKey) -> Operation:
    ours, theirs = delimited(foreign_key.columns[0]), delimited(foreign_key.referenced[0])
    sql = (
        f"SELECT p.{theirs}, count(*) AS children\nFROM {{parent}} AS p\n"
        f"JOIN {{table}} AS c ON c.{ours} = p.{theirs}\n"
        f"GROUP BY p.{theirs}\nORDER BY children DESC, p.{theirs} LIMIT 10"
    )
    name = f"most_{plain_name(table.name)}_by_{plain_name(foreign_key.columns[0])}"
    return _operation(name, "complex", 1, sql, (), table, parent, is_ordered=True)


def _count_by_enum(table: Table, column: Column) -> Operation:
    sql = f"SELECT {delimited(column.name)}, count(*) AS rows_of_it\nFROM {{table}}\nGROUP BY {delimited(column.name)}"
    return _operation(f"{plain_name(table.name)}_by_{plain_name(column.name)}_counted", "complex", 1, sql, (), table)


def _select_all(table: Table) -> str:
    """Column by column: a variant that adds one gives the same answer still."""
    return "SELECT " + _listed(delimited(column.name) for column in table.columns)


def _listed(names: Iterable[str]) -> str:
    lines = textwrap.wrap(", ".join(names), _WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n  ".join(lines)


def _equal(columns: Sequence[str]) -> str:
    return " AND ".join(f"{delimited(column)} = :{name}" for column, name in parameter_names(columns))


def _from_row(table: Table, columns: Sequence[str]) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, FromColumn(table.name, column)) for column, name in parameter_names(columns))


# Writes


def _writes(table: Table, schema: Schema) -> Iterator[Operation]:
    if _has_exclusion(table, schema):
        return
    tied = _tied(table)
    given = [column for column in table.columns if column.name in tied or must_be_given(table, column)]
    rules = {column.name: fill_rule(table, column, schema, tied) for column in given}
    spare = {column.name for column in given if _can_be_left_out(column)} - tied
    rules = {name: rule for name, rule in rules.items() if rule or name not in spare}
    if rules and all(rules.values()) and not repeats_a_key(table, rules):
        yield _insert(table, rules)
    if table.primary_key and (changed := _changeable(table, schema, tied)):
        yield _update(table, table.primary_key, *changed)


def _has_exclusion(table: Table, schema: Schema) -> bool:
    """What such a constraint forbids is not known."""
    kept = re.compile(rf"(exclusion constraint|constraint .+) of {re.escape(table.name)}")
    return any(kept.fullmatch(statement.what) for statement in schema.statements)


def _tied(table: Table) -> set[str]:
    """Columns a check holds against others: they are taken from one row."""
    tied: set[str] = set()
    for check in table.checks:
        mentioned = {column.name for column in table.columns if mentions(check.expression, column)}
        tied |= mentioned if len(mentioned) > 1 else set()
    return tied - {column.name for column in table.columns if column.generated is not None}


def _insert(table: Table, rules: dict[str, Rule | None]) -> Operation:
    named = dict(parameter_names(list(rules)))
    columns, values = _listed(map(delimited, rules)), _listed(f":{named[column]}" for column in rules)
    parameters = tuple(Parameter(named[column], rule) for column, rule in rules.items() if rule)
    sql = f"INSERT INTO {{table}} ({columns})\nVALUES ({values})"
    return _operation(f"add_{plain_name(table.name)}", "simple", 2, sql, parameters, table, is_write=True)


def _update(table: Table, key: Key, column: Column, rule: Rule) -> Operation:
    names = dict(parameter_names((*key.columns, column.name)))
    where = " AND ".join(f"{delimited(part)} = :{names[part]}" for part in key.columns)
    sql = f"UPDATE {{table}} SET {delimited(column.name)} = :{names[column.name]}\nWHERE {where}"
    parameters = (Parameter(names[column.name], rule), *_from_row(table, key.columns))
    name = f"change_{plain_name(table.name)}_{plain_name(column.name)}"
    return _operation(name, "simple", 2, sql, parameters, table, is_write=True)


def must_be_given(table: Table, column: Column) -> bool:
    """What no default says, and what a default says by the clock or by chance: two databases would hold other values
    after the same insert. A constant is left to the database, and so is a serial primary key."""
    if column.generated is not None or column.type.name == "tsvector":
        return False
    if column.default is None and column.identity is None:
        return not column.is_nullable
    if _is_serial(column):
        is_key = any(column.name in key.columns for key in table.keys)
        return is_key and not column.is_nullable and not _is_primary(table, column)
    return _VOLATILE.search(column.default or "") is not None


def _can_be_left_out(column: Column) -> bool:
    return column.is_nullable or column.default is not None


def _is_primary(table: Table, column: Column) -> bool:
    return table.primary_key is not None and table.primary_key.columns == (column.name,)


def _is_made(column: Column) -> bool:
    """Whether the database makes another value for each row."""
    return column.identity is not None or bool(re.search(r"nextval|uuid|random", column.default or ""))


def _is_serial(column: Column) -> bool:
    return column.identity is not None or "nextval" in (column.default or "")


def repeats_a_key(table: Table, rules: dict[str, Rule | None]) -> bool:
    """Whether an insert could break a key: one with no column that is fresh, made by the database or NULL."""
    safe = {name for name, rule in rules.items() if isinstance(rule, Fresh)}
    safe |= {column.name for column in table.columns if column.name not in rules and _is_apart(table, column)}
    keys = [set(key.columns) for key in table.keys]
    keys += [_mentioned(index) for index in table.indexes if index.is_unique]
    return any(not key & safe for key in keys)


def _is_apart(table: Table, column: Column) -> bool:
    return _is_made(column) or (column.is_nullable and column.default is None and column.generated is None)


def _mentioned(index: Index) -> set[str]:
    parts = (re.findall(r"\w+", part.value) if part.is_expression else [part.value] for part in index.parts)
    return {word for part in parts for word in part}


def fill_rule(table: Table, column: Column, schema: Schema, tied: Collection[str] = ()) -> Rule | None:
    """How to draw a value for an insert; None where that takes knowledge we lack."""
    if column.type.dimensions or column.type.name in ("bytea", "tsvector", "interval"):
        return None
    keys = [key for key in table.foreign_keys if column.name in key.columns]
    if keys and column.name not in tied:
        widest = max(keys, key=lambda key: len(key.columns))
        if any(set(key.columns) - set(widest.columns) for key in keys):
            return None
        return FromColumn(widest.table, widest.referenced[widest.columns.index(column.name)])
    if column.name not in tied and is_key_part(table, column) and _is_countable(table, column, schema):
        return Fresh(table.name, column.name)
    return FromColumn(table.name, column.name)


def is_key_part(table: Table, column: Column) -> bool:
    keys = [set(key.columns) for key in table.keys]
    keys += [_mentioned(index) for index in table.indexes if index.is_unique]
    return any(column.name in key for key in keys)


def _is_countable(table: Table, column: Column, schema: Schema) -> bool:
    """Whether there are fresh values enough."""
    kind = column.type
    if kind.name in ("varchar", "char") and (kind.arguments or (1,))[0] < _LONG_ENOUGH and kind != Type("varchar"):
        return False
    if kind.name == "smallint" and any(key.columns == (column.name,) for key in table.keys):
        return False
    listed = (check.expression for check in table.checks if mentions(check.expression, column))
    is_listed = any(re.search(r"\bIN\s*\(|\bANY\s*\(|=\s*'", expression, re.I) for expression in listed)
    is_partition = table.partitioning is not None and column.name in table.partitioning.keys
    return kind.name in _COUNTABLE and schema.enum(kind.name) is None and not is_listed and not is_partition


def _changeable(table: Table, schema: Schema, tied: Collection[str]) -> tuple[Column, Rule] | None:
    """A column to change, and what to: a state, else a time, else any; a check between columns is left alone."""
    fixed = {name for key in table.foreign_keys for name in key.columns} | set(tied)
    fixed |= set(table.partitioning.keys) if table.partitioning else set()
    free = [
        column
        for column in table.columns
        if column.name not in fixed and not column.is_nullable and column.generated is None
        if not column.type.dimensions and not is_key_part(table, column)
    ]
    for column in free:
        if enum := schema.enum(column.type.name):
            return column, _any_of(table, column, enum)
    for column in free:
        if column.type.name in MOMENTS and re.search(r"updat|modif|seen|changed", column.name.lower()):
            return column, Ago(0, 30, column.type.name == "date")
    rules = ((column, fill_rule(table, column, schema)) for column in free if column.default is None)
    return next(((column, rule) for column, rule in rules if rule), None)


def _any_of(table: Table, column: Column, enum: Enum) -> Rule:
    """Any value, unless a check allows only some: those of the data pass."""
    is_limited = any(mentions(check.expression, column) for check in table.checks)
    return FromColumn(table.name, column.name) if is_limited else Choice(enum.values)


def mentions(expression: str, column: Column) -> bool:
    return re.search(rf"(?<!\w){re.escape(column.name)}(?!\w)", expression) is not None


# Words


def _operation(
    name: str,
    target_class: TargetClass,
    weight: float,
    sql: str,
    parameters: tuple[Parameter, ...],
    table: Table,
    parent: Table | None = None,
    is_ordered: bool = False,
    is_write: bool = False,
) -> Operation:
    """`sql` names its tables `{table}` and `{parent}`. SQLite has no namespaces: there they stand without."""
    tables = {"table": table, "parent": parent or table}
    texts = {"": _filled(sql, {key: _qualified(found) for key, found in tables.items()})}
    if any(found.namespace not in (None, "public") for found in tables.values()):
        texts["sqlite"] = _filled(sql, {key: delimited(found.name) for key, found in tables.items()})
    return Operation(name, target_class, texts, parameters, float(weight), is_write, is_ordered)


def _filled(sql: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\{(table|parent)\}", lambda match: names[match[1]], sql)


def _qualified(table: Table) -> str:
    return (
        delimited(table.name)
        if table.namespace in (None, "public")
        else f"{delimited(table.namespace)}.{delimited(table.relation)}"
    )


def _moment(table: Table) -> Column | None:
    """The column rows are ordered by in time."""
    moments = [column for column in table.columns if column.type.name in MOMENTS and not column.type.dimensions]
    preferred = [c for c in moments if re.search(r"creat|placed|occur|publish|start|insert|date", c.name.lower())]
    filled = [column for column in (*preferred, *moments) if not column.is_nullable]
    return filled[0] if filled else None


def _newest_first(table: Table) -> str:
    moment = _moment(table)
    if not table.primary_key:
        return ""
    keys = [*([moment.name] if moment else []), *table.primary_key.columns]
    return ", ".join(f"{delimited(key)} DESC" for key in dict.fromkeys(keys))


def delimited(name: str) -> str:
    """An identifier, delimited only where it must be."""
    plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in RESERVED_ANYWHERE
    return name if plain else '"' + name.replace('"', '""') + '"'


def parameter_names(columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each column with a parameter's name for it, no two alike."""
    taken: set[str] = set()
    for column in columns:
        word = re.sub(r"[^A-Za-z0-9_]", "_", column)
        word = word if re.match(r"[A-Za-z]", word) and word.lower() not in RESERVED_ANYWHERE else f"p_{word}"
        name = next(n for n in (word, *(f"{word}_{k}" for k in range(2, len(columns) + 2))) if n not in taken)
        taken.add(name)
        yield column, name


def plain_name(name: str) -> str:
    """A name as part of an operation's: snake_case."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"\W+", "_", parted).strip("_").lower() or "it"
