"""Latencies at several sizes: the law they follow, and where it crosses its target."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from sizes import sizes

from lab.growth import laws
from lab.model.growth import Law, Point
from lab.model.interval import OPEN_END

LAWS = {
    "flat": lambda n: 1e-3,
    "linear": lambda n: 1e-4 + 2e-3 * n,
    "quadratic": lambda n: 1e-4 + 1e-3 * n * n,
}


def law_of(name: str, farthest: float = 1000.0) -> Law:
    (found,) = laws(sizes({name: LAWS[name]}), {name: "simple"}, farthest)
    return found


@pytest.mark.parametrize("name", LAWS)
def test_the_law_that_made_the_points_is_found(name: str) -> None:
    assert law_of(name).name == name
    assert law_of(name).support > 0.5


@pytest.mark.parametrize(("name", "exponent"), [("flat", 0.0), ("linear", 0.97), ("quadratic", 1.97)])
def test_its_exponent_is_that_of_the_power_law(name: str, exponent: float) -> None:
    found = law_of(name).exponent
    assert found.low <= found.estimate <= found.high
    assert found.estimate == pytest.approx(exponent, abs=0.05)


def test_a_target_breaks_where_the_law_crosses_it() -> None:
    found = law_of("linear").breaks_at
    crossing = (0.050 - 2e-4) / 4e-3
    assert found is not None and found.low <= crossing <= found.high
    assert found.estimate == pytest.approx(crossing, rel=0.1)


def test_what_is_flat_never_breaks() -> None:
    found = law_of("flat").breaks_at
    assert found is None or found.high >= OPEN_END


def test_what_breaks_first_comes_first() -> None:
    names = [law.operation for law in laws(sizes(LAWS), dict.fromkeys(LAWS, "simple"), 1000.0)]
    assert names[0] == "quadratic" and names[-1] == "flat"


def test_what_is_broken_at_size_1_says_so() -> None:
    (found,) = laws(sizes({"slow": lambda n: 0.1 * n}), {"slow": "simple"}, 100.0)
    assert found.is_broken and found.breaks_at is not None and found.breaks_at.estimate == 1.0


def test_a_size_it_was_cancelled_at_is_where_it_breaks() -> None:
    measured = sizes({"slow": lambda n: 1e-3 * n}, (1, 2, 5))
    cut = replace(measured[-1], factor=10.0, points=(Point("base", "slow", reason="cancelled after 10 s"),))
    (found,) = laws([*measured, cut], {"slow": "simple"}, 1000.0)
    assert found.breaks_at is not None and (found.breaks_at.low, found.breaks_at.high) == (5.0, 10.0)


def test_one_size_has_no_law() -> None:
    assert laws(sizes(LAWS, (1,)), dict.fromkeys(LAWS, "simple"), 100.0) == ()


def test_noise_does_not_make_a_law_steeper() -> None:
    noisy = {"noisy": lambda n: 1e-3 * (1 + 0.02 * math.sin(17 * n))}
    (found,) = laws(sizes(noisy), {"noisy": "simple"}, 1000.0)
    assert found.name == "flat"
