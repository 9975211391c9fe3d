"""What differs between a schema and what was read of it again, and whether a loss names it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lab.model.schema import Check, Column, ForeignKey, Index, IndexPart, Key, Loss, Schema, Statement, Table, Type
from lab.readers.expressions import deparse, parse_expression
from lab.writers.constraints import with_usual_names
from lab.writers.expressions import understood


@dataclass(frozen=True, slots=True)
class Difference:
    """`words` are those of which a loss has to hold one."""

    words: tuple[str, ...]
    was: Any
    now: Any

    def __str__(self) -> str:
        return f"{' | '.join(self.words)}: {self.was!r} -> {self.now!r}"


def unnamed(before: Schema, after: Schema, losses: Iterable[Loss], engine: str = "postgres") -> list[str]:
    """The differences no loss names."""
    said = [loss.what for loss in losses]
    found = differences(with_usual_names(before), with_usual_names(after), engine)
    return [str(one) for one in found if not any(word in what for word in one.words for what in said)]


def differences(before: Schema, after: Schema, engine: str) -> Iterator[Difference]:
    exact = engine == "postgres"
    theirs = {table.name: table for table in after.tables}
    for table in before.tables:
        if table.name not in theirs:
            yield Difference((f"table {table.name}", f"over A and B of {table.name}"), "there", "gone")
            continue
        yield from _of_table(table, theirs[table.name], before, after, engine, exact)
    for name in theirs.keys() - {table.name for table in before.tables}:
        yield Difference((f"table {name}",), "absent", "there")
    if exact:
        yield from _of_statements(before, after)


def _of_statements(before: Schema, after: Schema) -> Iterator[Difference]:
    there = {statement.what for statement in after.statements} | {statement.sql for statement in after.statements}
    for statement in before.statements:
        is_there = statement.what in there or statement.sql in there or _has_exclusion(statement, after)
        if not is_there and not statement.what.startswith("schema "):
            yield Difference((statement.what,), "there", "gone")


def _has_exclusion(statement: Statement, after: Schema) -> bool:
    """Whether an exclusion constraint without a name is there, with one."""
    of = statement.what.partition("exclusion constraint ")[2]
    return bool(of) and any(
        other.what.startswith("constraint ") and other.what.endswith(of) for other in after.statements
    )


def _of_table(
    one: Table, other: Table, before: Schema, after: Schema, engine: str, exact: bool
) -> Iterator[Difference]:
    name = one.name
    if exact and one.namespace != other.namespace:
        yield Difference((f"namespace of {name}",), one.namespace, other.namespace)
    if exact and one.comment.strip() != other.comment.strip():
        yield Difference((f"comments of {name}", f"comment of {name}"), one.comment, other.comment)
    if one.partitioning != other.partitioning:
        yield Difference((f"partitions of {name}",), one.partitioning, other.partitioning)
    theirs = {column.name: column for column in other.columns}
    for column in one.columns:
        where = f"{name}.{column.name}"
        if column.name not in theirs:
            yield Difference((where,), column, None)
            continue
        pairs = _aspects(column, before, engine), _aspects(theirs[column.name], after, engine)
        for aspect, was in pairs[0].items():
            if was != pairs[1][aspect]:
                group = {"comment": f"comments of {name}", "type": f"types of {name} ("}.get(aspect, where)
                words = (where, group)
                yield Difference(words, {aspect: was}, {aspect: pairs[1][aspect]})
    primary = [table.primary_key and _key(table.primary_key, exact) for table in (one, other)]
    if primary[0] != primary[1] and one.primary_key:
        words = (*_words_of_key(one.primary_key, one), f"primary key ({', '.join(one.primary_key.columns)}) of {name}")
        yield Difference(words, primary[0], primary[1])
    yield from _of_sets(_keys(one, exact), _keys(other, exact))
    yield from _of_sets(_references(one, exact), _references(other, exact))
    if exact:
        yield from _of_sets(_checks(one), _checks(other))
    yield from _of_sets(_indexes(one, exact), _indexes(other, exact))


_Described = dict[Any, tuple[str, ...]]
"""What is compared -> the words a loss of it would hold."""


def _of_sets(ours: _Described, theirs: _Described) -> Iterator[Difference]:
    for what, words in ours.items():
        if what not in theirs:
            yield Difference(words, what, None)
    for what, words in theirs.items():
        if what not in ours:
            yield Difference(words, None, what)


def _aspects(column: Column, schema: Schema, engine: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": _type(column.type, schema, engine),
        "nullable": column.is_nullable,
        "default": _default(column, engine),
        "identity": column.identity,
        "generated": column.generated is not None,
    }
    if engine == "postgres":
        found |= {
            "generated": column.generated and expression(column.generated),
            "collation": column.collation,
            "sequence": column.sequence,
            "comment": column.comment.strip(),
        }
    return found


def _type(type_: Type, schema: Schema, engine: str) -> str:
    enum = schema.enum(type_.name)
    if enum and not type_.dimensions:
        return "text" if engine == "sqlite" else repr(enum.values)
    return _SHAPES[engine](type_)


def _postgres(type_: Type) -> str:
    if type_.name == "numeric" and len(type_.arguments) == 1:
        type_ = Type("numeric", (*type_.arguments, 0), type_.dimensions)
    return str(type_)


def _mysql(type_: Type) -> str:
    name, arguments = type_.name, type_.arguments
    match name:
        case "timestamptz" | "timestamp":
            return f"moment({arguments[0] if arguments else 6})"
        case "time":
            return f"time({arguments[0] if arguments else 6})"
        case "json" | "jsonb":
            return "json"
        case "uuid":
            return "char(36)"
        case "char" if not arguments:
            return "char(1)"
        case "money":
            return "numeric(19,2)"
        case "oid":
            return "bigint"
        case "citext" | "xml" | "name":
            return "text"
        case "varchar" if not arguments:
            return "text"
    return _postgres(type_)


def _sqlite(type_: Type) -> str:
    shapes = {"smallint": "integer", "bigint": "integer", "oid": "integer", "real": "double precision", "json": "jsonb"}
    name = shapes.get(type_.name, type_.name)
    return "text" if name == "varchar" and not type_.arguments else str(Type(name, type_.arguments, type_.dimensions))


_SHAPES: dict[str, Callable[[Type], str]] = {"postgres": _postgres, "mysql": _mysql, "sqlite": _sqlite}


def _default(column: Column, engine: str) -> str | None:
    if column.default is None or column.default.upper() == "NULL":
        return None
    said = understood(column.default)
    if engine != "postgres":
        is_said = said.kind in ("number", "text", "truth") and not column.type.dimensions
        return said.text.removesuffix(" +00:00") if is_said else "expression"
    if said.kind == "now":
        return "now()"
    if said.kind == "empty list" or (said.kind == "text" and said.text == "{}" and column.type.dimensions):
        return "{}"
    return said.text if said.kind != "expression" else expression(said.text)


def expression(sql: str) -> str:
    """In canonical words."""
    text = deparse(parse_expression(sql))
    return re.sub(r"(?i)\bcurrent_timestamp\b", "now()", text)


def _keys(table: Table, exact: bool) -> _Described:
    keys = [*table.uniques, *(Key(index.columns, index.name) for index in table.indexes if _is_plain_key(index))]
    return {_key(key, exact): _words_of_key(key, table) for key in keys}


def _is_plain_key(index: Index) -> bool:
    return (
        index.is_unique
        and index.where is None
        and index.has_distinct_nulls
        and not index.include
        and not index.options
        and all(part == IndexPart(part.value) for part in index.parts)
    )


def _key(key: Key, exact: bool) -> tuple[Any, ...]:
    if not exact:
        return (key.columns,)
    details = (key.include, key.has_distinct_nulls, key.is_deferrable, key.is_initially_deferred)
    return (key.columns, key.name, *details, key.is_without_overlaps, key.options)


def _words_of_key(key: Key, table: Table) -> tuple[str, ...]:
    listed = ", ".join(key.columns)
    return (
        f"key {key.name} of {table.name}",
        f"key {listed} of {table.name}",
        f"index {key.name}",
        f"index over {listed} of {table.name}",
        f"of a key of {table.name}",
        f"primary key of {table.name}",
    )


def _references(table: Table, exact: bool) -> _Described:
    return {_reference(key, exact): _words_of_reference(key, table) for key in table.foreign_keys}


def _reference(key: ForeignKey, exact: bool) -> tuple[Any, ...]:
    pairs = frozenset(zip(key.columns, key.referenced, strict=True))
    found = (pairs, key.table, key.on_delete, key.on_update)
    if not exact:
        return found
    timing = (key.is_deferrable, key.is_initially_deferred)
    return (*found, *timing, key.name, key.is_match_full, key.set_columns, key.is_period)


def _words_of_reference(key: ForeignKey, table: Table) -> tuple[str, ...]:
    listed = f"foreign key ({', '.join(key.columns)}) of {table.name}"
    return listed, f"foreign key {key.name} of {table.name}", f"of {key.name}"


def _checks(table: Table) -> _Described:
    return {(check.name, expression(check.expression)): _words_of_check(check, table) for check in table.checks}


def _words_of_check(check: Check, table: Table) -> tuple[str, ...]:
    return (f"check {check.name} of {table.name}", f"check ({check.expression})")


def _indexes(table: Table, exact: bool) -> _Described:
    found: _Described = {}
    for index in table.indexes:
        if not _is_plain_key(index):
            found[_index(index, exact)] = (f"index {index.name}", f"index over {', '.join(index.columns)} of")
    return found


def _index(index: Index, exact: bool) -> tuple[Any, ...]:
    if not exact:
        return (index.name, tuple((p.is_expression or p.value, p.is_descending) for p in index.parts), index.is_unique)
    parts = tuple(
        (
            expression(part.value) if part.is_expression else part.value,
            part.is_descending,
            _nulls(part),
            part.operator_class,
            part.collation,
        )
        for part in index.parts
    )
    where = index.where and expression(index.where)
    details = (index.method, index.include, where, index.has_distinct_nulls, index.options)
    return (index.name, parts, index.is_unique, *details)


def _nulls(part: IndexPart) -> str | None:
    """None where the NULLs are as they are without a word."""
    return None if part.nulls is None or (part.nulls == "first") == part.is_descending else part.nulls
