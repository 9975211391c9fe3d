"""Verdicts that hang on what measuring or decoding costs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_runs import small_run

from lab.model.interval import Interval
from lab.model.run import Comparison, EngineRun, OperationRun, Summary
from lab.report.doubts import doubts

ENGINE = replace(small_run()[0].engines[1], overhead=Interval(100e-6, 90e-6, 120e-6))
DECODING = replace(ENGINE, decodes_in_time=True)


def operation(p50: float, p95: float, target: str, direction: str = "", decode: float | None = None) -> OperationRun:
    middle, late = Interval(p50, p50 * 0.99, p50 * 1.01), Interval(p95, p95 - 10e-6, p95 + 10e-6)
    known = small_run()[0].engines[1].variants[0].operations[0]
    comparison = Comparison(Interval(1.5, 1.4, 1.6), 50, direction) if direction else None  # type: ignore[arg-type]
    summary = Summary(50, middle, late, late, p50)
    return replace(known, summary=summary, target=target, comparison=comparison, decode_seconds=decode)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("engine", "measured", "words"),
    [
        (ENGINE, operation(0.04, 0.0501, "missed"), "missed by less than measuring cost"),
        (ENGINE, operation(0.04, 0.0510, "missed"), ""),
        (DECODING, operation(0.04, 0.0510, "missed", decode=0.001), "measuring and decoding cost"),
        (ENGINE, operation(0.04, 0.0510, "missed", decode=0.001), ""),
        (ENGINE, operation(0.04, 0.0490, "met", decode=0.002), "met without decoding the rows"),
        (ENGINE, operation(0.04, 0.0490, "met", decode=0.0005), ""),
        (DECODING, operation(0.04, 0.0490, "met", decode=0.002), ""),
        (ENGINE, operation(0.04, 0.0499, "met"), ""),
    ],
)
def test_a_target_near_its_bound_is_doubted(engine: EngineRun, measured: OperationRun, words: str) -> None:
    found = doubts(engine, measured, None)
    assert len(found) == bool(words)
    assert all(words in doubt for doubt in found)


@pytest.mark.parametrize(
    ("engine", "base", "variant", "words"),
    [
        (ENGINE, 0.00100, operation(0.00105, 0.002, "met", "slower"), "less than the overhead"),
        (ENGINE, 0.00100, operation(0.00150, 0.002, "met", "slower"), ""),
        (ENGINE, 0.00100, operation(0.00105, 0.002, "met", "~"), ""),
        (ENGINE, 0.00100, operation(0.00080, 0.002, "met", "faster", decode=0.0005), "0.5 ms more"),
        (DECODING, 0.00100, operation(0.00080, 0.002, "met", "faster", decode=0.0005), ""),
        (DECODING, 0.00100, operation(0.00120, 0.002, "met", "slower", decode=0.0005), "more"),
    ],
)
def test_a_small_difference_is_doubted(engine: EngineRun, base: float, variant: OperationRun, words: str) -> None:
    found = doubts(engine, variant, operation(base, 0.002, "met", decode=0.0 if variant.decode_seconds else None))
    assert len(found) == bool(words)
    assert all(words in doubt.replace("500 µs", "0.5 ms") for doubt in found)


def test_the_base_is_not_held_against_itself() -> None:
    base = operation(0.001, 0.002, "met")
    assert doubts(ENGINE, base, base) == ()
