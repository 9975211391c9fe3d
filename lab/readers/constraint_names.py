"""The names PostgreSQL gives to constraints that are declared without one.

Source: PostgreSQL, `ChooseConstraintName`, `ChooseIndexName` and `makeObjectName` (src/backend/commands/indexcmds.c,
src/backend/catalog/pg_constraint.c).
"""

from __future__ import annotations

from dataclasses import replace

from lab.model.schema import Check, ForeignKey, Key, Schema, Table
from lab.readers.expressions import columns_in, parse_expression

_LONGEST = 63


def with_names(schema: Schema) -> Schema:
    """The schema with every constraint named as the server would name it."""
    return replace(schema, tables=tuple(with_constraint_names(table) for table in schema.tables))


def with_constraint_names(table: Table) -> Table:
    """The table with each of its constraints named as the server would name it."""
    taken = {index.name for index in table.indexes}
    given: tuple[Key | ForeignKey | Check, ...] = (*table.keys, *table.foreign_keys, *table.checks)
    taken |= {constraint.name for constraint in given if constraint.name}

    def own(name: str | None, columns: tuple[str, ...], label: str) -> str:
        found = name or _free(table.relation, columns, label, taken)
        taken.add(found)
        return found

    def check_name(check: Check) -> str:
        columns = tuple(dict.fromkeys(columns_in(parse_expression(check.expression))))
        return own(check.name, columns if len(columns) == 1 else (), "check")

    checks = tuple(replace(check, name=check_name(check)) for check in table.checks)
    key = table.primary_key
    key = replace(key, name=own(key.name, (), "pkey")) if key else None
    uniques = tuple(_named_key(unique, own(unique.name, unique.columns, "key")) for unique in table.uniques)
    foreign = tuple(_named_reference(each, own(each.name, each.columns, "fkey")) for each in table.foreign_keys)
    return replace(table, primary_key=key, uniques=uniques, checks=checks, foreign_keys=foreign)


def _named_key(key: Key, name: str) -> Key:
    return replace(key, name=name)


def _named_reference(key: ForeignKey, name: str) -> ForeignKey:
    return replace(key, name=name)


def _free(table: str, columns: tuple[str, ...], label: str, taken: set[str]) -> str:
    number = 0
    while True:
        found = made_name(table, "_".join(columns), f"{label}{number or ''}")
        if found not in taken:
            return found
        number += 1


def made_name(table: str, columns: str, label: str) -> str:
    """Table, columns and label, the longer of the first two cut until the whole fits into 63 bytes."""
    first, second = table, columns
    room = _LONGEST - len(label.encode()) - 1 - (1 if second else 0)
    while len(first.encode()) + len(second.encode()) > room:
        if len(first.encode()) > len(second.encode()):
            first = first[:-1]
        else:
            second = second[:-1]
    return "_".join(part for part in (first, second, label) if part)
