from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_runs import POSTGRES, SQLITE, empty_run, partial_run, small_run, wrong_run

from lab.model.interval import Interval, geometric_mean
from lab.model.run import (
    Answer,
    Comparison,
    EngineRun,
    Migration,
    OperationRun,
    Relation,
    Run,
    Status,
    Summary,
    VariantRun,
)
from lab.model.workload import Target
from lab.report.standing import Standing, standings
from lab.report.verdict import EngineDecision, decide, is_better

FAST, SLOW, SAME, UNSURE = (0.5, 0.48, 0.52), (2.0, 1.9, 2.1), (1.0, 0.97, 1.03), (0.7, 0.4, 1.2)
MET, MISSED, UNCLEAR = "met", "missed", "cannot tell"


def operation(
    name: str,
    target: Target = "met",
    ratio: tuple[float, float, float] | None = None,
    weight: float = 1.0,
    status: Status = "measured",
    **changes: Any,
) -> OperationRun:
    """An operation as a variant ran it; the base's has no ratio."""
    interval = Interval(0.01, 0.009, 0.011)
    found = OperationRun(
        name,
        "simple",
        weight,
        False,
        "SELECT 1",
        status,
        summary=Summary(100, interval, interval, interval, 0.01) if status == "measured" else None,
        comparison=Comparison(Interval(*ratio), 100, "~") if ratio else None,
        target=target,
    )
    return replace(found, **changes)


def variant(name: str, *operations: OperationRun, size_bytes: int = 1000, **migration: Any) -> VariantRun:
    moved = None if name == "base" else replace(Migration("UP", "DOWN", 2.0, 0.2, True), **migration)
    return VariantRun(name, "", "measured", "", moved, (Relation("t", 10, size_bytes, 0),), operations)


def verdict(*variants: VariantRun, is_complete: bool = True) -> EngineDecision:
    run = small_run()[0]
    run = replace(run, engines=(EngineRun(POSTGRES, variants=variants),), is_complete=is_complete)
    return decide(run).engines[0]


BASE = variant("base", operation("a", MET), operation("b", MISSED))


@dataclass(frozen=True)
class Case:
    """Variants beside BASE, the expected choice, and words the verdict must hold."""

    name: str
    variants: tuple[VariantRun, ...]
    choice: str
    adopted: str
    words: tuple[str, ...] = ()


def v(name: str, a: tuple[Target, Any], b: tuple[Target, Any], **options: Any) -> VariantRun:
    return variant(name, operation("a", *a), operation("b", *b), **options)


CASES = [
    Case(
        "meets more targets",
        (v("x", (MET, SAME), (MET, FAST)),),
        "adopt",
        "x",
        ("2 of 2 operations meet their target (base: 1)", "2.00 s up and 200 ms down"),
    ),
    Case("targets come before speed", (v("x", (MET, SLOW), (MET, SAME)),), "adopt", "x", ("reads take 1.41x",)),
    Case(
        "loses a target",
        (v("x", (MISSED, SLOW), (MISSED, FAST)),),
        "keep the base",
        "base",
        ("`x` loses targets the base meets: `a`",),
    ),
    Case("same targets, shown faster", (v("x", (MET, FAST), (MISSED, FAST)),), "adopt", "x", ("0.50x the base's",)),
    Case(
        "same targets, not shown faster",
        (v("x", (MET, SAME), (MISSED, UNSURE)),),
        "keep the base",
        "base",
        ("no difference in speed is shown: ~",),
    ),
    Case("same targets, slower", (v("x", (MET, SLOW), (MISSED, SLOW)),), "keep the base", "base", ("is slower",)),
    Case(
        "cannot tell is not met",
        (v("x", (UNCLEAR, SAME), (UNCLEAR, SAME)),),
        "keep the base",
        "base",
        ("no difference in speed is shown",),
    ),
    Case(
        "the better of two by targets",
        (v("x", (MET, FAST), (MISSED, FAST)), v("y", (MET, SAME), (MET, SAME))),
        "adopt",
        "y",
        ("`x` would also help, but misses targets that `y` meets: `b`",),
    ),
    Case(
        "the better of two by time",
        (v("x", (MET, SAME), (MET, SAME)), v("y", (MET, FAST), (MET, FAST))),
        "adopt",
        "y",
        ("`x` would also help, but is slower over the mix: 1.00x the base's time, `y` 0.50x",),
    ),
    Case(
        "a tie goes to the smaller",
        (v("x", (MET, FAST), (MET, FAST), size_bytes=1500), v("y", (MET, FAST), (MET, FAST), size_bytes=1200)),
        "adopt",
        "y",
        ("`x` is as good within noise, and no cheaper: storage 1.50x; `y` storage 1.20x",),
    ),
    Case(
        "a wrong answer is out",
        (
            variant(
                "x",
                operation("a", MET, FAST, answer=Answer(False, 3, 3, "base (1), variant (2)")),
                operation("b", MET, FAST),
            ),
        ),
        "keep the base",
        "base",
        ("`x` is out: it answers `a` differently: base (1), variant (2)",),
    ),
    Case(
        "a way back that does not lead back is out",
        (v("x", (MET, FAST), (MET, FAST), is_restored=False, difference="index i is left"),),
        "keep the base",
        "base",
        ("its down does not restore the schema: index i is left",),
    ),
    Case(
        "a way back not tried is said",
        (v("x", (MET, FAST), (MET, FAST), is_restored=None, down_seconds=None),),
        "adopt",
        "x",
        ("Its way back was not tried", "migration takes 2.00 s up."),
    ),
    Case(
        "timing out where the base answers is out",
        (variant("x", operation("a", UNCLEAR, status="timed out", reason="after 10 s"), operation("b", MET, FAST)),),
        "keep the base",
        "base",
        ("`a` timed out, which the base answers: after 10 s",),
    ),
    Case(
        "a variant that failed is out",
        (VariantRun("x", "", "failed", "syntax error at x.sql:3"),),
        "cannot tell",
        "",
        ("no variant was measured beside the base", "`x` is out: it failed: syntax error at x.sql:3"),
    ),
    Case("nothing beside the base", (), "cannot tell", "", ("only the base was measured",)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdicts(case: Case) -> None:
    found = verdict(BASE, *case.variants)
    everything = " ".join((found.headline, *found.reasons, found.runner_up, *found.rejected))
    assert (found.choice, found.variant) == (case.choice, case.adopted), everything
    for words in case.words:
        assert words in everything


def test_little_of_the_mix_is_not_enough() -> None:
    base = variant("base", operation("a", MET, weight=1), operation("b", MISSED, weight=9))
    found = verdict(base, variant("x", operation("a", MET, FAST, weight=1), operation("b", MISSED, weight=9)))
    assert found.choice == "cannot tell"
    assert "compared with the base over only 10 % of the mix" in found.headline


def test_an_interrupted_run_is_judged_by_its_share_of_the_workload() -> None:
    """The workload weighs 61, `a` and `b` only 2."""
    found = verdict(BASE, v("x", (MET, FAST), (MET, FAST)), is_complete=False)
    assert "over only 3 % of the mix" in found.headline


def test_targets_are_weighed() -> None:
    base = variant("base", operation("a", MET, weight=1), operation("b", MISSED, weight=20))
    found = verdict(base, variant("x", operation("a", MISSED, SLOW, weight=1), operation("b", MET, FAST, weight=20)))
    assert found.choice == "adopt"
    assert found.remaining == ("Still over target, 1 of 2: `a` (p95 10.0 ms, simple).",)


def test_a_base_that_times_out_has_missed() -> None:
    base = variant("base", operation("a", MET), operation("b", UNCLEAR, status="timed out"))
    found = verdict(base, variant("x", operation("a", MET, SAME), operation("b", MET)))
    assert found.choice == "adopt"
    assert "No ratio for `b`: the base gave no time to compare with." in found.reasons


def test_operations_no_variant_can_run_do_not_count() -> None:
    base = variant("base", operation("a", MET), operation("b", UNCLEAR, status="unsupported"))
    other = variant("x", operation("a", MET, FAST), operation("b", UNCLEAR, status="unsupported"))
    assert "1 of 1 operations meet their target" in verdict(base, other).headline


def test_small_run_over_both_engines() -> None:
    assert decide(small_run()[0]).headline == "Adopt `indexed` on SQLite 3.46 and PostgreSQL 18."


def test_engines_may_part() -> None:
    decision = decide(wrong_run()[0])
    assert decision.headline == "Keep `base` on SQLite 3.46; adopt `denormalized` on PostgreSQL 18."


def test_partial_runs_say_so() -> None:
    decision = decide(partial_run()[0])
    assert [engine.choice for engine in decision.engines] == ["adopt", "cannot tell"]
    assert "interrupted" in decision.notes[0]
    assert decision.notes[1] == "On SQLite 3.46 2 of the workload's 5 operations were measured."


def test_nothing_measured() -> None:
    assert decide(empty_run()[0]).headline == "Cannot tell: nothing was measured."


def test_geometric_mean_is_weighted() -> None:
    found = geometric_mean([(Interval(0.1, 0.1, 0.1), 3), (Interval(10, 10, 10), 1)])
    assert found is not None
    assert found.estimate == pytest.approx(0.1**0.75 * 10**0.25)
    assert found.low == pytest.approx(found.high)


ratios = st.floats(0.01, 100).map(lambda middle: Interval(middle, middle * 0.9, middle * 1.2))


@given(st.lists(st.tuples(ratios, st.floats(0.1, 50)), min_size=1, max_size=8))
def test_geometric_mean_lies_among_its_ratios(pairs: list[tuple[Interval, float]]) -> None:
    found = geometric_mean(pairs)
    assert found is not None
    estimates = [ratio.estimate for ratio, _ in pairs]
    assert min(estimates) * 0.999 <= found.estimate <= max(estimates) * 1.001
    assert found.low <= found.estimate <= found.high


def test_geometric_mean_of_many_is_surer() -> None:
    ratio = Interval(0.9, 0.8, 1.0125)
    one, many = geometric_mean([(ratio, 1)]), geometric_mean([(ratio, 1)] * 16)
    assert one and many
    assert math.log(one.high / one.low) == pytest.approx(4 * math.log(many.high / many.low), rel=1e-6)


targets = st.sampled_from([MET, MISSED, UNCLEAR])
statuses = st.sampled_from(["measured", "measured", "measured", "timed out", "failed", "unsupported"])
runs = st.lists(st.lists(st.tuples(targets, statuses, ratios), min_size=3, max_size=3), min_size=1, max_size=4)


def built(rows: list[list[tuple[Target, Status, Interval]]]) -> tuple[VariantRun, ...]:
    return tuple(
        variant(
            f"v{number}" if number else "base",
            *(
                operation(
                    f"o{i}",
                    target,
                    (ratio.estimate, ratio.low, ratio.high) if number and status == "measured" else None,
                    status=status,
                )
                for i, (target, status, ratio) in enumerate(row)
            ),
        )
        for number, row in enumerate(rows)
    )


@given(runs)
def test_every_run_gets_a_verdict(rows: list[list[tuple[Target, Status, Interval]]]) -> None:
    found = verdict(*built(rows))
    assert found.headline.endswith(".")
    if found.choice == "adopt":
        assert found.chosen
        assert not found.chosen.objections
        assert is_better(found.chosen, found.standings[0], {"o0": 1, "o1": 1, "o2": 1})


@given(runs)
def test_better_is_never_mutual(rows: list[list[tuple[Target, Status, Interval]]]) -> None:
    places = standings(EngineRun(SQLITE, variants=built(rows)))
    weights = {name: 1.0 for place in places for name, _ in place.states}
    for one in places:
        for other in places:
            assert not (is_better(one, other, weights) and is_better(other, one, weights))


def test_standings_of_nothing() -> None:
    empty: tuple[Standing, ...] = ()
    assert standings(EngineRun(SQLITE)) == empty


def test_decide_is_pure() -> None:
    run: Run = small_run()[0]
    assert decide(run) == decide(run)
