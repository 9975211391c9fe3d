"""The columns of one table: any of them, for any rows, whether or not others were made before."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from sqlglot import exp

from lab.datagen import coded, conditions, documents, exact, formulas, grid, moments, patterns, pools, spelled, values
from lab.datagen.bounds import Bounds
from lab.datagen.choices import choices
from lab.datagen.determined import determiners
from lab.datagen.keys import SHORT, first_number
from lab.datagen.kin import kin_of, says_country
from lab.datagen.names import has_word
from lab.datagen.nulls import among_nulls, with_nulls
from lab.datagen.numbered import numbered, numbered_addresses
from lab.datagen.options import Options
from lab.datagen.plan import Plans, TablePlan
from lab.datagen.seed import Mask, Numbers, Places, Rows, below, bits, chance, fine_uniform, pick, stream, uniform
from lab.datagen.text_options import lengths, text_options
from lab.datagen.timeline import Timeline
from lab.datagen.wiring import Wiring
from lab.datagen.worked_out import ValuesOfRow
from lab.errors import LabError
from lab.model.data import ColumnSpec, DataSpec
from lab.model.schema import Column, Schema, Type

_NULL_SHARE = 0.1
_RARE_SHARE = 0.95
_RARE = r"delet\w*|archiv\w*|cancel\w*|refund\w*|revok\w*|banned|block\w*|suspend\w*"
_MOSTLY_TRUE = r"active|enabled|verified|visible|published|available|confirmed"
_MOST_ELEMENTS = 3
_ENOUGH = 50
_SPARE = 16
_MANY_NULLS = 0.2
"""The share of NULLs from which only the other values are made."""
_BEYOND = 3650 * grid.DAY


class Maker:
    """Makes the columns of one table. `column` gives any column of any table, for values taken from parents."""

    def __init__(
        self,
        plan: TablePlan,
        schema: Schema,
        spec: DataSpec,
        seed: int,
        wiring: Wiring,
        timeline: Timeline,
        column: Callable[[str, str, Rows], pa.Array],
        plans: Plans,
    ) -> None:
        self._plan = plan
        self._table = plan.table
        self._schema = schema
        self._data = spec
        self._seed = seed
        self._wiring = wiring
        self._timeline = timeline
        self._column_of = column
        self._plans = plans
        self.columns = [c for c in plan.table.columns if c.generated is None and c.type.name != "tsvector"]
        self._by_name = {column.name: column for column in self.columns}
        self._never_null = _referenced_columns(schema, plan.table.name)
        self.formulas = {
            name: formulas.parse(text)
            for name in self._by_name
            if (text := plan.column_spec(name).expression or plan.column_bounds(name).expression)
        }
        self._kin = kin_of(plan, spec, seed, self._is_free, self._country())
        able = [c.name for c in self.columns if self._may_be_determined(c)]
        self._determined = determiners(plan, able, self._kin)
        self._presence = {name: found for name in self._by_name if (found := list(self._conditions(name)))}
        self._options = cache(lambda name: text_options(plan, name, spec.locale))
        self._listed = cache(self._listed_options)
        self._documents = cache(self._documents_of)

    def column(self, name: str, rows: Rows) -> pa.Array:
        """A column's values in the given rows."""
        column = self._by_name[name]
        origin = self._origin(name, rows)
        is_empty = self._is_empty(name, rows, origin)
        if is_empty is None:
            return self._filled(column, origin)
        if np.count_nonzero(is_empty) < _MANY_NULLS * len(rows):
            return with_nulls(self._filled(column, origin), is_empty)
        return among_nulls(self._filled(column, origin[~is_empty]), is_empty)

    def fresh(self, name: str, offsets: Rows) -> pa.Array:
        """Values no row has, other ones for each offset. Raises LabError where there are none, or no more."""
        column, unique = self._by_name[name], self._plan.uniqueness
        rows = self._plan.count + offsets
        if name in unique.counted:
            self._check_room(name, rows)
            return self._filled(column, rows)
        made = None if name in self._wiring.owners else self._beyond(column, offsets)
        if made is None:
            raise LabError(
                f"{self._table.name}.{name} has no fresh values: its values come from a parent or a list",
                "take fresh values for a key, a text, a number or a time",
            )
        return made

    def _check_room(self, name: str, rows: Rows) -> None:
        room = self._plan.capacity(name)
        if len(rows) and int(rows.max()) >= room:
            raise LabError(
                f"{self._table.name}.{name} has only {room:,} values: there is no fresh one left",
                "lower --scale or --time-budget, or widen the column's type",
            )

    def _filled(self, column: Column, rows: Rows) -> pa.Array:
        unique = self._plan.uniqueness
        if column.name in self._wiring.owners:
            return self._referenced(column, rows)
        if column.name in self._kin:
            return self._kin[column.name].made(rows)
        if column.name in self.formulas and column.name not in unique.counted | unique.ranked:
            return self._worked_out(column, self.formulas[column.name], rows)
        if column.type.dimensions:
            return self._list(column, rows)
        has_choices = bool(self._plan.choices.get(column.name))
        if self._is_unknown(column.type) and column.is_nullable and not has_choices and not self._is_told(column.name):
            return pa.nulls(len(rows), values.arrow_type(column.type))
        if grid.is_moment(column.type) and not has_choices:
            return values.moment_array(self._timeline.at(column.name, rows), column.type)
        if column.name in unique.counted:
            return self._counted(column, rows)
        if column.name in unique.ranked and self._plan.fan_out is not None:
            return self._numbered_choice(column, self._plan.fan_out.ranks(rows))
        return self._scalar(column, self._plan.column_bounds(column.name), rows)

    def _is_told(self, name: str) -> bool:
        spec = self._plan.column_spec(name)
        return spec.kind is not None or spec.words is not None

    def _stream(self, *parts: str) -> np.uint64:
        return stream(self._seed, self._table.name, *parts)

    def _is_unknown(self, type_: Type) -> bool:
        return values.is_unknown(type_, self._schema)

    # NULLs

    def _conditions(self, name: str) -> Iterator[tuple[exp.Expr, bool]]:
        """Under which conditions a column is, or is not, NULL."""
        bounds = self._plan.column_bounds(name)
        able = self._by_name[name].is_nullable and name not in self._never_null
        for texts, is_null in ((bounds.required, False), (bounds.absent, True)) if able else ():
            for text in texts:
                yield sqlglot.parse_one(text, read="postgres"), is_null

    def _is_empty(self, name: str, rows: Rows, origin: Rows) -> Mask | None:
        """Where a column is NULL; None where it never is."""
        share, other = self._null_share(self._by_name[name]), self._plan.column_bounds(name).missing_with
        found: Mask | None = None
        if share > 0 or name in self._presence:
            kin = self._kin.get(name)
            found = chance(self._null_stream(name), kin.origin(rows) if kin and kin.origin else origin, share)
            for condition, is_null in self._presence.get(name, ()):
                holds = conditions.holds(condition, lambda other: self.column(other, rows))
                found = np.where(holds, is_null, found)
        if other is not None and (missing := self._is_empty(other, rows, self._origin(other, rows))) is not None:
            found = missing if found is None else found | missing
        return found

    def _null_share(self, column: Column) -> float:
        spec, bounds = self._plan.column_spec(column.name), self._plan.column_bounds(column.name)
        if not column.is_nullable or column.name in self._never_null or bounds.presence == "always":
            return 0.0
        if bounds.presence == "never":
            return 1.0
        if spec.nulls is not None:
            return spec.nulls
        if self._refers_to_itself(column.name) or column.name in self.formulas:
            return 0.0
        return _RARE_SHARE if has_word(column.name, _RARE) else _NULL_SHARE

    def _refers_to_itself(self, column: str) -> bool:
        number, _ = self._wiring.owners.get(column, (None, 0))
        return number is not None and self._table.foreign_keys[number].table == self._table.name

    def _null_stream(self, column: str) -> np.uint64:
        """One for all columns of a foreign key: it is there or it is not."""
        number, _ = self._wiring.owners.get(column, (None, 0))
        names = (column,) if number is None else self._table.foreign_keys[number].columns
        return self._stream(*names, "null")

    # References and dependencies

    def _referenced(self, column: Column, rows: Rows) -> pa.Array:
        number, place = self._wiring.owners[column.name]
        key, parents = self._table.foreign_keys[number], self._wiring.reference(number).parents(rows)
        is_missing = parents < 0
        if not is_missing.any():
            made = self._column_of(key.table, key.referenced[place], parents)
        elif column.is_nullable:
            made = self._column_of(key.table, key.referenced[place], np.maximum(parents, 0))
            made = with_nulls(made, is_missing)
        else:
            made = self._column_of(key.table, key.referenced[place], np.where(is_missing, rows, parents))
        kind = column.type
        return made if made.type == values.arrow_type(kind) else made.cast(values.arrow_type(kind))

    def _is_free(self, name: str) -> bool:
        """Whether nothing but its kind says what a text holds."""
        decided = self._wiring.owners.keys() | self.formulas.keys() | self._plan.uniqueness.ranked
        return name in self._by_name and name not in decided and not self._plan.choices.get(name)

    def _country(self) -> Callable[[Rows], pa.Array] | None:
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

    # Values

    def _scalar(self, column: Column, bounds: Bounds, rows: Rows) -> pa.Array:
        key, kind = self._stream(column.name), column.type
        spec = ColumnSpec() if kind.dimensions else self._plan.column_spec(column.name)
        options = self._plan.choices.get(column.name) or {}
        if options:
            return self._listed(column.name).take(self._chosen(column.name, rows))
        if kind.name == "boolean":
            return pa.array(chance(key, rows, _share_of_true(column.name)))
        if grid.is_number(kind):
            return self._with_common(self._number(column, spec, bounds, rows), column, rows)
        if grid.is_text(kind) or self._is_unknown(kind):
            return self._with_common(self._text(column, bounds, rows), column, rows)
        return self._without_choice(column, key, rows)

    def _without_choice(self, column: Column, key: np.uint64, rows: Rows) -> pa.Array:
        kind = column.type
        if kind.name in ("uuid", "bytea"):
            return values.uuid_array(values.random_uuids(key, rows)).cast(values.arrow_type(kind))
        if kind.name in ("json", "jsonb"):
            found = self._documents(column.name)
            return found.take(pick(key, rows, len(found)))
        if kind.name == "time":
            return values.clock_array(below(key, rows, grid.DAY), kind)
        return spelled.spell(kind, rows if spelled.is_range(kind) else below(key, rows, spelled.reach(kind)))

    def _text(self, column: Column, bounds: Bounds, rows: Rows) -> pa.Array:
        pool, distinct = self._options(column.name), self._plan.column_spec(column.name).distinct
        if distinct is None or distinct <= len(pool):
            count = min(distinct or len(pool), len(pool))
            return self._apart(pool, (self._shares(column.name, rows) * count).astype(np.int32), bounds, rows)
        chosen = (self._shares(column.name, rows) * distinct).astype(np.int64)
        return numbered(pool.array, chosen % len(pool), chosen, *self._lengths(column))

    def _with_common(self, made: pa.Array, column: Column, rows: Rows) -> pa.Array:
        """With the common values in such shares of the places."""
        spec = self._plan.column_spec(column.name)
        common = spec.common
        if not common or spec.histogram is not None or column.type.dimensions:
            return made
        is_common = chance(self._stream(column.name, "common"), rows, sum(common.values()))
        chosen = values.weighted(common, uniform(self._stream(column.name, "which"), rows))
        return pc.if_else(pa.array(is_common), values.listed(common, column.type).take(chosen), made)

    def _shares(self, name: str, rows: Rows) -> Numbers:
        """The share of a column's values that lie below each row's: evenly spread, and correlated as the spec says (a
        Gaussian copula: Nelsen, An Introduction to Copulas, 2006, 2.3)."""
        own, spec = uniform(self._stream(name), rows), self._plan.column_spec(name)
        if spec.correlation is None:
            return own
        other = self._places(spec.correlates_with, rows)
        # From the rank correlation (Spearman's) to that of the normal law.
        linear = 2 * math.sin(math.pi / 6 * spec.correlation)
        drawn = exact.normal_quantile(own) * math.sqrt(1 - linear * linear)
        return np.minimum(exact.normal_share(linear * exact.normal_quantile(other) + drawn), 1 - 2.0**-53)

    def _places(self, other: str | None, rows: Rows) -> Numbers:
        """Of another column its shares; of the row, or a time rows are made along, its place in the table."""
        main = self._timeline.main
        if other is None or other in self._plan.uniqueness.counted or (main is not None and other == main.name):
            return np.minimum((rows + 0.5) / max(self._plan.count, 1), 1 - 2.0**-53)
        return self._shares(other, rows)

    # Expressions

    def _worked_out(self, column: Column, tree: exp.Expr, rows: Rows) -> pa.Array:
        kind = values.arrow_type(column.type)
        row = ValuesOfRow(self._plan, self._plans, self._wiring, self._column_of, rows)
        if isinstance(tree, exp.Column):
            made = row.value(tree.table, tree.name).cast(kind, safe=False)
        elif grid.is_number(column.type):
            found = np.broadcast_to(formulas.numbers(tree, row), rows.shape)
            end = grid.largest(column.type) or float(2**62)
            rounded = values.on_grid(np.nan_to_num(found), column.type, -end, end)
            made = with_nulls(values.number_array(rounded, column.type), np.isnan(found))
        else:
            made = formulas.texts(tree, row)
            length = grid.text_length(column.type)
            made = made if length is None else pc.utf8_slice_codeunits(made, 0, length)
        if column.is_nullable or not made.null_count:
            return made
        return pc.if_else(pc.is_null(made), self._scalar(column, self._plan.column_bounds(column.name), rows), made)

    def _apart(self, options: Options, chosen: Places, bounds: Bounds, rows: Rows) -> pa.Array:
        """Chosen options, the next one where a check wants it to differ from another column."""
        for named in bounds.unlike:
            other = self.column(named, rows)
            if other.type == options.array.type:
                same = pc.indices_nonzero(pc.equal(options.take(chosen), other)).to_numpy()
                chosen = chosen.copy()
                chosen[same] = (chosen[same] + 1) % len(options)
        return options.take(chosen)

    def _chosen(self, name: str, rows: Rows) -> Places:
        """Which of the values a column is limited to each row has: the next one where another column has the same and
        a check wants them to differ."""
        own = self._plan.choices[name]
        chosen = values.weighted(own, self._shares(name, rows))
        for named in self._plan.column_bounds(name).unlike:
            if theirs := self._plan.choices.get(named):
                alike = np.array([list(own).index(value) if value in own else -1 for value in theirs], np.int32)
                same = np.flatnonzero(alike.take(self._chosen(named, rows)) == chosen)
                chosen[same] = (chosen[same] + 1) % len(own)
        return chosen

    def _number(self, column: Column, spec: ColumnSpec, bounds: Bounds, rows: Rows) -> pa.Array:
        found = values.numbers(column, spec, bounds, self._shares(column.name, rows))
        low, high = values.number_range(column, spec, bounds)
        step = grid.step_of(column.type)
        for name in bounds.above:
            if name in self._by_name and grid.is_number(self._by_name[name].type):
                least = self._numbers(name, rows, -np.inf) + (step if bounds.is_strictly_above else 0)
                lifted = np.clip(least + np.abs(found) * 0.1, None, max(high, low))
                found = np.where(found < least, np.maximum(lifted, least), found)
        for name in bounds.unlike:
            if name in self._by_name and grid.is_number(self._by_name[name].type):
                found = _moved(found, np.isclose(found, self._numbers(name, rows, np.nan)), step, high)
        for excluded in _numbers_in(bounds.excluded):
            found = _moved(found, np.isclose(found, excluded), step, high)
        if bounds.above:
            found = values.on_grid(found, column.type, low, max(high, float(found.max(initial=low))))
        return values.number_array(found, column.type)

    def _numbers(self, name: str, rows: Rows, missing: float) -> Numbers:
        made = self.column(name, rows).cast(pa.float64())
        return np.asarray(pc.fill_null(made, missing).to_numpy(zero_copy_only=False))

    def _documents_of(self, name: str) -> Options:
        shape = self._plan.column_spec(name).shape or documents.shape_of(self._table.name, name)
        return Options(documents.pool(shape, self._data.locale, f"{self._table.name}.{name}"))

    def _listed_options(self, name: str) -> Options:
        return values.listed(self._plan.choices[name], self._by_name[name].type)

    def _lengths(self, column: Column) -> tuple[int, int | None]:
        return lengths(column, self._plan.column_bounds(column.name))

    # Values that tell rows apart

    def _counted(self, column: Column, rows: Rows) -> pa.Array:
        kind, key = column.type, self._stream(column.name)
        if self._plan.choices.get(column.name) or kind.name == "boolean" or grid.is_number(kind):
            return self._numbered_choice(column, rows)
        if kind.name in ("uuid", "bytea"):
            return self._without_choice(column, key, rows)
        if kind.name in ("json", "jsonb"):
            documents = pc.utf8_slice_codeunits(self._without_choice(column, key, rows), 1)
            return pc.binary_join_element_wise('{"number": ', pa.array(rows).cast(pa.string()), ", ", documents, "")
        if kind.name == "time":
            return values.clock_array(rows * int(grid.DAY // max(self._plan.count, 1) or 1), kind)
        if spelled.is_spelled(kind):
            return spelled.spell(kind, rows)
        return self._numbered_text(column, rows)

    def _numbered_choice(self, column: Column, numbers: Rows) -> pa.Array:
        """The value of that number: of a list, or of the whole numbers."""
        if self._plan.choices.get(column.name):
            options = self._listed(column.name)
            return options.take(numbers % len(options))
        if column.type.name == "boolean":
            return pa.array(numbers % 2 == 1)
        start = first_number(self._plan.column_bounds(column.name))
        return values.whole_array(start + numbers, column.type)

    def _code(self, column: Column) -> str | None:
        """The kind of code a column holds, where there is room for sixteen times the table's rows and for what the
        workload adds."""
        spec, bounds = self._plan.column_spec(column.name), self._plan.column_bounds(column.name)
        kind = spec.kind or pools.kind_of(self._table.name, column.name, column.comment)
        shortest, longest = self._lengths(column)
        is_bare = not (spec.words or spec.length or bounds.patterns or bounds.excluded or bounds.case)
        is_long_enough = coded.room(kind, shortest - 1) == 0
        has_room = coded.room(kind, longest) > _SPARE * self._plan.count
        return kind if is_bare and is_long_enough and has_room else None

    def _numbered_text(self, column: Column, rows: Rows) -> pa.Array:
        if column.name in self._plan.uniqueness.counted and (kind := self._code(column)) is not None:
            return coded.coded(kind, self._stream(column.name), rows)
        pool, case = self._options(column.name).array, self._plan.column_bounds(column.name).case
        chosen = below(self._stream(column.name), rows, len(pool))
        are_addresses = pc.all(pc.match_substring(pool, "@")).as_py()
        made = (numbered_addresses if are_addresses else numbered)(pool, chosen, rows, *self._lengths(column))
        for expression in self._plan.column_bounds(column.name).patterns:
            if not all(re.search(expression, text) for text in made[:_ENOUGH].to_pylist()):
                pattern = patterns.pattern(expression)
                if pattern is not None:
                    return pa.array([pattern.scattered(int(row)) for row in rows], pa.string())
        return made if case is None else pc.utf8_lower(made) if case == "lower" else pc.utf8_upper(made)

    def _beyond(self, column: Column, offsets: Rows) -> pa.Array | None:
        """Values beyond all that are drawn for the table's rows; None where there are none."""
        kind, rows = column.type, self._plan.count + offsets
        if kind.dimensions or self._plan.choices.get(column.name) or kind.name == "boolean":
            return None
        if kind.name in ("uuid", "bytea"):
            return self._filled(column, rows)
        if grid.is_moment(kind):
            step = max(int(grid.step_of(kind)), 1)
            start = (moments.newest(self._data) + _BEYOND) // step * step
            return values.moment_array(start + offsets * step, kind)
        if grid.is_number(kind):
            return self._number_beyond(column, offsets)
        _, longest = self._lengths(column)
        if not grid.is_text(kind) or (longest is not None and longest < SHORT):
            return None
        return self._numbered_text(column, rows)

    def _number_beyond(self, column: Column, offsets: Rows) -> pa.Array:
        """Above the largest loaded one; from the first again where the type ends."""
        bounds, step = self._plan.column_bounds(column.name), grid.step_of(column.type)
        if column.name in self._plan.uniqueness.ranked and self._plan.fan_out is not None:
            start = float(first_number(bounds) + self._plan.fan_out.most)
        else:
            _, high = values.number_range(column, self._plan.column_spec(column.name), bounds)
            start = float(np.floor(high) + 1)
        ends = [end for end in (grid.largest(column.type), bounds.high) if end is not None]
        room = int((min(ends) - start) / step) + 1 if ends else None
        if room is not None and room < 1:
            raise LabError(f"{self._table.name}.{column.name} has no fresh values: all it can have are taken")
        found: Numbers = start + (offsets if room is None else offsets % room) * np.float64(step)
        return values.number_array(found, column.type)

    # Arrays

    def _list(self, column: Column, rows: Rows) -> pa.Array:
        """Up to three elements each."""
        fewest, most = self._plan.column_spec(column.name).items or (0, _MOST_ELEMENTS)
        counts = fewest + below(self._stream(column.name, "length"), rows, most - fewest + 1)
        ends = np.cumsum(counts)
        ranks = np.arange(int(counts.sum())) - np.repeat(ends - counts, counts)
        places = np.repeat(rows * (most + 1), counts) + ranks
        offsets = np.concatenate([[0], ends]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), self._element(column, places))

    def _element(self, column: Column, places: Rows) -> pa.Array:
        single = Column(column.name, Type(column.type.name, column.type.arguments))
        key, kind = self._stream(column.name), single.type
        spec = self._plan.column_spec(column.name)
        if spec.values:
            return values.listed(spec.values, kind).take(values.weighted(spec.values, uniform(key, places)))
        enum = self._schema.enum(kind.name)
        if enum is not None:
            options = choices(single, ColumnSpec(), Bounds(), enum)
            return values.listed(options, kind).take(values.weighted(options, uniform(key, places)))
        if grid.is_moment(kind):
            back = fine_uniform(key, places) * self._data.history_days * grid.DAY
            return values.moment_array(
                moments.quantized((moments.newest(self._data) - back).astype(np.int64), kind), kind
            )
        if kind.name == "boolean":
            return pa.array(chance(key, places, _share_of_true(column.name)))
        if grid.is_number(kind):
            return values.number_array(values.numbers(single, spec, Bounds(), uniform(key, places)), kind)
        if grid.is_text(kind) or self._is_unknown(kind):
            length = grid.text_length(kind)
            shortest = length or 0 if kind.name == "char" else 0
            texts = spec.kind or pools.kind_of(self._table.name, column.name, column.comment)
            pool = pools.pool(texts, spec.locale or self._data.locale, shortest, length)
            return Options(pool).take(pick(key, places, len(pool)))
        return self._without_choice(single, key, places)


def _referenced_columns(schema: Schema, table: str) -> set[str]:
    return {column for _, key in schema.foreign_keys() if key.table == table for column in key.referenced}


def _share_of_true(name: str) -> float:
    if re.search(_MOSTLY_TRUE, name, re.I):
        return 0.92
    return 0.05 if has_word(name, _RARE) else 0.25


def _numbers_in(texts: Iterable[str]) -> list[float]:
    return [float(text) for text in texts if re.fullmatch(r"-?\d+(\.\d+)?", text)]


def _moved(found: Numbers, is_taken: Mask, step: float, high: float) -> Numbers:
    """A step up where a number may not be, or down at the upper end."""
    return np.where(is_taken, np.where(found + step <= high, found + step, found - step), found)
