"""Points at several sizes -> the law of each operation, and where it breaks its target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lab.model.growth import Law, Point, Size
from lab.model.interval import Interval
from lab.model.workload import TARGET_SECONDS, TargetClass
from lab.stats.growth import fit_growth


def laws(sizes: Sequence[Size], classes: Mapping[str, TargetClass], farthest: float) -> tuple[Law, ...]:
    """Of every operation that was measured at two sizes or more; `farthest` is the size up to which it is asked when a
    target breaks. What breaks first comes first."""
    found = [law for series in _series(sizes) if (law := _law(series, classes, farthest))]
    return tuple(sorted(found, key=lambda law: (law.breaks_at is None, law.breaks_at and law.breaks_at.estimate)))


_Series = list[tuple[float, Point]]


def _series(sizes: Sequence[Size]) -> Iterable[_Series]:
    found: dict[tuple[str, str], _Series] = {}
    for size in sizes:
        for point in size.points:
            found.setdefault((point.variant, point.operation), []).append((size.factor, point))
    return found.values()


def _law(series: _Series, classes: Mapping[str, TargetClass], farthest: float) -> Law | None:
    measured = list(_measured(series))
    if len(measured) < 2:
        return None
    _, point = series[0]
    target_class = classes[point.operation]
    target = TARGET_SECONDS[target_class]
    factors = [factor for factor, _, _ in measured]
    middle = fit_growth(factors, [p50 for _, p50, _ in measured], target, farthest)
    upper = fit_growth(factors, [p95 for _, _, p95 in measured], target, farthest)
    breaks_at = _where_cut_off(series, factors[-1]) or upper.crosses_at
    is_broken = measured[0][2].low > target
    return Law(
        point.variant,
        point.operation,
        target_class,
        middle.name,
        middle.support,
        middle.exponent,
        Interval(factors[0], factors[0], factors[0]) if is_broken else breaks_at,
        is_broken,
    )


def _measured(series: _Series) -> Iterator[tuple[float, Interval, Interval]]:
    for factor, point in series:
        if point.p50 is not None and point.p95 is not None:
            yield factor, point.p50, point.p95


def _where_cut_off(series: _Series, last: float) -> Interval | None:
    """Between the largest size it was measured at and the one it was cancelled at."""
    cut = [factor for factor, point in series if factor > last and point.reason]
    return Interval(min(cut), last, min(cut)) if cut else None
