"""Dependencies a person declared: `fd: city, street -> postal_code` in a comment of a table or a column, or of SQL,
and `depends_on` in `data.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lab.errors import LabError, did_you_mean
from lab.model.data import DataSpec
from lab.model.schema import Position, Schema, Table
from lab.normalize.dependencies import Dependency, depends

_DECLARED = re.compile(r"^\s*fd\s*:\s*(?P<said>.*?)\s*$", re.IGNORECASE)
_IN_SQL = re.compile(r"^\s*--\s*(?P<text>fd\s*:.*)$", re.IGNORECASE)
_EXAMPLE = "write it as fd: postal_code, country -> city"


@dataclass(frozen=True, slots=True)
class Declared:
    dependency: Dependency
    where: str
    """A file and line, or what the comment is of."""


def declared(schema: Schema, spec: DataSpec | None, texts: Mapping[str, str]) -> dict[str, tuple[Declared, ...]]:
    """What is declared, by table. `texts` are the source's files, for comments of SQL that no database keeps.

    Raises LabError for a column there is not, and for what cannot be read.
    """
    found: dict[str, dict[Dependency, Declared]] = {table.name: {} for table in schema.tables}
    for table, text, where in (*_in_comments(schema), *_in_files(schema, texts)):
        if match := _DECLARED.match(text):
            each = Declared(_parsed(match["said"], table, where), where)
            found[table.name].setdefault(each.dependency, each)
    for name, each in _in_spec(schema, spec):
        if not any(each.dependency.left == d.left and each.dependency.right <= d.right for d in found[name]):
            found[name][each.dependency] = each
    return {name: tuple(each.values()) for name, each in found.items()}


def _in_comments(schema: Schema) -> Iterator[tuple[Table, str, str]]:
    for table in schema.tables:
        for line in table.comment.splitlines():
            yield table, line, str(table.position or f"the comment of {table.name}")
        for column in table.columns:
            for line in column.comment.splitlines():
                yield table, line, str(column.position or f"the comment of {table.name}.{column.name}")


def _in_files(schema: Schema, texts: Mapping[str, str]) -> Iterator[tuple[Table, str, str]]:
    for file, text in texts.items():
        lines = text.splitlines()
        starts = {t.position.line: t for t in schema.tables if t.position and t.position.file == file}
        for number, line in enumerate(lines, 1):
            if (match := _IN_SQL.match(line)) and starts:
                where = Position(file, number)
                yield _table_at(number, lines, starts, where), match["text"], str(where)


def _table_at(number: int, lines: list[str], starts: Mapping[int, Table], where: Position) -> Table:
    """The table a comment stands right above, or inside of."""
    below = number + 1
    while below <= len(lines) and lines[below - 1].lstrip().startswith("--"):
        below += 1
    above = [line for line in starts if line <= number]
    if below in starts:
        return starts[below]
    if not above:
        raise LabError(f"{where}: this fd belongs to no table", "put it inside of CREATE TABLE, or right above it")
    return starts[max(above)]


def _in_spec(schema: Schema, spec: DataSpec | None) -> Iterator[tuple[str, Declared]]:
    known = {table.name for table in schema.tables}
    for name, table in (spec.tables if spec else {}).items():
        for column, said in table.columns.items():
            if said.depends_on and name in known:
                yield name, Declared(depends(said.depends_on, [column]), str(said.position or "data.toml"))


def _parsed(said: str, table: Table, where: str) -> Dependency:
    left, arrow, right = said.partition("->")
    sides = [[name.strip().strip('"`') for name in side.split(",")] for side in (left, right)]
    if not arrow or not all(all(side) for side in sides):
        raise LabError(f"{where}: cannot read fd: {said}", _EXAMPLE)
    names = [column.name for column in table.columns]
    for name in (*sides[0], *sides[1]):
        if name not in names:
            raise LabError(f"{where}: fd: {table.name} has no column {name}", did_you_mean(name, names, "columns"))
    found = depends(sides[0], sides[1])
    if found.right <= found.left:
        raise LabError(f"{where}: fd: {said} says nothing: its right side is part of its left", _EXAMPLE)
    return Dependency(found.left, found.right - found.left)
