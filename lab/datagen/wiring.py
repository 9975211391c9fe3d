"""By which rule each foreign key of a table is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from lab.datagen import overlaps
from lab.datagen.keys import is_one_to_one
from lab.datagen.plan import Plans, TablePlan, differing, is_required
from lab.datagen.popularity import Distinct, Popular
from lab.datagen.references import Couples, Digit, Kept, Nothing, OneToOne, Other, Reference, Through
from lab.datagen.seed import Rows, stream
from lab.datagen.siblings import AmongChildren, DistinctAmongChildren, SiblingTree
from lab.datagen.trees import tree
from lab.errors import LabError

_SKEW = 0.6
_TREE_DEPTH = 4


class Wiring:
    """The references of one table. `others` gives the wiring of every table, `restrict` takes a drawn reference to
    the rows that exist by the time of a row, `known` tells how many do by that of a row of the grouping table."""

    def __init__(
        self,
        plan: TablePlan,
        plans: Plans,
        seed: int,
        others: Mapping[str, Wiring],
        restrict: Callable[[int, Reference, int], Reference],
        known: Callable[[int], Callable[[Rows], Rows] | None],
    ) -> None:
        self._plan = plan
        self._plans = plans
        self._seed = seed
        self._others = others
        self._restrict = restrict
        self._known = known
        self._found: dict[int, Reference] = {}
        self._deciding: set[int] = set()
        self.owners = {
            column: (number, place)
            for number in reversed(plan.order)
            for place, column in enumerate(plan.table.foreign_keys[number].columns)
        }
        """By column: the number of the foreign key that decides its value, and the column's place in it."""

    def reference(self, number: int) -> Reference:
        """The rule of the foreign key of that number."""
        if number not in self._found:
            self._deciding.add(number)
            self._found[number] = Kept(self._decide(number))
            self._deciding.remove(number)
        return self._found[number]

    def _decide(self, number: int) -> Reference:
        plan, key = self._plan, self._plan.table.foreign_keys[number]
        if number == plan.grouped_by and plan.fan_out is not None:
            return plan.fan_out
        leader = overlaps.leading(plan.table, number, plan.order)
        if leader is not None:
            return self._following(number, leader)
        if key.table == plan.table.name:
            return self._to_itself(number)
        if is_one_to_one(plan.table, key, self._plans[key.table].table):
            return OneToOne(self._plans[key.table].count)
        if number in plan.uniqueness.digits:
            return self._digit(number)
        return self._drawn(number)

    def _label(self, number: int) -> np.uint64:
        return stream(self._seed, self._plan.table.name, *self._plan.table.foreign_keys[number].columns)

    def _to_itself(self, number: int) -> Reference:
        plan, key = self._plan, self._plan.table.foreign_keys[number]
        if is_one_to_one(plan.table, key, self._plans[key.table].table):
            return OneToOne(plan.count) if is_required(plan.table, key) else Couples()
        return tree(self._label(number), plan.count, self._depth(number))

    def _depth(self, number: int) -> int:
        specs = [self._plan.column_spec(column) for column in self._plan.table.foreign_keys[number].columns]
        return next((spec.tree_depth for spec in specs if spec.tree_depth), _TREE_DEPTH)

    def _skew(self, number: int) -> float:
        specs = [self._plan.column_spec(column) for column in self._plan.table.foreign_keys[number].columns]
        return next((spec.skew for spec in specs if spec.skew is not None), _SKEW)

    def _digit(self, number: int) -> Digit:
        digits = self._plan.uniqueness.digits
        counts = [self._plans[self._plan.table.foreign_keys[other].table].count for other in digits]
        place = digits.index(number)
        return Digit(math.prod(counts[:place]), counts[place])

    def _drawn(self, number: int) -> Reference:
        plan, parent = self._plan, self._plans[self._plan.table.foreign_keys[number].table]
        is_distinct = number in plan.uniqueness.distinct and plan.fan_out is not None
        owner = None if is_distinct else self._owner(number)
        if owner is not None and parent.fan_out is not None:
            among = AmongChildren(self.reference(owner), parent.fan_out, self._label(number))
            return self._restrict(number, among, 0)
        named = differing(plan, number)
        count = parent.count if named is None else parent.count - 1
        if count < 1:
            raise LabError(
                f"{plan.table.name} names two different rows of {parent.table.name}, which has only one",
                "raise --scale, or the rows of that table",
            )
        if is_distinct and plan.fan_out is not None:
            drawn: Reference = Distinct(
                plan.fan_out, self._label(number), count, self._skew(number), self._known(number)
            )
        else:
            popular = Popular(self._label(number), count, self._skew(number))
            drawn = self._restrict(number, popular, parent.count - count)
        return drawn if named is None else Other(drawn, self.reference(named))

    def _owner(self, number: int) -> int | None:
        """The foreign key to the row whose children another one's parents are: an order's address is its user's."""
        keys = self._plan.table.foreign_keys
        parent = self._plans[keys[number].table]
        if parent.grouped_by is None:
            return None
        grouping = parent.table.foreign_keys[parent.grouped_by]
        for other, key in enumerate(keys):
            is_fit = (key.table, key.referenced) == (grouping.table, grouping.referenced)
            if other != number and is_fit and key.table != self._plan.table.name and other not in self._deciding:
                return other
        return None

    def _following(self, number: int, leader: int) -> Reference:
        """A reference that shares columns with one decided before. Raises LabError where it cannot follow."""
        table, key = self._plan.table, self._plan.table.foreign_keys[number]
        first = table.foreign_keys[leader]
        columns, parent = overlaps.shared(key, first), self._plans[key.table]
        earlier = self._plan.order[: self._plan.order.index(number)]
        if any(set(overlaps.shared(key, table.foreign_keys[other])) - set(columns) for other in earlier):
            return self._without(number, leader)
        found = overlaps.agreement(
            overlaps.meanings(key, columns, parent.table),
            overlaps.meanings(first, columns, self._plans[first.table].table),
        )
        if found is not None:
            ours, theirs = found
            owner = self.reference(leader)
            if theirs.via is not None:
                owner = Through(owner, self._others[first.table].reference(theirs.via))
            if ours.via is None:
                return owner
            if ours.via == parent.grouped_by and parent.fan_out is not None:
                if key.table == table.name:
                    return SiblingTree(parent.fan_out, self._label(number), self._depth(number))
                if number in self._plan.uniqueness.distinct and self._plan.fan_out is not None:
                    return DistinctAmongChildren(owner, parent.fan_out, self._plan.fan_out, self._label(number))
                return AmongChildren(owner, parent.fan_out, self._label(number))
        return self._without(number, leader)

    def _without(self, number: int, leader: int) -> Reference:
        """No row at all, where that may be."""
        table, key = self._plan.table, self._plan.table.foreign_keys[number]
        first = table.foreign_keys[leader]
        if any(table.column(column).is_nullable for column in key.columns if self.owners[column][0] == number):
            return Nothing()
        where = key.position or table.position
        raise LabError(
            f"{f'{where}: ' if where else ''}no rows can be made for {table.name}: its foreign keys to {first.table} "
            f"and {key.table} share {', '.join(overlaps.shared(key, first))}, which must name one row",
            f"let {first.table} and {key.table} refer by those columns to one table, as a tenant's",
        )


def check_wirings(wirings: Mapping[str, Wiring], plans: Plans) -> None:
    """Decides every reference. Raises LabError for one that cannot be drawn, or a value that follows from itself."""
    for table, wiring in wirings.items():
        for number in range(len(plans[table].table.foreign_keys)):
            wiring.reference(number)
        for column in wiring.owners:
            _check_origin(table, column, wirings, plans)


def _check_origin(table: str, column: str, wirings: Mapping[str, Wiring], plans: Plans) -> None:
    path = [(table, column)]
    while (owner := wirings[path[-1][0]].owners.get(path[-1][1])) is not None:
        number, place = owner
        key = plans[path[-1][0]].table.foreign_keys[number]
        path.append((key.table, key.referenced[place]))
        if path[-1] in path[:-1]:
            position = key.position or plans[table].table.position
            steps = ", which refers to ".join(".".join(step) for step in path)
            raise LabError(
                f"{f'{position}: ' if position else ''}{steps}: no row could be the first",
                "take out one of these foreign keys",
            )
