"""Costs of imagined plans -> seconds."""

from __future__ import annotations

import pytest
from sizes import sizes

from lab.growth import predictions
from lab.model.growth import ImaginedPlan, Prediction

LEAST, RATE = 60e-6, 2e-6
"""Seconds of a statement that does next to nothing, and of a unit of cost."""


def took(cost: float) -> float:
    return LEAST + RATE * cost


def told(costs: tuple[float, float], cost: float, plan: str = "Seq Scan", known_plan: str = "Seq Scan") -> Prediction:
    measured = sizes({"scan": lambda n: took(costs[0] if n == 1 else costs[1]), "noop": lambda n: LEAST}, (1, 2))
    known = [ImaginedPlan(size, "base", "scan", known_plan, c) for size, c in zip((1.0, 2.0), costs, strict=True)]
    (found,) = predictions([ImaginedPlan(100.0, "base", "scan", plan, cost)], known, measured)
    return found


@pytest.mark.parametrize("cost", [100.0, 5000.0, 1e6])
def test_seconds_go_with_the_cost_beyond_a_constant(cost: float) -> None:
    found = told((50.0, 100.0), cost)
    assert found.change == "same" and found.p50 is not None
    assert found.p50.estimate == pytest.approx(took(cost), rel=0.1)
    assert found.p50.low < took(cost) < found.p50.high


def test_costs_that_hardly_differ_say_nothing_of_the_rate() -> None:
    found = told((2.45, 2.46), 2.6)
    assert found.p50 is not None and found.p50.estimate == pytest.approx(took(2.6), rel=0.1)


def test_a_write_that_costs_the_planner_nothing_takes_what_it_took() -> None:
    found = told((0.01, 0.01), 0.01)
    assert found.p50 is not None and found.p50.estimate == pytest.approx(LEAST, rel=0.1)


def test_further_is_less_certain() -> None:
    near, far = told((50.0, 100.0), 200.0).p50, told((50.0, 100.0), 1e6).p50
    assert near is not None and far is not None
    assert far.high / far.low > near.high / near.low


def test_another_plan_is_said_to_be_one_and_is_less_certain() -> None:
    same, other = told((50.0, 100.0), 1000.0), told((50.0, 100.0), 1000.0, plan="Index Scan")
    assert other.change == "other plan"
    assert same.p50 is not None and other.p50 is not None
    assert other.p50.high / other.p50.low > same.p50.high / same.p50.low


def test_what_was_never_measured_has_a_plan_and_no_seconds() -> None:
    plan = ImaginedPlan(100.0, "base", "unknown", "Seq Scan", 5.0)
    (found,) = predictions([plan], [], sizes({"scan": took}, (1, 2)))
    assert (found.change, found.p50) == ("unknown", None) and found.reason
