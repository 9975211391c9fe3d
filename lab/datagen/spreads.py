"""How many children a parent has: drawn from the parent's number alone, as often as asked and kept nowhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lab.datagen import exact
from lab.datagen.scattered import scatter, unscatter
from lab.datagen.seed import Rows, draws, shares_of

_LARGE_MEAN = 500
_PART = 65_536
_STAIR_BITS = 12


@dataclass(frozen=True)
class Sizes:
    """So many children above the fewest, by the law named `spread`, but no more than `most`; then `step` more or less
    as far as `limit` allows: `rounds` times for every parent, and once more for those whose place in a scattered
    order is below `extra`."""

    key: np.uint64
    parents: int
    spread: str
    excess: float
    fewest: int
    most: int
    step: int = 0
    limit: int = 0
    rounds: int = 0
    extra: int = 0

    def __call__(self, parents: Rows) -> Rows:
        found = self._after_rounds(parents)
        if self.extra:
            found += np.where(self._can_change(found) & (unscatter(parents, self.parents) < self.extra), self.step, 0)
        return found

    def adding_up_to(self, total: int) -> Sizes:
        """The same with `total` children in all, as far as fewest and most allow."""
        tally: Counter[int] = Counter()
        for part in parts(self.parents):
            values, times = np.unique(self(part), return_counts=True)
            tally.update(dict(zip(values.tolist(), times.tolist(), strict=True)))
        missing = total - sum(size * times for size, times in tally.items())
        step = 1 if missing > 0 else -1
        limit = self.fewest if missing < 0 else min(self.most, total)
        rounds, left = _rounds({(limit - size) * step: times for size, times in tally.items()}, abs(missing))
        evened = replace(self, step=step, limit=limit, rounds=rounds)
        return replace(evened, extra=evened._place_after(left)) if left else evened

    def _after_rounds(self, parents: Rows) -> Rows:
        found = np.full(len(parents), self.fewest, np.int64)
        if self.excess:
            found += self._drawn(parents)
        np.minimum(found, self.most, out=found)
        if not self.rounds:
            return found
        changed = (np.minimum if self.step > 0 else np.maximum)(found + self.step * self.rounds, self.limit)
        return np.where(self._can_change(found), changed, found)

    def _drawn(self, parents: Rows) -> Rows:
        drawn, law = draws(self.key, parents), _SPREADS[self.spread]
        if self.spread not in _RISING:
            return law(shares_of(drawn), self.excess, parents, self.parents)
        found = _stairs(self.spread, self.excess).take(drawn >> np.uint32(32 - _STAIR_BITS))
        if found.min(initial=0) < 0:
            unsure = np.flatnonzero(found < 0)
            found[unsure] = law(shares_of(drawn[unsure]), self.excess, parents[unsure], self.parents)
        return found

    def _can_change(self, sizes: Rows) -> NDArray[np.bool_]:
        return sizes < self.limit if self.step > 0 else sizes > self.limit

    def _place_after(self, count: int) -> int:
        """The place in the scattered order after so many parents that can change; the last one where there are
        fewer."""
        for part in parts(self.parents):
            can = np.flatnonzero(self._can_change(self._after_rounds(scatter(part, self.parents))))
            if count <= len(can):
                return int(part[can[count - 1]]) + 1
            count -= len(can)
        return self.parents


def drawn(
    key: np.uint64, parents: int, mean: float, fewest: int, most: int | None, total: int | None, spread: str | None
) -> Sizes:
    """Sizes spread about the mean, geometrically unless told otherwise, so that a few parents have many; `total`
    children in all, as far as fewest and most allow."""
    highest = 2**31 - 1 if most is None else min(most, 2**31 - 1)
    found = Sizes(key, parents, spread or "geometric", max(mean - fewest, 0.0), fewest, highest)
    return found if total is None else found.adding_up_to(total)


def parts(count: int, size: int = _PART) -> Iterator[Rows]:
    return (np.arange(first, min(first + size, count)) for first in range(0, count, size))


def _rounds(rooms: dict[int, int], left: int) -> tuple[int, int]:
    """How often every parent that has room can be given one child of those that are left, and how many are left then
    for some; none when no parent has room. `rooms` tells how many parents have room for so many."""
    rounds, able = 0, sum(times for room, times in rooms.items() if room > 0)
    for room in sorted(room for room in rooms if room > 0):
        whole = min(room - rounds, left // able)
        rounds += whole
        left -= whole * able
        if rounds < room:
            return rounds, left
        able -= rooms[room]
    return rounds, 0


def _geometric(u: NDArray[np.float64], mean: float, *_: object) -> Rows:
    """Whole numbers from 0, each less frequent than the one before by the same factor."""
    return np.floor(exact.log(1 - u) / exact.log(np.array([1 - 1 / (1 + mean)]))).astype(np.int64)


def _poisson(u: NDArray[np.float64], mean: float, *_: object) -> Rows:
    """By the distribution function, summed up; a normal law where the mean is large."""
    if mean > _LARGE_MEAN:
        return np.maximum(np.rint(mean + math.sqrt(mean) * exact.normal_quantile(u)), 0).astype(np.int64)
    counts = np.arange(1, int(mean + 12 * math.sqrt(mean)) + 20)
    shares = exact.exp(np.array([-mean])) * np.cumprod(np.concatenate([[1.0], mean / counts]))
    found: Rows = np.searchsorted(np.cumsum(shares), u, side="right").astype(np.int64)
    return found


def _uniform(u: NDArray[np.float64], mean: float, *_: object) -> Rows:
    """Anything from none to twice the mean, equally often; rounded by the shares' finer digits."""
    return np.floor(2 * mean * u + u * 2.0**20 % 1).astype(np.int64)


def _constant(u: NDArray[np.float64], mean: float, *_: object) -> Rows:
    """The mean, or the whole numbers next to it."""
    return np.floor(mean + u).astype(np.int64)


def _zipf(u: NDArray[np.float64], mean: float, parents: Rows, count: int) -> Rows:
    """Inversely to the parent's rank, the ranks scattered: one parent has a large part of all children."""
    ranks = scatter(parents, count) + 1.0
    found: Rows = np.floor(mean * count / ranks / _harmonic(count) + u).astype(np.int64)
    return found


@lru_cache(maxsize=64)
def _harmonic(count: int) -> float:
    """Summed up one after the other, in parts: the same bits however long a part is."""
    found = 0.0
    for part in parts(count):
        found = float(np.cumsum(np.append(found, 1 / (part + 1.0)))[-1])
    return found


_SPREADS: dict[str, Callable[[NDArray[np.float64], float, Rows, int], Rows]] = {
    "geometric": _geometric,
    "poisson": _poisson,
    "zipf": _zipf,
    "uniform": _uniform,
    "constant": _constant,
}
SPREADS = tuple(_SPREADS)
_RISING = ("geometric", "poisson", "constant")
"""Laws of what is drawn alone, by which more is drawn for more children."""


@lru_cache(maxsize=64)
def _stairs(spread: str, mean: float) -> Rows:
    """A rising law by the upper bits drawn, many times faster than logarithms: -1 where these do not decide."""
    firsts = np.arange(1 << _STAIR_BITS, dtype=np.uint32) << np.uint32(32 - _STAIR_BITS)
    lasts = firsts + np.uint32((1 << 32 - _STAIR_BITS) - 1)
    none = np.zeros(0, np.int64)
    low, high = (_SPREADS[spread](shares_of(drawn), mean, none, 0) for drawn in (firsts, lasts))
    return np.where(low == high, low, -1)
