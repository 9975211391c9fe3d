"""Measured room, work and time, at a rate of requests -> what a machine must have at each size, and what to do when."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lab.growth.demand import Demand
from lab.model.growth import Capacity, CapacityStep, DistributionKey, StepKind, TableGrowth

PAGE_BYTES = 8192
HOT_SECONDS = 300.0
"""A page that is asked for again within five minutes belongs in memory (Gray & Putzolu, "The 5 minute rule for trading
memory for disc accesses", SIGMOD 1987; their interval, for the prices of then)."""
HEADROOM = 0.7
"""The share of a machine's processors that may be busy: taken, not measured."""
STEPS = (1.0, 10.0, 100.0, 1000.0)
_BISECTIONS = 50


@dataclass(frozen=True, slots=True)
class Room:
    """What the machine that was measured has."""

    memory_bytes: float
    disk_bytes: float
    cores: int


def capacities(
    tables: Sequence[TableGrowth], demands: Sequence[Demand], rate: float, room: Room, farthest: float
) -> tuple[Capacity, ...]:
    """At 1, 10, 100 and 1000 times the size, as far as `farthest`. `rate` is in requests a second at size 1 and grows
    with the size."""
    sizes = [size for size in STEPS if size <= max(farthest, 10.0)]
    return tuple(capacity_at(size, tables, demands, rate, room) for size in sizes)


def capacity_at(
    size: float, tables: Sequence[TableGrowth], demands: Sequence[Demand], rate: float, machine: Room
) -> Capacity:
    rows = {table.table: table.rows * (size if table.grows else 1.0) for table in tables}
    room = {table.table: rows[table.table] * table.row_bytes for table in tables}
    touches = _touches(size, rate * size, demands, room)
    whole = {name for demand in demands if rate and not demand.counts_pages for name in demand.tables}
    hot = {name: room[name] if name in whole else _distinct(touches[name], room[name]) for name in room}
    working_set = sum(hot.values())
    missing = max(0.0, 1 - machine.memory_bytes / working_set) if working_set else 0.0
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
    machine: Room,
    keys: Sequence[DistributionKey],
    farthest: float,
    is_rate_known: bool,
) -> tuple[CapacityStep, ...]:
    """What to do as the size grows, first things first; `at` says what a size asks. Of a workload whose rate nobody
    named, only what hangs on room."""
    kinds: list[StepKind] = ["partition", "disk"]
    if is_rate_known:
        kinds += ["memory", "replica", "shard"]
    found = []
    for kind in kinds:
        limit = _limit(kind, machine)
        size = first_beyond(lambda size, kind=kind: _asked(kind, at(size)), limit, farthest)  # type: ignore[misc]
        if size is not None:
            found.append(_step(kind, at(size), machine, keys))
    return tuple(sorted(found, key=lambda step: step.factor))


def _limit(kind: StepKind, machine: Room) -> float:
    if kind == "disk":
        return machine.disk_bytes
    return machine.memory_bytes if kind in ("partition", "memory") else machine.cores * HEADROOM


def _asked(kind: StepKind, there: Capacity) -> float:
    match kind:
        case "partition":
            return there.largest_bytes
        case "disk":
            return there.table_bytes + there.index_bytes
        case "memory":
            return there.working_set_bytes
        case "replica":
            return there.read_cores + there.write_cores
        case "shard":
            return there.write_cores


def _step(kind: StepKind, there: Capacity, machine: Room, keys: Sequence[DistributionKey]) -> CapacityStep:
    asked, limit = _asked(kind, there) / 1e9, _limit(kind, machine)
    rate = f"{there.rate:,.0f} requests a second"
    match kind:
        case "partition":
            reason = f"with its indexes it takes {asked:.1f} GB, and the machine has {limit / 1e9:.1f} GB of memory"
            return CapacityStep(kind, there.factor, there.largest, reason)
        case "disk":
            reason = f"tables and indexes take {asked:.1f} GB, and {limit / 1e9:.1f} GB of disk are free"
        case "memory":
            reason = f"at {rate} {asked:.1f} GB are wanted every five minutes, of {limit / 1e9:.1f} GB of memory"
        case "replica":
            reason = (
                f"{rate} keep {there.read_cores:.2f} processors busy with reads and {there.write_cores:.2f} with "
                f"writes; the machine has {machine.cores}, of which {limit:.1f} may be busy"
            )
        case "shard":
            reason = (
                f"{there.writes:,.0f} rows written a second keep {there.write_cores:.2f} processors busy, which no "
                f"replica takes over; the machine has {machine.cores}, of which {limit:.1f} may be busy"
            )
            return CapacityStep(kind, there.factor, _named(keys), reason)
    return CapacityStep(kind, there.factor, "", reason)


def _named(keys: Sequence[DistributionKey]) -> str:
    return f"{keys[0].table}.{keys[0].column}" if keys else ""


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
