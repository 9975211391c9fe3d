"""The columns of one table: any of them, for any rows, whether or not others were made before."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import pyarrow as pa
from sqlglot import exp

from lab.datagen import formulas, grid, values
from lab.datagen.absence import Absence
from lab.datagen.arrays import Arrays
from lab.datagen.counted import Counted
from lab.datagen.determined import determiners
from lab.datagen.drawn import Drawn
from lab.datagen.kin import kin_of, says_country
from lab.datagen.nulls import with_nulls
from lab.datagen.plan import Plans, TablePlan
from lab.datagen.seed import Rows, bits, stream
from lab.datagen.timeline import Timeline
from lab.datagen.ways import Made, Way, spared, whole
from lab.datagen.wiring import Wiring
from lab.datagen.worked_out import ValuesOfRow, worked_out
from lab.errors import LabError
from lab.model.data import DataSpec
from lab.model.schema import Column, Schema

_MOSTLY = 0.5
"""The share of NULLs from which rows to refer to are drawn for the others alone."""


class Maker:
    """Makes the columns of one table. `column_of` gives any column of any table, for values taken from parents."""

    def __init__(
        self,
        plan: TablePlan,
        schema: Schema,
        spec: DataSpec,
        seed: int,
        wiring: Wiring,
        timeline: Timeline,
        column_of: Callable[[str, str, Rows], pa.Array],
        plans: Plans,
    ) -> None:
        self._plan = plan
        self._table = plan.table
        self._schema = schema
        self._wiring = wiring
        self._timeline = timeline
        self._column_of = column_of
        self._plans = plans
        self.columns = [c for c in plan.table.columns if c.generated is None and c.type.name != "tsvector"]
        self._by_name = {column.name: column for column in self.columns}
        self.formulas = {
            name: formulas.parse(text)
            for name in self._by_name
            if (text := plan.column_spec(name).expression or plan.column_bounds(name).expression)
        }
        self._kin = kin_of(plan, spec, seed, self._is_free, self._country())
        able = [c.name for c in self.columns if self._may_be_determined(c)]
        self._determined = determiners(plan, able, self._kin)
        self.absence = Absence(plan, schema, seed, wiring, self._kin, self.column, self._origin)
        self._drawn = Drawn(plan, schema, spec, seed, timeline, self.column)
        self._counted = Counted(plan, spec, self._drawn)
        self._arrays = Arrays(plan, schema, spec, self._drawn)
        self._way = cache(self._way_of)

    def column(self, name: str, rows: Rows) -> pa.Array:
        """A column's values in the given rows."""
        origin = self._origin(name, rows)
        return self._way(name)(origin, self.absence.of(name, rows, origin))

    def fresh(self, name: str, offsets: Rows) -> pa.Array:
        """Values no row has, other ones for each offset. Raises LabError where there are none, or no more."""
        if name in self._plan.uniqueness.counted:
            rows = self._plan.count + offsets
            self._counted.check_room(name, rows)
            return self._way(name)(rows, None)
        made = None if name in self._wiring.owners else self._counted.beyond(self._by_name[name], offsets)
        if made is None:
            raise LabError(
                f"{self._table.name}.{name} has no fresh values: its values come from a parent or a list",
                "take fresh values for a key, a text, a number or a time",
            )
        return made

    def _way_of(self, name: str) -> Way:
        column, unique = self._by_name[name], self._plan.uniqueness
        has_choices = bool(self._plan.choices.get(name))
        if name in self._wiring.owners:
            made = partial(self._referenced, column)
            return whole(made) if self.absence.share(name) < _MOSTLY else spared(made)
        if name in self._kin:
            return spared(self._kin[name].made)
        if name in self.formulas and name not in unique.counted | unique.ranked:
            return spared(partial(self._worked_out, column, self.formulas[name]))
        if column.type.dimensions:
            return spared(partial(self._arrays.values, column))
        if self._is_left_out(column) and not has_choices:
            return lambda rows, _: pa.nulls(len(rows), values.arrow_type(column.type))
        if grid.is_moment(column.type) and not has_choices:
            return whole(lambda rows: values.moment_array(self._timeline.at(name, rows), column.type))
        if name in unique.counted:
            return (whole if grid.is_number(column.type) else spared)(partial(self._counted.values, column))
        if name in unique.ranked and (fan_out := self._plan.fan_out) is not None:
            return whole(lambda rows: self._counted.numbered(column, fan_out.ranks(rows)))
        return self._drawn.way(column)

    def _is_left_out(self, column: Column) -> bool:
        """Whether nothing is known of what a column takes, and it may be NULL."""
        spec = self._plan.column_spec(column.name)
        is_told = spec.kind is not None or spec.words is not None
        return values.is_unknown(column.type, self._schema) and column.is_nullable and not is_told

    # What rows take from others

    def _referenced(self, column: Column, rows: Rows) -> pa.Array:
        number, place = self._wiring.owners[column.name]
        key, parents = self._table.foreign_keys[number], self._wiring.reference(number).parents(rows)
        if parents.min(initial=0) >= 0:
            made = self._column_of(key.table, key.referenced[place], parents)
        elif column.is_nullable:
            made = self._column_of(key.table, key.referenced[place], np.maximum(parents, 0))
            made = with_nulls(made, parents < 0)
        else:
            made = self._column_of(key.table, key.referenced[place], np.where(parents < 0, rows, parents))
        kind = values.arrow_type(column.type)
        return made if made.type == kind else made.cast(kind)

    def _worked_out(self, column: Column, tree: exp.Expr, rows: Rows) -> pa.Array:
        row = ValuesOfRow(self._plan, self._plans, self._wiring, self._column_of, rows)
        return worked_out(column, tree, row, rows, lambda: self._drawn.way(column)(rows, None))

    def _is_free(self, name: str) -> bool:
        """Whether nothing but its kind says what a text holds."""
        decided = self._wiring.owners.keys() | self.formulas.keys() | self._plan.uniqueness.ranked
        return name in self._by_name and name not in decided and not self._plan.choices.get(name)

    def _country(self) -> Made | None:
        """What says where a row belongs: a country or a locale of its own, else of a parent there is before it."""
        own = [name for name in self._by_name if says_country(name) and not self._is_free(name)]
        if own:
            return lambda rows: self.column(own[0], rows)
        earlier = list(self._plans)[: list(self._plans).index(self._table.name)]
        keys = self._table.foreign_keys
        for number in sorted(range(len(keys)), key=lambda number: number != self._plan.grouped_by):
            parent = keys[number].table
            if parent in earlier:
                for column in self._schema.table(parent).columns:
                    if says_country(column.name) and grid.is_text(column.type):
                        return partial(self._of_parent, number, column.name)
        return None

    def _of_parent(self, number: int, column: str, rows: Rows) -> pa.Array:
        parents = self._wiring.reference(number).parents(rows)
        return self._column_of(self._table.foreign_keys[number].table, column, np.maximum(parents, 0))

    # What columns take from others of the row

    def _may_be_determined(self, column: Column) -> bool:
        unique = self._plan.uniqueness
        is_key = column.name in unique.counted | unique.ranked | self._wiring.owners.keys()
        return not is_key and not column.type.dimensions and not grid.is_moment(column.type)

    def _origin(self, name: str, rows: Rows) -> Rows:
        """The rows a column's values are drawn for: the same one wherever what determines it is the same."""
        if name not in self._determined:
            return rows
        found: Rows = np.zeros(len(rows), np.int64)
        for by in self._determined[name]:
            encoded = self.column(by, rows).dictionary_encode()
            origins = [int(stream(self._table.name, name, value)) >> 1 for value in encoded.dictionary.to_pylist()]
            places: Rows = encoded.indices.fill_null(len(origins)).to_numpy(zero_copy_only=False)
            found = (bits(np.uint64(0), found) >> np.uint64(1)).astype(np.int64) if found.any() else found
            found = found ^ np.array([*origins, 0], np.int64)[places]
        return found
