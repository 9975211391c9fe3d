"""`variants/<variant>.mongodb.toml`: which tables' rows lie in the documents of others, held against the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lab.errors import LabError, did_you_mean
from lab.model.change import BASE, Script, Variant
from lab.model.mapping import Copied, DocumentMapping, Embedding, Expiry, Granularity, PathIndex, TimeSeries
from lab.model.schema import ForeignKey, IndexPart, Position, Schema, Table
from lab.model.toml_text import KeyFinder, parse_toml
from lab.readers.mapping_paths import check_paths
from lab.readers.mapping_series import check_series, is_time
from lab.readers.mapping_shape import check_shape, innermost_first
from lab.readers.settings_file import SettingsFile
from lab.text_files import read_text

ENGINE = "mongodb"
_DAY_SECONDS = 86_400
_Count = Annotated[int, Field(gt=0, strict=True)]
_FORM = 'a table that moves is [embed.order_items], and into = "orders" below it'
_EXAMPLES = {
    "embed": _FORM,
    "copy": 'columns that are copied are [copy.orders.ship_to], and from = "addresses" below it',
    "indexes": '[indexes], and orders = ["user_id, placed_at desc", "items.variant_id"] below it',
    "into": 'into = "orders"',
    "from": 'from = "addresses"',
    "via": 'via = "shipping_address_id"',
    "as": 'as = "items"',
    "most": "most = 100",
    "latest": "latest = 10",
    "by": 'by = "created_at"',
    "expire": '[expire], and sessions = { by = "expires_at" } below it; or { by = "updated_at", days = 90 }',
    "days": "days = 90",
    "timeseries": '[timeseries.movements], and time = "created_at", meta = "kind", granularity = "hours" below it',
    "time": 'time = "created_at"',
    "meta": 'meta = "kind"',
    "granularity": 'granularity = "hours"; or "minutes", or "seconds"',
    "columns": 'columns = ["city", "country_code"]',
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class _Relation(_Strict):
    via: tuple[str, ...] = ()

    @field_validator("via", mode="before")
    @classmethod
    def _several(cls, given: object) -> object:
        """One column, or a list of them."""
        return (given,) if isinstance(given, str) else given


class _Embed(_Relation):
    into: str
    field: str = Field("", alias="as")
    most: _Count | None = None
    latest: _Count | None = None
    by: str = ""


class _Copy(_Relation):
    parent: str = Field(alias="from")
    columns: tuple[str, ...] = Field(min_length=1)


_Days = Annotated[float, Field(ge=0, le=24_855)]
"""MongoDB counts seconds in 32 bits."""


class _Expire(_Strict):
    by: str
    days: _Days = 0.0


class _TimeSeries(_Strict):
    time: str
    meta: str = ""
    granularity: Granularity = "seconds"
    days: _Days | None = None


class _File(_Strict):
    embed: dict[str, dict[str, Any]] = {}
    copies: dict[str, dict[str, dict[str, Any]]] = Field({}, alias="copy")
    indexes: dict[str, tuple[str, ...]] = {}
    expire: dict[str, dict[str, Any]] = {}
    timeseries: dict[str, dict[str, Any]] = {}


def read_mappings(folder: Path, schema: Schema, engines: Iterable[str]) -> tuple[Variant, ...]:
    """Every mapping of a folder as a variant, by name. Raises LabError with file and line."""
    return tuple(_variant(path, schema, engines) for path in sorted(folder.glob("*.toml")))


def _variant(path: Path, schema: Schema, engines: Iterable[str]) -> Variant:
    name, _, engine = path.stem.partition(".")
    if engine != ENGINE:
        hint = f"a mapping is called {name}.{ENGINE}.toml"
        if engine and engine not in engines:
            raise LabError(f"{path}: there is no engine called {engine!r}", hint)
        raise LabError(f"{path}: only MongoDB keeps documents that could be nested", hint)
    if name == BASE.name:
        raise LabError(f"{path}: `{BASE.name}` is what the schema without changes is called", "rename the file")
    text = read_text(path)
    mapping = read_mapping(text, str(path), schema)
    change = Script(name, {}, {}, {ENGINE: (Position(str(path), 1), Position(str(path), 1))}, mapping)
    return Variant(name, (change,), _description(text), (ENGINE,))


def _description(text: str) -> str:
    """The comment the file begins with."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").rstrip())
    return " ".join(line for line in lines if line)


def read_mapping(text: str, file: str, schema: Schema) -> DocumentMapping:
    """The mapping a text says. Raises LabError with file and line."""
    raw = parse_toml(text, file, _FORM)
    reader = _Reader(KeyFinder(file, text), _EXAMPLES, schema)
    mapping = reader.mapping(raw)
    if not (mapping.embeddings or mapping.copies or mapping.indexes or mapping.expiries or mapping.series):
        raise LabError(f"{file}:1: the mapping says nothing", _FORM)
    return mapping


@dataclass(frozen=True, slots=True)
class _Reader(SettingsFile):
    schema: Schema

    def mapping(self, raw: Mapping[str, Any]) -> DocumentMapping:
        file = self.checked(_File, raw, ())
        embeddings = tuple(self.embedding(child, given) for child, given in file.embed.items())
        copies = tuple(
            self.copied(child, field, given) for child, fields in file.copies.items() for field, given in fields.items()
        )
        indexes = tuple(index for name, keys in file.indexes.items() for index in self.indexes(name, keys))
        check_shape(embeddings, copies, self.schema)
        expiries = tuple(self.expiry(name, given) for name, given in file.expire.items())
        series = tuple(self.series(name, given) for name, given in file.timeseries.items())
        mapping = DocumentMapping(innermost_first(embeddings), copies, indexes, self.schema, expiries, series)
        check_paths(mapping)
        check_series(mapping)
        return replace(mapping, schema=self.touched(mapping))

    def touched(self, mapping: DocumentMapping) -> Schema:
        """The part of the schema the mapping is about."""
        names = {index.collection for index in mapping.indexes} | {expiry.collection for expiry in mapping.expiries}
        names |= {series.collection for series in mapping.series}
        names |= {name for inner in mapping.embeddings for name in (inner.child, inner.parent)}
        names |= {name for copy in mapping.copies for name in (copy.child, copy.parent)}
        tables = tuple(table for table in self.schema.tables if table.name in names)
        return Schema(tables, self.schema.enums, provider=self.schema.provider)

    def embedding(self, child: str, raw: Mapping[str, Any]) -> Embedding:
        at = ("embed", child)
        table = self.table(child, at)
        given = self.checked(_Embed, raw, at)
        key = self.reference(table, given.into, given.via, at, "into")
        is_single = any(set(unique.columns) <= set(key.columns) for unique in table.keys)
        self.bounded(table, given, is_single, at)
        field = given.field or child
        position = self.finder.position(at)
        return Embedding(child, given.into, key, field, given.most, given.latest, given.by, is_single, position)

    def bounded(self, table: Table, given: _Embed, is_single: bool, at: tuple[str, ...]) -> None:
        """Raises LabError unless it is known how much of a document the rows may become."""
        where, what = self.finder.position(at), f"{table.name} in {given.into}"
        if is_single:
            if given.most or given.latest:
                raise LabError(f"{where}: {what} is one row at most", "remove `most` and `latest`")
            return
        if given.most and given.latest:
            raise LabError(f"{where}: {what} has two bounds", "keep `most` (all rows move) or `latest` (copies)")
        if not given.most and not given.latest:
            raise LabError(
                f"{where}: {what} has no bound, and a document ends at 16 MB",
                "write most = 100, the most a parent may have; or latest = 10 and by = a time, to copy the newest",
            )
        if given.latest and not given.by:
            raise LabError(f"{where}: {what} has no order to tell the latest by", _EXAMPLES["by"])
        if given.by:
            if not given.latest:
                raise LabError(f"{where}: `by` without `latest`", "write latest = 10, or remove `by`")
            self.known(given.by, [column.name for column in table.columns], f"column of {table.name}", (*at, "by"))

    def copied(self, child: str, field: str, raw: Mapping[str, Any]) -> Copied:
        at = ("copy", child, field)
        table = self.table(child, at[:2])
        given = self.checked(_Copy, raw, at)
        key = self.reference(table, given.parent, given.via, at, "from")
        if len(key.columns) > 1:
            raise LabError(
                f"{self.finder.position(at)}: {child} refers to {given.parent} by several columns",
                "only what is referred to by one column can be copied",
            )
        names = [column.name for column in self.schema.table(given.parent).columns]
        for column in given.columns:
            self.known(column, names, f"column of {given.parent}", (*at, "columns"))
        return Copied(child, given.parent, key, field, given.columns, self.finder.position(at))

    def reference(
        self, table: Table, parent: str, via: tuple[str, ...], at: tuple[str, ...], setting: str
    ) -> ForeignKey:
        """The foreign key that is meant."""
        where = self.finder.position((*at, setting))
        self.table(parent, (*at, setting))
        keys = [key for key in table.foreign_keys if key.table == parent]
        if not keys:
            others = [key.table for key in table.foreign_keys]
            hint = f"{table.name} refers to: {', '.join(dict.fromkeys(others))}" if others else "it refers to none"
            raise LabError(f"{where}: {table.name} has no foreign key to {parent}", hint)
        if via:
            where = self.finder.position((*at, "via"))
            keys = [key for key in keys if key.columns == via] or self._complain_of(via, keys, where, table, parent)
        if len(keys) > 1:
            listed = " or ".join(f'via = "{", ".join(key.columns)}"' for key in keys)
            raise LabError(f"{where}: {table.name} refers to {parent} more than once", f"write {listed}")
        primary = self.schema.table(parent).primary_key
        if primary is None or set(keys[0].referenced) != set(primary.columns):
            raise LabError(
                f"{where}: {table.name} refers to {parent} by another key than its primary one",
                "documents are found by `_id`: only the primary key can serve",
            )
        return keys[0]

    def _complain_of(
        self, via: tuple[str, ...], keys: list[ForeignKey], where: Position, table: Table, parent: str
    ) -> list[ForeignKey]:
        known = [", ".join(key.columns) for key in keys]
        raise LabError(
            f"{where}: {', '.join(via)} of {table.name} does not refer to {parent}",
            did_you_mean(", ".join(via), known),
        )

    def expiry(self, collection: str, raw: Mapping[str, Any]) -> Expiry:
        at = ("expire", collection)
        table = self.table(collection, at)
        given = self.checked(_Expire, raw, at)
        self.known(given.by, [column.name for column in table.columns], f"column of {collection}", (*at, "by"))
        where = self.finder.position(at)
        if not is_time(table.column(given.by)):
            raise LabError(f"{where}: {given.by} of {collection} is no time", "documents expire by a date")
        return Expiry(collection, given.by, round(given.days * _DAY_SECONDS), where)

    def series(self, collection: str, raw: Mapping[str, Any]) -> TimeSeries:
        at = ("timeseries", collection)
        columns = [column.name for column in self.table(collection, at).columns]
        given = self.checked(_TimeSeries, raw, at)
        self.known(given.time, columns, f"column of {collection}", (*at, "time"))
        if given.meta:
            self.known(given.meta, columns, f"column of {collection}", (*at, "meta"))
        seconds = None if given.days is None else round(given.days * _DAY_SECONDS)
        where = self.finder.position(at)
        return TimeSeries(collection, given.time, given.meta, given.granularity, seconds, where)

    def indexes(self, collection: str, texts: Iterable[str]) -> Iterator[PathIndex]:
        at = ("indexes", collection)
        self.table(collection, at)
        for text in texts:
            parts = tuple(self.part(part, at) for part in text.split(","))
            name = "_".join([collection, *(part.value.replace(".", "_") for part in parts), "idx"])
            yield PathIndex(name, collection, parts, self.finder.position(at))

    def part(self, text: str, at: tuple[str, ...]) -> IndexPart:
        match text.split():
            case [path] | [path, "asc"]:
                return IndexPart(path)
            case [path, "desc"]:
                return IndexPart(path, is_descending=True)
        where = self.finder.position(at)
        raise LabError(f"{where}: {text.strip() or 'nothing'!r} is no key of an index", f"write {_EXAMPLES['indexes']}")

    def table(self, name: str, at: tuple[str, ...]) -> Table:
        self.known(name, [table.name for table in self.schema.tables], "table", at)
        return self.schema.table(name)
