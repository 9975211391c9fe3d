"""The gate on made-up runs: what passes, what regressed, and what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from lab.errors import LabError
from lab.gate import EXIT_CODE, Pairs, Part, confirmed, gate, to_confirm
from lab.model.budget import Budgets, OperationBudget
from lab.model.doubt import Drift
from lab.model.interval import Interval
from lab.model.rule import Rule
from lab.model.run import (
    Answer,
    EngineRun,
    Floor,
    ForeignKeyCheck,
    Load,
    OperationRun,
    Relation,
    ServerInfo,
    Status,
    Summary,
    VariantRun,
)
from lab.model.schema import Position
from lab.model.verdict import OperationVerdict, Verdict
from lab.model.workload import Target

SERVER = ServerInfo("sqlite", "sqlite", "3.40", "here")
TODAY = date(2026, 6, 1)
WRONG = Answer(is_same=False, parameter_sets=3, rows=9, difference="row 1: base has (1), variant has (2)")
SEARCH, SCAN = "SEARCH orders USING INDEX orders_user_idx (user_id=?)", "SCAN orders"


def operation(
    status: Status = "measured",
    target: Target = "met",
    answer: Answer | None = None,
    work: dict[str, float] | None = None,
    plan: str = "",
    p95: tuple[float, float, float] = (1.0, 1.0, 1.0),
    is_write: bool = False,
) -> OperationRun:
    second = Interval(1.0, 1.0, 1.0)
    return OperationRun(
        "login",
        "simple",
        1.0,
        is_write=is_write,
        sql="SELECT 1",
        status=status,
        reason="it hung" if status != "measured" else "",
        summary=Summary(100, second, Interval(*p95), second, 1.0),
        target=target,
        answer=answer,
        work=work or {},
        plan=plan,
    )


def pairs(ratio: float, noise: float = 0.02, rounds: int = 30, a_round: int = 20, seed: int = 1) -> Pairs:
    generator = np.random.default_rng(seed)
    count = rounds * a_round
    before = 0.001 * np.exp(generator.normal(size=count) * 0.3)
    after = before * ratio * np.exp(generator.normal(size=count) * noise)
    return Pairs(before, after, np.repeat(np.arange(rounds), a_round))


def part(
    before: OperationRun | None,
    after: OperationRun | None,
    taken: Pairs | None = None,
    floors: tuple[Floor, ...] = (),
    relations: tuple[tuple[Relation, ...], tuple[Relation, ...]] = ((), ()),
    loads: tuple[Load, Load] | None = None,
) -> Part:
    base = VariantRun("base", "", "measured", operations=(before,) if before else (), relations=relations[0])
    head = VariantRun("head", "", "measured", operations=(after,) if after else (), relations=relations[1])
    run = EngineRun(SERVER, variants=(base, head), floors=floors)
    return Part(run, "base", "head", {"login": taken} if taken else {}, loads)


def judged(it: Part, rule: Rule | None = None, budget: OperationBudget | None = None, **budgets: float) -> Verdict:
    given = Budgets({"login": budget} if budget else {}, **budgets)  # type: ignore[arg-type]
    return gate([it], rule or Rule(), given, TODAY)


BEFORE = operation(work={"buffers": 1000.0})
ALIKE = pairs(1.0)


@pytest.mark.parametrize(
    ("after", "taken", "outcome", "said"),
    [
        (operation(), pairs(1.0), "pass", "~"),
        (operation(), pairs(0.5), "pass", "0.5"),
        (operation(), pairs(1.03), "pass", "1.03x"),
        (operation(), pairs(1.5), "regressed", "slower: 1.5x"),
        (operation(), pairs(1.1), "regressed", "slower: 1.1x"),
        (operation(), pairs(1.0, noise=2.0, a_round=2), "unclear", "not excluded"),
        (operation(), pairs(1.0, rounds=4), "unclear", "not excluded"),
        (operation(), pairs(1.5, rounds=10), "unclear", "not excluded"),
        (operation(), None, "unclear", "no time"),
        (operation(answer=WRONG), ALIKE, "regressed", "row 1: base has (1)"),
        (operation(status="timed out"), None, "regressed", "it hung"),
        (operation(target="missed"), ALIKE, "regressed", "misses the target"),
        (operation(target="cannot tell"), ALIKE, "pass", "~"),
        (operation(work={"buffers": 1200.0}), ALIKE, "regressed", "buffers rose from 1,000 to 1,200"),
        (operation(work={"buffers": 1040.0}), ALIKE, "pass", "~"),
        (operation(work={"buffers": 10.0}), ALIKE, "pass", "~"),
        (None, None, "unclear", "not run"),
    ],
)
def test_an_operation_is_judged(after: OperationRun | None, taken: Pairs | None, outcome: str, said: str) -> None:
    verdict = judged(part(BEFORE, after, taken))
    assert verdict.outcome == outcome
    assert said in verdict.operations[0].reason


def test_a_heavier_tail_is_a_regression_though_the_median_is_not() -> None:
    taken = pairs(1.0, rounds=60, a_round=100)
    stalled = np.where(np.arange(6000) % 25 == 0, 20, 1)
    verdict = judged(part(BEFORE, operation(), replace(taken, after=taken.after * stalled)))
    assert verdict.outcome == "regressed"
    assert {reason.kind for reason in verdict.operations[0].reasons if reason.outcome == "regressed"} == {"tail"}
    assert verdict.operations[0].tail_ratio is not None and verdict.operations[0].tail_ratio.low > 2


def test_work_may_be_asked_to_be_exactly_what_it_was() -> None:
    more = operation(work={"buffers": 1001.0})
    assert judged(part(BEFORE, more, ALIKE)).outcome == "pass"
    assert judged(part(BEFORE, more, ALIKE), Rule(work_margin=0.0)).outcome == "regressed"


def test_a_small_plan_may_touch_one_more_page_and_a_write_one_more_index() -> None:
    few, more = operation(work={"buffers": 3.0}), operation(work={"buffers": 4.0})
    assert judged(part(few, more, ALIKE)).outcome == "pass"
    assert judged(part(few, operation(work={"buffers": 9.0}), ALIKE)).outcome == "regressed"
    written = operation(work={"VM steps": 20.0}, is_write=True), operation(work={"VM steps": 40.0}, is_write=True)
    assert judged(part(*written, ALIKE)).outcome == "pass"


@pytest.mark.parametrize(
    ("rows", "work", "outcome"),
    [(50_000, 1000.0, "regressed"), (500, 1000.0, "pass"), (50_000, 500.0, "pass")],
)
def test_a_large_table_read_whole_in_place_of_an_index_regresses(rows: int, work: float, outcome: str) -> None:
    relation = (Relation("orders", rows, 1000, 1000),)
    before, after = operation(work={"buffers": 900.0}, plan=SEARCH), operation(work={"buffers": work}, plan=SCAN)
    verdict = judged(part(before, after, ALIKE, relations=(relation, relation)), Rule(work_margin=0.2))
    assert verdict.outcome == outcome
    said = "orders (50,000 rows) is read whole" if outcome == "regressed" else "it is SCAN on orders"
    assert said in " ".join(reason.text for reason in verdict.operations[0].reasons)


# What may be, and until when


def test_a_budget_of_time_is_held() -> None:
    budget = OperationBudget(p95_seconds=0.5, position=Position("budgets.toml", 3))
    after = operation(p95=(0.9, 0.8, 1.0))
    verdict = judged(part(BEFORE, after, ALIKE), budget=budget)
    assert verdict.outcome == "regressed" and "budget 500 ms (budgets.toml:3)" in verdict.operations[0].reason
    assert judged(part(BEFORE, operation(p95=(0.4, 0.3, 0.6)), ALIKE), budget=budget).outcome == "unclear"
    assert judged(part(BEFORE, operation(p95=(0.4, 0.3, 0.45)), ALIKE), budget=budget).outcome == "pass"


def test_a_budget_of_work_is_held_though_nothing_changed() -> None:
    budget = OperationBudget(work={"buffers": 900.0})
    assert judged(part(BEFORE, BEFORE, ALIKE), budget=budget).outcome == "regressed"


def test_an_operation_may_have_a_margin_of_its_own() -> None:
    slower = part(BEFORE, operation(), pairs(1.25))
    assert judged(slower).outcome == "regressed"
    assert judged(slower, budget=OperationBudget(max_ratio=1.4)).outcome == "pass"


@pytest.mark.parametrize(("until", "outcome"), [(date(2026, 6, 1), "pass"), (date(2026, 5, 31), "regressed")])
def test_an_exception_holds_until_its_last_day(until: date, outcome: str) -> None:
    budget = OperationBudget(may_regress="the report needs it", until=until, position=Position("budgets.toml", 7))
    found = judged(part(BEFORE, operation(), pairs(2.0)), budget=budget)
    assert found.outcome == outcome
    shown = found.operations[0].excuse + " ".join(reason.text for reason in found.operations[0].reasons)
    assert ("the report needs it" if outcome == "pass" else "might regress until 2026-05-31 (budgets.toml:7)") in shown


# Operations that come and go, and sides that fail


def test_a_new_operation_answers_for_its_target_alone() -> None:
    assert judged(part(None, operation())).outcome == "pass"
    missed = judged(part(None, operation(target="missed")))
    assert missed.outcome == "regressed" and "new, and misses its target" in missed.operations[0].reason


def test_what_timed_out_before_may_run_now() -> None:
    assert judged(part(operation(status="timed out"), operation())).outcome == "pass"
    assert judged(part(operation(status="failed"), operation(status="failed"))).outcome == "unclear"


def test_a_variant_that_could_not_be_built_regressed() -> None:
    run = EngineRun(
        SERVER, variants=(VariantRun("base", "", "measured"), VariantRun("head", "", "failed", "no such table"))
    )
    assert judged(Part(run, "base", "head")).outcome == "regressed"


def test_a_side_that_is_not_there_is_told() -> None:
    run = EngineRun(SERVER, variants=(VariantRun("base", "", "measured"),))
    with pytest.raises(LabError, match="lacks head"):
        judged(Part(run, "base", "head"))


def test_the_worst_outcome_counts_and_none_is_no_pass() -> None:
    good, bad = part(BEFORE, operation(), ALIKE), part(BEFORE, operation(), pairs(2.0))
    unclear = part(BEFORE, operation())
    found = [gate(each, Rule(), Budgets(), TODAY) for each in ([good, unclear], [bad, unclear], [good], [])]
    assert [each.outcome for each in found] == ["unclear", "regressed", "pass", "unclear"]
    assert [EXIT_CODE[each.outcome] for each in found] == [2, 1, 0, 2]


# The whole design


def test_size_and_load_regress_when_much_grew() -> None:
    def of(size: int) -> tuple[Relation, ...]:
        return (Relation("orders", 9, size, 0),)

    def load(seconds: float, orphans: int = 0) -> Load:
        check = ForeignKeyCheck("orders", ("user_id",), "users", orphans)
        return Load(9, 1.0, seconds, 0.0, (check,))

    def outcome(sizes: tuple[int, int], loads: tuple[Load, Load]) -> str:
        it = part(BEFORE, operation(), ALIKE, relations=(of(sizes[0]), of(sizes[1])), loads=loads)
        return judged(it).outcome

    assert outcome((10**7, 12 * 10**6), (load(4.0), load(5.0))) == "pass"
    assert outcome((10**7, 14 * 10**6), (load(4.0), load(5.0))) == "regressed"
    assert outcome((10**4, 10**5), (load(0.1), load(0.9))) == "pass"
    assert outcome((10**7, 10**7), (load(4.0), load(7.0))) == "regressed"
    assert outcome((10**7, 10**7), (load(4.0), load(4.0, orphans=3))) == "regressed"


# The machine


def floors(speeds: Mapping[int, float], rounds: int = 30) -> tuple[Floor, ...]:
    return tuple(Floor(number, 0.0001 * speeds.get(number, 1.0), 0.00002) for number in range(rounds))


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_machine_that_drifted_gives_no_verdict(ratio: float) -> None:
    halved = floors(dict.fromkeys(range(15, 30), 1.7))
    verdict = judged(part(BEFORE, operation(), pairs(ratio), halved))
    assert verdict.outcome == "unclear"
    assert "the machine drifted 1.7x between rounds" in verdict.operations[0].reason
    assert verdict.doubts == (Drift("processor", pytest.approx(1.7), 15, 30),)


def test_a_few_slow_rounds_are_set_aside() -> None:
    taken = pairs(1.0)
    slow = taken.rounds < 3
    bad = replace(taken, after=np.where(slow, taken.after * 9, taken.after))
    verdict = judged(part(BEFORE, operation(), bad, floors(dict.fromkeys(range(3), 3.0))))
    assert verdict.outcome == "pass" and verdict.operations[0].pairs == 27 * 20
    assert verdict.doubts[0].set_aside == 3


def test_a_drift_below_the_half_is_none() -> None:
    steady = floors(dict.fromkeys(range(15), 1.45))
    assert judged(part(BEFORE, operation(), ALIKE, steady)).outcome == "pass"


# Several at once


def test_many_operations_are_held_to_a_higher_standard() -> None:
    """Fifteen rounds of fifteen are enough for one, and too few for a hundred."""
    few = pairs(1.3, rounds=12)
    alone = gate([part(BEFORE, operation(), few)], Rule(), Budgets(), TODAY)
    crowd = [part(BEFORE, operation(), few if number == 0 else pairs(1.0)) for number in range(100)]
    assert alone.outcome == "regressed"
    assert gate(crowd, Rule(), Budgets(), TODAY).outcome == "unclear"


# A second build


def slower(**of: object) -> Verdict:
    return judged(part(BEFORE, operation(**of), pairs(1.5)))  # type: ignore[arg-type]


def test_only_what_time_alone_says_is_built_again() -> None:
    assert to_confirm(slower()) == {"sqlite": ["login"]}
    assert to_confirm(slower(work={"buffers": 2000.0})) == {}
    assert to_confirm(judged(part(BEFORE, operation(), ALIKE))) == {}


@pytest.mark.parametrize(
    ("again", "outcome", "said"),
    [
        (pairs(1.4, seed=2), "regressed", "so it is in a second build (1.4x)"),
        (pairs(1.0, seed=2), "pass", "not so in a second build (1x)"),
        (None, "unclear", "a second build cannot tell"),
    ],
)
def test_a_second_build_decides(again: Pairs | None, outcome: str, said: str) -> None:
    verdict = confirmed(slower(), judged(part(BEFORE, operation(), again)))
    assert verdict.outcome == outcome
    assert said in " ".join(reason.text for reason in verdict.operations[0].reasons)


def test_the_design_as_a_whole_has_a_verdict_of_its_own() -> None:
    whole = [each for each in judged(part(BEFORE, operation(), ALIKE)).operations if not each.operation]
    assert [type(each) for each in whole] == [OperationVerdict]
