"""Which column to spread a design by over machines: judged from its values and its workload, before anything is moved.

What makes a shard key good: many values, none of which has a large part of the rows; values that do not rise with time,
as all new rows would go to one place where rows are spread by ranges (MongoDB manual, "Choose a Shard Key"); and
queries that name it, which one machine can answer (Citus manual, "Choosing Distribution Column").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lab.model.growth import ShardKey
from lab.model.schema import Schema
from lab.model.workload import Operation

FEWEST_VALUES = 1000
MOST_OF_ROWS = 0.05
MOST_MONOTONE = 0.9
LEAST_ROUTED = 0.5
"""What is objected to: taken, not measured."""

Values = Callable[[str, str], pa.Array]
"""A sample of a column, in the order the rows came."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One table in an operation: the columns it holds equal to a value, or gives one to, and to another table's."""

    table: str
    equal: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    is_insert: bool = False


Touches = Mapping[str, Sequence[Touch]]
"""By operation."""


def shard_keys(
    schema: Schema,
    rows: Mapping[str, int],
    grows: Mapping[str, bool],
    operations: Sequence[Operation],
    touches: Touches,
    values: Values,
    most: int = 5,
) -> tuple[ShardKey, ...]:
    """The candidates, the best first: each key of one column of a table that grows, with all that refers to it."""
    growing = {name for name, does in grows.items() if does}
    found = []
    for table in schema.tables:
        key = table.primary_key
        if table.name in growing and key is not None and len(key.columns) == 1:
            spread = _spread(schema, table.name, key.columns[0], growing)
            found.append(_judged(table.name, key.columns[0], spread, rows, growing, operations, touches, values))
    covered = sum(rows.get(name, 0) for name in growing) or 1

    def merit(key: ShardKey) -> tuple[float, int]:
        """Requests one machine can serve, as far as the rows are spread at all."""
        share = sum(rows.get(name, 0) for name in key.tables) / covered
        return -(key.routed * share), len(key.objections)

    return tuple(sorted(found, key=merit)[:most])


_Spread = Mapping[str, str | None]
"""The tables spread by a key, and the column of each that holds it: None where it would have to be copied in."""


def _spread(schema: Schema, table: str, column: str, growing: set[str]) -> _Spread:
    found: dict[str, str | None] = {table: column}
    for child, reference in schema.foreign_keys():
        if reference.table == table and reference.columns and len(reference.columns) == 1 and child.name in growing:
            found.setdefault(child.name, reference.columns[0])
    is_new = True
    while is_new:
        further = {
            child.name: None
            for child, reference in schema.foreign_keys()
            if reference.table in found and child.name in growing and child.name not in found
        }
        is_new = bool(further)
        found |= further
    return found


def _judged(
    table: str,
    column: str,
    spread: _Spread,
    rows: Mapping[str, int],
    growing: set[str],
    operations: Sequence[Operation],
    touches: Touches,
    values: Values,
) -> ShardKey:
    holders = {name: holder for name, holder in spread.items() if holder is not None}
    largest = max(holders, key=lambda name: rows.get(name, 0))
    most_frequent = max(commonest(values(name, holder)) for name, holder in holders.items())
    monotonicity = rank_correlation(values(largest, holders[largest]))
    total = sum(operation.weight for operation in operations)
    served = sum(o.weight for o in operations if is_routed(touches.get(o.name, ()), spread, table, growing))
    routed = served / total if total else 0.0
    lacking = tuple(name for name, holder in spread.items() if holder is None)
    apart = tuple(sorted(growing - set(spread)))
    cardinality = rows.get(table, 0)
    return ShardKey(
        table,
        column,
        cardinality,
        most_frequent,
        monotonicity,
        routed,
        tuple(spread),
        lacking,
        apart,
        tuple(_objections(cardinality, most_frequent, monotonicity, routed)),
    )


def _objections(cardinality: int, most_frequent: float, monotonicity: float, routed: float) -> Iterator[str]:
    if cardinality < FEWEST_VALUES:
        yield f"{cardinality:,} values only"
    if most_frequent > MOST_OF_ROWS:
        yield f"one value has {most_frequent:.1%} of a table's rows"
    if monotonicity > MOST_MONOTONE:
        yield "values rise with time: by hash only, not by range"
    if routed < LEAST_ROUTED:
        yield f"{1 - routed:.0%} of requests go to every machine"


def is_routed(touches: Sequence[Touch], spread: _Spread, table: str, growing: set[str]) -> bool:
    """Whether one machine has all the rows of an operation: a key's value is named, and every other table that grows
    is spread alike and joined to it."""
    large = [touch for touch in touches if touch.table in growing]
    if not touches or any(touch.table not in spread for touch in large):
        return False
    return not large or (
        any(_binds(touch, spread, table) for touch in large)
        and all(_binds(touch, spread, table) or touch.joins or touch.equal for touch in large)
    )


def _binds(touch: Touch, spread: _Spread, table: str) -> bool:
    holder = spread[touch.table]
    return holder in touch.equal or (touch.is_insert and touch.table == table)


def commonest(values: pa.Array) -> float:
    """The share of rows, of those with a value, that the commonest one has; 0 for no rows."""
    known = values.drop_null()
    counts = pc.value_counts(known)
    return max(count.as_py() for count in counts.field("counts")) / len(known) if len(known) else 0.0


def rank_correlation(values: pa.Array) -> float:
    """Spearman's, of values with the order they came in, without its sign; 0 where there is none."""
    known = values.drop_null()
    if len(known) < 2 or pc.count_distinct(known).as_py() < 2:
        return 0.0
    ranks = np.asarray(pc.rank(known, tiebreaker="dense"), dtype=float)
    return float(abs(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1]))
