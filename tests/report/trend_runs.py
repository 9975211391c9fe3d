"""Made-up histories for the tests of the trend page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from report_runs import ENVIRONMENT, POSTGRES, QUERIES, SQLITE, Query, make_run, timed_out, with_operation

from lab.model.interval import Interval
from lab.model.run import EngineRun, Load, OperationRun, Run, VariantRun
from lab.model.verdict import Verdict


def history(count: int, queries: int = 3, variants: tuple[str, ...] = ("base", "indexed")) -> list[Run]:
    """Daily runs on SQLite, of `queries` operations, each a little slower or faster than the one before."""
    many = [replace(QUERIES[i % len(QUERIES)], name=f"query_{i}") for i in range(queries)]
    chosen: tuple[Query, ...] = QUERIES[:queries] if queries <= len(QUERIES) else tuple(many)
    first, _ = make_run(chosen, variants, (SQLITE,), 20)
    return [_day(first, number) for number in range(count)]


def _day(run: Run, number: int) -> Run:
    factor = 1 + 0.05 * ((number * 7) % 5 - 2)
    return replace(
        _scaled(run, lambda value: float(f"{value * factor:.4e}")),
        id=f"day-{number}",
        started_at=run.started_at + timedelta(days=number),
    )


def _scaled(run: Run, scale: Callable[[float], float]) -> Run:
    def interval(value: Interval) -> Interval:
        return Interval(scale(value.estimate), scale(value.low), scale(value.high))

    def operation(one: OperationRun) -> OperationRun:
        if one.summary is None:
            return one
        return replace(one, summary=replace(one.summary, p50=interval(one.summary.p50), p95=interval(one.summary.p95)))

    def variant(one: VariantRun) -> VariantRun:
        return replace(one, operations=tuple(map(operation, one.operations)))

    def engine(one: EngineRun) -> EngineRun:
        return replace(one, variants=tuple(map(variant, one.variants)))

    return replace(run, engines=tuple(map(engine, run.engines)))


def eventful() -> list[Run]:
    """Seven days: on the third another machine, on the fourth `product_by_slug` times out on the base, on the fifth
    a setting and `order_history`'s text differ and `sales_by_month` is not run, on the sixth more rows and another
    version; a PostgreSQL beside it on the last two, and a check on the last."""
    days = history(7)
    for number in range(2, 7):
        days[number] = replace(days[number], environment=replace(ENVIRONMENT, cpu="Imaginary CPU 4000", cores=4))
    days[3] = with_base(days[3], lambda base: with_operation(base, timed_out(base.operations[1])))
    for number in range(4, 7):
        days[number] = with_base(days[number], _reworded)
        days[number] = with_engine(days[number], _unsynced)
    days[4] = with_base(days[4], lambda base: replace(base, operations=base.operations[:2]))
    for number in (5, 6):
        days[number] = with_engine(days[number], _grown)
        beside, _ = make_run(QUERIES[:1], ("base",), (POSTGRES,), 20)
        days[number] = replace(days[number], engines=(*days[number].engines, *beside.engines))
    check = replace(history(1)[0], id="check", started_at=days[6].started_at + timedelta(hours=1))
    return [*days, replace(check, verdict=Verdict("pass", ()))]


def with_base(run: Run, change: Callable[[VariantRun], VariantRun]) -> Run:
    return with_engine(run, lambda one: replace(one, variants=(change(one.variants[0]), *one.variants[1:])))


def with_engine(run: Run, change: Callable[[EngineRun], EngineRun]) -> Run:
    return replace(run, engines=(change(run.engines[0]), *run.engines[1:]))


def _reworded(base: VariantRun) -> VariantRun:
    return with_operation(base, replace(base.operations[0], sql="SELECT 1"))


def _unsynced(engine: EngineRun) -> EngineRun:
    return replace(engine, server=replace(engine.server, settings={"journal_mode": "off"}))


def _grown(engine: EngineRun) -> EngineRun:
    server = replace(engine.server, version="3.50.1")
    return replace(engine, server=server, load=Load(200_000, 1.2, 2.1, 1.4))
