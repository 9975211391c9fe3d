"""What the gate says of a change of a design."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from lab.model.doubt import Doubt
from lab.model.interval import Interval
from lab.model.rule import Rule

Outcome = Literal["pass", "regressed", "unclear"]
Kind = Literal[
    "answer",
    "status",
    "latency",
    "tail",
    "target",
    "budget",
    "work",
    "plan",
    "size",
    "load",
    "integrity",
    "data",
    "build",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing the gate looked at, and what it found, in words."""

    kind: Kind
    outcome: Outcome
    text: str


@dataclass(frozen=True, slots=True)
class OperationVerdict:
    """One operation on one engine, or the whole design on it."""

    engine: str
    """The spec of the server it ran on."""
    operation: str
    """Empty for the whole design."""
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    """The gravest first."""
    ratio: Interval | None = None
    """Of latencies, head / reference: the median of the pairs, with an interval that holds however often it was looked
    at, its lower end corrected for the number of comparisons."""
    tail_ratio: Interval | None = None
    """Of the 99th percentiles, with a 95 % interval."""
    pairs: int = 0
    seconds: tuple[float, float] | None = None
    """Median latency, of the reference and of the head."""
    excuse: str = ""
    """Why it may regress: its budget's words."""

    @property
    def reason(self) -> str:
        """What decided."""
        return "; ".join(each.text for each in self.reasons if each.outcome == self.reasons[0].outcome)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gravest outcome of its operations."""

    outcome: Outcome
    operations: tuple[OperationVerdict, ...]
    rule: Rule = field(default_factory=Rule)
    reference: str = ""
    """What the design was held against, as the user named it."""
    notes: tuple[str, ...] = ()
    """What changed and gates nothing: operations that came, went or were rewritten."""
    doubts: tuple[Doubt, ...] = ()
