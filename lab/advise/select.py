"""Which candidates to take together, under bounds of room and of the cost of writes.

Greedy with second thoughts: starting from nothing, the candidate that gains most (once in all, once per byte) joins,
until none gains; then members that are not missed leave, and each member is tried for another. Whatever was turned
down is tried again on top of what was taken, so a change that helps only beside another is found: pairs that only
help together are tried as pairs. Each step looks at the true times of the whole set, so two indexes that do the same
job are worth one. (Chaudhuri and Narasayya, "An Efficient, Cost-Driven Index Selection Tool", VLDB 1997; Schlosser et
al., "Efficient Scalable Multi-Attribute Index Selection Using Recursive Strategies", ICDE 2019.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from lab.advise.worth import NONE, Shown, Worth

_LEAST_SHARE = 0.002
"""Of the mix's time: what gains less is not worth having."""
_LEAST_OF_OPERATION = 0.15
"""Or of one operation's time, if that is as much as …"""
_LEAST_SECONDS = 0.001
_OPTIMISM = 2.0
"""How much more than the planner expects a candidate may gain."""
_MOST_SLOWER = 1.10
_MOST_SLOWER_SECONDS = 0.005


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

    def fits(self, shown: Iterable[str], bounds: Bounds) -> bool:
        names = list(shown)
        if bounds.storage_bytes is not None and sum(self.size_bytes[name] for name in names) > bounds.storage_bytes:
            return False
        return bounds.write_ratio is None or 1 + sum(map(self.write_share, names)) <= bounds.write_ratio


def select(worth: Worth, costs: Costs, candidates: Iterable[str], bounds: Bounds) -> Shown:
    """The best set found; empty when nothing helps enough."""
    pool = sorted(candidates)
    price = _price(costs, bounds)
    found = [_grow(worth, costs, pool, bounds, measure) for measure in (lambda _: 1.0, price)]
    found = [_swap(worth, costs, pool, bounds, shown) for shown in dict.fromkeys(found)]
    return min(found, key=lambda shown: (worth.total(shown), sum(costs.size_bytes[n] for n in shown)))


def _price(costs: Costs, bounds: Bounds) -> Callable[[str], float]:
    """What a candidate takes of the bounds; of room where there are none."""

    def price(name: str) -> float:
        room = costs.size_bytes[name] / (bounds.storage_bytes or 1e9)
        writes = costs.write_share(name) / (bounds.write_ratio - 1) if bounds.write_ratio else 0.0
        return max(room, writes, 1e-6)

    return price


def _grow(
    worth: Worth, costs: Costs, pool: Iterable[str], bounds: Bounds, price: Callable[[str], float], start: Shown = NONE
) -> Shown:
    """Adds the best until none helps."""
    shown = start
    rank: dict[str, float] = dict.fromkeys(pool, float("inf"))
    while True:
        best = _best_addition(worth, costs, bounds, price, shown, rank)
        if best is None:
            return _shed(worth, shown)
        shown |= {best}
        del rank[best]


def _best_addition(
    worth: Worth,
    costs: Costs,
    bounds: Bounds,
    price: Callable[[str], float],
    shown: Shown,
    rank: dict[str, float],
) -> str | None:
    """Candidates in the order of what they gained last time: the first whose gain now beats all others' of then is the
    best ("lazy greedy"; Minoux, 1978). When none gains, each that once did not is looked at anew. Plans are executed
    for those alone that the planner expects to gain about as much."""
    best: tuple[float, str] | None = None
    least = _LEAST_SHARE * worth.total(NONE)
    for name in sorted(rank, key=lambda name: -rank[name]):
        if best and rank[name] <= best[0]:
            break
        rank[name] = 0.0
        if not costs.fits((*shown, name), bounds):
            continue
        promise = _OPTIMISM * worth.promise(shown, shown | {name})
        if promise < least or (best and promise / price(name) <= best[0]):
            rank[name] = max(promise, 0.0) / price(name)
            continue
        gain = _gain(worth, shown, shown | {name})
        rank[name] = gain / price(name)
        if gain > 0 and (best is None or rank[name] > best[0]):
            best = rank[name], name
    return best[1] if best else None


def _gain(worth: Worth, before: Shown, after: Shown) -> float:
    """Seconds of the mix; 0 when that is too little, or an operation gets too slow."""
    if slows(worth, after):
        return 0.0
    gain = worth.total(before) - worth.total(after)
    return gain if gain > 0 and is_worth_having(worth, before, after) else 0.0


def is_worth_having(worth: Worth, before: Shown, after: Shown) -> bool:
    if worth.total(before) - worth.total(after) >= _LEAST_SHARE * worth.total(NONE):
        return True
    then, now = worth.seconds(before), worth.seconds(after)
    return any(s - now[o] >= max(_LEAST_OF_OPERATION * s, _LEAST_SECONDS) for o, s in then.items())


def slows(worth: Worth, shown: Shown) -> list[str]:
    """Operations that a set makes slower than they may become."""
    base = worth.seconds(NONE)
    return [
        operation
        for operation, seconds in worth.seconds(shown).items()
        if seconds > base[operation] * _MOST_SLOWER and seconds - base[operation] > _MOST_SLOWER_SECONDS
    ]


def _shed(worth: Worth, shown: Shown) -> Shown:
    """The set without members nobody misses, the least missed leaving first."""
    while shown:
        losses = {name: worth.total(shown - {name}) - worth.total(shown) for name in shown}
        least = min(sorted(losses), key=lambda name: losses[name])
        if is_worth_having(worth, shown - {least}, shown) and losses[least] > 0:
            return shown
        if slows(worth, shown - {least}):
            return shown
        shown -= {least}
    return shown


def _swap(worth: Worth, costs: Costs, pool: list[str], bounds: Bounds, shown: Shown) -> Shown:
    """Tries the set without each member, grown again by others."""
    improved = True
    while improved:
        improved = False
        for name in sorted(shown):
            rest = shown - {name}
            others = (worth.rivals(name) & frozenset(pool)) - rest
            grown = _grow(worth, costs, sorted(others), bounds, _price(costs, bounds), rest)
            if worth.total(grown) < worth.total(shown) * (1 - _LEAST_SHARE) and costs.fits(grown, bounds):
                shown, improved = grown, True
                break
    return shown
