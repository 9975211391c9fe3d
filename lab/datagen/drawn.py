"""Values drawn for the columns of one table: choices, truths, numbers, texts, documents, whatever other rows hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from functools import cache, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lab.datagen import documents, exact, grid, numbers, spelled, values
from lab.datagen.absence import RARE
from lab.datagen.names import has_word
from lab.datagen.numbered import numbered
from lab.datagen.options import Options
from lab.datagen.plan import TablePlan
from lab.datagen.seed import Mask, Numbers, Places, Rows, below, chance, draws, pick, stream, uniform
from lab.datagen.text_options import lengths, text_options
from lab.datagen.timeline import Timeline
from lab.datagen.ways import Way, chosen, spared, whole
from lab.datagen.weights import Weights
from lab.model.data import DataSpec
from lab.model.schema import Column, Schema

_MOSTLY_TRUE = r"active|enabled|verified|visible|published|available|confirmed"


class Drawn:
    """`column` gives any column of a row, for values that depend on others."""

    def __init__(
        self,
        plan: TablePlan,
        schema: Schema,
        data: DataSpec,
        seed: int,
        timeline: Timeline,
        column: Callable[[str, Rows], pa.Array],
    ) -> None:
        self._plan = plan
        self._schema = schema
        self._data = data
        self._seed = seed
        self._timeline = timeline
        self._column = column
        self.texts = cache(lambda name: text_options(plan, name, data.locale))
        """What a text is drawn from."""
        self.listed = cache(self._listed)
        self._documents = cache(self._documents_of)
        self._weights = cache(lambda name: Weights(plan.choices[name].values()))

    def way(self, column: Column) -> Way:
        name, kind, spec = column.name, column.type, self._plan.column_spec(column.name)
        if self._plan.choices.get(name):
            return chosen(self.listed(name), partial(self._chosen, name))
        if kind.name == "boolean":
            return whole(lambda rows: pa.array(chance(self.key(name), rows, share_of_true(name))))
        if grid.is_number(kind):
            return whole(partial(self._number, column))
        if not (grid.is_text(kind) or values.is_unknown(kind, self._schema)):
            return self._way_without_choice(column)
        pool = self.texts(name)
        if spec.common or (spec.distinct or 0) > len(pool):
            return spared(partial(self._text, column, pool))
        return chosen(pool, partial(self._text_places, name, pool))

    def key(self, *parts: str) -> np.uint64:
        return stream(self._seed, self._plan.table.name, *parts)

    def without_choice(self, column: Column, rows: Rows) -> pa.Array:
        """Of types whose values are but random."""
        return self._way_without_choice(column)(rows, None)

    def _way_without_choice(self, column: Column) -> Way:
        key, kind = self.key(column.name), column.type
        if kind.name in ("uuid", "bytea"):
            as_kind = values.arrow_type(kind)
            return spared(lambda rows: values.uuid_array(values.random_uuids(key, rows)).cast(as_kind))
        if kind.name in ("json", "jsonb"):
            found = self._documents(column.name)
            return chosen(found, lambda rows: pick(key, rows, len(found)))
        if kind.name == "time":
            return whole(lambda rows: values.clock_array(below(key, rows, grid.DAY), kind))
        if spelled.is_range(kind):
            return spared(partial(spelled.spell, kind))
        return spared(lambda rows: spelled.spell(kind, below(key, rows, spelled.reach(kind))))

    # Shares

    def _shares(self, name: str, rows: Rows) -> Numbers:
        """The share of a column's values that lie below each row's: evenly spread, and correlated as the spec says (a
        Gaussian copula: Nelsen, An Introduction to Copulas, 2006, 2.3)."""
        own, spec = uniform(self.key(name), rows), self._plan.column_spec(name)
        if spec.correlation is None:
            return own
        other = self._shares_of_other(spec.correlates_with, rows)
        # From the rank correlation (Spearman's) to that of the normal law.
        linear = 2 * math.sin(math.pi / 6 * spec.correlation)
        apart = exact.normal_quantile(own) * math.sqrt(1 - linear * linear)
        return np.minimum(exact.normal_share(linear * exact.normal_quantile(other) + apart), 1 - 2.0**-53)

    def _shares_of_other(self, other: str | None, rows: Rows) -> Numbers:
        """Of another column its shares; of the row, or a time rows are made along, its place in the table."""
        main = self._timeline.main
        if other is None or other in self._plan.uniqueness.counted or (main is not None and other == main.name):
            return np.minimum((rows + 0.5) / max(self._plan.count, 1), 1 - 2.0**-53)
        return self._shares(other, rows)

    # Choices and texts

    def _chosen(self, name: str, rows: Rows) -> Places:
        """Which of the values a column is limited to each row has: the next one where another column has the same and
        a check wants them to differ."""
        own, weights = self._plan.choices[name], self._weights(name)
        if self._plan.column_spec(name).correlation is None:
            found = weights.of_draws(draws(self.key(name), rows))
        else:
            found = weights.of_shares(self._shares(name, rows))
        for named in self._plan.column_bounds(name).unlike:
            if theirs := self._plan.choices.get(named):
                alike = np.array([list(own).index(value) if value in own else -1 for value in theirs], np.int32)
                same = np.flatnonzero(alike.take(self._chosen(named, rows)) == found)
                found[same] = (found[same] + 1) % len(own)
        return found

    def _text_places(self, name: str, pool: Options, rows: Rows) -> Places:
        """Which text each row has: the next one where a check wants it to differ from another column."""
        spec = self._plan.column_spec(name)
        count = min(spec.distinct or len(pool), len(pool))
        if spec.correlation is None:
            found = pick(self.key(name), rows, count)
        else:
            found = (self._shares(name, rows) * count).astype(np.int32)
        for named in self._plan.column_bounds(name).unlike:
            other = self._column(named, rows)
            if other.type == pool.array.type:
                same = pc.indices_nonzero(pc.equal(pool.take(found), other)).to_numpy()
                found[same] = (found[same] + 1) % len(pool)
        return found

    def _text(self, column: Column, pool: Options, rows: Rows) -> pa.Array:
        """With the common ones among them, and more different ones than there are in the pool."""
        distinct = self._plan.column_spec(column.name).distinct
        if distinct is None or distinct <= len(pool):
            return self._with_common(pool.take(self._text_places(column.name, pool, rows)), column, rows)
        numbers = (self._shares(column.name, rows) * distinct).astype(np.int64)
        bounds = self._plan.column_bounds(column.name)
        made = numbered(pool.array, numbers % len(pool), numbers, *lengths(column, bounds))
        return self._with_common(made, column, rows)

    def _with_common(self, made: pa.Array, column: Column, rows: Rows) -> pa.Array:
        """With the common values in such shares of the places."""
        spec = self._plan.column_spec(column.name)
        if not spec.common or spec.histogram is not None:
            return made
        is_common = chance(self.key(column.name, "common"), rows, sum(spec.common.values()))
        which = Weights(spec.common.values()).of_draws(draws(self.key(column.name, "which"), rows))
        return pc.if_else(pa.array(is_common), values.listed(spec.common, column.type).take(which), made)

    def _documents_of(self, name: str) -> Options:
        table = self._plan.table.name
        shape = self._plan.column_spec(name).shape or documents.shape_of(table, name)
        return Options(documents.pool(shape, self._data.locale, f"{table}.{name}"))

    def _listed(self, name: str) -> Options:
        return values.listed(self._plan.choices[name], self._plan.table.column(name).type)

    # Numbers

    def _number(self, column: Column, rows: Rows) -> pa.Array:
        spec, bounds = self._plan.column_spec(column.name), self._plan.column_bounds(column.name)
        shares = self._shares(column.name, rows)
        if bounds.above or bounds.unlike or bounds.excluded:
            made = self._kept_apart(column, numbers.numbers(column, spec, bounds, shares), rows)
        else:
            made = numbers.drawn(column, spec, bounds, shares)
        return self._with_common(made, column, rows)

    def _kept_apart(self, column: Column, found: Numbers, rows: Rows) -> pa.Array:
        """Above other columns of the row, or unlike them, as checks ask."""
        spec, bounds = self._plan.column_spec(column.name), self._plan.column_bounds(column.name)
        low, high = numbers.number_range(column, spec, bounds)
        step = grid.step_of(column.type)
        for name in filter(self._is_number, bounds.above):
            least = self._as_numbers(name, rows, -np.inf) + (step if bounds.is_strictly_above else 0)
            lifted = np.clip(least + np.abs(found) * 0.1, None, max(high, low))
            found = np.where(found < least, np.maximum(lifted, least), found)
        for name in filter(self._is_number, bounds.unlike):
            found = _moved(found, np.isclose(found, self._as_numbers(name, rows, np.nan)), step, high)
        for excluded in _numbers_in(bounds.excluded):
            found = _moved(found, np.isclose(found, excluded), step, high)
        if bounds.above:
            found = numbers.on_grid(found, column.type, low, max(high, float(found.max(initial=low))))
        return values.number_array(found, column.type)

    def _is_number(self, name: str) -> bool:
        column = self._plan.table.column(name)
        return column.generated is None and grid.is_number(column.type)

    def _as_numbers(self, name: str, rows: Rows, missing: float) -> Numbers:
        made = self._column(name, rows).cast(pa.float64())
        return np.asarray(pc.fill_null(made, missing).to_numpy(zero_copy_only=False))


def share_of_true(name: str) -> float:
    if re.search(_MOSTLY_TRUE, name, re.I):
        return 0.92
    return 0.05 if has_word(name, RARE) else 0.25


def _numbers_in(texts: Iterable[str]) -> list[float]:
    return [float(text) for text in texts if re.fullmatch(r"-?\d+(\.\d+)?", text)]


def _moved(found: Numbers, is_taken: Mask, step: float, high: float) -> Numbers:
    """A step up where a number may not be, or down at the upper end."""
    return np.where(is_taken, np.where(found + step <= high, found + step, found - step), found)
