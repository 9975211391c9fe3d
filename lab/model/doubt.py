"""What a measurement warns of, as values: their words are made where they are printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Probe = Literal["processor", "empty statement"]
"""What is timed in every round to see whether the machine still is what it was."""


@dataclass(frozen=True, slots=True)
class FewSamples:
    """A percentile's interval needs more samples than there are."""

    percentile: int
    needed: int
    count: int


@dataclass(frozen=True, slots=True)
class FewPairs:
    """A ratio's interval needs more pairs than there are."""

    needed_pairs: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Drift:
    """The machine's floor moved by `factor` between rounds; `set_aside` of `of` rounds count for nothing."""

    probe: Probe
    factor: float
    set_aside: int
    of: int


Doubt = FewSamples | FewPairs | Drift
"""A run may hold texts beside these: what is told of one place only, and the warnings of earlier labs."""
