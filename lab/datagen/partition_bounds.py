"""What the partitions of a table have room for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.datagen import grid
from lab.datagen.bounds import Bounds
from lab.datagen.terms import Columns, moment_in
from lab.model.schema import Column, Table


def of_partitions(table: Table, columns: Columns) -> Iterator[tuple[str, Bounds]]:
    """What the partitions of one column have room for; anything, where one of them is the default."""
    partitioning = table.partitioning
    if partitioning is None or len(partitioning.keys) != 1 or partitioning.keys[0] not in columns:
        return
    column, clauses = columns[partitioning.keys[0]], [clause for _, clause in partitioning.partitions]
    if not clauses or any(clause.strip().upper() == "DEFAULT" for clause in clauses):
        return
    if partitioning.strategy == "list":
        listed = [value for clause in clauses for value in re.findall(r"'((?:[^']|'')*)'|(-?[\d.]+)", clause)]
        yield column.name, Bounds(values=tuple((text or number).replace("''", "'") for text, number in listed))
    elif partitioning.strategy == "range":
        yield from _of_ranges(column, clauses)


def _of_ranges(column: Column, clauses: list[str]) -> Iterator[tuple[str, Bounds]]:
    lows, highs = [], []
    for clause in clauses:
        ends = re.findall(r"\(\s*'?([^')]+?)'?\s*\)", clause)
        if len(ends) != 2:
            return
        lows.append(_end(ends[0], column))
        highs.append(_end(ends[1], column))
    step = grid.step_of(column.type)
    low = min((end for end in lows if end is not None), default=None) if None not in lows else None
    high = max((end for end in highs if end is not None), default=None) if None not in highs else None
    yield column.name, Bounds(low=low, high=None if high is None else high - step)


def _end(text: str, column: Column) -> float | None:
    if grid.is_moment(column.type):
        return moment_in(text)
    try:
        return float(text) if grid.is_number(column.type) else None
    except ValueError:
        return None
