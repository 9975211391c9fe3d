"""What came of requests from several clients at once. Seconds throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.model.workload import Target, TargetClass

LoadModel = Literal["open", "closed"]
"""`open`: requests start when they are meant to, whatever became of those before. `closed`: each client sends its next
request when the last was answered."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Latencies of many requests, in seconds."""

    count: int
    p50: float
    p95: float
    p99: float
    p999: float
    highest: float
    mean: float


@dataclass(frozen=True, slots=True)
class LoadOperation:
    """One operation under load. `response` counts from the moment a request was meant to start, `service` from the
    one it was sent; in a closed loop they are nearly the same."""

    name: str
    target_class: TargetClass
    is_write: bool
    response: Percentiles | None = None
    """None when no request was answered, or given up."""
    service: Percentiles | None = None
    target: Target = "cannot tell"
    """Of the 95th percentile of the response time."""
    errors: int = 0
    first_error: str = ""
    unsent: int = 0
    """Requests whose turn had not come long after the last was meant to start: counted as having waited till then."""


@dataclass(frozen=True, slots=True)
class LoadRun:
    """One variant under load from several clients at once."""

    variant: str
    model: LoadModel
    clients: int
    """Processes."""
    connections: int
    """Of each."""
    duration_seconds: float
    """From the beginning to the last answer, or to where it was cut short."""
    rate: float | None = None
    """Intended starts a second; None in a closed loop."""
    think_seconds: float = 0.0
    """Mean pause of a client between an answer and its next request, in a closed loop."""
    answered_rate: float = 0.0
    """Requests answered a second."""
    response: Percentiles | None = None
    """Of all operations together."""
    service: Percentiles | None = None
    operations: tuple[LoadOperation, ...] = ()
    lag: Percentiles | None = None
    """The clients' own delay: from when a request was due and a connection free, to when it was sent."""
    busiest_client: float = 0.0
    """The share of one core the busiest client took."""
    is_complete: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SweepStep:
    """One rate that was tried. `broken` is the operation furthest above its target; empty when all met theirs."""

    rate: float
    answered_rate: float
    is_met: bool
    broken: str = ""
    broken_p95_seconds: float | None = None
    is_client_limited: bool = False


@dataclass(frozen=True, slots=True)
class RateSweep:
    """The search for the highest rate at which every operation still meets its target."""

    variant: str
    clients: int
    highest_met: float | None = None
    """None when no rate that was tried met them."""
    lowest_missed: float | None = None
    """None when none missed them."""
    answered_rate: float = 0.0
    """At the highest rate that met them."""
    first_broken: str = ""
    """The operation that missed its target at the lowest rate that did."""
    is_client_limited: bool = False
    """Whether it was the clients that could not go on: the variant may bear more."""
    is_complete: bool = False
    """Whether the search ended by itself, and not for want of time."""
    steps: tuple[SweepStep, ...] = ()
