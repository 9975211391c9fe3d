"""What the advisor proposes, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from lab.model.change import Change
from lab.model.run import VariantRun


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change a rule believes in, before anything was measured."""

    rule: str
    change: Change
    reason: str
    operations: tuple[str, ...] = ()
    """The operations it should help."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A proposal, built and measured. There is no trial without its measurement."""

    proposal: Proposal
    measurement: VariantRun
    is_accepted: bool
    verdict: str
    """Why it was kept or rejected, with the numbers."""
