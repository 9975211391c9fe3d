"""What a team allows each operation of a design, as `budgets.toml` says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lab.model.schema import Position


@dataclass(frozen=True, slots=True)
class OperationBudget:
    """Limits of one operation; None and an empty mapping set none."""

    p95_seconds: float | None = None
    max_ratio: float | None = None
    """Of latencies, head / reference: in place of 1 + the rule's margin."""
    work: Mapping[str, float] = field(default_factory=dict)
    """The most of a counter one execution may count."""
    may_regress: str = ""
    """Why it may be worse than before, for a while."""
    until: date | None = None
    """The last day it may."""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Budgets:
    operations: Mapping[str, OperationBudget] = field(default_factory=dict)
    size_ratio: float | None = None
    """Of bytes on disk, in place of 1 + the rule's margin."""
    load_ratio: float | None = None
    origin: str = ""
    """The file; empty when there is none."""
