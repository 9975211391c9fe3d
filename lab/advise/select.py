"""Which candidates to take together, under bounds of room and of the cost of writes.

A search over what is foreseen of sets, so none of its steps costs more than arithmetic: candidates join in bundles that
some plan uses together (so what helps only beside another is found), those that gain most first, once in all and once
for what they take of the bounds; then bundles join at the cost of the members least missed, as long as that gains.
(Chaudhuri and Narasayya, "An Efficient, Cost-Driven Index Selection Tool", VLDB 1997; Dash, Polyzotis and Ailamaki,
"CoPhy", PVLDB 2011, poses the same over atomic configurations.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.advise.foreseen import Foreseen
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
    """Sets are bits of one number here (`lab.advise.foreseen`): thousands of them are looked at."""

    def __init__(self, worth: Worth, costs: Costs, bounds: Bounds) -> None:
        self._costs, self._bounds = costs, bounds
        self._foreseen = foreseen = Foreseen(worth, costs.size_bytes)
        bundles = worth.bundles(costs.size_bytes)
        self._bundles = [foreseen.bits(bundle) for bundle in bundles if costs.fits(bundle, bounds)]
        self._members = {bit: name for name, bit in foreseen.bit.items()}
        self._least = _LEAST_SHARE * foreseen.total(0)

    def best(self) -> Shown:
        grown = dict.fromkeys([self._grow(lambda _: 1.0), self._grow(self._price)])
        found = [self._improve(shown) for shown in grown]
        return min(map(self._names, found), key=lambda shown: (self._total(shown), self._costs.size(shown)))

    def _names(self, shown: int) -> Shown:
        return frozenset(self._members[bit] for bit in _bits(shown))

    def _total(self, shown: Shown) -> float:
        return self._foreseen.total(self._foreseen.bits(shown))

    def _price(self, added: int) -> float:
        return sum(self._costs.price(self._members[bit], self._bounds) for bit in _bits(added))

    def _fits(self, shown: int) -> bool:
        return self._costs.fits(self._names(shown), self._bounds)

    def _grow(self, price: Callable[[int], float], shown: int = 0) -> int:
        """Adds the best bundle until none gains."""
        while True:
            best, now = (0.0, 0), self._foreseen.total(shown)
            for wider in sorted({shown | bundle for bundle in self._bundles} - {shown}):
                gained = now - self._foreseen.total(wider)
                if gained <= 0 or gained / price(wider & ~shown) <= best[0] or not self._fits(wider):
                    continue
                if self._is_worth_having(shown, wider):
                    best = gained / price(wider & ~shown), wider
            if not best[1]:
                return shown
            shown = best[1]

    def _is_worth_having(self, before: int, after: int) -> bool:
        return is_much(self._foreseen.operations(before), self._foreseen.operations(after), self._least)

    def _improve(self, shown: int) -> int:
        """Lets a bundle in at the cost of the members least missed, as long as the set gains by it: at once, or when it
        has grown again into the room that is left, since what leaves may have done two things at once that smaller ones
        do as well."""
        while True:
            for bundle in self._promising(shown):
                other = self._grow(self._price, self._fitted(shown | bundle, bundle))
                if self._foreseen.total(other) < self._foreseen.total(shown) - self._least:
                    shown = other
                    break
            else:
                return shown

    def _promising(self, shown: int) -> Sequence[int]:
        now = self._foreseen.total(shown)
        gains = {bundle: now - self._foreseen.total(shown | bundle) for bundle in self._bundles}
        helpful = [bundle for bundle, gain in gains.items() if gain > self._least]
        return sorted(helpful, key=lambda bundle: (-gains[bundle], bundle))[:_MOST_TRIED]

    def _fitted(self, shown: int, kept: int) -> int:
        """The set without the members least missed for what they take, until it fits."""
        while not self._fits(shown):
            rests = {bit: self._foreseen.total(shown & ~bit) for bit in _bits(shown & ~kept)}
            shown &= ~min(rests, key=lambda bit: rests[bit] / self._price(bit))
        return shown


def _bits(shown: int) -> Iterator[int]:
    while shown:
        bit = shown & -shown
        yield bit
        shown ^= bit


def is_much(before: Mapping[str, float], after: Mapping[str, float], least_seconds: float) -> bool:
    """Whether what a change gains is worth having. Weighted seconds of each operation; `least_seconds` of the mix."""
    if sum(before.values()) - sum(after.values()) >= least_seconds:
        return True
    return any(s - after[o] >= max(_LEAST_OF_OPERATION * s, _LEAST_SECONDS) for o, s in before.items())


def shed(worth: Worth, shown: Shown) -> Shown:
    """The set without members nobody misses, the least missed leaving first."""
    least_seconds = _LEAST_SHARE * worth.total(NONE)
    while shown:
        losses = {name: worth.total(shown - {name}) - worth.total(shown) for name in sorted(shown)}
        least = min(losses, key=lambda name: losses[name])
        rest = shown - {least}
        is_missed = losses[least] > 0 and is_much(worth.weighted(rest), worth.weighted(shown), least_seconds)
        if is_missed or worth.slows(rest):
            return shown
        shown = rest
    return shown
