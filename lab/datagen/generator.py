"""A design's rows: any column of any row of any table, at any time, without the others."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lab.datagen import moments, pools, values
from lab.datagen.bounds import Bounds, bounds_of
from lab.datagen.moments import Growth
from lab.datagen.plan import TablePlan, plain_reference, plan_tables
from lab.datagen.references import AmongChildren, Existing, Popular, Reference, Tree, random_uuids
from lab.datagen.seed import Rows, stream, uniform
from lab.errors import LabError
from lab.model.data import ColumnSpec, DataSpec
from lab.model.schema import Column, ForeignKey, Schema, Table

CHUNK_ROWS = 32_768
_NULL_SHARE = 0.1
_RARE = re.compile(r"delet|archiv|cancel|refund|revok|ban|block|suspend", re.I)
_MOSTLY_TRUE = re.compile(r"active|enabled|verified|visible|published|available|confirmed", re.I)
_DETERMINED = {
    "postal": "city",
    "postcode": "city",
    "zip": "city",
    "state": "city",
    "province": "city",
    "region": "city",
}


class Generator:
    """Rows for a schema at a scale. The same arguments make the same rows, chunk by chunk, in any order and in any
    process. Raises LabError for a scale of no size, or more rows than a key has values."""

    def __init__(self, schema: Schema, spec: DataSpec, scale: float, seed: int) -> None:
        if not (scale > 0 and math.isfinite(scale)):
            raise LabError(f"the scale must be a number above 0, not {scale:g}", "write --scale 0.1 for a tenth")
        self.schema = schema
        self.spec = spec
        self.seed = seed
        self._plans = plan_tables(schema, spec, scale, seed)
        self._makers = {name: _Maker(self, plan) for name, plan in self._plans.items()}
        for plan in self._plans.values():
            _check_key_type(plan)

    @property
    def tables(self) -> tuple[str, ...]:
        """In load order: parents first."""
        return tuple(self._plans)

    def row_count(self, table: str) -> int:
        return self._plans[table].count

    def chunk_count(self, table: str) -> int:
        return -(-self.row_count(table) // CHUNK_ROWS)

    def batch(self, table: str, chunk: int) -> pa.RecordBatch:
        """Rows [chunk * CHUNK_ROWS, …) of a table, generated and tsvector columns left out."""
        first = chunk * CHUNK_ROWS
        rows = np.arange(first, min(first + CHUNK_ROWS, self.row_count(table)))
        maker = self._makers[table]
        return pa.record_batch({column.name: maker.column(column.name, rows) for column in maker.columns})

    def batches(self, table: str) -> Iterator[pa.RecordBatch]:
        return (self.batch(table, chunk) for chunk in range(self.chunk_count(table)))

    def column(self, table: str, column: str, rows: Rows) -> pa.Array:
        """One column's values in the given rows, which may lie beyond the loaded ones."""
        return self._makers[table].column(column, rows)

    def plan(self, table: str) -> TablePlan:
        return self._plans[table]

    def maker(self, table: str) -> _Maker:
        return self._makers[table]

    @property
    def plans(self) -> dict[str, TablePlan]:
        return self._plans


def _check_key_type(plan: TablePlan) -> None:
    key = plan.table.primary_key
    for name in key.columns if key else ():
        limit = values.largest(plan.table.column(name).type)
        owned = any(name in foreign_key.columns for foreign_key in plan.table.foreign_keys)
        if limit is not None and plan.count > limit and not owned:
            raise LabError(
                f"{plan.table.name} would have {plan.count:,} rows, but its key {name} ends at {limit:,}",
                "lower --scale, or make the key a bigint",
            )


class _Maker:
    """The columns of one table."""

    def __init__(self, generator: Generator, plan: TablePlan) -> None:
        self._generator = generator
        self._plan = plan
        self._table = plan.table
        self._bounds = bounds_of(plan.table)
        self._unique_texts = _columns_to_make_unique(plan)
        self.columns = [c for c in plan.table.columns if c.generated is None and c.type.name != "tsvector"]
        self._by_name = {column.name: column for column in self.columns}
        self._owners = {
            column: (number, place)
            for number, key in reversed(list(enumerate(plan.table.foreign_keys)))
            for place, column in enumerate(key.columns)
        }

    def column(self, name: str, rows: Rows) -> pa.Array:
        column = self._by_name[name]
        spec = self._spec(name)
        made = self._filled(column, spec, rows)
        share = self._null_share(column, spec)
        return values.emptied(made, share, self._stream(name, "null"), rows)

    def _filled(self, column: Column, spec: ColumnSpec, rows: Rows) -> pa.Array:
        if column.name in self._owners:
            return self._referenced(column, rows)
        if self._is_counted(column):
            return values.number_array((rows + 1).astype(np.float64), column.type)
        if column.type.dimensions:
            return self._list(column, rows)
        if column.type.name in moments.TYPES and not spec.values:
            return values.moment_array(self.moments(column.name, rows), column.type)
        made = self._scalar(column, spec, rows)
        return self._raised(column, made, rows)

    def _spec(self, column: str) -> ColumnSpec:
        return self._plan.spec.columns.get(column, ColumnSpec())

    def _stream(self, *parts: str) -> np.uint64:
        return stream(self._generator.seed, self._table.name, *parts)

    def _is_counted(self, column: Column) -> bool:
        """Whole numbers that are a key by themselves are the row's number."""
        return values.is_integer(column.type) and any(key.columns == (column.name,) for key in self._table.keys)

    def _null_share(self, column: Column, spec: ColumnSpec) -> float:
        if not column.is_nullable or spec.tree_depth:
            return 0.0
        if spec.nulls is not None:
            return spec.nulls
        number, _ = self._owners.get(column.name, (None, 0))
        if number is not None and self._table.foreign_keys[number].table == self._table.name:
            return 0.0
        return 0.95 if _RARE.search(column.name) else _NULL_SHARE

    # References

    @cached_property
    def references(self) -> dict[int, Reference]:
        """By the number of the foreign key."""
        plans, seed = self._generator.plans, self._generator.seed
        found = {
            number: plain_reference(self._plan, number, plans, seed) for number in range(len(self._table.foreign_keys))
        }
        for number, key in enumerate(self._table.foreign_keys):
            if isinstance(found[number], Popular):
                found[number] = self._among_children(number, found) or self._existing(key, found[number])
        return found

    def _among_children(self, number: int, found: dict[int, Reference]) -> Reference | None:
        """A row of B that belongs to the same A as this row, where B's rows are grouped by A."""
        parent = self._generator.plan(self._table.foreign_keys[number].table)
        if parent.grouped_by is None or parent.fan_out is None:
            return None
        owner = parent.table.foreign_keys[parent.grouped_by].table
        for other, key in enumerate(self._table.foreign_keys):
            if other != number and key.table == owner and key.table != self._table.name:
                label = self._stream(*self._table.foreign_keys[number].columns)
                return AmongChildren(found[other], parent.fan_out, label)
        return None

    def _existing(self, key: ForeignKey, popular: Reference) -> Reference:
        """Only parents older than the row, where both tables grow over time."""
        ours, theirs = self.growth, self._generator.maker(key.table).growth
        if ours is None or theirs is None or not isinstance(popular, Popular):
            return popular
        return Existing(popular, lambda rows: theirs.count_before(ours.at(rows)))

    def _referenced(self, column: Column, rows: Rows) -> pa.Array:
        number, place = self._owners[column.name]
        key, reference = self._table.foreign_keys[number], self.references[number]
        parents = reference.parents(rows)
        made = self._generator.column(key.table, key.referenced[place], np.maximum(parents, 0))
        if isinstance(reference, Tree) and column.is_nullable:
            made = values.with_nulls(made, parents < 0)
        return made.cast(values.arrow_type(column.type))

    # Times

    @cached_property
    def growth(self) -> Growth | None:
        """The curve rows are made along; None where they follow their parents instead."""
        column = moments.main_moment(self._table)
        if column is None or self._earlier(column.name) is not None:
            return None
        return moments.growth(self._generator.seed, self._table.name, self._plan.count, self._generator.spec)

    def _earlier(self, column: str) -> tuple[int | None, str] | None:
        """What a time follows: (foreign key, the parent's column), or (None, a column of the same row)."""
        after = self._spec(column).after
        main = moments.main_moment(self._table)
        if after is not None:
            table, _, name = after.rpartition(".")
            if not table or table == self._table.name:
                return None, name
            for number, key in enumerate(self._table.foreign_keys):
                if key.table == table:
                    return number, name
        if main is None or column != main.name:
            return (None, main.name) if main else None
        group = self._plan.grouped_by
        if group is not None:
            parent = moments.main_moment(self._generator.plan(self._table.foreign_keys[group].table).table)
            return (group, parent.name) if parent else None
        return None

    def moments(self, column: str, rows: Rows) -> Rows:
        """Microseconds since 1970."""
        now, spec = moments.newest(self._generator.spec), self._spec(column)
        key = self._stream(column)
        if moments.is_birth(column):
            return (now - (18 + 60 * uniform(key, rows)) * 365.25 * moments.DAY).astype(np.int64)
        earlier = self._earlier(column)
        main = moments.main_moment(self._table)
        if earlier is None:
            if self.growth is not None and main is not None and main.name == column:
                return self.growth.at(rows)
            return moments.growth(
                self._generator.seed, f"{self._table.name}.{column}", self._plan.count, self._generator.spec
            ).at(np.asarray((uniform(key, rows) * self._plan.count).astype(np.int64)))
        number, name = earlier
        if number is None:
            before = self.moments(name, rows)
        else:
            parent = self._generator.maker(self._table.foreign_keys[number].table)
            before = parent.moments(name, self.references[number].parents(rows))
        if moments.is_future(column) and spec.after is None:
            return (before + (1 + 29 * uniform(key, rows)) * moments.DAY).astype(np.int64)
        return moments.after(key, rows, before, now, spec.within_days)

    # Values

    def _scalar(self, column: Column, spec: ColumnSpec, rows: Rows) -> pa.Array:
        key, bounds = self._stream(column.name), self._bounds.get(column.name, Bounds())
        kind = column.type.name
        enum = self._generator.schema.enum(kind)
        choices = spec.values or _declared(bounds.values) or _declared(enum.values if enum else ())
        if choices:
            return values.weighted(choices, key, rows).cast(values.arrow_type(column.type))
        if kind == "boolean":
            share = 0.92 if _MOSTLY_TRUE.search(column.name) else 0.05 if _RARE.search(column.name) else 0.25
            return pa.array(uniform(key, rows) < share)
        if self._plan.fan_out is not None and column.name in self._ranked:
            return values.number_array((self._plan.fan_out.ranks(rows) + 1).astype(np.float64), column.type)
        if values.is_number(column.type):
            return values.number_array(values.numbers(column, spec, bounds, key, rows), column.type)
        return self._text_like(column, spec, bounds, key, rows)

    def _text_like(self, column: Column, spec: ColumnSpec, bounds: Bounds, key: np.uint64, rows: Rows) -> pa.Array:
        kind = column.type.name
        locale = self._generator.spec.locale
        if kind == "uuid":
            return values.binary(random_uuids(key, rows))
        if kind == "bytea":
            return values.binary(random_uuids(key, rows)).cast(pa.binary())
        if kind in ("json", "jsonb"):
            return values.from_pool(pools.documents(self._table.name, column.name, locale), key, rows)
        if kind == "time":
            return values.moment_array((uniform(key, rows) * moments.DAY).astype(np.int64), column.type)
        if kind in _SPELLED:
            return _SPELLED[kind](key, rows)
        return self._text(column, spec, bounds, key, rows)

    def _text(self, column: Column, spec: ColumnSpec, bounds: Bounds, key: np.uint64, rows: Rows) -> pa.Array:
        length = bounds.length or (column.type.arguments[0] if column.type.arguments else None)
        locale = self._generator.spec.locale
        if spec.words is not None:
            texts = values.from_pool(pools.texts(locale, *spec.words), key, rows)
            texts = texts if length is None else pc.utf8_slice_codeunits(texts, 0, length)
        else:
            kind = spec.kind or pools.kind_of(self._table.name, column.name)
            pool = _exact(
                pools.pool(kind, locale, length), length, bounds.length is not None or column.type.name == "char"
            )
            texts = pool.take(pa.array(self._choice(column, spec, len(pool), key, rows)))
        return values.made_unique(texts, rows, length) if column.name in self._unique_texts else texts

    def _choice(self, column: Column, spec: ColumnSpec, count: int, key: np.uint64, rows: Rows) -> Rows:
        """Which of a pool: by the determining column's value where one determines this one, else at random."""
        source = spec.depends_on or next((by for word, by in _DETERMINED.items() if word in column.name.lower()), None)
        if source is None or source not in self._by_name or column.name in self._unique_texts:
            return (uniform(key, rows) * count).astype(np.int64)
        encoded = self.column(source, rows).dictionary_encode()
        index = [int(stream(self._table.name, column.name, text)) % count for text in encoded.dictionary.to_pylist()]
        places: Rows = encoded.indices.fill_null(len(index)).to_numpy(zero_copy_only=False)
        return np.array([*index, 0], np.int64)[places]

    def _list(self, column: Column, rows: Rows) -> pa.Array:
        """Up to three elements each."""
        counts = (uniform(self._stream(column.name, "length"), rows) * 4).astype(np.int64)
        element = Column(column.name, type(column.type)(column.type.name, column.type.arguments))
        places = np.repeat(rows * 4, counts) + np.concatenate([np.arange(count) for count in counts] or [[]]).astype(
            np.int64
        )
        items = self._filled_element(element, places)
        offsets = np.concatenate([[0], ends]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), items)

    def _filled_element(self, element: Column, places: Rows) -> pa.Array:
        if element.type.name in moments.TYPES:
            now = moments.newest(self._generator.spec)
            back = uniform(self._stream(element.name), places) * self._generator.spec.history_days * moments.DAY
            return values.moment_array((now - back).astype(np.int64), element.type)
        return self._scalar(element, ColumnSpec(), places).cast(values.arrow_type(element.type))

    def _raised(self, column: Column, made: pa.Array, rows: Rows) -> pa.Array:
        """Numbers lifted over those of the row that a check says they may not fall below."""
        bounds = self._bounds.get(column.name)
        if bounds is None or not bounds.above or not values.is_number(column.type):
            return made
        step = 1 if values.is_integer(column.type) else 0.01
        found = made.cast(pa.float64()).to_numpy(zero_copy_only=False)
        for name in bounds.above:
            floor = self.column(name, rows).cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False)
            extra = step if bounds.is_strictly_above else 0
            found = np.where(found < floor + extra, floor + np.round(found * 0.1, 2) + extra, found)
        return values.number_array(found, column.type)

    @cached_property
    def _ranked(self) -> set[str]:
        """Whole numbers that tell siblings apart in a key: line numbers, positions."""
        return {
            name
            for key in self._table.keys
            if self._plan.grouped_by is not None
            and set(self._table.foreign_keys[self._plan.grouped_by].columns) < set(key.columns)
            for name in key.columns
            if name in self._by_name and values.is_integer(self._by_name[name].type) and name not in self._owners
        }


def _declared(names: tuple[str, ...]) -> dict[str, float]:
    """Values as declared, earlier ones more often."""
    return {name: 1 / (number + 1) for number, name in enumerate(names)}


def _columns_to_make_unique(plan: TablePlan) -> set[str]:
    """Texts that are a key, or the part of a key that no other rule keeps apart."""
    owned = {column for key in plan.table.foreign_keys for column in key.columns}
    found: set[str] = set()
    for key in plan.table.keys:
        texts = [c for c in key.columns if c not in owned and _is_text(plan.table, c)]
        apart = [c for c in key.columns if c not in owned and c not in texts]
        if texts and not apart:
            found.add(texts[0])
    return found | {
        part.columns[0]
        for index in plan.table.indexes
        if index.is_unique and len(index.parts) == 1
        if index.columns and _is_text(plan.table, index.columns[0])
    }


def _is_text(table: Table, column: str) -> bool:
    return table.column(column).type.name in ("text", "varchar", "char", "citext")


def _exact(pool: pa.Array, length: int | None, is_exact: bool) -> pa.Array:
    """Only the texts of the very length a check asks for; padded where there are none."""
    if length is None or not is_exact:
        return pool
    fitting = pool.filter(pc.equal(pc.utf8_length(pool), length))
    return fitting if len(fitting) else pc.utf8_rpad(pool, length, "x")


def _ipv4(key: np.uint64, rows: Rows) -> pa.Array:
    octets = (uniform(key, rows) * 2**24).astype(np.int64)
    parts = [pa.array(octets >> shift & 255).cast(pa.string()) for shift in (16, 8, 0)]
    return pc.binary_join_element_wise(pa.scalar("10"), *parts, ".")


def _days(key: np.uint64, rows: Rows) -> pa.Array:
    count = pa.array((uniform(key, rows) * 30).astype(np.int64)).cast(pa.string())
    return pc.binary_join_element_wise(count, pa.scalar("days"), " ")


_SPELLED = {"inet": _ipv4, "cidr": _ipv4, "interval": _days}
