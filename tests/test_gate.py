"""The gate on made-up runs: what passes, what regressed, and what cannot be told."""

from __future__ import annotations

import pytest

from lab.errors import LabError
from lab.gate import EXIT_CODE, gate, worst
from lab.model.interval import Interval
from lab.model.run import (
    Answer,
    Comparison,
    Direction,
    EngineRun,
    OperationRun,
    ServerInfo,
    Status,
    Summary,
    Target,
    VariantRun,
)
from lab.model.verdict import Verdict

SERVER = ServerInfo("sqlite", "sqlite", "3.40", "here")


def operation(
    ratio: tuple[float, float, float] | None = (1.0, 0.98, 1.02),
    direction: Direction = "~",
    status: Status = "measured",
    target: Target = "met",
    answer: Answer | None = None,
    work: dict[str, float] | None = None,
    warnings: tuple[str, ...] = (),
) -> OperationRun:
    second = Interval(1.0, 1.0, 1.0)
    return OperationRun(
        "login",
        "simple",
        1.0,
        is_write=False,
        sql="SELECT 1",
        status=status,
        reason="it hung" if status != "measured" else "",
        summary=Summary(100, second, second, second, 1.0),
        comparison=Comparison(Interval(*ratio), 100, direction, warnings) if ratio else None,
        target=target,
        answer=answer,
        work=work or {},
    )


def judged(before: OperationRun, after: OperationRun | None) -> Verdict:
    head = VariantRun("head", "", "measured", operations=(after,) if after else ())
    part = EngineRun(SERVER, variants=(VariantRun("base", "", "measured", operations=(before,)), head))
    return gate(part, "base", "head")


BEFORE = operation(ratio=None, work={"buffers": 1000.0})
WRONG = Answer(is_same=False, parameter_sets=3, rows=9, difference="row 1: base has (1), variant has (2)")


@pytest.mark.parametrize(
    ("after", "outcome", "said"),
    [
        (operation(), "pass", "~"),
        (operation((0.5, 0.4, 0.6), "faster"), "pass", "0.5x"),
        (operation((1.05, 1.02, 1.08), "slower"), "pass", "1.05x"),
        (operation((1.5, 1.2, 1.9), "slower"), "regressed", "slower"),
        (operation((1.14, 1.03, 1.3), "slower"), "regressed", "about the tolerance"),
        (operation((1.02, 0.9, 1.3), "~"), "unclear", "not excluded"),
        (operation((1.0, 0.9, 1.05), "~", warnings=("too few pairs",)), "unclear", "not excluded"),
        (operation(None), "unclear", "no time"),
        (operation(answer=WRONG), "regressed", "row 1: base has (1)"),
        (operation(status="timed out"), "regressed", "it hung"),
        (operation(target="missed"), "regressed", "misses the target"),
        (operation(target="cannot tell"), "pass", "~"),
        (operation(work={"buffers": 1200.0}), "regressed", "buffers rose from 1,000 to 1,200"),
        (operation(work={"buffers": 1050.0}), "pass", "~"),
        (operation(work={"buffers": 10.0}), "pass", "~"),
        (None, "unclear", "not run"),
    ],
)
def test_an_operation_is_judged(after: OperationRun | None, outcome: str, said: str) -> None:
    verdict = judged(BEFORE, after)
    assert verdict.outcome == outcome
    assert said in verdict.operations[0].reason


def test_a_small_plan_may_touch_one_more_page() -> None:
    assert judged(operation(work={"buffers": 3.0}), operation(work={"buffers": 4.0})).outcome == "pass"


def test_what_neither_side_answers_is_unclear() -> None:
    assert judged(operation(status="failed"), operation(status="failed")).outcome == "unclear"


def test_a_variant_that_could_not_be_built_regressed() -> None:
    part = EngineRun(
        SERVER, variants=(VariantRun("base", "", "measured"), VariantRun("head", "", "failed", "no such table"))
    )
    assert gate(part, "base", "head").outcome == "regressed"


def test_the_worst_outcome_counts_and_none_is_no_pass() -> None:
    good, bad = judged(BEFORE, operation()), judged(BEFORE, operation((1.5, 1.2, 1.9), "slower"))
    unclear = judged(BEFORE, None)
    assert worst([good, unclear]).outcome == "unclear"
    assert worst([bad, unclear, good]).outcome == "regressed"
    assert worst([]).outcome == "unclear"
    assert [EXIT_CODE[each.outcome] for each in (good, bad, unclear)] == [0, 1, 2]


def test_a_variant_that_is_not_there_is_told() -> None:
    with pytest.raises(LabError, match="lacks head"):
        gate(EngineRun(SERVER, variants=(VariantRun("base", "", "measured"),)), "base", "head")
