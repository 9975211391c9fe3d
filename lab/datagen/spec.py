"""`data.toml`, read and checked against the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lab.datagen import pools
from lab.datagen.fitting import Misfit, column_misfits, table_misfits
from lab.errors import LabError, did_you_mean
from lab.model.data import ColumnSpec, DataSpec, JsonSpec, TableSpec
from lab.model.schema import Position, Schema, Table
from lab.model.toml_text import KeyFinder, parse_toml
from lab.text_files import read_text

_Model = TypeVar("_Model", bound=BaseModel)
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Share = Annotated[float, Field(gt=0, le=1)]
_Count = Annotated[int, Field(gt=0, strict=True)]
_MOST_DAYS = 36_525
_EXAMPLES = {
    "locale": 'locale = "en_US"',
    "now": "now = 2026-01-01T00:00:00Z",
    "history_days": "history_days = 730",
    "rows": "rows = 20_000",
    "per": 'per = "orders"',
    "mean": "mean = 2.5",
    "fewest": "fewest = 1",
    "most": "most = 20",
    "grows": "grows = false",
    "children": 'children = "poisson": or geometric, zipf, uniform, constant',
    "kind": 'kind = "city"',
    "common": "common = { paid = 0.6, open = 0.2 }: shares of all values, 1 in all at most",
    "histogram": "histogram = [1, 5, 20, 400]",
    "distinct": "distinct = 500",
    "length": "length = [10, 40]",
    "items": "items = [0, 5]",
    "expression": 'expression = "quantity * unit_price"',
    "correlation": "correlation = 0.8",
    "correlates_with": 'correlates_with = "price"',
    "shape": 'shape = { color = { kind = "color_name" }, weight = { range = [1, 50] } }',
    "values": "values = { paid = 9, open = 1 }, or a list",
    "range": "range = [1, 900]",
    "distribution": 'distribution = "uniform", "normal" or "lognormal"',
    "nulls": "nulls = 0.4",
    "skew": "skew = 0.6",
    "after": 'after = "orders.placed_at"',
    "within_days": "within_days = 14",
    "words": "words = [20, 80]",
    "depends_on": 'depends_on = "city", or a list of columns',
    "tree_depth": "tree_depth = 4",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


_Range = tuple[_Finite, _Finite]
_Counts = tuple[Annotated[int, Field(ge=0, strict=True)], Annotated[int, Field(ge=0, strict=True)]]


class _Json(_Strict):
    kind: str | None = None
    values: dict[str, _Positive] | None = None
    range: _Range | None = None
    items: _Counts | None = None
    nulls: Annotated[float, Field(ge=0, le=1)] = 0.0
    shape: dict[str, _Json] | None = None

    @field_validator("values", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return _as_weights(given)

    def spec(self) -> JsonSpec:
        inner = {name: field.spec() for name, field in self.shape.items()} if self.shape else None
        return JsonSpec(self.kind, self.values, self.range, self.items, self.nulls, inner)


class _Column(_Strict):
    kind: str | None = None
    values: dict[str, _Positive] | None = None
    common: dict[str, _Share] | None = None
    histogram: Annotated[tuple[_Finite, ...], Field(min_length=2)] | None = None
    distinct: _Count | None = None
    length: tuple[_Count, _Count] | None = None
    items: _Counts | None = None
    locale: str | None = None
    expression: str | None = None
    correlation: Annotated[float, Field(ge=-1, le=1)] | None = None
    correlates_with: str | None = None
    shape: dict[str, _Json] | None = None
    range: tuple[_Finite, _Finite] | None = None
    distribution: Literal["uniform", "normal", "lognormal"] | None = None
    nulls: Annotated[float, Field(ge=0, le=1)] | None = None
    skew: Annotated[float, Field(ge=0, le=5)] | None = None
    after: str | None = None
    within_days: Annotated[float, Field(gt=0, le=_MOST_DAYS)] | None = None
    words: tuple[_Count, _Count] | None = None
    depends_on: tuple[str, ...] = ()
    tree_depth: Annotated[int, Field(gt=0, le=20)] | None = None

    @field_validator("values", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return _as_weights(given)

    @field_validator("depends_on", mode="before")
    @classmethod
    def _several(cls, given: object) -> object:
        """One column, or a list of them."""
        return (given,) if isinstance(given, str) else given

    def spec(self, position: Position) -> ColumnSpec:
        plain = {name: value for name, value in self if name != "shape"}
        shape = {name: field.spec() for name, field in self.shape.items()} if self.shape else None
        return ColumnSpec(**plain, shape=shape, position=position)


def _as_weights(given: object) -> object:
    """A list is a table of equal weights."""
    if not isinstance(given, list):
        return _filled(given)
    return _filled({_as_text(value): 1.0 for value in given})


def _filled(given: object) -> object:
    if given in ({}, []):
        raise ValueError("there is no value in it")
    return given


def _as_text(value: object) -> str:
    """As a person would write it in a table's key."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise ValueError("a value is a text, a number, true or false")


class _Table(_Strict):
    rows: _Count | None = None
    per: str | None = None
    mean: _Positive | None = None
    fewest: Annotated[int, Field(ge=0)] | None = None
    most: _Count | None = None
    children: Literal["geometric", "poisson", "zipf", "uniform", "constant"] | None = None
    grows: bool = True


class _General(_Strict):
    locale: str = "en_US"
    now: datetime = DataSpec().now
    history_days: Annotated[float, Field(gt=0, le=_MOST_DAYS)] = 730.0


_TABLE_KEYS = tuple(_Table.model_fields)


def read_spec(path: Path | None, schema: Schema) -> DataSpec:
    """The file as a DataSpec; all is inferred without one. Raises LabError with file and line."""
    if path is None:
        return DataSpec()
    text = read_text(path)
    raw = parse_toml(text, str(path), 'a table is [users], a setting rows = 20_000, a text "in quotes"')
    return _Reader(schema, KeyFinder(str(path), text)).spec(raw, str(path))


class _Reader:
    """Reads one file."""

    def __init__(self, schema: Schema, finder: KeyFinder) -> None:
        self._schema = schema
        self._finder = finder
        self._known = {table.name: table for table in schema.tables}

    def spec(self, raw: Mapping[str, Any], origin: str) -> DataSpec:
        general = self._checked(_General, {k: v for k, v in raw.items() if not isinstance(v, dict)}, ())
        with self._located("locale"):
            pools.check_locale(general.locale)
        tables = {}
        for name, section in raw.items():
            if isinstance(section, dict):
                _check_known(name, self._known, "table", self._finder.position((name,)))
                tables[name] = self._table(self._known[name], section, general.locale)
        now = general.now if general.now.tzinfo else general.now.replace(tzinfo=UTC)
        return DataSpec(tables, general.locale, now, general.history_days, origin)

    def _table(self, table: Table, section: Mapping[str, Any], locale: str) -> TableSpec:
        columns = {column.name for column in table.columns}
        settings: dict[str, Any] = {}
        sections: dict[str, Any] = {}
        for key, value in section.items():
            is_column = isinstance(value, dict) and (key in columns or key not in _TABLE_KEYS)
            (sections if is_column else settings)[key] = value
        for key in settings.keys() - set(_TABLE_KEYS):
            place = self._finder.position((table.name, key))
            if key in columns:
                raise LabError(
                    f"{place}: {key} is a column of {table.name}: settings go below a heading of its own",
                    f"write [{table.name}.{key}], and the settings below it",
                )
            _check_known(key, _TABLE_KEYS, "setting", place)
        model = self._checked(_Table, settings, (table.name,))
        found = {name: self._column(table, name, value, locale) for name, value in sections.items()}
        spec = TableSpec(**model.model_dump(), columns=found, position=self._finder.position((table.name,)))
        for misfit in table_misfits(table, spec, self._schema):
            raise self._error(misfit, table.name)
        return spec

    def _column(self, table: Table, name: str, value: Mapping[str, Any], locale: str) -> ColumnSpec:
        keys = (table.name, name)
        _check_known(name, [c.name for c in table.columns], f"column of {table.name}", self._finder.position(keys))
        model = self._checked(_Column, value, keys)
        spec = model.spec(self._finder.position(keys))
        for misfit in column_misfits(table, table.column(name), spec, self._schema):
            raise self._error(misfit, *keys)
        if spec.locale is not None:
            with self._located(*keys, "locale"):
                pools.check_locale(spec.locale)
        if spec.kind is not None:
            with self._located(*keys, "kind"):
                pools.check_kind(spec.kind, spec.locale or locale)
        self._check_shape(spec.shape, (*keys, "shape"), locale)
        return spec

    def _check_shape(self, shape: Mapping[str, JsonSpec] | None, keys: tuple[str, ...], locale: str) -> None:
        for name, field in (shape or {}).items():
            if field.kind is not None:
                with self._located(*keys, name, "kind"):
                    pools.check_kind(field.kind, locale)
            self._check_shape(field.shape, (*keys, name, "shape"), locale)

    def _error(self, misfit: Misfit, *keys: str) -> LabError:
        return LabError(f"{self._finder.position((*keys, misfit.setting))}: {misfit.message}", misfit.hint)

    @contextmanager
    def _located(self, *keys: str) -> Iterator[None]:
        try:
            yield
        except LabError as error:
            raise LabError(f"{self._finder.position(keys)}: {error.message}", error.hint) from error

    def _checked(self, model: type[_Model], value: Mapping[str, Any], at: tuple[str, ...]) -> _Model:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            places = [str(place) for place in first["loc"]] or [""]
            where = self._finder.position((*at, *places))
            if first["type"] == "extra_forbidden":
                _check_known(places[-1], (_Json if len(places) > 1 else model).model_fields, "setting", where)
            said = first["msg"].removeprefix("Value error, ")
            said = said[:1].lower() + said[1:]
            given = f", not {first['input']!r}" if not isinstance(first["input"], dict | list) else ""
            raise LabError(f"{where}: {places[0]}: {said}{given}", f"write {_EXAMPLES[places[0]]}") from error


def _check_known(name: str, known: Iterable[str], what: str, where: Position) -> None:
    names = list(known)
    if name not in names:
        raise LabError(f"{where}: there is no {what} called {name}", did_you_mean(name, names))
