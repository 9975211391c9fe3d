"""@Index, @Unique, @Check and @Exclusion -> indexes and constraints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lab.model.schema import Check, Index, IndexPart, Key, Statement, Table
from lab.readers.dialects import in_postgres
from lab.readers.expressions import quoted
from lab.readers.typeorm.columns import Drafts
from lab.readers.typeorm.declared import Decorator
from lab.readers.typeorm.naming import hashed, hashed_expression
from lab.readers.typeorm.reading import Reading
from lab.readers.typescript import (
    Function,
    Items,
    Member,
    Record,
    Symbol,
    Value,
    call,
    constant_text,
    entry,
    truth_of,
)

_METHODS = ("brin", "gin", "gist", "hash", "spgist")


def add_key(decorator: Decorator, table: Table, drafts: Drafts, reading: Reading, path: str | None) -> Table:
    """The table with what a decorator of its class, or of the property at `path`, adds."""
    match decorator.name:
        case "Index":
            return _with_index(decorator, table, drafts, reading, path)
        case "Unique":
            return _with_unique(decorator, table, drafts, reading, path)
        case "Check":
            return _with_check(decorator, table, reading)
        case "Exclusion":
            _keep_exclusion(decorator, table, reading)
    return table


def _with_index(decorator: Decorator, table: Table, drafts: Drafts, reading: Reading, path: str | None) -> Table:
    options = decorator.options
    given = constant_text(decorator.argument(0))
    if _is_false(entry(options, "synchronize")):
        reading.lose(f"index {given or ''} of {table.name}", "left out: TypeORM does not make it", decorator.place)
        return table
    columns = _columns(decorator, table, drafts, reading, path)
    if columns is None:
        return table
    where = _where(options, table, decorator, reading)
    if truth_of(entry(options, "fulltext")):
        what = f"full-text index {given or ''} of {table.name}"
        reading.lose(what, "left out: PostgreSQL has it over an expression", decorator.place)
        return table
    method = constant_text(entry(options, "type")) or ""
    index = Index(
        given or hashed("IDX", table.name, columns, constant_text(entry(options, "where"))),
        table.name,
        tuple(IndexPart(column) for column in columns),
        bool(truth_of(entry(options, "unique"))),
        method if method in _METHODS else "gist" if truth_of(entry(options, "spatial")) else "btree",
        where=where,
        position=decorator.place.position,
    )
    if any(index.name == other.name for other in table.indexes):
        return table
    return replace(table, indexes=(*table.indexes, index))


def _is_false(value: Value | None) -> bool:
    return value is not None and truth_of(value) is False


def _where(options: Value | None, table: Table, decorator: Decorator, reading: Reading) -> str | None:
    value = entry(options, "where")
    text = constant_text(value)
    where = in_postgres(text, reading.provider) if text is not None else None
    if value is not None and where is None:
        what = f"WHERE of an index of {table.name}"
        reading.lose(what, "over all rows: the condition is not known as SQL", decorator.place)
    return where


def _columns(
    decorator: Decorator, table: Table, drafts: Drafts, reading: Reading, path: str | None
) -> tuple[str, ...] | None:
    """The columns an index or a key is over; None, and a loss, when one of them is unknown."""
    listed = next((a for a in decorator.arguments if isinstance(a, Items | Function)), None)
    paths = [path] if path is not None else list(_paths(listed, decorator))
    found = [drafts.columns_of.get(each or "") for each in paths]
    if not found or any(names is None for names in found):
        unknown = ", ".join(str(each) for each, names in zip(paths, found, strict=True) if names is None)
        what = f"@{decorator.name} of {table.name}"
        reading.lose(what, f"left out: it names no property {unknown}".rstrip(), decorator.place)
        return None
    return tuple(name for names in found if names is not None for name in names)


def _paths(listed: Value | None, decorator: Decorator) -> Iterator[str | None]:
    if isinstance(listed, Function):
        listed = call(listed, [Symbol("property", "*", decorator.place)], decorator.place)
    if isinstance(listed, Record):
        yield from listed.entries
    for item in listed.values if isinstance(listed, Items) else ():
        yield constant_text(item) or _property_path(item)


def _property_path(value: Value) -> str | None:
    match value:
        case Symbol(module="property", name=name):
            return name
        case Member(object=owner, name=name):
            outer = _property_path(owner)
            return f"{outer}.{name}" if outer is not None else None
    return None


def _with_unique(decorator: Decorator, table: Table, drafts: Drafts, reading: Reading, path: str | None) -> Table:
    columns = _columns(decorator, table, drafts, reading, path)
    if columns is None:
        return table
    deferrable = constant_text(entry(decorator.options, "deferrable"))
    name = constant_text(decorator.argument(0)) or hashed("UQ", table.name, columns)
    is_deferred = deferrable == "INITIALLY DEFERRED"
    key = Key(
        columns,
        name,
        decorator.place.position,
        is_deferrable=bool(deferrable),
        is_initially_deferred=is_deferred,
    )
    if any(key.name == other.name for other in table.uniques):
        return table
    return replace(table, uniques=(*table.uniques, key))


def _expression(decorator: Decorator) -> tuple[str | None, str | None]:
    """The name, if one is given, and the expression."""
    texts = [constant_text(argument) for argument in decorator.arguments if not isinstance(argument, Record)]
    return (texts[0], texts[1]) if len(texts) > 1 else (None, texts[0] if texts else None)


def _with_check(decorator: Decorator, table: Table, reading: Reading) -> Table:
    name, text = _expression(decorator)
    sql = in_postgres(text, reading.provider) if text is not None else None
    if sql is None or text is None:
        what = f"check {name or decorator.place.text} of {table.name}"
        reading.lose(what, "not checked: its condition is not known as SQL of PostgreSQL", decorator.place)
        return table
    check = Check(sql, name or hashed_expression("CHK", table.name, text), decorator.place.position)
    return replace(table, checks=(*table.checks, check))


def _keep_exclusion(decorator: Decorator, table: Table, reading: Reading) -> None:
    name, text = _expression(decorator)
    if text is None:
        what = f"exclusion constraint {decorator.place.text} of {table.name}"
        reading.lose(what, "left out: its text is not known", decorator.place)
        return
    name = name or hashed_expression("XCL", table.name, text)
    owner = f"{quoted(table.namespace)}.{quoted(table.name)}" if table.namespace else quoted(table.name)
    sql = f"ALTER TABLE {owner} ADD CONSTRAINT {quoted(name)} EXCLUDE {text}"
    reading.statements.append(Statement(sql, f"constraint {name} of {table.name}", decorator.place.position))
