"""The search under a fake `measure`: what is kept, what is left out, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from lab.advise.judge import Budget
from lab.advise.search import screen, search
from lab.model.change import AddIndex, DropIndex, Variant
from lab.model.interval import Interval
from lab.model.run import (
    Answer,
    Comparison,
    EngineRun,
    OperationRun,
    Proposal,
    Relation,
    ServerInfo,
    Summary,
    Trial,
    VariantRun,
)
from lab.model.schema import Index, IndexPart

BASE_SECONDS = 0.040


def proposal(name: str, is_drop: bool = False) -> Proposal:
    index = Index(name, "orders", (IndexPart("user_id"),))
    return Proposal("rule", DropIndex(index) if is_drop else AddIndex(index), "because", ("read",))


def operation(ratio: float) -> OperationRun:
    seconds = BASE_SECONDS * ratio
    around = Interval(seconds, seconds * 0.98, seconds * 1.02)
    return OperationRun(
        "read",
        "simple",
        1.0,
        is_write=False,
        sql="SELECT 1",
        status="measured",
        summary=Summary(100, around, around, around, seconds),
        comparison=Comparison(Interval(ratio, ratio * 0.98, ratio * 1.02), 100, "faster" if ratio < 1 else "~"),
        target="met" if seconds < 0.050 else "missed",
    )


def fake(speed: Callable[[frozenset[str]], float], megabytes: float = 1.0) -> Callable[[Sequence[Variant]], EngineRun]:
    """Measures by a formula: the ratio of a set of changes, and a size for each index."""

    def measured(variant: Variant) -> VariantRun:
        names = frozenset(change.name for change in variant.changes)
        size = sum(-1 if isinstance(change, DropIndex) else 1 for change in variant.changes) * megabytes
        relation = Relation("orders", 10, 10**8, round(10**7 + size * 1e6))
        return VariantRun(variant.name, "", "measured", relations=(relation,), operations=(operation(speed(names)),))

    def measure(variants: Sequence[Variant]) -> EngineRun:
        base = measured(Variant("base"))
        return EngineRun(ServerInfo("x", "x", "1", "here"), variants=(base, *map(measured, variants)))

    return measure


def kept(trials: Sequence[Trial]) -> list[str]:
    return [trial.proposal.change.name for trial in trials if trial.is_accepted]


def test_what_helps_is_kept_and_what_does_not_is_rejected_with_a_reason() -> None:
    trials = search([proposal("a"), proposal("b")], fake(lambda s: 0.5 if "a" in s else 1.0), Budget())
    assert kept(trials) == ["a"]
    assert "no difference over the mix is shown" in trials[1].verdict
    assert "0.5x" in trials[0].verdict


def test_of_two_that_do_the_same_job_one_is_kept() -> None:
    trials = search([proposal("a"), proposal("b")], fake(lambda s: 0.5 if s else 1.0), Budget())
    assert kept(trials) == ["a"]
    assert "adds nothing to the changes before it" in trials[1].verdict


def test_two_that_add_up_are_both_kept_the_most_valuable_first() -> None:
    speeds = {"a": 0.8, "b": 0.4}
    ratio = lambda s: speeds.get("a", 1) ** ("a" in s) * speeds["b"] ** ("b" in s)  # noqa: E731
    assert kept(search([proposal("a"), proposal("b")], fake(ratio), Budget())) == ["b", "a"]


def test_the_storage_budget_is_kept() -> None:
    speeds = {"a": 0.8, "b": 0.4}
    ratio = lambda s: speeds["a"] ** ("a" in s) * speeds["b"] ** ("b" in s)  # noqa: E731
    trials = search([proposal("a"), proposal("b")], fake(ratio, megabytes=6.0), Budget(storage_bytes=10_000_000))
    assert kept(trials) == ["b"]
    assert "storage budget" in trials[1].verdict


def test_a_change_that_slows_a_query_is_out() -> None:
    trials = search([proposal("a")], fake(lambda s: 1.2 if s else 1.0), Budget())
    assert kept(trials) == []
    assert "gets slower" in trials[0].verdict


def test_dropping_what_nobody_misses_is_kept() -> None:
    trials = search([proposal("a", is_drop=True)], fake(lambda s: 1.0), Budget())
    assert kept(trials) == ["a"]
    assert "frees 1.0 MB" in trials[0].verdict


def test_a_change_that_answers_differently_or_fails_is_out() -> None:
    def measure(variants: Sequence[Variant]) -> EngineRun:
        run = fake(lambda s: 0.5 if s else 1.0)(variants)
        base, wrong, failed = run.variants
        answer = Answer(is_same=False, parameter_sets=1, rows=1, difference="row 1")
        wrong = replace(wrong, operations=tuple(replace(o, answer=answer) for o in wrong.operations))
        failed = replace(failed, status="failed", reason="no room")
        return replace(run, variants=(base, wrong, failed))

    trials = search([proposal("a"), proposal("b")], measure, Budget())
    assert kept(trials) == []
    assert "answers differently" in trials[0].verdict and "no room" in trials[1].verdict


def test_nothing_to_propose_is_do_nothing() -> None:
    assert search([], fake(lambda s: 1.0), Budget()) == ()


def test_what_spares_its_own_query_is_kept_though_the_mix_does_not_show_it() -> None:
    def wide(variants: Sequence[Variant]) -> EngineRun:
        run = fake(lambda s: 0.2 if "a" in s else 1.0)(variants)
        noise = replace(operation(1.0), name="noise", weight=50.0)
        noise = replace(noise, comparison=Comparison(Interval(1.0, 0.5, 2.0), 10, "~"))
        return replace(run, variants=tuple(replace(v, operations=(*v.operations, noise)) for v in run.variants))

    trials = search([proposal("a"), proposal("b")], wide, Budget())
    assert kept(trials) == ["a"]
    assert trials[1].verdict.startswith("no difference over the mix is shown")


def test_what_is_more_than_an_index_must_help_alone_before_it_joins_a_set() -> None:
    tried = screen([proposal("a"), proposal("b")], fake(lambda s: 0.5 if "a" in s else 1.0))
    assert [(trial.proposal.change.name, trial.is_accepted) for trial in tried] == [("a", True), ("b", False)]


def test_what_there_is_time_for_is_tried() -> None:
    trials = search([proposal("a"), proposal("b"), proposal("c")], fake(lambda s: 0.5), Budget(), lambda n: n > 3)
    spent = [trial.proposal.change.name for trial in trials if "time budget was spent" in trial.verdict]
    assert spent == ["c"]
