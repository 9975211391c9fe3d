"""Verdicts that the cost of measuring, or of decoding rows, could turn round.

A latency is measured with the lab's own overhead in it. Where rows are decoded after the clock was read, an
application waits longer than was measured; where they are decoded before, a driver may be faster than the lab's. A
verdict that would be another one with either taken into account is named as such; it stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.model.run import EngineRun, OperationRun
from lab.model.workload import TARGET_SECONDS
from lab.report import units

DOUBT = "†"
"""Stands beside a verdict there is a doubt about."""


def doubts(engine: EngineRun, operation: OperationRun, base: OperationRun | None) -> tuple[str, ...]:
    """A sentence for each verdict on an operation that is not safe; none where all are."""
    found = [*_of_target(engine, operation)]
    if base is not None and base is not operation:
        found += _of_comparison(engine, operation, base)
    return tuple(found)


def _of_target(engine: EngineRun, operation: OperationRun) -> Iterator[str]:
    if operation.summary is None or operation.status != "measured":
        return
    p95, target = operation.summary.p95, TARGET_SECONDS[operation.target_class]
    overhead, decode = _overhead(engine), operation.decode_seconds or 0.0
    wanted = units.tick(units.seconds(target))
    if operation.target == "missed" and p95.low - overhead - _timed(engine, decode) <= target:
        yield (
            f"the target of {wanted} is missed by less than measuring"
            f"{' and decoding' if _timed(engine, decode) else ''} cost: p95 {units.seconds(p95.estimate)}, "
            f"overhead {units.seconds(overhead)}{_beside(_timed(engine, decode))}"
        )
    untimed = 0.0 if engine.decodes_in_time else decode
    if operation.target == "met" and untimed and p95.high + untimed >= target:
        yield (
            f"the target of {wanted} is met without decoding the rows, which takes {units.seconds(untimed)} more: "
            f"p95 {units.seconds(p95.estimate)}"
        )


def _of_comparison(engine: EngineRun, operation: OperationRun, base: OperationRun) -> Iterator[str]:
    comparison = operation.comparison
    if comparison is None or comparison.direction == "~" or operation.summary is None or base.summary is None:
        return
    difference = operation.summary.p50.estimate - base.summary.p50.estimate
    overhead = _overhead(engine)
    verdict = f"{comparison.direction} by {units.seconds(abs(difference))} at the median"
    if abs(difference) < overhead:
        yield f"{verdict}, which is less than the overhead of one execution, {units.seconds(overhead)}"
    extra = (operation.decode_seconds or 0.0) - (base.decode_seconds or 0.0)
    whole = difference + (-extra if engine.decodes_in_time else extra)
    if whole * difference < 0:
        yield f"{verdict}, but decoding its rows takes {units.seconds(abs(extra))} {'more' if extra > 0 else 'less'}"


def _overhead(engine: EngineRun) -> float:
    return engine.overhead.high if engine.overhead else 0.0


def _timed(engine: EngineRun, decode_seconds: float) -> float:
    return decode_seconds if engine.decodes_in_time else 0.0


def _beside(decode_seconds: float) -> str:
    return f", decoding {units.seconds(decode_seconds)}" if decode_seconds else ""
