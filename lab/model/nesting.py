"""What nesting one relation was measured to cost, by the number of children a parent has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lab.model.interval import OPEN_END, Interval

Work = Literal["whole", "children", "parent", "append"]
WORK: Mapping[Work, str] = {
    "whole": "reads of a parent with its children",
    "children": "reads of a parent's children alone",
    "parent": "reads of a parent without them",
    "append": "new children",
}
"""What a workload does with a relation."""
Advice = Literal["embed", "embed the newest", "reference", "either"]


@dataclass(frozen=True, slots=True)
class NestingPoint:
    """Parents of one size, by kind of work: ratios of time, embedded / referenced, and the medians of both in
    seconds."""

    children: int
    ratios: Mapping[Work, Interval]
    seconds: Mapping[Work, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Nesting:
    """One relation, on documents of its own shape."""

    child: str
    parent: str
    points: tuple[NestingPoint, ...]
    weights: Mapping[Work, float]
    """How much of each kind of work the workload does."""
    is_mix_known: bool
    """False where it does none: then every kind counts the same."""
    crossover: Interval
    """Children per parent from which on referencing is the faster, for the work as a whole. 0: from the first on;
    OPEN_END: at no size that was measured."""
    mean_children: float
    usual_children: float
    """95 of 100 parents have no more."""
    most_children: int

    @property
    def is_overtaken(self) -> bool:
        return self.crossover.estimate < OPEN_END

    @property
    def advice(self) -> Advice:
        if self.most_children < self.crossover.low:
            return "embed"
        if self.usual_children < self.crossover.low:
            return "embed the newest"
        return "reference" if self.mean_children > self.crossover.high else "either"
