"""Columns that hold arrays: a few elements a row, each of them drawn by itself."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lab.datagen import grid, moments, numbers, pools, values
from lab.datagen.bounds import Bounds
from lab.datagen.choices import choices
from lab.datagen.drawn import Drawn, share_of_true
from lab.datagen.options import Options
from lab.datagen.plan import TablePlan
from lab.datagen.seed import Rows, below, chance, draws, fine_uniform, pick, uniform
from lab.datagen.weights import Weights
from lab.model.data import ColumnSpec, DataSpec
from lab.model.schema import Column, Schema, Type

_MOST_ELEMENTS = 3


class Arrays:
    """Those of one table."""

    def __init__(self, plan: TablePlan, schema: Schema, data: DataSpec, drawn: Drawn) -> None:
        self._plan = plan
        self._schema = schema
        self._data = data
        self._drawn = drawn

    def values(self, column: Column, rows: Rows) -> pa.Array:
        """Up to three elements each, unless the spec says how many."""
        fewest, most = self._plan.column_spec(column.name).items or (0, _MOST_ELEMENTS)
        counts = fewest + below(self._drawn.key(column.name, "length"), rows, most - fewest + 1)
        ends = np.cumsum(counts)
        ranks = np.arange(int(counts.sum())) - np.repeat(ends - counts, counts)
        places = np.repeat(rows * (most + 1), counts) + ranks
        offsets = np.concatenate([[0], ends]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), self._elements(column, places))

    def _elements(self, column: Column, places: Rows) -> pa.Array:
        single = Column(column.name, Type(column.type.name, column.type.arguments))
        key, kind = self._drawn.key(column.name), single.type
        spec, enum = self._plan.column_spec(column.name), self._schema.enum(kind.name)
        options = spec.values or (choices(single, ColumnSpec(), Bounds(), enum) if enum is not None else None)
        if options is not None:
            return values.listed(options, kind).take(Weights(options.values()).of_draws(draws(key, places)))
        if grid.is_moment(kind):
            back = fine_uniform(key, places) * self._data.history_days * grid.DAY
            made = moments.quantized((moments.newest(self._data) - back).astype(np.int64), kind)
            return values.moment_array(made, kind)
        if kind.name == "boolean":
            return pa.array(chance(key, places, share_of_true(column.name)))
        if grid.is_number(kind):
            return numbers.drawn(single, spec, Bounds(), uniform(key, places))
        if grid.is_text(kind) or values.is_unknown(kind, self._schema):
            pool = self._texts(column, kind, spec)
            return Options(pool).take(pick(key, places, len(pool)))
        return self._drawn.without_choice(single, places)

    def _texts(self, column: Column, kind: Type, spec: ColumnSpec) -> pa.StringArray:
        length = grid.text_length(kind)
        shortest = length or 0 if kind.name == "char" else 0
        texts = spec.kind or pools.kind_of(self._plan.table.name, column.name, column.comment)
        return pools.pool(texts, spec.locale or self._data.locale, shortest, length)
