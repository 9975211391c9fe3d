"""What a set of candidate indexes is worth: real plans, each executed once.

`Worth.seconds(operation, shown)` is the time of the plan the database itself chooses when it sees just those
candidates. Planning is cheap and done for every set that matters; a plan already seen is not executed again, so that
hundreds of sets cost some dozens of executions. Two facts save planning too: candidates on other tables change
nothing; and a plan chosen among many is still chosen among fewer, as long as all it uses are there.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from lab.model.what_if import Execution, Ground, Plan

Shown = frozenset[str]
NONE: Shown = frozenset()
_AGAIN_SECONDS = 1.0
"""Executions shorter than this can be done twice, and the shorter time counts."""
_PATIENCE = 3.0
_GRACE_SECONDS = 0.2
"""An execution is cancelled at so many times the base's and this: the set is out anyway."""
_RACE = 8.0
"""And at so many times the best so far, and a second."""
_PROMISING = 0.5


@dataclass(slots=True)
class _Known:
    """What was learnt of one execution."""

    planned: dict[Shown, Plan] = field(default_factory=dict)
    timed: dict[str, float] = field(default_factory=dict)


class Worth:
    """Times of sets of candidates, remembered. `tables` maps a candidate to its table, `reads` an operation to those it
    reads (an operation that is not there may read any)."""

    def __init__(self, ground: Ground, tables: Mapping[str, str], reads: Mapping[str, Set[str]]) -> None:
        self._what_if = ground.what_if
        self.executions = executions = ground.reads
        self._tables = tables
        self._reads = [reads.get(execution.operation, set(tables.values())) for execution in executions]
        self._timeout = ground.timeout_seconds
        self._known = [_Known() for _ in executions]
        self._totals: dict[Shown, float] = {}
        self._considered: list[Shown] | None = None
        self.base: list[float] = []
        for number in range(len(executions)):
            self.base.append(self._seconds(number, NONE))
        self.timed_out = {e.operation for e, s in zip(executions, self.base, strict=True) if s >= self._timeout}

    @property
    def plans(self) -> int:
        """Different plans that were executed."""
        return sum(len(known.timed) for known in self._known)

    def total(self, shown: Shown) -> float:
        """Weighted seconds of the whole mix."""
        if shown not in self._totals:
            shares = (e.share * self._seconds(number, shown) for number, e in enumerate(self.executions))
            self._totals[shown] = sum(shares)
        return self._totals[shown]

    def seconds(self, shown: Shown) -> dict[str, float]:
        """Seconds by operation, the mean over its draws."""
        found: dict[str, list[float]] = {}
        for number, execution in enumerate(self.executions):
            found.setdefault(execution.operation, []).append(self._seconds(number, shown))
        return {operation: sum(times) / len(times) for operation, times in found.items()}

    def used(self, shown: Shown) -> dict[str, Shown]:
        """The candidates each operation's plans use."""
        found: dict[str, Shown] = {}
        for number, execution in enumerate(self.executions):
            found[execution.operation] = found.get(execution.operation, NONE) | self._plan(number, shown).used
        return found

    def narrow(self, candidates: Set[str]) -> Shown:
        """Looks, from now on, only at candidates that some plan uses: when an execution sees all of them, then all but
        those it used, and so on. What is used in no layer would hardly be used by anybody."""
        chosen: list[Shown] = []
        for number in range(len(self.executions)):
            left, found = frozenset(candidates), NONE
            for _ in range(_LAYERS):
                used = self._plan(number, left).used
                found, left = found | used, left - used
                if not used:
                    break
            chosen.append(found)
        self._considered = chosen
        return frozenset[str]().union(*chosen)

    def promise(self, before: Shown, after: Shown) -> float:
        """Seconds of the mix a larger set should gain: known where its plans were executed, and the planner's own
        estimate where they were not. Executes nothing of the larger set."""
        found = 0.0
        for number, execution in enumerate(self.executions):
            then, now = self._plan(number, before), self._plan(number, after)
            if then.shape == now.shape:
                continue
            seconds = self._seconds(number, before)
            known = self._known[number].timed.get(now.shape)
            left = seconds * now.cost / max(then.cost, 1e-9) if known is None else known
            found += execution.share * (seconds - left)
        return found

    def rivals(self, name: str) -> Shown:
        """What the executions that would look at a candidate look at beside it."""
        assert self._considered is not None
        return NONE.union(*(c for c in self._considered if name in c)) - {name}

    def widen(self) -> None:
        """Looks at every candidate again."""
        self._considered = None
        self._totals.clear()

    def _relevant(self, number: int, shown: Shown) -> Shown:
        if self._considered is not None:
            return shown & self._considered[number]
        return frozenset(name for name in shown if self._tables[name] in self._reads[number])

    def _plan(self, number: int, shown: Shown) -> Plan:
        relevant = self._relevant(number, shown)
        known = self._known[number]
        if plan := known.planned.get(relevant):
            return plan
        for seen, plan in known.planned.items():
            if plan.used <= relevant <= seen:
                break
        else:
            self._what_if.show_only(shown)
            execution = self.executions[number]
            plan = self._what_if.plan(execution.sql, execution.parameters)
        known.planned[relevant] = plan
        return plan

    def _seconds(self, number: int, shown: Shown) -> float:
        plan = self._plan(number, shown)
        known = self._known[number]
        if plan.shape not in known.timed:
            self._what_if.show_only(plan.used)
            known.timed[plan.shape] = self._time(number, plan)
        return known.timed[plan.shape]

    def _time(self, number: int, plan: Plan) -> float:
        """Seconds; a plan that seems better than the base's must show it twice. One that is cancelled is taken to be as
        slow as the base at least; and so is one the planner itself expects little of, where the base never ended."""
        execution, known = self.executions[number], self._known[number]
        if number >= len(self.base):
            seconds = self._what_if.seconds(execution.sql, execution.parameters, self._timeout)
            return self._timeout if seconds is None else seconds
        base = self.base[number]
        if base >= self._timeout and plan.cost > _PROMISING * self._plan(number, NONE).cost:
            return base
        best = min(known.timed.values())
        limit = min(self._timeout, _PATIENCE * base + _GRACE_SECONDS, _RACE * best + 1)
        seconds = self._what_if.seconds(execution.sql, execution.parameters, limit)
        if seconds is not None and seconds < min(base, _AGAIN_SECONDS):
            again = self._what_if.seconds(execution.sql, execution.parameters, limit)
            seconds = min(seconds, again or limit)
        return max(base, limit) if seconds is None else seconds


_LAYERS = 4


class WriteCosts:
    """What each candidate adds to the time of the workload's writes: each alone, beside none."""

    _REPEATS = 3

    def __init__(self, ground: Ground) -> None:
        self._what_if = ground.what_if
        self._batches: dict[str, list[Execution]] = {}
        for execution in ground.writes:
            self._batches.setdefault(execution.operation, []).append(execution)
        self._shares: dict[str, float] = {}
        self._base = self.seconds(NONE)

    def seconds(self, shown: Shown) -> float:
        """Weighted seconds of all writes, each executed and taken back."""
        self._what_if.show_only(shown)
        total = 0.0
        for batch in self._batches.values():
            statements = [(execution.sql, execution.parameters) for execution in batch]
            taken = min(self._what_if.write_seconds(statements) for _ in range(self._REPEATS))
            total += taken * batch[0].share
        return total

    def share(self, name: str) -> float:
        """0.5: half as much again. 0 for a workload that writes nothing."""
        if not self._base:
            return 0.0
        if name not in self._shares:
            self._shares[name] = max(0.0, self.seconds(frozenset({name})) / self._base - 1)
        return self._shares[name]

    def ratio(self, shown: Shown) -> float:
        """Of a whole set, measured."""
        return self.seconds(shown) / self._base if self._base else 1.0
