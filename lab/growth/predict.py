"""Costs of imagined plans -> seconds, by what costs meant at the sizes that were measured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from lab.model.growth import ImaginedPlan, PlanChange, Prediction, Size
from lab.model.interval import Interval
from lab.model.run import EngineRun
from lab.stats.growth import predict_seconds

_COST = re.compile(r"\(cost=[\d.]+\.\.([\d.]+) ")


def total_cost(plan: str) -> float | None:
    """Of a PostgreSQL plan in text: the root's total cost, in the planner's units."""
    found = _COST.search(plan)
    return float(found[1]) if found else None


def predictions(
    imagined: Sequence[ImaginedPlan], sizes: Sequence[Size], runs: Mapping[float, EngineRun]
) -> Iterator[Prediction]:
    """Each plan with the seconds it would take. `runs` holds what was measured, by size."""
    for plan in imagined:
        known = list(_calibration(plan, sizes, runs))
        last = next((p for p in sizes[-1].points if (p.variant, p.operation) == (plan.variant, plan.operation)), None)
        change: PlanChange = "unknown"
        if last is not None and last.plan:
            change = "same" if last.plan == plan.plan else "other plan"
        seconds, reason = None, "it was not measured at any size"
        if known:
            costs, times = zip(*known, strict=True)
            seconds, reason = predict_seconds(costs, times, plan.cost, change == "same"), ""
        yield Prediction(plan.factor, plan.variant, plan.operation, plan.plan, plan.cost, change, seconds, reason)


def _calibration(
    plan: ImaginedPlan, sizes: Sequence[Size], runs: Mapping[float, EngineRun]
) -> Iterator[tuple[float, Interval]]:
    """What the operation cost and took at each size; only where it went the way it goes in the imagined plan, if there
    are such."""
    found: list[tuple[bool, float, Interval]] = []
    for size in sizes:
        run = runs[size.factor].variant(plan.variant)
        operation = run.operation(plan.operation) if run else None
        point = next((p for p in size.points if (p.variant, p.operation) == (plan.variant, plan.operation)), None)
        cost = total_cost(operation.plan) if operation else None
        if point is not None and point.p50 is not None and cost:
            found.append((point.plan == plan.plan, cost, point.p50))
    alike = [each for each in found if each[0]]
    for _, cost, seconds in alike or found:
        yield cost, seconds
