"""What the gate is given of one engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lab.errors import LabError
from lab.model.run import EngineRun, Load, VariantRun


@dataclass(frozen=True, slots=True)
class Pairs:
    """Latencies of one operation in seconds, of both sides, and the round of each pair: shape (n,), in the order they
    were taken."""

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    rounds: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """One engine's measurements of a reference and a head."""

    run: EngineRun
    reference: str
    head: str
    pairs: Mapping[str, Pairs] = field(default_factory=dict)
    """By operation."""
    loads: tuple[Load, Load] | None = None
    """Of the reference and of the head; None where one was made of the other."""

    differing_rows: tuple[str, ...] = ()
    """Tables that hold other numbers of rows than before, in words."""

    def sides(self) -> tuple[VariantRun, VariantRun]:
        """Raises LabError when one is not in the run."""
        return self._side(self.reference), self._side(self.head)

    def _side(self, name: str) -> VariantRun:
        found = self.run.variant(name)
        if found is None:
            raise LabError(f"the run on {self.run.server.spec} lacks {name}")
        return found
