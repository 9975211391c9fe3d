"""What a user declares of a change that two schemas alone do not tell: renames, moves, fills.

On the command line, or in comments of the target:

    -- migrate: rename people to users
    -- migrate: rename orders.total to amount
    -- migrate: move users.bio to profiles.bio
    -- migrate: fill orders.amount with price * quantity
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from lab.errors import LabError, did_you_mean
from lab.migrate.expressions import renamed as renamed_expression
from lab.model.schema import Check, Column, ForeignKey, Index, Key, Partitioning, Schema, Statement, Table
from lab.readers.expressions import parse_expression

_COMMENT = re.compile(r"(?://|--|\*)\s*migrate:\s*(rename|move|fill)\s+(.*?)\s*(?:\*/)?\s*$", re.MULTILINE)
_FORMS = {
    "rename": (re.compile(r"([\w.]+)\s+to\s+([\w.]+)"), "-- migrate: rename orders.total to amount"),
    "move": (re.compile(r"(\w+(?:\.\w+)?)\s+to\s+(\w+(?:\.\w+)?)"), "-- migrate: move users.bio to profiles.bio"),
    "fill": (re.compile(r"(\w+\.\w+)\s+with\s+(.+)"), "-- migrate: fill orders.total with price * quantity"),
}


@dataclass(frozen=True, slots=True)
class Declared:
    """`tables` maps an old name to a new one; `columns` a (new) table and an old column to a new one; `moves` pairs
    (table, column) with (table, column); `fills` says what a column's values are made of."""

    tables: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str, str], ...] = ()
    moves: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = ()
    fills: tuple[tuple[str, str, str], ...] = ()
    embeds: tuple[tuple[str, str, str, bool], ...] = ()
    """(child, parent, field, whether the rows come out of the field)."""


def read_declarations(
    renames: Iterable[str] = (), moves: Iterable[str] = (), fills: Iterable[str] = (), texts: Iterable[str] = ()
) -> Declared:
    """From `old=new` as options have it, and from comments in a target's texts. Raises LabError for what is neither."""
    found = [(kind, *_pair(kind, text)) for kind, given in _given(renames, moves, fills) for text in given]
    for text in texts:
        for kind, rest in _COMMENT.findall(text):
            form, example = _FORMS[kind]
            match = form.fullmatch(rest.rstrip(";"))
            if match is None:
                raise LabError(f"cannot read the comment `migrate: {kind} {rest}`", f"write it as {example}")
            found.append((kind, match[1], match[2]))
    return _sorted(found)


def _given(renames: Iterable[str], moves: Iterable[str], fills: Iterable[str]) -> tuple[tuple[str, Iterable[str]], ...]:
    return ("rename", renames), ("move", moves), ("fill", fills)


def _pair(kind: str, text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (equals and old.strip() and new.strip()):
        example = {"rename": "orders.total=amount", "move": "users.bio=profiles.bio", "fill": "orders.total=a * b"}
        raise LabError(f"cannot read --{kind} {text!r}", f"write --{kind} '{example[kind]}'")
    return old.strip(), new.strip()


def _sorted(found: list[tuple[str, str, str]]) -> Declared:
    tables, columns, moves, fills, embeds = [], [], [], [], []
    for kind, old, new in found:
        owner, dot, column = old.rpartition(".")
        if kind == "rename" and not dot:
            tables.append((old, new))
        elif kind == "rename":
            columns.append((owner, column, new.rpartition(".")[2]))
        elif kind == "move" and (not dot) != ("." not in new):
            child, whole = (old, new) if not dot else (new, old)
            parent, _, field = whole.rpartition(".")
            embeds.append((child, parent, field, bool(dot)))
        elif not dot or (kind == "move" and "." not in new):
            raise LabError(f"--{kind} {old}={new} names no column", f"write --{kind} table.column=…")
        elif kind == "move":
            target, _, name = new.rpartition(".")
            moves.append(((owner, column), (target, name)))
        else:
            _check_expression(new, old)
            fills.append((owner, column, new))
    news = dict(tables)
    return Declared(
        tuple(tables),
        tuple((news.get(t, t), old, new) for t, old, new in columns),
        tuple(moves),
        tuple(fills),
        tuple(embeds),
    )


def _check_expression(sql: str, column: str) -> None:
    try:
        parse_expression(sql)
    except ValueError as error:
        raise LabError(f"cannot read what {column} is filled with: {error}", "write one SQL expression") from error


def texts_of(files: Iterable[Path]) -> list[str]:
    return [path.read_text(encoding="utf-8-sig", errors="replace") for path in files]


def apply_renames(schema: Schema, declared: Declared) -> Schema:
    """The schema as if it had always borne the new names. Raises LabError for a name it does not have."""
    known = [table.name for table in schema.tables]
    for old, _ in declared.tables:
        if old not in known:
            raise LabError(f"--rename {old}: there is no table {old}", did_you_mean(old, known, "tables"))
    tables = dict(declared.tables)
    columns: dict[str, dict[str, str]] = {}
    by_name = {tables.get(table.name, table.name): table for table in schema.tables}
    for owner, old, new in declared.columns:
        if owner not in by_name:
            raise LabError(f"--rename {owner}.{old}: there is no table {owner}", did_you_mean(owner, known, "tables"))
        names = [column.name for column in by_name[owner].columns]
        if old not in names:
            where = f"table {owner} has no column {old}"
            raise LabError(f"--rename {owner}.{old}={new}: {where}", did_you_mean(old, names, f"columns of {owner}"))
        columns.setdefault(owner, {})[old] = new
    made = tuple(_renamed(table, tables, columns) for table in schema.tables)
    return replace(schema, tables=made, statements=tuple(_said(each, tables) for each in schema.statements))


def _said(statement: Statement, tables: dict[str, str]) -> Statement:
    """Of what stands on a table: called by the table's new name."""
    for old, new in tables.items():
        if re.search(rf"\b(?:on|of) {re.escape(old)}$", statement.what):
            what = statement.what.removesuffix(old) + new
            return replace(
                statement, what=what, sql=re.sub(rf'(?<![\w"]){re.escape(old)}(?![\w"])', new, statement.sql)
            )
    return statement


def _renamed(table: Table, tables: dict[str, str], columns: dict[str, dict[str, str]]) -> Table:
    name = tables.get(table.name, table.name)
    own = columns.get(name, {})

    def each(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(own.get(column, column) for column in names)

    def said(sql: str) -> str:
        return renamed_expression(sql, own)

    def column(found: Column) -> Column:
        generated = said(found.generated) if found.generated is not None else None
        return replace(found, name=own.get(found.name, found.name), generated=generated)

    def reference(found: ForeignKey) -> ForeignKey:
        other = tables.get(found.table, found.table)
        theirs = columns.get(other, {})
        referenced = tuple(theirs.get(column, column) for column in found.referenced)
        return replace(found, columns=each(found.columns), table=other, referenced=referenced)

    def index(found: Index) -> Index:
        parts = tuple(
            replace(part, value=said(part.value) if part.is_expression else own.get(part.value, part.value))
            for part in found.parts
        )
        where = said(found.where) if found.where is not None else None
        return replace(found, table=name, parts=parts, include=each(found.include), where=where)

    def key(found: Key) -> Key:
        return replace(found, columns=each(found.columns))

    def check(found: Check) -> Check:
        return replace(found, expression=said(found.expression))

    return replace(
        table,
        name=name,
        columns=tuple(map(column, table.columns)),
        primary_key=key(table.primary_key) if table.primary_key else None,
        uniques=tuple(map(key, table.uniques)),
        foreign_keys=tuple(map(reference, table.foreign_keys)),
        checks=tuple(map(check, table.checks)),
        indexes=tuple(map(index, table.indexes)),
        partitioning=_partitioning(table.partitioning, own),
    )


def _partitioning(found: Partitioning | None, own: dict[str, str]) -> Partitioning | None:
    if found is None:
        return None
    return replace(found, keys=tuple(renamed_expression(key, own) for key in found.keys))
