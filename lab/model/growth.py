"""How a design fares as its tables grow: what was measured at several sizes, the law it follows, what is predicted.

Sizes are factors of the run's scale: 1 is the run's own, 10 ten times the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lab.model.interval import Interval
from lab.model.workload import TargetClass

LawName = Literal["flat", "logarithmic", "linear", "linearithmic", "quadratic"]
"""t = a + b f(n) with f = 0, log n, n, n log n, n squared; a and b not below 0."""
PlanChange = Literal["same", "other plan", "unknown"]


@dataclass(frozen=True, slots=True)
class Point:
    """One operation on one variant at one size. Seconds."""

    variant: str
    operation: str
    p50: Interval | None = None
    p95: Interval | None = None
    """None when it was not measured: `reason` says why."""
    work: Mapping[str, float] = field(default_factory=dict)
    """Work counters of one execution."""
    plan: str = ""
    """Its shape, free of numbers."""
    reason: str = ""
    server_seconds: float | None = None
    """Of the execution alone, by the server's own clock; None where it does not say."""


@dataclass(frozen=True, slots=True)
class Size:
    """Everything measured at one size."""

    factor: float
    rows: int
    table_bytes: Mapping[str, int]
    """By variant."""
    index_bytes: Mapping[str, int]
    seconds: float
    """What loading, building and measuring took together."""
    points: tuple[Point, ...]
    processor_seconds: float | None = None
    """What a fixed piece of work took meanwhile, as a median: the machine's own pace."""


@dataclass(frozen=True, slots=True)
class SizeLeftOut:
    factor: float
    reason: str


@dataclass(frozen=True, slots=True)
class Law:
    """What one operation's 95th percentile does as the tables grow."""

    variant: str
    operation: str
    target_class: TargetClass
    name: LawName
    support: float
    """The share of resamples in which this law fits best."""
    exponent: Interval
    """Of the power law through the same points: 0 for flat, 1 for linear."""
    breaks_at: Interval | None = None
    """The size at which it crosses its target; `high` is OPEN_END where some resamples never do. None for one that is
    not known to within the sizes looked at."""
    is_broken: bool = False
    """Whether it misses its target at the smallest size already."""


@dataclass(frozen=True, slots=True)
class ImaginedPlan:
    """How the planner would go about an operation at a size that is not there."""

    factor: float
    variant: str
    operation: str
    plan: str
    """Its shape."""
    cost: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """One operation at a size that was not loaded: how the planner plans it on extrapolated statistics, and what that
    cost means in seconds by what costs meant at the measured sizes."""

    factor: float
    variant: str
    operation: str
    plan: str
    cost: float
    change: PlanChange
    """Beside the largest size measured."""
    p50: Interval | None = None
    """Seconds, with a 95 % prediction interval."""
    reason: str = ""
    """Why there is none."""


@dataclass(frozen=True, slots=True)
class KeyRoom:
    """A key of whole numbers, and the size at which its type has no more."""

    table: str
    column: str
    type: str
    highest: int
    rows: int
    """At size 1."""

    @property
    def breaks_at(self) -> float:
        return self.highest / self.rows


@dataclass(frozen=True, slots=True)
class TableGrowth:
    """How one table of the base takes room."""

    table: str
    rows: int
    """At size 1."""
    grows: bool
    row_bytes: float
    """Table and indexes, by row, at the largest size measured."""
    index_share: float
    indexes: int = 0
    """How many, the primary key's among them."""


@dataclass(frozen=True, slots=True)
class DistributionKey:
    """A column judged as the key to spread a design by over machines."""

    table: str
    column: str
    cardinality: int
    """Different values at size 1."""
    most_frequent: float
    """The share of rows that the commonest value has, in the table where that is most: no shard can be smaller."""
    monotonicity: float
    """The rank correlation of values with the order of rows, 0 to 1: near 1 all new rows go to one shard."""
    routed: float
    """The share of the workload's weight that one machine can serve: its operations hold the key equal to a value, or
    read only what is copied to every machine."""
    tables: tuple[str, ...] = ()
    """Those that would be spread by it: the one it is the key of, and what refers to that."""
    lacking: tuple[str, ...] = ()
    """Of those, the ones that refer to it by way of others, and would need the column copied into them."""
    apart: tuple[str, ...] = ()
    """Large tables that grow and have nothing to do with it."""
    copied: tuple[str, ...] = ()
    """Small ones that have nothing to do with it: small enough to be copied to every machine."""
    objections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one size of the base asks of a machine, at `rate` requests a second."""

    factor: float
    rate: float
    rows: float
    table_bytes: float
    index_bytes: float
    largest: str
    """The table that takes the most room, with its indexes: `largest_bytes`."""
    largest_bytes: float
    working_set_bytes: float
    """Pages that are touched at least once in five minutes."""
    pages: float
    """Touched a second; all would be read from the disk if nothing stayed in memory."""
    disk_reads: float
    """Pages a second, on a machine with as much memory as the one that was measured."""
    writes: float
    """Rows written a second."""
    page_writes: float
    """Pages a second at the most: each row's own and one of each of its indexes."""
    write_bytes: float
    """A second, of rows and index entries; a log comes on top."""
    read_cores: float
    write_cores: float


StepKind = Literal["partition", "replica", "shard", "memory", "disk"]


@dataclass(frozen=True, slots=True)
class CapacityStep:
    """Something to do, from a size on, and the numbers that say so."""

    kind: StepKind
    factor: float
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Growth:
    """What became of one engine's variants as the tables grew."""

    spec: str
    sizes: tuple[Size, ...] = ()
    left_out: tuple[SizeLeftOut, ...] = ()
    laws: tuple[Law, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    not_predicted: str = ""
    """Why there are no predictions."""
    asked_to: float = 10.0
    keys: tuple[KeyRoom, ...] = ()
    tables: tuple[TableGrowth, ...] = ()
    shard_keys: tuple[DistributionKey, ...] = ()
    """The best first."""
    rate: float = 0.0
    """Requests a second at size 1; they grow with the size."""
    capacities: tuple[Capacity, ...] = ()
    steps: tuple[CapacityStep, ...] = ()
