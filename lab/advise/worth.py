"""What a set of candidate indexes is worth: real plans, each executed once.

What a set would take is foreseen from the plans that are known (`lab.advise.plans`): a plan that was executed takes
what it took, and one that was not, what the planner's cost promises beside the base. So a set costs arithmetic until it
is worth a look, and then only the plans it brings with it are executed. Hundreds of sets cost some dozens of
executions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from lab.advise.plans import NONE, Plans, Shown
from lab.model.what_if import Execution, Ground, Plan

_AGAIN_SECONDS = 1.0
"""Executions shorter than this can be done twice, and the shorter time counts."""
_PATIENCE = 2.0
_GRACE_SECONDS = 0.2
"""An execution is cancelled at so many times the base's and this: the set is out anyway."""
_RACE = 8.0
"""And at so many times the best so far, and a second."""
_PROMISING = 0.95
"""Of the base's cost: a plan that the planner finds hardly cheaper is executed only as part of a set."""
_BELIEVED = 0.25
_LEAST_COST = 0.01
_MOST_SHARED = 24
_MOST_SLOWER = 1.10
_MOST_SLOWER_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class _Timed:
    """An execution: what the planner thought its plan would cost, and what it took."""

    cost: float
    seconds: float
    has_ended: bool


class Worth:
    """Times of sets of candidates, remembered."""

    def __init__(self, ground: Ground, tables: Mapping[str, str], reads: Mapping[str, Set[str]]) -> None:
        self._what_if = ground.what_if
        self.executions = ground.reads
        self.plans = Plans(ground.what_if, ground.reads, tables, reads)
        self._timeout = ground.timeout_seconds
        self._timed: list[dict[str, _Timed]] = [{} for _ in self.executions]
        self._remembered: list[dict[Shown, float]] = [{} for _ in self.executions]
        self._by_operation: dict[str, list[int]] = {}
        for number, execution in enumerate(self.executions):
            self._by_operation.setdefault(execution.operation, []).append(number)
        self.base = [self._executed(number, self.plans.plan(number, NONE)) for number in range(len(self.executions))]
        self.timed_out = {e.operation for e, s in zip(self.executions, self.base, strict=True) if s >= self._timeout}

    @property
    def executed(self) -> int:
        """Different plans that were executed."""
        return sum(len(timed) for timed in self._timed)

    def bundles(self, sizes: Mapping[str, int]) -> list[Shown]:
        """Candidates that plans worth having use together, whatever the planner would make of the others; and those
        that serve several operations, each alone."""
        found = [plan.used for number in range(len(self.executions)) for plan in self.plans.front(number, sizes)]
        gains: dict[Shown, float] = {}
        for number, execution in enumerate(self.executions):
            for plan in self.plans.options(number):
                if len(plan.used) == 1:
                    gain = execution.share * (self.base[number] - self._expected(number, plan))
                    gains[plan.used] = gains.get(plan.used, 0.0) + gain
        found += sorted(gains, key=lambda used: (-gains[used], sorted(used)))[:_MOST_SHARED]
        return [used for used in dict.fromkeys(found) if used and used <= sizes.keys()]

    def sample(self, number: int, sizes: Mapping[str, int]) -> None:
        """Executes the plans than which none is both cheaper and by smaller indexes, the cheapest first. Of an
        execution that did not end without indexes, any that the planner finds cheaper: what it thinks of one that
        runs so long says nothing of the others."""
        base = self.plans.plan(number, NONE)
        is_endless = self.base[number] >= self._timeout
        for plan in self.plans.front(number, sizes):
            is_promising = is_endless or self._expected(number, plan) < self.base[number]
            if plan.cost < _PROMISING * base.cost and is_promising:
                self._executed(number, plan)

    def times(self, shown: Shown) -> list[float]:
        """Seconds of each execution, as foreseen; as measured for a set that was verified."""
        return [self._foreseen(number, shown) for number in range(len(self.executions))]

    def total(self, shown: Shown) -> float:
        """Weighted seconds of the whole mix."""
        return sum(e.share * seconds for e, seconds in zip(self.executions, self.times(shown), strict=True))

    def seconds(self, shown: Shown) -> dict[str, float]:
        """Seconds by operation, the mean over its draws."""
        return self._averaged(self.times(shown))

    def weighted(self, shown: Shown) -> dict[str, float]:
        """Seconds of the mix by operation."""
        times = self.times(shown)
        return {
            operation: sum(self.executions[number].share * times[number] for number in numbers)
            for operation, numbers in self._by_operation.items()
        }

    def _averaged(self, times: Sequence[float]) -> dict[str, float]:
        return {
            operation: sum(times[number] for number in numbers) / len(numbers)
            for operation, numbers in self._by_operation.items()
        }

    def options(self, number: int) -> list[tuple[Shown, float]]:
        """The candidates each known plan of an execution uses, and its seconds; the first a set allows is taken."""
        return [(plan.used, self._expected(number, plan)) for plan in self.plans.options(number)]

    def asked(self, number: int) -> dict[Shown, float]:
        """The sets of which the planner was asked, and the seconds."""
        return {shown: self._expected(number, plan) for shown, plan in self.plans.asked(number).items()}

    def verify(self, shown: Shown) -> None:
        """Asks the planner what it makes of a set, and executes the plans that were not."""
        for number in range(len(self.executions)):
            self._executed(number, self.plans.plan(number, shown))

    def is_verified(self, shown: Shown) -> bool:
        return all(
            (plan := self.plans.asked(number).get(self.plans.relevant(number, shown))) is not None
            and plan.shape in timed
            for number, timed in enumerate(self._timed)
        )

    def used(self, shown: Shown) -> dict[str, Shown]:
        """The candidates each operation's plans use."""
        return {
            operation: NONE.union(*(self.plans.plan(number, shown).used for number in numbers))
            for operation, numbers in self._by_operation.items()
        }

    def slows(self, shown: Shown) -> list[str]:
        """Operations that a set makes slower than they may become."""
        return self._slowed(self.times(shown))

    def is_slow(self, times: Sequence[float]) -> bool:
        """Whether `slows` would say so of these seconds of each execution."""
        few = zip(self.base, times, strict=True)
        return any(seconds > base + _MOST_SLOWER_SECONDS for base, seconds in few) and bool(self._slowed(times))

    def _slowed(self, times: Sequence[float]) -> list[str]:
        base = self._averaged(self.base)
        return [
            operation
            for operation, seconds in self._averaged(times).items()
            if seconds > base[operation] * _MOST_SLOWER and seconds - base[operation] > _MOST_SLOWER_SECONDS
        ]

    def _foreseen(self, number: int, shown: Shown) -> float:
        relevant = self.plans.relevant(number, shown)
        if relevant not in self._remembered[number]:
            self._remembered[number][relevant] = self._expected(number, self.plans.foreseen(number, relevant))
        return self._remembered[number][relevant]

    def _expected(self, number: int, plan: Plan) -> float:
        """What a plan took; of one that was not executed, what the one nearest by the planner's cost lets expect. Where
        that did not end, another must be much cheaper to be believed in."""
        timed = self._timed[number]
        if known := timed.get(plan.shape):
            return known.seconds
        nearest = min(timed.values(), key=lambda each: abs(math.log(each.cost / max(plan.cost, _LEAST_COST))))
        ratio = plan.cost / nearest.cost
        if not nearest.has_ended and ratio > _BELIEVED:
            return self.base[number]
        return min(self.base[number], nearest.seconds * ratio)

    def _executed(self, number: int, plan: Plan) -> float:
        timed = self._timed[number]
        if plan.shape not in timed:
            self._what_if.show_only(plan.used)
            timed[plan.shape] = self._time(number, max(plan.cost, _LEAST_COST))
        self._remembered[number].clear()
        return timed[plan.shape].seconds

    def _time(self, number: int, cost: float) -> _Timed:
        """A plan that seems better than any before, or worse than the base's, must show it twice. One that is cancelled
        is taken to be as slow as the base at least."""
        execution, timed = self.executions[number], self._timed[number]
        best, base, limit = math.inf, 0.0, self._timeout
        if timed:
            best, base = min(each.seconds for each in timed.values()), self.base[number]
            limit = min(self._timeout, _PATIENCE * base + _GRACE_SECONDS, _RACE * best + 1)
        seconds = self._what_if.seconds(execution.sql, execution.parameters, limit)
        if seconds is None:
            return _Timed(cost, max(base, limit), has_ended=False)
        if seconds < _AGAIN_SECONDS and not best <= seconds <= base:
            seconds = min(seconds, self._what_if.seconds(execution.sql, execution.parameters, limit) or limit)
        return _Timed(cost, seconds, has_ended=True)


class WriteCosts:
    """What candidates add to the time of the workload's writes, beside none: each alone, and sets as they are."""

    _REPEATS = 3

    def __init__(self, ground: Ground) -> None:
        self._what_if = ground.what_if
        self._batches: dict[str, list[Execution]] = {}
        for execution in ground.writes:
            self._batches.setdefault(execution.operation, []).append(execution)
        self._shares: dict[str, float] = {}
        self._ratios: dict[Shown, float] = {}
        self._base = self._measured(NONE)

    def learn(self, names: Set[str]) -> None:
        """Measures what each candidate adds. Each once: it is to choose by, and what is chosen is measured whole. What
        all of it leaves behind is removed at once, when all of them are shown that have heard of it."""
        unknown = sorted(names - self._shares.keys())
        for name in unknown if self._base else ():
            self._shares[name] = max(0.0, self._seconds(frozenset({name}), 1) / self._base - 1)
        if unknown and self._base:
            self._what_if.show_only(frozenset(unknown))
            self._what_if.tidy()

    def share(self, name: str) -> float:
        """0.5: half as much again. 0 for a workload that writes nothing."""
        return self._shares[name] if self._base else 0.0

    def ratio(self, shown: Shown) -> float:
        """Of a whole set, measured once."""
        if not self._base or not shown:
            return 1.0
        if shown not in self._ratios:
            self._ratios[shown] = self._measured(shown) / self._base
        return self._ratios[shown]

    def _measured(self, shown: Shown) -> float:
        seconds = self._seconds(shown, self._REPEATS)
        if self._batches:
            self._what_if.tidy()
        return seconds

    def _seconds(self, shown: Shown, repeats: int) -> float:
        """Weighted seconds of all writes, each executed and taken back."""
        self._what_if.show_only(shown)
        total = 0.0
        for batch in self._batches.values():
            statements = [(execution.sql, execution.parameters) for execution in batch]
            taken = min(self._what_if.write_seconds(statements) for _ in range(repeats))
            total += taken * batch[0].share
        return total
