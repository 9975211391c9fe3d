"""Did the machine stay what it was? The floor of each round: a fixed piece of work, and an empty statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lab.model.doubt import Drift, Probe
from lab.model.run import Floor

LARGEST_DRIFT = 1.5
LARGEST_SHARE_ASIDE = 0.25
"""With more pairs than this in rounds set aside, nothing can be told."""


def steady_rounds(floors: Sequence[Floor]) -> tuple[frozenset[int], tuple[Drift, ...]]:
    """The rounds to count, and what is to be said of the others.

    Counted are the most rounds whose floors lie within a factor of LARGEST_DRIFT of each other, by either probe. The
    floor knows nothing of the two sides, so leaving rounds out by it favours none.
    """
    kept = [_widest({floor.round: seconds for floor, seconds in of}) for _, of in _by_probe(floors)]
    steady = frozenset.intersection(*kept) if kept else frozenset()
    moved = [(probe, max(s for _, s in of) / min(s for _, s in of)) for probe, of in _by_probe(floors)]
    aside = len(floors) - len(steady)
    return steady, tuple(Drift(p, factor, aside, len(floors)) for p, factor in moved if factor > LARGEST_DRIFT)


def steady_pairs(rounds: NDArray[np.int64], floors: Sequence[Floor]) -> NDArray[np.bool_] | None:
    """Which pairs to count, by the round of each: shape (n,), n > 0. None when so many lie in unsteady rounds that
    nothing can be told. All of them where no floor was timed.

    Only the floors from the first to the last of these rounds are looked at, so that what was sure when an operation
    stopped stays so, whatever the machine does later.
    """
    seen = [floor for floor in floors if rounds.min() <= floor.round <= rounds.max()]
    if not seen:
        return np.ones(len(rounds), dtype=bool)
    kept = np.isin(rounds, sorted(steady_rounds(seen)[0]))
    return kept if kept.mean() >= 1 - LARGEST_SHARE_ASIDE else None


def _by_probe(floors: Sequence[Floor]) -> Iterator[tuple[Probe, list[tuple[Floor, float]]]]:
    if floors:
        yield "processor", [(floor, floor.processor_seconds) for floor in floors]
        yield "empty statement", [(floor, floor.statement_seconds) for floor in floors]


def _widest(seconds: dict[int, float]) -> frozenset[int]:
    """The most rounds within the factor of each other; of two such sets the faster."""
    numbers = sorted(seconds, key=seconds.__getitem__)
    ordered = np.array([seconds[number] for number in numbers])
    ends = np.searchsorted(ordered, ordered * LARGEST_DRIFT, side="right")
    start = int(np.argmax(ends - np.arange(len(ordered))))
    return frozenset(numbers[start : ends[start]])
