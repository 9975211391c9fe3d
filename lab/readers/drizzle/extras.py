"""A table's third argument: indexes, keys, checks and policies over its columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from lab.errors import LabError
from lab.model.schema import Check, ForeignKey, Index, IndexPart, Key, Statement, Table
from lab.readers.dialects import in_postgres
from lab.readers.drizzle.chains import Step, symbol_name, unchained
from lab.readers.drizzle.columns import action_of
from lab.readers.drizzle.expressions import sql_text
from lab.readers.drizzle.policies import policy_sql
from lab.readers.drizzle.reading import Known, Reading, cut
from lab.readers.sql import parse_index
from lab.readers.typescript import (
    Call,
    Function,
    Items,
    Place,
    Record,
    Undefined,
    Unknown,
    Value,
    call,
    constant_text,
    entry,
)

_NULLS: Mapping[str, Literal["first", "last"]] = {"nullsFirst": "first", "nullsLast": "last"}


@dataclass(slots=True)
class Extra:
    """One entry being read: what it begins with, and what is called on it."""

    start: Call
    steps: tuple[Step, ...]
    known: Known
    reading: Reading

    @property
    def place(self) -> Place:
        return self.start.place

    def step(self, *names: str) -> Step | None:
        return next((step for step in self.steps if step.name in names), None)

    def lose(self, what: str, consequence: str) -> None:
        self.reading.lose(f"{what} of {self.known.name}", consequence, self.place)

    def columns(self, values: tuple[Value, ...]) -> tuple[str, ...] | None:
        """The columns' names in the database; None when one of them is none."""
        names = [self.reading.column_name(value) for value in values]
        known = tuple(name for name in names if name is not None)
        return known if len(known) == len(names) else None


def add_extras(table: Table, known: Known, reading: Reading) -> Table:
    """The table with what its third argument says; a loss for every part of it that cannot be known."""
    made = known.made
    value = made.call.argument(2)
    if isinstance(value, Function):
        value = call(value, [made.call], value.place)
    entries: tuple[Value, ...] = ()
    match value:
        case Record():
            entries = (*value.entries.values(), *value.unknown)
        case Items():
            entries = value.values
        case None | Undefined():
            pass
        case _:
            entries = (value,)
    for item in entries:
        table = _add(item, table, known, reading)
    return table


def _add(item: Value, table: Table, known: Known, reading: Reading) -> Table:
    if isinstance(item, Items):
        for inner in item.values:
            table = _add(inner, table, known, reading)
        return table
    start, steps = unchained(item)
    name = symbol_name(start.function) if isinstance(start, Call) else None
    if isinstance(start, Call) and name is not None and name in _EXTRAS:
        return _EXTRAS[name](table, Extra(start, steps, known, reading))
    reason = start.reason if isinstance(start, Unknown) else "it is no index or constraint of Drizzle's"
    reading.lose(f"{item.place.text} in {known.name}", f"left out: {reason}", item.place)
    return table


def _index(table: Table, extra: Extra) -> Table:
    is_unique = symbol_name(extra.start.function) == "uniqueIndex"
    on = extra.step("on", "onOnly", "using")
    if on is None:
        extra.lose(f"index {extra.place.text}", "left out: it names no columns")
        return table
    method = constant_text(on.argument()) or "btree" if on.name == "using" else "btree"
    values = on.arguments[1:] if on.name == "using" else on.arguments
    parts = [_part(value, extra) for value in values]
    known = tuple(part for part in parts if part is not None)
    if len(known) < len(parts) or not known:
        extra.lose(f"index {extra.place.text}", "left out: one of its columns is not known")
        return table
    where = _where(extra)
    name = constant_text(extra.start.argument(0)) or "_".join((table.name, *(part.value for part in known), "index"))
    if is_unique and extra.step("where") and where is None:
        extra.lose(f"index {name}", "left out: its WHERE is not known")
        return table
    method = _mysql_method(extra) or method
    index = Index(cut(name), table.name, known, is_unique, method, where=where, position=extra.place.position)
    return replace(table, indexes=(*table.indexes, index))


def _mysql_method(extra: Extra) -> str | None:
    """`.using("btree")` in MySQL's words stands after `.on()`."""
    step = extra.step("using") if extra.reading.provider == "mysql" else None
    return constant_text(step.argument()) if step else None


def _where(extra: Extra) -> str | None:
    step = extra.step("where")
    if step is None:
        return None
    text = sql_text(step.argument(), extra.reading)
    where = in_postgres(text, extra.reading.provider) if text is not None else None
    if where is None:
        extra.lose(f"WHERE of index {extra.place.text}", "over all rows: the condition is not known as SQL")
    return where


def _part(value: Value, extra: Extra) -> IndexPart | None:
    start, steps = unchained(value)
    name = extra.reading.column_name(start)
    if name is not None:
        part = IndexPart(name)
    else:
        text = sql_text(start, extra.reading)
        found = _expression_part(text) if text is not None else None
        if found is None:
            return None
        part = found
    for step in steps:
        part = _with_step(part, step, extra)
    return part


def _expression_part(text: str) -> IndexPart | None:
    """An expression with what an index says after it: `lower(email) DESC`, `email varchar_pattern_ops`."""
    for written in (text, f"({text})"):
        try:
            parts = parse_index(f"CREATE INDEX i ON t ({written})").parts
        except LabError:
            continue
        return parts[0] if len(parts) == 1 else None
    return None


def _with_step(part: IndexPart, step: Step, extra: Extra) -> IndexPart:
    match step.name:
        case "desc":
            # drizzle-kit writes DESC NULLS LAST unless told otherwise.
            nulls = part.nulls or "last" if extra.reading.provider == "postgres" else part.nulls
            return replace(part, is_descending=True, nulls=nulls)
        case "asc":
            return part
        case "nullsFirst" | "nullsLast":
            is_usual = step.name == "nullsLast" and not part.is_descending
            return part if is_usual else replace(part, nulls=_NULLS[step.name])
        case "op":
            return replace(part, operator_class=constant_text(step.argument()))
    extra.lose(f".{step.name}() of index key {part.value}", "not read: it is unknown")
    return part


def _unique(table: Table, extra: Extra) -> Table:
    on = extra.step("on")
    columns = extra.columns(on.arguments) if on else None
    if not columns:
        extra.lose(f"key {extra.place.text}", "left out: one of its columns is not known")
        return table
    name = constant_text(extra.start.argument(0)) or "_".join((table.name, *columns, "unique"))
    has_distinct_nulls = extra.step("nullsNotDistinct") is None
    key = Key(columns, cut(name), extra.place.position, has_distinct_nulls=has_distinct_nulls)
    return replace(table, uniques=(*table.uniques, key))


def _primary_key(table: Table, extra: Extra) -> Table:
    options = extra.start.argument(0)
    listed = entry(options, "columns")
    columns = extra.columns(listed.values if isinstance(listed, Items) else extra.start.arguments)
    if not columns:
        extra.lose(f"primary key {extra.place.text}", "left out: one of its columns is not known")
        return table
    name = constant_text(entry(options, "name")) or "_".join((table.name, *columns, "pk"))
    in_key = tuple(replace(column, is_nullable=False) if column.name in columns else column for column in table.columns)
    return replace(table, columns=in_key, primary_key=Key(columns, cut(name), extra.place.position))


def _foreign_key(table: Table, extra: Extra) -> Table:
    options = extra.start.argument(0)
    if isinstance(options, Function):
        options = call(options, [], extra.place)
    ours, theirs = entry(options, "columns"), entry(options, "foreignColumns")
    columns = extra.columns(ours.values) if isinstance(ours, Items) else None
    found = [extra.reading.column(value) for value in theirs.values] if isinstance(theirs, Items) else []
    referenced = [pair for pair in found if pair is not None]
    if not columns or not referenced or len(referenced) < len(found):
        extra.lose(f"foreign key {extra.place.text}", "left out: one of its columns is not known")
        return table
    made = referenced[0][0]
    extra.reading.wanted.append(made)
    target = extra.reading.known(made).name
    names = tuple(name for _, name in referenced)
    given = constant_text(entry(options, "name"))
    name = given or "_".join((table.name, *columns, target, *names, "fk"))
    deleted, updated = extra.step("onDelete"), extra.step("onUpdate")
    key = ForeignKey(
        columns,
        target,
        names,
        action_of(deleted.argument() if deleted else None),
        action_of(updated.argument() if updated else None),
        name=cut(name) if extra.reading.provider != "sqlite" or given else None,
        position=extra.place.position,
    )
    return replace(table, foreign_keys=(*table.foreign_keys, key))


def _check(table: Table, extra: Extra) -> Table:
    text = sql_text(extra.start.argument(1), extra.reading)
    sql = in_postgres(text, extra.reading.provider) if text is not None else None
    name = constant_text(extra.start.argument(0))
    if sql is None:
        extra.lose(f"check {name or extra.place.text}", "not checked: its condition is not known as SQL of PostgreSQL")
        return table
    check = Check(sql, cut(name) if name else None, extra.place.position)
    return replace(table, checks=(*table.checks, check))


def _policy(table: Table, extra: Extra) -> Table:
    sql = policy_sql(extra.start, table, extra.reading)
    name = constant_text(extra.start.argument(0)) or ""
    if sql is None:
        extra.lose(f"policy {name}", "left out: a part of it is not known")
        return table
    extra.reading.statements.append(Statement(sql, f"policy {name} on {table.name}", extra.place.position))
    extra.reading.secured.setdefault(table.name, extra.place.position)
    return table


_EXTRAS: Mapping[str, Callable[[Table, Extra], Table]] = {
    "check": _check,
    "foreignKey": _foreign_key,
    "index": _index,
    "pgPolicy": _policy,
    "primaryKey": _primary_key,
    "unique": _unique,
    "uniqueIndex": _index,
}
