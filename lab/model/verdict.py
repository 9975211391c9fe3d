"""What the gate says of a change of a design."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["pass", "regressed", "unclear"]


@dataclass(frozen=True, slots=True)
class OperationVerdict:
    """One operation on one engine: its outcome and the numbers behind it, in words."""

    engine: str
    """The spec of the server it ran on."""
    operation: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gravest outcome of its operations."""

    outcome: Outcome
    operations: tuple[OperationVerdict, ...]
