"""Predicted hit ratios held against caches simulated request by request."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest

from lab.caching import popularity
from lab.caching.estimates import clustered, mean_ratio, share, wilson

KEYS = 400
REQUESTS = 120_000


@pytest.fixture(scope="module")
def reads() -> np.ndarray:  # type: ignore[type-arg]
    weights = 1 / np.arange(1, KEYS + 1) ** 0.9
    return weights / weights.sum()


def simulated_lru(reads: np.ndarray, capacity: int) -> float:  # type: ignore[type-arg]
    kept: OrderedDict[int, None] = OrderedDict()
    asked = np.random.default_rng(1).choice(KEYS, size=REQUESTS, p=reads).tolist()
    hits = 0
    for number, key in enumerate(asked):
        if key in kept:
            hits += number > REQUESTS / 4
            kept.move_to_end(key)
        else:
            kept[key] = None
            if len(kept) > capacity:
                kept.popitem(last=False)
    return hits / (REQUESTS * 3 / 4)


@pytest.mark.parametrize("capacity", [10, 60, 200])
def test_che_s_approximation_holds_of_a_simulated_lru(reads: np.ndarray, capacity: int) -> None:  # type: ignore[type-arg]
    assert popularity.lru_hit_ratio(reads, reads, capacity) == pytest.approx(simulated_lru(reads, capacity), abs=0.01)


def test_the_characteristic_time_fills_the_cache(reads: np.ndarray) -> None:  # type: ignore[type-arg]
    time = popularity.characteristic_time(reads, 60)
    assert float(-np.expm1(-reads * time).sum()) == pytest.approx(60)
    assert popularity.characteristic_time(reads, KEYS) == float("inf")


def test_policies_are_ordered_as_they_must_be(reads: np.ndarray) -> None:  # type: ignore[type-arg]
    random = popularity.random_hit_ratio(reads, reads, 60)
    lru = popularity.lru_hit_ratio(reads, reads, 60)
    best = popularity.best_hit_ratio(reads, reads, 60)
    assert random < lru < best < 1


def simulated_kept(rate: float, reads: np.ndarray, away: float, ttl: float, start: float, end: float) -> float:  # type: ignore[type-arg]
    rng = np.random.default_rng(2)
    hits = asked = 0
    for share_ in reads:
        for _ in range(12):
            events = [(time, True) for time in np.cumsum(rng.exponential(1 / (rate * share_), 400))]
            events += [(time, False) for time in np.cumsum(rng.exponential(1 / away, 400))] if away else []
            until = -1.0
            for time, is_read in sorted(events):
                if time > end:
                    break
                if is_read:
                    if time >= start:
                        asked += 1
                        hits += time < until
                    until = time + ttl if time >= until else until
                else:
                    until = -1.0
    return hits / asked


@pytest.mark.parametrize(("away", "ttl"), [(0.0, 2.0), (0.5, 2.0), (0.5, 100.0), (0.0, 100.0)])
def test_kept_answers_are_predicted(reads: np.ndarray, away: float, ttl: float) -> None:  # type: ignore[type-arg]
    few = reads[:25]
    predicted = popularity.kept_hit_ratio(few * 20, few, np.full(25, away), np.zeros(25), ttl, 2.0, 5.0)
    assert predicted == pytest.approx(simulated_kept(20, few, away, ttl, 2.0, 5.0), abs=0.04)


def test_intervals_know_of_slices_and_of_none_at_all() -> None:
    rng = np.random.default_rng(3)
    slices = np.repeat(np.arange(20), 50)
    level = np.repeat(rng.normal(1, 0.3, 20), 50)
    one_by_one = clustered(lambda rows: float(rows[:, 0].mean()), level[:, None], np.arange(1000))
    by_slice = clustered(lambda rows: float(rows[:, 0].mean()), level[:, None], slices)
    assert by_slice.high - by_slice.low > 3 * (one_by_one.high - one_by_one.low)
    none = share(np.zeros(100, np.bool_), slices[:100])
    assert none == wilson(0, 100) and none is not None and none.low == 0 and 0.03 < none.high < 0.04
    ratio = mean_ratio(level, level * 2, slices)
    assert ratio is not None and ratio.estimate == pytest.approx(2) and ratio.low == pytest.approx(2)
