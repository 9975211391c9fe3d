"""What checks and partitions ask of all columns of a table together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlglot
from sqlglot import exp

from lab.datagen import grid
from lab.datagen.bounds import Bounds, both, largest, smallest
from lab.datagen.checks import of_check
from lab.datagen.partition_bounds import of_partitions
from lab.datagen.terms import Columns
from lab.model.schema import Table


def bounds_of(table: Table) -> dict[str, Bounds]:
    """By column; columns nothing bounds are missing."""
    columns = {column.name: column for column in table.columns}
    found: dict[str, Bounds] = {}
    for check in table.checks:
        for name, bound in of_check(check.expression, columns):
            found[name] = both(found.get(name, Bounds()), bound)
    for name, bound in of_partitions(table, columns):
        found[name] = both(found.get(name, Bounds()), bound)
    found = {name: _settled(bounds, found) for name, bounds in found.items()}
    order = [column.name for column in table.columns]
    return _spread(_one_way(found, order), columns)


def _settled(bounds: Bounds, found: Mapping[str, Bounds]) -> Bounds:
    """Conditions on columns that have none of their own: presence is decided in no circle."""

    def is_free(condition: str) -> bool:
        tree = sqlglot.parse_one(condition, read="postgres")
        others = (found.get(column.name, Bounds()) for column in tree.find_all(exp.Column))
        return not any(other.required or other.absent for other in others)

    return replace(
        bounds, required=tuple(filter(is_free, bounds.required)), absent=tuple(filter(is_free, bounds.absent))
    )


def _one_way(found: Mapping[str, Bounds], order: list[str]) -> dict[str, Bounds]:
    """Each pair of columns is compared by one of the two: values are made in no circle."""
    kept = {name: replace(bounds, above=(), unlike=()) for name, bounds in found.items()}
    for name in sorted(found, key=order.index):
        for other in found[name].above:
            if name not in _reached(other, kept):
                kept[name] = replace(kept[name], above=(*kept[name].above, other))
    for name in sorted(found, key=order.index, reverse=True):
        for other in found[name].unlike:
            if name not in _reached(other, kept):
                kept[name] = replace(kept[name], unlike=(*kept[name].unlike, other))
    return kept


def _reached(name: str, kept: Mapping[str, Bounds]) -> set[str]:
    """The column and all it is compared with, directly or not."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting += (*kept[current].above, *kept[current].unlike) if current in kept else ()
    return reached


def _spread(found: dict[str, Bounds], columns: Columns) -> dict[str, Bounds]:
    """Bounds carried from a number to those it is compared with, so that there is room between them."""
    for _ in range(len(found)):
        for name, bounds in tuple(found.items()):
            step = grid.step_of(columns[name].type) if bounds.is_strictly_above else 0.0
            for other in bounds.above:
                lower = found.get(other, Bounds())
                if lower.low is not None:
                    found[name] = replace(found[name], low=largest(found[name].low, lower.low + step))
                if bounds.high is not None:
                    found[other] = replace(lower, high=smallest(lower.high, bounds.high - step))
    return found
