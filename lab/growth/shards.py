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

from lab.model.growth import DistributionKey
from lab.model.schema import Schema
from lab.model.workload import Operation
from lab.stats.ranks import order_correlation

FEWEST_VALUES = 1000
MOST_OF_ROWS = 0.05
MOST_MONOTONE = 0.9
LEAST_ROUTED = 0.5
"""What is objected to: taken, not measured."""
COPIED = 0.1
"""The smallest tables that grow and cannot be spread by a key are copied to every machine, as long as they have no
larger share of the rows together: taken, too."""

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
) -> tuple[DistributionKey, ...]:
    """The candidates, the best first: each key of one column of a table that grows, with all that refers to it."""
    growing = {name for name, does in grows.items() if does}
    covered = sum(rows.get(name, 0) for name in growing) or 1
    found = []
    for table in schema.tables:
        key = table.primary_key
        if table.name in growing and key is not None and len(key.columns) == 1:
            spread = _spread(schema, table.name, key.columns[0], growing)
            placed = Placed(table.name, spread, _copied(growing - set(spread), rows, COPIED * covered))
            found.append(_judged(placed, rows, growing, operations, touches, values))

    def merit(key: DistributionKey) -> tuple[float, int]:
        """Requests one machine can serve, as far as the rows are spread at all."""
        share = sum(rows.get(name, 0) for name in key.tables) / covered
        return -(key.routed * share), len(key.objections)

    return tuple(sorted(found, key=merit)[:most])


_Spread = Mapping[str, str | None]
"""The tables spread by a key, and the column of each that holds it: None where it would have to be copied in."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where tables lie when rows are spread by the key of `table`; the others that grow lie apart."""

    table: str
    spread: _Spread
    copied: frozenset[str] = frozenset()


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


def _copied(apart: set[str], rows: Mapping[str, int], most: float) -> frozenset[str]:
    found: list[str] = []
    for name in sorted(apart, key=lambda name: (rows.get(name, 0), name)):
        most -= rows.get(name, 0)
        if most >= 0:
            found.append(name)
    return frozenset(found)


def _judged(
    placed: Placed,
    rows: Mapping[str, int],
    growing: set[str],
    operations: Sequence[Operation],
    touches: Touches,
    values: Values,
) -> DistributionKey:
    holders = {name: holder for name, holder in placed.spread.items() if holder is not None}
    largest = max(holders, key=lambda name: rows.get(name, 0))
    most_frequent = max(commonest(values(name, holder)) for name, holder in holders.items())
    monotonicity = rank_correlation(values(largest, holders[largest]))
    total = sum(operation.weight for operation in operations)
    served = sum(o.weight for o in operations if is_routed(touches.get(o.name, ()), placed, growing, o.is_write))
    routed = served / total if total else 0.0
    cardinality = rows.get(placed.table, 0)
    return DistributionKey(
        placed.table,
        holders[placed.table],
        cardinality,
        most_frequent,
        monotonicity,
        routed,
        tuple(placed.spread),
        tuple(name for name, holder in placed.spread.items() if holder is None),
        tuple(sorted(growing - set(placed.spread) - placed.copied)),
        tuple(sorted(placed.copied)),
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


def is_routed(touches: Sequence[Touch], placed: Placed, growing: set[str], is_write: bool = False) -> bool:
    """Whether one machine has all the rows of an operation: a key's value is named, and every other table that grows
    is spread alike and joined to it, or copied. What is copied is written everywhere."""
    large = [touch for touch in touches if touch.table in growing and touch.table not in placed.copied]
    is_apart = any(touch.table not in placed.spread for touch in large)
    if not touches or is_apart or (is_write and touches[0].table not in placed.spread):
        return False
    return not large or (
        any(_binds(touch, placed) for touch in large)
        and all(_binds(touch, placed) or touch.joins or touch.equal for touch in large)
    )


def _binds(touch: Touch, placed: Placed) -> bool:
    holder = placed.spread[touch.table]
    return holder in touch.equal or (touch.is_insert and touch.table == placed.table)


def commonest(values: pa.Array) -> float:
    """The share of rows, of those with a value, that the commonest one has; 0 for no rows."""
    known = values.drop_null()
    counts = pc.value_counts(known)
    return max(count.as_py() for count in counts.field("counts")) / len(known) if len(known) else 0.0


def rank_correlation(values: pa.Array) -> float:
    """Of the values that are known, with the order they came in."""
    known = values.drop_null()
    return order_correlation(np.asarray(pc.rank(known, tiebreaker="dense"))) if len(known) else 0.0
