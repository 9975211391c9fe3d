"""Which candidates to take together, under bounds of room and of the cost of writes.

A search over what is foreseen of sets, so none of its steps costs more than arithmetic: candidates join in bundles that
some plan uses together (so what helps only beside another is found), those that gain most first, once in all and once
for what they take of the bounds; then bundles join at the cost of the members least missed, as long as that gains.
(Chaudhuri and Narasayya, "An Efficient, Cost-Driven Index Selection Tool", VLDB 1997; Dash, Polyzotis and Ailamaki,
"CoPhy", PVLDB 2011, poses the same over atomic configurations.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from lab.advise.plans import NONE, Shown
from lab.advise.worth import Worth

_LEAST_SHARE = 0.002
"""Of the mix's time: what gains less is not worth having."""
_LEAST_OF_OPERATION = 0.15
"""Or of one operation's time, if that is as much as …"""
_LEAST_SECONDS = 0.001
_MOST_TRIED = 60
"""Bundles tried at the cost of members, the most promising first."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a set may take. None for no bound."""

    storage_bytes: int | None = None
    write_ratio: float | None = None
    """Time of the workload's writes beside the base's."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a candidate costs by itself: bytes on disk, and what it adds to the base's time of all writes (0.5: half
    as much again). Both add up over a set, near enough to choose by; a chosen set is measured."""

    size_bytes: Mapping[str, int]
    write_share: Callable[[str], float]

    def size(self, shown: Iterable[str]) -> int:
        return sum(self.size_bytes[name] for name in shown)

    def fits(self, shown: Iterable[str], bounds: Bounds) -> bool:
        names = list(shown)
        if bounds.storage_bytes is not None and self.size(names) > bounds.storage_bytes:
            return False
        return bounds.write_ratio is None or 1 + sum(map(self.write_share, names)) <= bounds.write_ratio

    def price(self, name: str, bounds: Bounds) -> float:
        """What a candidate takes of the bounds; of room where there are none."""
        room = self.size_bytes[name] / (bounds.storage_bytes or 1e9)
        writes = self.write_share(name) / max(bounds.write_ratio - 1, 1e-3) if bounds.write_ratio else 0.0
        return max(room, writes, 1e-6)


def select(worth: Worth, costs: Costs, bounds: Bounds) -> Shown:
    """The best set foreseen; empty when nothing helps enough."""
    return _Search(worth, costs, bounds).best()


class _Search:
    def __init__(self, worth: Worth, costs: Costs, bounds: Bounds) -> None:
        self._worth, self._costs, self._bounds = worth, costs, bounds
        self._bundles = [bundle for bundle in worth.bundles(costs.size_bytes) if costs.fits(bundle, bounds)]
        self._totals: dict[Shown, float] = {}
        self._least = _LEAST_SHARE * self._total(NONE)

    def best(self) -> Shown:
        grown = dict.fromkeys([self._grow(lambda _: 1.0), self._grow(self._price)])
        found = [shed(self._worth, self._improve(shown)) for shown in grown]
        return min(found, key=lambda shown: (self._total(shown), self._costs.size(shown)))

    def _total(self, shown: Shown) -> float:
        """Infinite for a set that slows an operation more than it may."""
        if shown not in self._totals:
            slow = bool(shown) and bool(self._worth.slows(shown))
            self._totals[shown] = float("inf") if slow else self._worth.total(shown)
        return self._totals[shown]

    def _price(self, added: Iterable[str]) -> float:
        return sum(self._costs.price(name, self._bounds) for name in added)

    def _grow(self, price: Callable[[Shown], float], shown: Shown = NONE) -> Shown:
        """Adds the best bundle until none gains."""
        while True:
            best, now = (0.0, NONE), self._total(shown)
            for wider in {shown | bundle for bundle in self._bundles} - {shown}:
                if not self._costs.fits(wider, self._bounds):
                    continue
                gain = (now - self._total(wider)) / price(wider - shown)
                if gain > best[0] and is_worth_having(self._worth, shown, wider):
                    best = max(best, (gain, wider), key=lambda each: (each[0], sorted(each[1])))
            if not best[1]:
                return shown
            shown = best[1]

    def _improve(self, shown: Shown) -> Shown:
        """Lets a bundle in at the cost of the members least missed, as long as the set gains by it."""
        while True:
            for bundle in self._promising(shown):
                other = self._fitted(shown | bundle, bundle)
                if self._total(other) < self._total(shown) - self._least:
                    shown = self._grow(self._price, other)
                    break
            else:
                return shown

    def _promising(self, shown: Shown) -> Sequence[Shown]:
        gains = {bundle: self._total(shown) - self._total(shown | bundle) for bundle in self._bundles}
        helpful = [bundle for bundle, gain in gains.items() if gain > self._least]
        return sorted(helpful, key=lambda bundle: (-gains[bundle], sorted(bundle)))[:_MOST_TRIED]

    def _fitted(self, shown: Shown, kept: Shown) -> Shown:
        """The set without the members least missed for what they take, until it fits."""
        while not self._costs.fits(shown, self._bounds):
            rests = {name: self._worth.total(shown - {name}) for name in sorted(shown - kept)}
            now = self._worth.total(shown)
            losses = {name: (rest - now) / self._price([name]) for name, rest in rests.items()}
            shown -= {min(losses, key=lambda name: losses[name])}
        return shown


def is_worth_having(worth: Worth, before: Shown, after: Shown) -> bool:
    if worth.total(before) - worth.total(after) >= _LEAST_SHARE * worth.total(NONE):
        return True
    then, now = worth.seconds(before), worth.seconds(after)
    return any(s - now[o] >= max(_LEAST_OF_OPERATION * s, _LEAST_SECONDS) for o, s in then.items())


def shed(worth: Worth, shown: Shown) -> Shown:
    """The set without members nobody misses, the least missed leaving first."""
    while shown:
        losses = {name: worth.total(shown - {name}) - worth.total(shown) for name in sorted(shown)}
        least = min(losses, key=lambda name: losses[name])
        rest = shown - {least}
        if (losses[least] > 0 and is_worth_having(worth, rest, shown)) or worth.slows(rest):
            return shown
        shown = rest
    return shown
