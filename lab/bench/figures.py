"""What a study measures: several ways in turn, and figures made of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping

import numpy as np

from lab import stats
from lab.model.caching import Figure
from lab.model.interval import Interval


def interleaved(ways: Mapping[str, Callable[[int], object]], count: int, seed: int) -> dict[str, stats.Samples]:
    """Seconds each way took for 0 … count - 1, in random order within each number, so that all meet the same machine:
    shape (count,) each."""
    rng = random.Random(seed)
    found = {name: np.zeros(count) for name in ways}
    for number in range(count):
        for name in rng.sample(list(ways), len(ways)):
            started = time.perf_counter_ns()
            ways[name](number)
            found[name][number] = (time.perf_counter_ns() - started) / 1e9
    return found


def median(title: str, seconds: stats.Samples, per: int = 1) -> Figure:
    return Figure(title, "s", _scaled(stats.summarize(seconds).p50, per))


def tail(title: str, seconds: stats.Samples) -> Figure:
    return Figure(title, "s", stats.summarize(seconds).p99)


def exact(title: str, unit: str, value: float) -> Figure:
    return Figure(title, unit, Interval(value, value, value))


def _scaled(found: Interval, per: int) -> Interval:
    return Interval(found.estimate / per, found.low / per, found.high / per)
