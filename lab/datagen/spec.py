"""`data.toml`: read, checked against the schema, and written for a new design."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lab.datagen.plan import TablePlan, plan_tables
from lab.errors import LabError
from lab.model.data import ColumnSpec, DataSpec, TableSpec
from lab.model.schema import Position, Schema, Table

_Model = TypeVar("_Model", bound=BaseModel)
_TABLE_KEYS = ("rows", "per", "mean", "fewest", "most", "grows")


class _Column(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: str | None = None
    values: dict[str, Annotated[float, Field(gt=0)]] | list[str] | None = None
    range: tuple[float, float] | None = None
    distribution: Literal["uniform", "normal", "lognormal"] | None = None
    nulls: Annotated[float, Field(ge=0, le=1)] | None = None
    skew: Annotated[float, Field(ge=0, le=5)] | None = None
    after: str | None = None
    within_days: Annotated[float, Field(gt=0)] | None = None
    words: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]] | None = None
    depends_on: str | None = None
    tree_depth: Annotated[int, Field(gt=0, le=20)] | None = None


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rows: Annotated[int, Field(gt=0)] | None = None
    per: str | None = None
    mean: Annotated[float, Field(gt=0)] | None = None
    fewest: Annotated[int, Field(ge=0)] | None = None
    most: Annotated[int, Field(gt=0)] | None = None
    grows: bool = True


class _General(BaseModel):
    model_config = ConfigDict(extra="forbid")
    locale: str = "en_US"
    now: datetime = DataSpec().now
    history_days: Annotated[float, Field(gt=0)] = 730.0


def read_spec(path: Path | None, schema: Schema) -> DataSpec:
    """The file as a DataSpec; all is inferred without one. Raises LabError with file and line."""
    if path is None:
        return DataSpec()
    text = path.read_text()
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"line (\d+)", str(error))
        line = int(match[1]) if match else text.count("\n") + 1
        raise LabError(f"{Position(str(path), line)}: not valid TOML: {error}", "mend the line") from error
    finder = _Finder(str(path), text)
    general = _checked(_General, {k: v for k, v in raw.items() if not isinstance(v, dict)}, (), finder)
    known = {table.name: table for table in schema.tables}
    tables = {}
    for name, section in raw.items():
        if isinstance(section, dict):
            _check_known(name, known, "table", finder.position((name,)))
            tables[name] = _table(known[name], section, finder, known)
    now = general.now if general.now.tzinfo else general.now.replace(tzinfo=UTC)
    return DataSpec(tables, general.locale, now, general.history_days, str(path))


class _Finder:
    """Where in the file a key stands."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines = text.splitlines()

    def position(self, keys: tuple[str, ...]) -> Position:
        """The line of `[a.b]`, or of `c = …` below it."""
        section, line = "", 1
        wanted, last = ".".join(keys[:-1]), keys[-1] if keys else ""
        for number, text in enumerate(self._lines, 1):
            header = re.match(r"\s*\[([^\]]+)\]?", text)
            if header:
                section = header[1].replace('"', "").replace(" ", "")
                if section == ".".join(keys):
                    return Position(self._file, number)
                line = number if section == wanted else line
            elif section == wanted and re.match(rf'\s*"?{re.escape(last)}"?\s*[=.]', text):
                return Position(self._file, number)
        return Position(self._file, line)


def _table(table: Table, section: Mapping[str, Any], finder: _Finder, known: Mapping[str, Table]) -> TableSpec:
    own = {key: value for key, value in section.items() if not isinstance(value, dict) or key in _TABLE_KEYS}
    for key in own:
        if key not in _TABLE_KEYS:
            _check_known(key, _TABLE_KEYS, "setting", finder.position((table.name, key)))
    model = _checked(_Table, own, (table.name,), finder)
    parents = {key.table for key in table.foreign_keys}
    if model.per is not None:
        where = finder.position((table.name, "per"))
        _check_known(model.per, known, "table", where)
        if model.per not in parents:
            remedy = f"name a table it refers to: {', '.join(sorted(parents)) or 'it refers to none'}"
            raise LabError(f"{where}: {table.name} does not refer to {model.per}", remedy)
    columns = {}
    for name, value in section.items():
        if name not in own:
            where = finder.position((table.name, name))
            _check_known(name, [column.name for column in table.columns], f"column of {table.name}", where)
            columns[name] = _column(table, name, value, finder)
    return TableSpec(**model.model_dump(), columns=columns, position=finder.position((table.name,)))


def _column(table: Table, name: str, value: Mapping[str, Any], finder: _Finder) -> ColumnSpec:
    where = (table.name, name)
    model = _checked(_Column, value, where, finder)
    if model.nulls and not table.column(name).is_nullable:
        raise LabError(f"{finder.position((*where, 'nulls'))}: {table.name}.{name} is NOT NULL", "remove `nulls`")
    if model.range and model.range[0] > model.range[1]:
        raise LabError(f"{finder.position((*where, 'range'))}: the range is empty", "write the lower bound first")
    if model.words and model.words[0] > model.words[1]:
        raise LabError(f"{finder.position((*where, 'words'))}: fewest comes first", "write words = [20, 80]")
    columns = [column.name for column in table.columns]
    if model.depends_on:
        _check_known(model.depends_on, columns, f"column of {table.name}", finder.position((*where, "depends_on")))
    if model.after:
        _check_after(table, model.after, finder.position((*where, "after")))
    values = dict.fromkeys(model.values, 1.0) if isinstance(model.values, list) else model.values
    given = model.model_dump() | {"values": values}
    return ColumnSpec(**given, position=finder.position(where))


def _check_after(table: Table, after: str, where: Position) -> None:
    parent, _, column = after.rpartition(".")
    if not parent or parent == table.name:
        _check_known(column, [c.name for c in table.columns], f"column of {table.name}", where)
    elif parent not in {key.table for key in table.foreign_keys}:
        remedy = "name a column of this table, or parent.column of one it refers to"
        raise LabError(f"{where}: {table.name} does not refer to {parent}", remedy)


def _check_known(name: str, known: Iterable[str], what: str, where: Position) -> None:
    names = list(known)
    if name not in names:
        close = difflib.get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(names[:12])}"
        raise LabError(f"{where}: there is no {what} called {name}", hint)


def _checked(model: type[_Model], value: Mapping[str, Any], at: tuple[str, ...], finder: _Finder) -> _Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        where = finder.position((*at, key))
        said = first["msg"][:1].lower() + first["msg"][1:]
        if first["type"] == "extra_forbidden":
            _check_known(key, model.model_fields, "setting", where)
        given = f", not {first['input']!r}" if not isinstance(first["input"], dict) else ""
        raise LabError(f"{where}: {key}: {said}{given}", "see schemas/README.md for what may stand here") from error


def write_spec(schema: Schema) -> str:
    """A commented `data.toml` with the inferred numbers of rows at scale 1, to be corrected by hand."""
    spec = DataSpec()
    lines = [
        "# How much data, of which shape. Everything here may be left out: it was inferred from the schema.",
        "# A line that is a comment shows what could be said; schemas/README.md explains the settings.",
        "",
        f'locale = "{spec.locale}"',
        f"now = {spec.now:%Y-%m-%dT%H:%M:%SZ}  # the newest moment in the data",
        f"history_days = {spec.history_days:g}",
    ]
    for plan in plan_tables(schema, spec, 1.0, seed=1).values():
        lines += ["", *_written(plan)]
    return "\n".join(lines) + "\n"


def _written(plan: TablePlan) -> list[str]:
    name = plan.table.name if re.fullmatch(r"[\w-]+", plan.table.name) else f'"{plan.table.name}"'
    lines = [f"[{name}]"]
    if plan.grouped_by is not None:
        per = plan.table.foreign_keys[plan.grouped_by].table
        return [*lines, f'per = "{per}"', "mean = 3"]
    lines.append(f"rows = {plan.count:_}")
    for key in plan.table.foreign_keys[:1]:
        lines.append(f'# per = "{key.table}"  # or so many for each row of {key.table}, with mean = 3')
    return lines
