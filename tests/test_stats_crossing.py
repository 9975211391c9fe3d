"""Where a ratio that grows with a size passes 1."""

from __future__ import annotations

import numpy as np
import pytest

from lab.model.interval import OPEN_END
from lab.stats import crossing
from lab.stats.crossing import isotonic

SIZES = (1, 4, 16, 64, 256)


def pairs(one: float, other: float, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return one * generator.lognormal(0, noise, 80), other * generator.lognormal(0, noise, 80)


def sides(costs: list[tuple[float, float]], noise: float = 0.1) -> list[list[tuple[np.ndarray, np.ndarray]]]:
    return [[pairs(*cost, noise, number)] for number, cost in enumerate(costs)]


def test_it_lies_between_the_sizes_around_it() -> None:
    found = crossing(SIZES, sides([(1, 4), (1, 2), (1, 1.2), (1, 0.8), (1, 0.4)]), [1.0])
    assert 16 < found.low < found.estimate < found.high < 64
    assert found.estimate == pytest.approx(32, rel=0.25)


def test_more_noise_is_a_wider_interval() -> None:
    costs = [(1.0, 4.0), (1.0, 2.0), (1.0, 1.2), (1.0, 0.8), (1.0, 0.4)]
    quiet, loud = (crossing(SIZES, sides(costs, noise), [1.0]) for noise in (0.05, 0.8))
    assert quiet.high / quiet.low < loud.high / loud.low


def test_one_that_is_never_overtaken_and_one_that_always_is() -> None:
    assert crossing(SIZES, sides([(1, 3)] * 5), [1.0]).low == OPEN_END
    assert crossing(SIZES, sides([(3, 1)] * 5), [1.0]).high == 0


def test_kinds_of_work_count_by_their_weight() -> None:
    read = sides([(1, 4)] * 5)
    write = sides([(1, 1), (2, 1), (4, 1), (8, 1), (16, 1)])
    both = [[*one, *other] for one, other in zip(read, write, strict=True)]
    mostly_read, mostly_write = crossing(SIZES, both, [9, 1]), crossing(SIZES, both, [1, 9])
    assert mostly_write.high < mostly_read.low
    assert crossing(SIZES, both, [1, 0]).estimate == OPEN_END


@pytest.mark.parametrize(
    ("given", "expected"), [([1, 2, 3], [1, 2, 3]), ([3, 1], [2, 2]), ([1, 4, 2, 0, 5], [1, 2, 2, 2, 5]), ([], [])]
)
def test_pools_make_a_sequence_rise(given: list[float], expected: list[float]) -> None:
    assert isotonic(given) == expected
