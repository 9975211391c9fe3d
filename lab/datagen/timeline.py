"""When things happened in the rows of one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from lab.datagen import exact, moments
from lab.datagen.following import sources_of
from lab.datagen.grid import DAY, is_moment, step_of
from lab.datagen.order import usual_days
from lab.datagen.plan import Plans, TablePlan
from lab.datagen.references import Existing, Reference, Settled
from lab.datagen.seed import Rows, fine_uniform, remainders, stream
from lab.model.data import DataSpec
from lab.model.schema import Column

_FUTURE_DAYS = 30.0
_YOUNGEST, _OLDEST = 18, 78
_YEAR = 365.25
_LONGEST = 32
"""How many times as many rows as are asked for a table may have for its times to be kept."""
_PART = 32_768


class Timeline:
    """The moments of a table's rows. `others` gives the timeline of every table, `reference` the table's own."""

    def __init__(
        self,
        plan: TablePlan,
        plans: Plans,
        spec: DataSpec,
        seed: int,
        others: Mapping[str, Timeline],
        reference: Callable[[int], Reference],
    ) -> None:
        self._plan = plan
        self._plans = plans
        self._spec = spec
        self._seed = seed
        self._others = others
        self._reference = reference
        self._kept: dict[str, Rows] = {}
        self._last: tuple[str, Rows, Rows] | None = None
        self._columns = {c.name: c for c in plan.table.columns if is_moment(c.type) and c.generated is None}
        self.main = moments.main_moment(plan.table)
        self.sources = sources_of(plan, plans, self._columns, self.main)
        """What each time follows; a column that is not there follows nothing."""

    def _stream(self, *parts: str) -> np.uint64:
        return stream(self._seed, self._plan.table.name, *parts)

    # What was there when

    def existing(self, number: int, drawn: Reference, spare: int) -> Reference:
        """A reference to rows older than the row itself, where that is known; one row less for each to `spare`."""
        other, main = self._others[self._plan.table.foreign_keys[number].table], self.main
        if main is None or self._follows_reference(main.name, number):
            return drawn
        curve = other.curve
        if curve is not None:
            return Existing(drawn, lambda rows: curve.count_before(self.at(main.name, rows)) - spare)
        if spare or other.main is None:
            return drawn
        return Settled(drawn, lambda rows: self.at(main.name, rows), other.settled)

    def known(self, number: int) -> Callable[[Rows], Rows] | None:
        """How many rows a reference may name were there before each row of the grouping table, where that is known."""
        keys, group = self._plan.table.foreign_keys, self._plan.grouped_by
        if group is None or keys[number].table == keys[group].table:
            return None
        curve, owners = self._others[keys[number].table].curve, self._others[keys[group].table]
        if curve is None or owners.main is None or (self.main and self._follows_reference(self.main.name, number)):
            return None
        main = owners.main.name
        return lambda groups: curve.count_before(owners.at_any(main, groups))

    def settled(self, rows: Rows, by: Rows) -> Rows:
        """Rows that were there by then: the ones given, or else near ones. Exact where the table's parents, or theirs,
        are made along a curve; without any that is known to be older, the rows given."""
        if self.curve is not None:
            return remainders(rows, np.maximum(self.curve.count_before(by), 1))
        if self.main is None or not self._is_awaited:
            return rows
        late = np.flatnonzero(self.at_any(self.main.name, rows) > by)
        if not len(late):
            return rows
        fan_out, group = self._plan.fan_out, self._plan.grouped_by
        assert fan_out is not None and group is not None
        owners = self._others[self._plan.table.foreign_keys[group].table]
        others = fan_out.firsts(owners.settled(fan_out.parents(rows.take(late)), by.take(late)))
        found = rows.copy()
        found[late] = others
        if others.min() < 0:
            found[found < 0] = rows[found < 0]
        return found

    @cached_property
    def _is_awaited(self) -> bool:
        """Whether other rows than its children refer to the table, and it lies grouped by what it follows: then a
        parent's first row is as old as the parent, so that one of them is always there."""
        group, main = self._plan.grouped_by, self.main
        if group is None or main is None or self._plan.fan_out is None or self.sources.get(main.name) is None:
            return False
        if self.sources[main.name].reference != group or self._plan.column_spec(main.name).after is not None:
            return False
        return any(
            key.table == self._plan.table.name and number != other.grouped_by
            for other in self._plans.values()
            for number, key in enumerate(other.table.foreign_keys)
        )

    def _follows_reference(self, name: str, number: int) -> bool:
        seen: set[str] = set()
        while name in self.sources and name not in seen:
            seen.add(name)
            if self.sources[name].reference is not None:
                return self.sources[name].reference == number
            name = self.sources[name].column
        return False

    # Times

    def at_any(self, name: str, rows: Rows) -> Rows:
        """Like `at`, for rows others refer to: of a table that is no longer than some requests, times are made once
        and looked up from then on."""
        if name not in self._kept:
            if self._plan.count > _LONGEST * len(rows):
                return self.at(name, rows)
            self._kept[name] = self._whole(name)
        return self._kept[name].take(rows)

    def _whole(self, name: str) -> Rows:
        count = self._plan.count
        starts = range(0, count, _PART)
        return np.concatenate([self.at(name, np.arange(first, min(first + _PART, count))) for first in starts])

    @cached_property
    def curve(self) -> moments.Curve | None:
        """The curve rows are made along; None where they follow their parents instead."""
        main, unique = self.main, self._plan.uniqueness
        if main is None or main.name in self.sources or main.name in unique.ranked:
            return None
        if main.name in unique.counted:
            return moments.steady(self._plan.count, self._spec, main.type)
        bounds = self._plan.column_bounds(main.name)
        start, end = self._start(), moments.newest(self._spec)
        start = start if bounds.low is None else max(start, int(bounds.low))
        end = end if bounds.high is None else min(end, int(bounds.high))
        return moments.growth(self._stream("growth"), self._plan.count, start, max(end, start))

    def _start(self) -> int:
        """When the first row was made: at the beginning of the data, after the first rows it may refer to."""
        assert self.main is not None
        names = list(self._plans)
        start = moments.oldest(self._spec)
        for key in self._plan.table.foreign_keys:
            if names.index(key.table) < names.index(self._plan.table.name):
                start = max(start, self._others[key.table].first + 1)
        step = int(step_of(self.main.type)) if self.main.type.name != "date" else 1
        return -(-start // step) * step

    @property
    def first(self) -> int:
        """When there was a row to refer to; 0 where that is not known."""
        if self.curve is not None:
            return self.curve.start
        if self.main is None or not self._is_awaited:
            return 0
        return int(self.at(self.main.name, np.zeros(1, np.int64))[0])

    def at(self, name: str, rows: Rows) -> Rows:
        """Microseconds since 1970, as finely as the column keeps them. The last answer is kept: other columns of a
        chunk ask for the times of the same rows."""
        last = self._last
        if last is None or last[0] != name or last[1] is not rows:
            found = self._made(name, rows)
            if self.main is None or name != self.main.name:
                return found
            last = self._last = name, rows, found
        return last[2]

    def _made(self, name: str, rows: Rows) -> Rows:
        column = self._columns[name]
        if name in self._plan.uniqueness.counted:
            return moments.steady(self._plan.count, self._spec, column.type).at(rows)
        if name in self._plan.uniqueness.ranked:
            return self._ranked(column, rows)
        earlier = self._earlier(name, rows)
        found = self._drawn(name, rows, earlier)
        bounds = self._plan.column_bounds(name)
        if bounds.low is not None or bounds.high is not None:
            found = np.clip(found, bounds.low, bounds.high).astype(np.int64)
        return self._not_below(column, moments.quantized(found, column.type, earlier), rows)

    def _earlier(self, name: str, rows: Rows) -> Rows | None:
        source = self.sources.get(name)
        if source is None:
            return None
        if source.reference is None:
            return self.at(source.column, rows)
        parents = np.maximum(self._reference(source.reference).parents(rows), 0)
        return self._others[self._plan.table.foreign_keys[source.reference].table].at_any(source.column, parents)

    def _drawn(self, name: str, rows: Rows, earlier: Rows | None) -> Rows:
        key, spec = self._stream(name), self._plan.column_spec(name)
        if moments.is_birth(name) and spec.after is None:
            years = _YOUNGEST + (_OLDEST - _YOUNGEST) * fine_uniform(key, rows)
            return (moments.newest(self._spec) - years * _YEAR * DAY).astype(np.int64)
        if earlier is None:
            if self.curve is not None and self.main is not None and self.main.name == name:
                return self.curve.at(rows)
            return self._scattered(name, rows)
        within = spec.within_days or usual_days(self._plan.table.name, name)
        if not moments.is_future(name):
            found = moments.after(key, rows, earlier, moments.newest(self._spec), within)
            if self.main is None or name != self.main.name or not self._is_awaited or self._plan.fan_out is None:
                return found
            return np.where(self._plan.fan_out.ranks(rows) == 0, earlier, found)
        if spec.after is None and within is None:
            earlier = earlier + DAY
        return moments.after(key, rows, earlier, None, within or _FUTURE_DAYS)

    def _scattered(self, name: str, rows: Rows) -> Rows:
        """A time that follows nothing: anywhere in the history, more often lately."""
        span = moments.newest(self._spec) - moments.oldest(self._spec)
        share = exact.power(fine_uniform(self._stream(name), rows), moments.EXPONENT)
        return (moments.oldest(self._spec) + span * share).astype(np.int64)

    def _not_below(self, column: Column, found: Rows, rows: Rows) -> Rows:
        """As a check asks."""
        bounds, step = self._plan.column_bounds(column.name), int(step_of(column.type))
        for other in bounds.above:
            if other in self._columns:
                least = self.at(other, rows) + (1 if bounds.is_strictly_above else 0)
                found = np.maximum(found, -(-least // step) * step)
        return found

    def _ranked(self, column: Column, rows: Rows) -> Rows:
        """One after the other among siblings, somewhere in a stretch of the history each, from the parent's own time to
        the newest; an hour apart where there are more siblings than the column tells apart in that."""
        fan_out, group = self._plan.fan_out, self._plan.grouped_by
        if fan_out is None or group is None:
            raise AssertionError("ranked without siblings")
        parents = fan_out.parents(rows)
        theirs = self._others[self._plan.table.foreign_keys[group].table]
        start = np.full(len(rows), moments.oldest(self._spec))
        if theirs.main is not None:
            start = theirs.at(theirs.main.name, parents)
        step, ranks = int(step_of(column.type)), rows - fan_out.starts(parents)
        start = -(-start // step)
        stretch = (moments.newest(self._spec) // step - start) // np.maximum(fan_out.sizes(parents), 1)
        place = (fine_uniform(self._stream(column.name), rows) * np.maximum(stretch, 1)).astype(np.int64)
        found: Rows = step * (
            start + np.where(stretch > 0, ranks * stretch + place, ranks * max(moments.HOUR // step, 1))
        )
        return found
