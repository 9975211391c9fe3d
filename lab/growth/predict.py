"""Costs of imagined plans -> seconds, by what costs meant at the sizes that were measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lab.model.growth import ImaginedPlan, PlanChange, Point, Prediction, Size
from lab.model.interval import Interval
from lab.stats.growth import predict_seconds


def predictions(
    imagined: Sequence[ImaginedPlan], known: Sequence[ImaginedPlan], sizes: Sequence[Size]
) -> Iterator[Prediction]:
    """Each plan with the seconds it would take. `known` holds how operations were planned at `sizes`, which were
    measured."""
    points = {(size.factor, point.variant, point.operation): point for size in sizes for point in size.points}
    plans: dict[tuple[str, str], list[ImaginedPlan]] = {}
    for each in known:
        plans.setdefault((each.variant, each.operation), []).append(each)
    times = [p.p50.estimate for p in points.values() if p.p50]
    least = min(times, default=0.0)
    for plan in imagined:
        before = plans.get((plan.variant, plan.operation), [])
        change: PlanChange = "unknown"
        if before:
            change = "same" if before[-1].plan == plan.plan else "other plan"
        costs, seconds = _calibration(plan, before, points)
        p50, reason = None, "it was not measured at any size"
        if costs:
            p50, reason = predict_seconds(costs, seconds, plan.cost, least, change == "same"), ""
        yield Prediction(plan.factor, plan.variant, plan.operation, plan.plan, plan.cost, change, p50, reason)


def _calibration(
    plan: ImaginedPlan, before: Sequence[ImaginedPlan], points: Mapping[tuple[float, str, str], Point]
) -> tuple[list[float], list[Interval]]:
    """What the operation cost and took at each size; only where it went the way it goes in the imagined plan, if there
    are such."""
    found = []
    for each in before:
        point = points.get((each.factor, each.variant, each.operation))
        if point is not None and point.p50 is not None and each.cost > 0:
            found.append((each.plan == plan.plan, each.cost, point.p50))
    kept = [each for each in found if each[0]] or found
    return [cost for _, cost, _ in kept], [seconds for _, _, seconds in kept]
