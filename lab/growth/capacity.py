"""Measured room, work and time, at a rate of requests -> what a machine must have at each size, and what to do when."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from lab.growth.demand import Demand
from lab.model.growth import Capacity, CapacityStep, ShardKey, StepKind, TableGrowth

PAGE_BYTES = 8192
HOT_SECONDS = 300.0
"""A page that is asked for again within five minutes belongs in memory (Gray & Putzolu, "The 5 minute rule for trading
memory for disc accesses", SIGMOD 1987; their interval, for the prices of then)."""
HEADROOM = 0.7
"""The share of a machine's processors that may be busy: taken, not measured."""
STEPS = (1.0, 10.0, 100.0, 1000.0)
_BISECTIONS = 50


def capacities(
    tables: Sequence[TableGrowth], demands: Sequence[Demand], rate: float, memory_bytes: float, farthest: float
) -> tuple[Capacity, ...]:
    """At 1, 10, 100 and 1000 times the size, as far as `farthest`. `rate` is in requests a second at size 1 and grows
    with the size; `memory_bytes` is that of the machine measured on."""
    sizes = [size for size in STEPS if size <= max(farthest, 10.0)]
    return tuple(capacity_at(size, tables, demands, rate, memory_bytes) for size in sizes)


def capacity_at(
    size: float, tables: Sequence[TableGrowth], demands: Sequence[Demand], rate: float, memory_bytes: float
) -> Capacity:
    rows = {table.table: table.rows * (size if table.grows else 1.0) for table in tables}
    room = {table.table: rows[table.table] * table.row_bytes for table in tables}
    touches = _touches(size, rate * size, demands, room)
    hot = {name: _distinct(touches.get(name, 0.0), room[name]) for name in room}
    working_set = sum(hot.values())
    missing = max(0.0, 1 - memory_bytes / working_set) if working_set else 0.0
    writes = {name: rate * size * count for name, count in _writes(demands).items() if name in room}
    row_bytes = {table.table: table.row_bytes for table in tables}
    entries = {table.table: 1 + table.indexes for table in tables}
    indexes = sum(room[table.table] * table.index_share for table in tables)
    largest = max(room, key=lambda name: room[name], default="")
    seconds = {is_write: _seconds(size, demands, is_write) * rate * size for is_write in (False, True)}
    return Capacity(
        size,
        rate * size,
        sum(rows.values()),
        sum(room.values()) - indexes,
        indexes,
        largest,
        room.get(largest, 0.0),
        working_set,
        sum(touches.values()),
        sum(touches.values()) * missing,
        sum(writes.values()),
        sum(count * entries[name] for name, count in writes.items()),
        sum(count * row_bytes[name] for name, count in writes.items()),
        seconds[False],
        seconds[True],
    )


def _touches(size: float, rate: float, demands: Sequence[Demand], room: Mapping[str, float]) -> dict[str, float]:
    """Pages a second by table: an operation's are divided among its tables by their room."""
    found = dict.fromkeys(room, 0.0)
    for demand in demands:
        names = [name for name in demand.tables if name in room]
        total = sum(room[name] for name in names)
        for name in names:
            found[name] += rate * demand.share * demand.pages.at(size) * (room[name] / total if total else 0.0)
    return found


def _distinct(touches: float, room: float) -> float:
    """Bytes of the different pages among those touched in five minutes, when each page is as likely as any other:
    skew makes it less."""
    pages = room / PAGE_BYTES
    return room * -math.expm1(-touches * HOT_SECONDS / pages) if pages else 0.0


def _writes(demands: Sequence[Demand]) -> dict[str, float]:
    """Rows written by one request, by table: the one an operation writes to is named first."""
    found: dict[str, float] = {}
    for demand in demands:
        if demand.is_write and demand.tables:
            found[demand.tables[0]] = found.get(demand.tables[0], 0.0) + demand.share * max(demand.rows, 1.0)
    return found


def _seconds(size: float, demands: Sequence[Demand], is_write: bool) -> float:
    return sum(demand.share * demand.seconds.at(size) for demand in demands if demand.is_write == is_write)


def steps(
    at: Callable[[float], Capacity],
    memory_bytes: float,
    disk_bytes: float,
    cores: int,
    keys: Sequence[ShardKey],
    farthest: float,
) -> tuple[CapacityStep, ...]:
    """What to do as the size grows, first things first; `at` says what a size asks, the rest is what the machine that
    was measured has."""
    found = list(_steps(at, memory_bytes, disk_bytes, cores, keys, farthest))
    return tuple(sorted(found, key=lambda step: step.factor))


def _steps(
    at: Callable[[float], Capacity],
    memory_bytes: float,
    disk_bytes: float,
    cores: int,
    keys: Sequence[ShardKey],
    farthest: float,
) -> Iterator[CapacityStep]:
    busy = cores * HEADROOM
    limits: list[tuple[StepKind, Callable[[Capacity], float], float]] = [
        ("partition", lambda each: each.largest_bytes, memory_bytes),
        ("memory", lambda each: each.working_set_bytes, memory_bytes),
        ("disk", lambda each: each.table_bytes + each.index_bytes, disk_bytes),
        ("replica", lambda each: each.read_cores + each.write_cores, busy),
        ("shard", lambda each: each.write_cores, busy),
    ]
    for kind, measure, limit in limits:
        size = first_beyond(lambda size, measure=measure: measure(at(size)), limit, farthest)  # type: ignore[misc]
        if size is not None:
            yield _step(kind, at(size), memory_bytes, disk_bytes, busy, keys)


def _step(
    kind: StepKind, there: Capacity, memory_bytes: float, disk_bytes: float, busy: float, keys: Sequence[ShardKey]
) -> CapacityStep:
    gigabytes = memory_bytes / 1e9
    said = {
        "partition": (
            there.largest,
            f"{there.largest} takes {there.largest_bytes / 1e9:.1f} GB there, as much as the machine has memory",
        ),
        "memory": ("", f"{there.working_set_bytes / 1e9:.1f} GB are asked for again within five minutes"),
        "disk": ("", f"tables and indexes take {(there.table_bytes + there.index_bytes) / 1e9:.1f} GB"),
        "replica": (
            "",
            f"{there.rate:,.0f} requests a second keep {there.read_cores:.2f} processors busy with reads and "
            f"{there.write_cores:.2f} with writes; {busy:.2f} may be",
        ),
        "shard": (
            f"{keys[0].table}.{keys[0].column}" if keys else "",
            f"{there.writes:,.0f} rows written a second keep {there.write_cores:.2f} processors busy, which no replica "
            f"takes over; {busy:.2f} may be",
        ),
    }
    subject, reason = said[kind]
    limit = {"memory": f", the machine has {gigabytes:.1f}", "disk": f", {disk_bytes / 1e9:.1f} may be used"}
    return CapacityStep(kind, there.factor, subject, reason + limit.get(kind, ""))


def first_beyond(measure: Callable[[float], float], limit: float, farthest: float) -> float | None:
    """The size, by bisection, from which on a quantity that grows is above its limit; None where that is not before
    `farthest`, 1 where it is from the start."""
    low, high = 1.0, farthest
    if measure(high) <= limit:
        return None
    if measure(low) > limit:
        return 1.0
    for _ in range(_BISECTIONS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if measure(middle) > limit else (middle, high)
    return high
