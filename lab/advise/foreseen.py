"""What sets of candidates would take, by what is known now, fast enough to look at thousands.

A set is a number with a bit for each candidate, and an execution a list of plans, the cheapest first: it takes what the
first plan takes that uses no candidate outside the set.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from lab.advise.worth import Worth


class Foreseen:
    def __init__(self, worth: Worth, candidates: Iterable[str]) -> None:
        self._worth = worth
        self.bit = {name: 1 << place for place, name in enumerate(sorted(candidates))}
        numbers = range(len(worth.executions))
        self._relevant = [self.bits(worth.plans.relevant(number, self.bit.keys())) for number in numbers]
        self._options = [
            [(self.bits(used), seconds) for used, seconds in worth.options(number) if used <= self.bit.keys()]
            for number in numbers
        ]
        self._known = [
            {self.bits(shown): seconds for shown, seconds in worth.asked(number).items() if shown <= self.bit.keys()}
            for number in numbers
        ]
        self._totals: dict[int, float] = {}

    def bits(self, names: Iterable[str]) -> int:
        return sum(self.bit[name] for name in names)

    def total(self, shown: int) -> float:
        """Weighted seconds of the mix; infinite for a set that slows an operation more than it may."""
        if shown not in self._totals:
            times = self.times(shown)
            slow = bool(shown) and self._worth.is_slow(times)
            shares = zip(self._worth.executions, times, strict=True)
            self._totals[shown] = math.inf if slow else sum(e.share * seconds for e, seconds in shares)
        return self._totals[shown]

    def operations(self, shown: int) -> dict[str, float]:
        """Weighted seconds of each operation."""
        found: dict[str, float] = {}
        for execution, seconds in zip(self._worth.executions, self.times(shown), strict=True):
            found[execution.operation] = found.get(execution.operation, 0.0) + execution.share * seconds
        return found

    def times(self, shown: int) -> list[float]:
        """Seconds of each execution."""
        return [self._seconds(number, shown & relevant) for number, relevant in enumerate(self._relevant)]

    def _seconds(self, number: int, shown: int) -> float:
        known = self._known[number]
        if shown not in known:
            known[shown] = next(seconds for used, seconds in self._options[number] if not used & ~shown)
        return known[shown]
