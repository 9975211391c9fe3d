"""Defects, one function a rule: each puts one into a clean schema, and says where an audit must find it.

A defect is made in the model, so that it is the same in every language a schema was written in. `None` means that the
schema has no place for it. Columns and tables carry comments, so that none is missing by accident.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from lab.audit.shapes import is_join_table, is_journal
from lab.model.schema import (
    Check,
    Column,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Position,
    Schema,
    Statement,
    Table,
    Type,
)

Made = tuple[Schema, str]
"""The schema with the defect, and the subject a finding must have (its beginning)."""
Mutation = Callable[[Schema, random.Random], Made | None]

SQL = frozenset(("postgres", "mysql", "sqlite"))
POSTGRES = frozenset(("postgres",))


@dataclass(frozen=True, slots=True)
class Defect:
    """`also` are rules that rightly speak of it as well."""

    rule: str
    put: Mutation
    engines: frozenset[str] = SQL
    also: frozenset[str] = frozenset()


def with_table(schema: Schema, table: Table) -> Schema:
    """With this table in the place of the one of its name, or at the end."""
    if any(other.name == table.name for other in schema.tables):
        return replace(schema, tables=tuple(table if other.name == table.name else other for other in schema.tables))
    return replace(schema, tables=(*schema.tables, table))


def entities(schema: Schema) -> list[Table]:
    """Tables of things: neither journals nor join tables, with one column for a key."""
    keyed = [table for table in schema.tables if table.primary_key and len(table.primary_key.columns) == 1]
    return [table for table in keyed if not (is_journal(table) or is_join_table(table) or table.partitioning)]


def column(
    name: str, type_: Type | str, is_nullable: bool = True, comment: str = "", default: str | None = None
) -> Column:
    return Column(name, Type(type_) if isinstance(type_, str) else type_, is_nullable, default, comment=comment)


def adds(*columns: Column, of: int = 0) -> Mutation:
    """Adds columns to some table; the finding is about the `of`-th, or about the table for several."""

    def put(schema: Schema, choose: random.Random) -> Made | None:
        names = {each.name for each in columns}
        places = [table for table in entities(schema) if not names & {each.name for each in table.columns}]
        if not places:
            return None
        table = choose.choice(places)
        subject = f"{table.name}.{columns[of].name}" if len(columns) == 1 or of else table.name
        return with_table(schema, replace(table, columns=table.columns + columns)), subject

    return put


def adds_table(table: Table, subject: str = "") -> Mutation:
    """Adds a table, with a foreign key `parent_ref` where it has such a column."""

    def put(schema: Schema, choose: random.Random) -> Made | None:
        if any(other.name == table.name for other in schema.tables):
            return None
        return with_table(schema, _referring(table, choose.choice(entities(schema)))), subject or table.name

    return put


def _referring(table: Table, parent: Table) -> Table:
    key = parent.primary_key
    if key is None or not any(each.name == "parent_ref_id" for each in table.columns):
        return table
    type_ = parent.column(key.columns[0]).type
    columns = tuple(replace(each, type=type_) if each.name == "parent_ref_id" else each for each in table.columns)
    reference = ForeignKey(("parent_ref_id",), parent.name, key.columns, on_delete="restrict")
    index = Index(f"{table.name}_parent_idx", table.name, (IndexPart("parent_ref_id"),))
    is_led = any(each.columns[0] == "parent_ref_id" for each in table.keys)
    indexes = table.indexes if is_led else (*table.indexes, index)
    return replace(table, columns=columns, foreign_keys=(reference,), indexes=indexes)


def table(name: str, *columns: Column, key: str = "id", comment: str = "Made for a test; kept a year.") -> Table:
    made = column("created_at", "timestamptz", False, default="now()")
    ident = Column("id", Type("bigint"), False, identity="always")
    own = (ident, *columns, made) if key == "id" else (*columns, made)
    keys = Key((key,) if key == "id" else tuple(key.split()))
    return Table(name, own, keys, comment=comment, position=Position("made.sql", 1))


def changes(
    pick: Callable[[Schema], list[tuple[Table, int]]], change: Callable[[Schema, Table, int], tuple[Table, str]]
) -> Mutation:
    """Changes one of the places `pick` offers."""

    def put(schema: Schema, choose: random.Random) -> Made | None:
        places = pick(schema)
        if not places:
            return None
        changed, subject = change(schema, *choose.choice(places))
        return with_table(schema, changed), subject

    return put


def states(sql: str, what: str, subject: str) -> Mutation:
    """Adds a statement kept verbatim; `{t}` is some table."""

    def put(schema: Schema, choose: random.Random) -> Made | None:
        name = choose.choice(entities(schema)).name
        made = Statement(sql.format(t=name), what.format(t=name), Position("made.sql", 1))
        return replace(schema, statements=(*schema.statements, made)), subject.format(t=name)

    return put


def adds_enum(values: tuple[str, ...], is_used: bool = True) -> Mutation:
    def put(schema: Schema, choose: random.Random) -> Made | None:
        place = choose.choice(entities(schema))
        changed = replace(schema, enums=(*schema.enums, Enum("made_enum", values, position=Position("made.sql", 1))))
        if is_used:
            extra = column("made_value", "made_enum", comment="Made for a test.")
            changed = with_table(changed, replace(place, columns=(*place.columns, extra)))
        return changed, "made_enum"

    return put


def adds_index(*parts: str, extra: tuple[Column, ...], method: str = "btree") -> Mutation:
    """Adds columns, and an index over `parts`."""

    def put(schema: Schema, choose: random.Random) -> Made | None:
        place = choose.choice(entities(schema))
        index = Index("made_idx", place.name, tuple(map(IndexPart, parts)), method=method)
        changed = replace(place, columns=place.columns + extra, indexes=(*place.indexes, index))
        return with_table(schema, changed), f"{place.name}.made_idx"

    return put


def each_key(schema: Schema) -> list[tuple[Table, int]]:
    return [(place, number) for place in schema.tables for number in range(len(place.foreign_keys))]


def without(pattern: str) -> Callable[[Schema], list[tuple[Table, int]]]:
    """Tables with a CHECK that speaks of the pattern, and the number of that CHECK."""
    return lambda schema: [
        (place, number)
        for place in schema.tables
        for number, each in enumerate(place.checks)
        if pattern in each.expression
    ]


def drops_check(subject: Callable[[Table, Check], str]) -> Callable[[Schema, Table, int], tuple[Table, str]]:
    def change(_: Schema, place: Table, number: int) -> tuple[Table, str]:
        gone = place.checks[number]
        return replace(place, checks=tuple(each for each in place.checks if each is not gone)), subject(place, gone)

    return change
