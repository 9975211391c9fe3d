"""Values that tell the rows of a table apart, and others no row has."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lab.datagen import coded, grid, moments, numbers, patterns, pools, spelled, values
from lab.datagen.drawn import Drawn
from lab.datagen.keys import SHORT, first_number
from lab.datagen.numbered import numbered, numbered_addresses
from lab.datagen.plan import TablePlan
from lab.datagen.seed import Rows, below
from lab.datagen.text_options import lengths
from lab.errors import LabError
from lab.model.data import DataSpec
from lab.model.schema import Column

_ENOUGH = 50
_SPARE = 16
_BEYOND = 3650 * grid.DAY


class Counted:
    """The values of one table's columns by number: of the row, or of its place among its siblings."""

    def __init__(self, plan: TablePlan, data: DataSpec, drawn: Drawn) -> None:
        self._plan = plan
        self._data = data
        self._drawn = drawn
        self._code = cache(self._code_of)

    def values(self, column: Column, rows: Rows) -> pa.Array:
        """Of each row another one."""
        kind = column.type
        if self._plan.choices.get(column.name) or kind.name == "boolean" or grid.is_number(kind):
            return self.numbered(column, rows)
        if kind.name in ("uuid", "bytea"):
            return self._drawn.without_choice(column, rows)
        if kind.name in ("json", "jsonb"):
            documents = pc.utf8_slice_codeunits(self._drawn.without_choice(column, rows), 1)
            return pc.binary_join_element_wise('{"number": ', pa.array(rows).cast(pa.string()), ", ", documents, "")
        if kind.name == "time":
            return values.clock_array(rows * int(grid.DAY // max(self._plan.count, 1) or 1), kind)
        if spelled.is_spelled(kind):
            return spelled.spell(kind, rows)
        return self._text(column, rows)

    def numbered(self, column: Column, numbers: Rows) -> pa.Array:
        """The value of that number: of a list, or of the whole numbers."""
        if self._plan.choices.get(column.name):
            options = self._drawn.listed(column.name)
            return options.take(numbers % len(options))
        if column.type.name == "boolean":
            return pa.array(numbers % 2 == 1)
        start = first_number(self._plan.column_bounds(column.name))
        return values.whole_array(start + numbers, column.type)

    def _code_of(self, name: str) -> str | None:
        """The kind of code a column holds, where there is room for sixteen times the table's rows and for what the
        workload adds."""
        column, spec, bounds = (
            self._plan.table.column(name),
            self._plan.column_spec(name),
            self._plan.column_bounds(name),
        )
        kind = spec.kind or pools.kind_of(self._plan.table.name, name, column.comment)
        shortest, longest = lengths(column, bounds)
        is_bare = not (spec.words or spec.length or bounds.patterns or bounds.excluded or bounds.case)
        is_long_enough = coded.room(kind, shortest - 1) == 0
        has_room = coded.room(kind, longest) > _SPARE * self._plan.count
        return kind if is_bare and is_long_enough and has_room else None

    def _text(self, column: Column, rows: Rows) -> pa.Array:
        name, bounds, key = column.name, self._plan.column_bounds(column.name), self._drawn.key(column.name)
        if name in self._plan.uniqueness.counted and (kind := self._code(name)) is not None:
            return coded.coded(kind, key, rows)
        pool, case = self._drawn.texts(name).array, bounds.case
        are_addresses = pc.all(pc.match_substring(pool, "@")).as_py()
        number = numbered_addresses if are_addresses else numbered
        made = number(pool, below(key, rows, len(pool)), rows, *lengths(column, bounds))
        for expression in bounds.patterns:
            if not all(re.search(expression, text) for text in made[:_ENOUGH].to_pylist()):
                pattern = patterns.pattern(expression)
                if pattern is not None:
                    return pa.array([pattern.scattered(int(row)) for row in rows], pa.string())
        return made if case is None else pc.utf8_lower(made) if case == "lower" else pc.utf8_upper(made)

    # Values no row has

    def check_room(self, name: str, rows: Rows) -> None:
        """Raises LabError where a counted column has no values for such rows."""
        room = self._plan.capacity(name)
        if len(rows) and int(rows.max()) >= room:
            raise LabError(
                f"{self._plan.table.name}.{name} has only {room:,} values: there is no fresh one left",
                "lower --scale or --time-budget, or widen the column's type",
            )

    def beyond(self, column: Column, offsets: Rows) -> pa.Array | None:
        """Values beyond all that are drawn for the table's rows; None where there are none."""
        kind, rows = column.type, self._plan.count + offsets
        if kind.dimensions or self._plan.choices.get(column.name) or kind.name == "boolean":
            return None
        if kind.name in ("uuid", "bytea"):
            return self._drawn.without_choice(column, rows)
        if grid.is_moment(kind):
            step = max(int(grid.step_of(kind)), 1)
            start = (moments.newest(self._data) + _BEYOND) // step * step
            return values.moment_array(start + offsets * step, kind)
        if grid.is_number(kind):
            return self._number_beyond(column, offsets)
        _, longest = lengths(column, self._plan.column_bounds(column.name))
        if not grid.is_text(kind) or (longest is not None and longest < SHORT):
            return None
        return self._text(column, rows)

    def _number_beyond(self, column: Column, offsets: Rows) -> pa.Array:
        """Above the largest loaded one; from the first again where the type ends."""
        bounds, step = self._plan.column_bounds(column.name), grid.step_of(column.type)
        if column.name in self._plan.uniqueness.ranked and self._plan.fan_out is not None:
            start = float(first_number(bounds) + self._plan.fan_out.most)
        else:
            _, high = numbers.number_range(column, self._plan.column_spec(column.name), bounds)
            start = float(np.floor(high) + 1)
        ends = [end for end in (grid.largest(column.type), bounds.high) if end is not None]
        room = int((min(ends) - start) / step) + 1 if ends else None
        if room is not None and room < 1:
            raise LabError(f"{self._plan.table.name}.{column.name} has no fresh values: all it can have are taken")
        steps = offsets if room is None else offsets % min(room, 2**62)
        return values.number_array(start + steps * np.float64(step), column.type)
