"""The highest rate at which every operation still meets its target: doubled until one misses, then halved in between.

Pure: what becomes of a rate is told from outside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from lab.bench.requests import Requests
from lab.model.traffic import LoadOperation, LoadRun, RateSweep, SweepStep
from lab.model.workload import TARGET_SECONDS

_CLOSE_ENOUGH = 1.1
"""The search ends when the lowest rate that missed is within this factor of the highest that did not."""
_LOWEST_RATE = 0.5
_MOST_FAILED = 0.05
"""More failed requests leave no 95th percentile that could meet a target."""
_FULL_CORE = 0.85
"""A Python process that takes this share of a core has no more to give."""


@dataclass(slots=True)
class Search:
    """Where one variant's search stands. A rate counts as missed when it missed twice: the machine may have been busy
    once."""

    next_rate: float
    highest_met: float = 0.0
    lowest_missed: float = math.inf
    is_done: bool = False
    steps: list[SweepStep] = field(default_factory=list)
    _has_missed: bool = False

    def note(self, step: SweepStep) -> None:
        self.steps.append(step)
        if not step.is_met and not self._has_missed:
            self._has_missed = True
            return
        self._has_missed = False
        if step.is_met:
            self.highest_met = max(self.highest_met, step.rate)
        else:
            self.lowest_missed = min(self.lowest_missed, step.rate)
        self._decide()

    def _decide(self) -> None:
        if math.isinf(self.lowest_missed):
            self.next_rate = 2 * self.highest_met
        elif not self.highest_met:
            self.next_rate = self.lowest_missed / 2
            self.is_done = self.next_rate < _LOWEST_RATE
        else:
            self.next_rate = math.sqrt(self.highest_met * self.lowest_missed)
            self.is_done = self.lowest_missed / self.highest_met <= _CLOSE_ENOUGH

    def result(self, variant: str, clients: int) -> RateSweep:
        met = [step for step in self.steps if step.is_met and step.rate == self.highest_met]
        missed = [step for step in self.steps if not step.is_met and step.rate == self.lowest_missed]
        return RateSweep(
            variant,
            clients,
            self.highest_met or None,
            None if math.isinf(self.lowest_missed) else self.lowest_missed,
            met[-1].answered_rate if met else 0.0,
            missed[-1].broken if missed else "",
            any(step.is_client_limited for step in missed),
            self.is_done,
            tuple(self.steps),
        )


def judge(load: LoadRun, requests: Requests, rate: float, has_server: bool) -> SweepStep:
    """Whether every operation met its target at that rate; if not, which was furthest from it, and whether the
    clients held it up: had it met its target without their own delays, or do they take all of a core."""
    broken = max(load.operations, key=_excess, default=None)
    if broken is None or _excess(broken) < 1:
        return SweepStep(rate, load.answered_rate, True)
    undelayed = requests.undelayed_p95(load.operations.index(broken))
    is_delayed = undelayed is not None and undelayed < TARGET_SECONDS[broken.target_class]
    is_limited = has_server and (is_delayed or load.busiest_client >= _FULL_CORE)
    p95 = broken.response.p95 if broken.response else None
    return SweepStep(rate, load.answered_rate, False, broken.name, p95, is_limited)


def _excess(operation: LoadOperation) -> float:
    """How many times its target an operation takes; without end when too many requests failed."""
    answered = operation.response.count if operation.response else 0
    if operation.errors > _MOST_FAILED * (answered + operation.errors):
        return math.inf
    return operation.response.p95 / TARGET_SECONDS[operation.target_class] if operation.response else 0.0
