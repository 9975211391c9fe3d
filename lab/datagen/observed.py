"""A data spec from a database's statistics: rows that would give about the same ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from lab.datagen import grid, moments, pools
from lab.datagen.fitting import column_misfits
from lab.datagen.keys import is_one_to_one, keys_of
from lab.datagen.popularity import zipf_skew
from lab.model.data import ColumnSpec, DataSpec, TableSpec
from lab.model.schema import Column, ForeignKey, Schema, Table
from lab.model.statistics import ColumnStatistics, Statistics, TableStatistics

_LEAST_CORRELATION = 0.05
_GROUPED = 0.95
"""Correlation of a reference with the order of rows above which they lie parent by parent."""
_WHOLE = 0.999
_CLEARLY = 0.01
"""Share from which a made-up number stands for a common one: others would only disturb the order of rows."""
_DIGITS = 4
_MOST_BOUNDS = 33


def spec_of(statistics: Statistics, schema: Schema, keeps_values: bool = True) -> DataSpec:
    """What `data.toml` would say. Without `keeps_values` shares stay and values are made up; those of enums and
    truths, which the schema has, remain."""
    tables = {
        table.name: _Reading(schema, table, statistics[table.name], statistics, keeps_values).spec()
        for table in schema.tables
        if table.name in statistics
    }
    now, days = _span(statistics, schema) or (DataSpec().now, DataSpec().history_days)
    return DataSpec(tables, now=now, history_days=days, origin="statistics")


def _span(statistics: Statistics, schema: Schema) -> tuple[datetime, float] | None:
    """From the oldest to the newest row, by the times rows were made."""
    ends = [moment for table in schema.tables if table.name in statistics for moment in _made(table, statistics)]
    if not ends:
        return None
    first, last = min(ends), max(ends)
    return last.replace(microsecond=0), max(round((last - first).total_seconds() / 86_400, 1), 1.0)


def _made(table: Table, statistics: Statistics) -> Iterator[datetime]:
    main = moments.main_moment(table)
    found = statistics[table.name].columns.get(main.name) if main is not None else None
    for text in (*found.histogram, *found.common) if found is not None else ():
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            continue
        yield moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Reading:
    """Reads the statistics of one table."""

    def __init__(
        self, schema: Schema, table: Table, found: TableStatistics, all_: Statistics, keeps_values: bool
    ) -> None:
        self._schema = schema
        self._table = table
        self._found = found
        self._all = all_
        self._keeps_values = keeps_values
        self._tables = {other.name: other for other in schema.tables}
        self._keys = {column for key in keys_of(table) if len(key) == 1 for column in key}

    def spec(self) -> TableSpec:
        columns = {column.name: self._column(column) for column in self._table.columns}
        empty = ColumnSpec()
        kept = {name: spec for name, spec in columns.items() if spec != empty}
        return TableSpec(rows=max(self._found.rows, 1), per=self._per(), columns=kept)

    def _per(self) -> str | None:
        """The parent whose children lie together."""
        for key in self._table.foreign_keys:
            found = self._found.columns.get(key.columns[0])
            parent = self._tables.get(key.table)
            if found is None or parent is None or len(key.columns) != 1 or key.table == self._table.name:
                continue
            is_grouped = found.correlation is not None and found.correlation >= _GROUPED and not found.null_share
            if is_grouped and not is_one_to_one(self._table, key, parent):
                return key.columns[0]
        return None

    def _column(self, column: Column) -> ColumnSpec:
        found = self._found.columns.get(column.name)
        if found is None or column.generated is not None:
            return ColumnSpec()
        keys = [key for key in self._table.foreign_keys if column.name in key.columns]
        if keys:
            spec = self._reference(keys[0], found)
        elif column.name in self._keys or grid.is_moment(column.type) or column.type.dimensions:
            spec = ColumnSpec()
        else:
            spec = self._values(column, found)
        if found.null_share and column.is_nullable:
            spec = replace(spec, nulls=_rounded(found.null_share))
        return self._fitting(column, spec)

    def _fitting(self, column: Column, spec: ColumnSpec) -> ColumnSpec:
        """Without what cannot be said of the column."""
        while (misfit := next(iter(column_misfits(self._table, column, spec, self._schema)), None)) is not None:
            spec = replace(spec, **{misfit.setting: getattr(ColumnSpec(), misfit.setting)})
        return spec

    def _reference(self, key: ForeignKey, found: ColumnStatistics) -> ColumnSpec:
        """How unequally parents are referred to, by the most popular one."""
        parents = self._all.get(key.table)
        if parents is None or parents.rows < 2 or len(key.columns) != 1:
            return ColumnSpec()
        top = max(found.common.values(), default=0.0) / (1 - found.null_share or 1.0)
        return ColumnSpec(skew=round(zipf_skew(parents.rows, top), 2))

    def _values(self, column: Column, found: ColumnStatistics) -> ColumnSpec:
        filled = 1 - found.null_share
        shares = {value: share / filled for value, share in found.common.items()} if filled > 0 else {}
        correlation = self._correlation(found)
        if shares and not found.histogram and (sum(shares.values()) > _WHOLE or self._is_listed(column)):
            ordered = sorted(self._named(column, shares), key=lambda pair: self._rank(column, pair[0]))
            return ColumnSpec(values=dict(ordered), correlation=correlation)
        spec = ColumnSpec(distinct=self._distinct(column, found), correlation=correlation)
        if grid.is_number(column.type) and not self._keeps_values:
            shares = {value: share for value, share in shares.items() if share >= _CLEARLY}
        common = dict(self._named(column, shares)) or None
        if grid.is_number(column.type):
            histogram = self._histogram(found)
            distinct = spec.distinct if histogram is None else None
            return replace(spec, common=common, histogram=histogram, distinct=distinct)
        return replace(spec, common=common, length=self._length(column, found)) if grid.is_text(column.type) else spec

    def _is_listed(self, column: Column) -> bool:
        return column.type.name == "boolean" or self._schema.enum(column.type.name) is not None

    def _named(self, column: Column, shares: Mapping[str, float]) -> Iterator[tuple[str, float]]:
        """The values themselves, or others in their place."""
        names: Iterable[str] = map(_plain, shares) if self._is_listed(column) or self._keeps_values else (
            self._made_up(column, len(shares))
        )  # fmt: skip
        for name, share in zip(names, shares.values(), strict=False):
            yield name, _rounded(share)

    def _made_up(self, column: Column, count: int) -> list[str]:
        if grid.is_number(column.type):
            return [str(number) for number in range(1, count + 1)]
        kind = pools.kind_of(self._table.name, column.name, column.comment)
        texts: list[str] = pools.pool(kind, DataSpec().locale, 0, grid.text_length(column.type)).to_pylist()
        return texts[:count]

    def _rank(self, column: Column, value: str) -> tuple[float, str]:
        enum = self._schema.enum(column.type.name)
        if enum is not None:
            return float(enum.values.index(value)), value
        return (float(value) if grid.is_number(column.type) else 0.0), value

    def _correlation(self, found: ColumnStatistics) -> float | None:
        """PostgreSQL sorts equal values by their place on disk, so that values in no order at all correlate by the sum
        of their squared shares: that is taken off."""
        if found.correlation is None:
            return None
        ties = sum(share * share for share in found.common.values()) / max(1 - found.null_share, 1e-9) ** 2
        own = (found.correlation - ties) / max(1 - ties, 1e-9)
        return round(max(own, -1.0), 2) if _LEAST_CORRELATION <= abs(own) <= 1 else None

    def _distinct(self, column: Column, found: ColumnStatistics) -> int | None:
        """Beside the common ones; None for numbers of which nearly each is another, as they are drawn anyway."""
        filled = self._found.rows * (1 - found.null_share)
        count = found.distinct if found.distinct >= 0 else -found.distinct * self._found.rows
        count -= len(found.common)
        draws = filled * (1 - sum(found.common.values()) / max(1 - found.null_share, 1e-9))
        is_needed = count < 0.9 * filled or grid.is_text(column.type)
        return _drawn_from(max(count, 1.0), draws) if is_needed else None

    def _histogram(self, found: ColumnStatistics) -> tuple[float, ...] | None:
        if not self._keeps_values or len(found.histogram) < 2:
            return None
        bounds = [float(text.lstrip("$").replace(",", "")) for text in found.histogram]
        step = max((len(bounds) - 1) // (_MOST_BOUNDS - 1), 1)
        return (*bounds[:-1:step], bounds[-1])

    def _length(self, column: Column, found: ColumnStatistics) -> tuple[int, int] | None:
        """About the average width, of texts that are but words; others have the length of their kind."""
        kind = pools.kind_of(self._table.name, column.name, column.comment)
        if kind not in pools.WORDY or found.width_bytes < 2:
            return None
        longest = grid.text_length(column.type)
        most = round(found.width_bytes * 1.5)
        return max(found.width_bytes // 2, 1), most if longest is None else min(most, longest)


def _drawn_from(distinct: float, draws: float) -> int:
    """How many values there must be for so many draws to meet so many of them."""
    low, high = distinct, 1000 * max(draws, 1.0)
    for _ in range(60):
        middle = (low + high) / 2
        met = -middle * math.expm1(-draws / middle)
        low, high = (middle, high) if met < distinct else (low, middle)
    return max(round(low), 1)


def _plain(value: str) -> str:
    """Truths as they are written here."""
    return {"t": "true", "f": "false"}.get(value, value)


def _rounded(share: float) -> float:
    return max(round(share, _DIGITS), 0.1**_DIGITS)
