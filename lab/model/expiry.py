"""What it costs that documents go when they have expired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.model.interval import Interval


@dataclass(frozen=True, slots=True)
class Removal:
    """One collection whose documents a server removes by itself while the workload's operations on it go on, in phases
    with and without. `ratios` are times of an operation, with / without, over requests with the same parameters."""

    variant: str
    collection: str
    column: str
    documents: int
    """Removed in all."""
    removed_rate: float
    """A second, while the server was at it."""
    requests_rate: float
    """Of the operations, a second, one behind the other."""
    ratios: Mapping[str, Interval]
    processor_seconds: Interval | None
    """Of the server, for each document: what it took more than in the phases without. None where it does not say."""
