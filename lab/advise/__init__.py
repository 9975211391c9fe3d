"""The advisor: rules propose, the lab builds and measures, and only what is shown to help is advised.

`advise` is handed `measure`, so it knows no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab.advise import cover_queries, drop_redundant_indexes, index_predicates, narrow_to_rows
from lab.advise.search import Budget, Measure, search
from lab.model.run import Proposal, Run, Trial

__all__ = ["RULES", "Budget", "advise", "proposals"]

Rule = Callable[[Run, str], Iterator[Proposal]]

RULES: tuple[Rule, ...] = (
    index_predicates.propose,
    narrow_to_rows.propose,
    cover_queries.propose,
    drop_redundant_indexes.propose,
)


def advise(run: Run, engine: str, measure: Measure, budget: Budget) -> tuple[Trial, ...]:
    """Every proposal with what became of it, the accepted ones first. `run` holds the base's measurement."""
    return search(proposals(run, engine)[: budget.proposals], measure, budget)


def proposals(run: Run, engine: str) -> list[Proposal]:
    """What the rules propose, a change once, those that touch most of the workload's time first."""
    merged: dict[object, Proposal] = {}
    for rule in RULES:
        for proposal in rule(run, engine):
            key = (type(proposal.change).__name__, proposal.change.name)
            merged[key] = _merged(merged[key], proposal) if key in merged else proposal
    costs = _costs(run)
    return sorted(merged.values(), key=lambda proposal: -sum(costs.get(name, 0.0) for name in proposal.operations))


def _merged(one: Proposal, other: Proposal) -> Proposal:
    operations = tuple(dict.fromkeys((*one.operations, *other.operations)))
    reason = one.reason if other.reason in one.reason else f"{one.reason}; {other.reason}"
    return Proposal(one.rule, one.change, reason, operations)


def _costs(run: Run) -> dict[str, float]:
    """Seconds each operation takes of the mix: its median times its weight."""
    base = run.engines[-1].variants[0] if run.engines and run.engines[-1].variants else None
    timed = [o for o in base.operations if o.summary] if base else []
    return {o.name: o.weight * o.summary.p50.estimate for o in timed if o.summary}
