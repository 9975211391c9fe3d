"""Lookups one by one, and what became of the proposal to ask for many keys at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from test_rules_run import measured
from test_search import operation

from lab.advise import advise, batch_lookups, one_text_each, proposals
from lab.advise.judge import Budget
from lab.model.change import Variant
from lab.model.run import EngineRun, Proposal, Run, ServerInfo, Trial, VariantRun
from lab.model.workload import FromColumn, Parameter

LIST = "SELECT id, user_id FROM orders WHERE status = :s ORDER BY id LIMIT 20"
LOOKUP = "SELECT email FROM users WHERE id = :user_id"


def mix(lookups: float, rows: float = 20.0, lookup: str = LOOKUP) -> Run:
    run = measured(LIST, lookup, rows=rows)
    page, single = run.design.workload.operations
    single = replace(single, weight=lookups, parameters=(Parameter("user_id", FromColumn("users", "id")),))
    workload = replace(run.design.workload, operations=(page, single))
    return replace(run, design=replace(run.design, workload=workload))


def proposed(run: Run) -> list[Proposal]:
    return list(batch_lookups.propose(run, "postgres"))


def test_a_lookup_for_each_row_of_a_page_is_batched() -> None:
    (found,) = proposed(mix(lookups=20))
    assert found.batch and found.batch_size == 20 and found.operations == ("q1",)
    assert found.batch.sql[""].split()[:3] == ["SELECT", "email,", "id"]
    drawn = [parameter.rule for parameter in found.batch.parameters]
    assert len(set(drawn)) == 20 == found.batch.sql[""].count(":user_id_")


def test_lookups_of_their_own_are_left_alone() -> None:
    assert proposed(mix(lookups=2)) == []
    assert proposed(mix(lookups=20, rows=1)) == []
    assert proposed(mix(lookups=20, lookup="SELECT name FROM regions WHERE id = :user_id")) == []
    assert proposed(mix(lookups=20, lookup="SELECT email FROM users WHERE id = :user_id LIMIT 1")) == []


def judged(batch_ratio: float) -> Trial:
    """The batch takes so many times as long as one lookup."""
    run = mix(lookups=20)

    def measure(variants: Sequence[Variant]) -> EngineRun:
        found = [VariantRun(v.name, "", "measured", operations=_timed(batch_ratio)) for v in variants]
        return EngineRun(ServerInfo("x", "x", "1", "here"), variants=(run.engines[0].variants[0], *found))

    trials = advise(run, "postgres", measure, Budget(proposals=0))
    return next(trial for trial in trials if trial.proposal.batch)


def _timed(batch_ratio: float):  # type: ignore[no-untyped-def]
    return replace(operation(1.0), name="q1"), replace(operation(batch_ratio), name="q1_of_20")


def test_a_batch_is_advised_when_it_beats_as_many_lookups() -> None:
    trial = judged(2.0)
    assert trial.is_accepted and trial.verdict.startswith("20 keys at once take 0.1x [")


def test_a_batch_that_takes_as_long_is_not() -> None:
    assert not judged(19.0).is_accepted


def test_of_two_texts_of_one_query_the_better_is_kept() -> None:
    query = (
        "SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id "
        "WHERE u.plan = :p AND CAST(o.placed_at AS date) = :d ORDER BY o.id LIMIT 9 OFFSET :k"
    )
    rewriting = [proposal for proposal in proposals(measured(query), "postgres") if proposal.rewrites]
    first, second = (Trial(proposal, VariantRun("v", "", "measured"), True, "0.5x") for proposal in rewriting[:2])
    one, other = one_text_each([first, second])
    assert one.is_accepted and not other.is_accepted and "which gains more" in other.verdict
