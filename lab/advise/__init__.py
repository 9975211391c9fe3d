"""The advisor: rules propose, the lab builds and measures, and only what is shown to help is advised.

`advise` is handed `measure`, and where an engine has one a `Ground` to try candidates on, so it knows no database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from lab.advise import (
    cover_accesses,
    cover_queries,
    drop_redundant_indexes,
    index_predicates,
    narrow_to_rows,
    summarize_aggregates,
)
from lab.advise.accesses import find_accesses
from lab.advise.search import Budget, IsLate, Measure, confirm, search
from lab.advise.select import Bounds
from lab.advise.shortlist import in_order, plant, rejected
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run, Trial
from lab.model.what_if import Ground

__all__ = ["RULES", "Budget", "advise", "proposals"]

Rule = Callable[[Run, str], Iterator[Proposal]]

RULES: tuple[Rule, ...] = (
    index_predicates.propose,
    narrow_to_rows.propose,
    cover_queries.propose,
    drop_redundant_indexes.propose,
    summarize_aggregates.propose,
)
WIDE_RULES: tuple[Rule, ...] = (cover_accesses.propose,)
"""Rules that propose much, most of it in vain: heard where candidates are tried on a scratch copy."""


def advise(
    run: Run,
    engine: str,
    measure: Measure,
    budget: Budget,
    ground: Ground | None = None,
    is_late: IsLate = lambda _: False,
) -> tuple[Trial, ...]:
    """Every proposal with what became of it, the accepted ones first. `run` holds the base's measurement."""
    if ground is None:
        return search(proposals(run, engine)[: budget.proposals], measure, budget, is_late)
    found = proposals(run, engine, RULES + WIDE_RULES)
    indexes = [proposal for proposal in found if isinstance(proposal.change, AddIndex)]
    nursery = plant(ground, indexes, reads(run, engine))
    shown = nursery.choose(Bounds(budget.storage_bytes, budget.write_ratio))
    others = [proposal for proposal in found if not isinstance(proposal.change, AddIndex)]
    trials = confirm([*in_order(nursery, shown), *others], measure, budget, is_late)
    return (*trials, *rejected(nursery, shown))


def reads(run: Run, engine: str) -> dict[str, frozenset[str]]:
    """The tables each operation reads, of those whose text could be parsed."""
    operations = run.design.workload.for_variant("base")
    found = {o.name: frozenset(a.table for a in find_accesses(o, engine, run.design.schema)) for o in operations}
    return {name: tables for name, tables in found.items() if tables}


def proposals(run: Run, engine: str, rules: Sequence[Rule] = RULES) -> list[Proposal]:
    """What the rules propose, a change once, those that touch most of the workload's time first."""
    merged: dict[object, Proposal] = {}
    for rule in rules:
        for proposal in rule(run, engine):
            key = _identity(proposal)
            merged[key] = _merged(merged[key], proposal) if key in merged else proposal
    costs = _costs(run)
    return sorted(merged.values(), key=lambda proposal: -sum(costs.get(name, 0.0) for name in proposal.operations))


def _identity(proposal: Proposal) -> object:
    """Equal for changes that make the same index, whatever they call it."""
    change = proposal.change
    if isinstance(change, AddIndex):
        index = change.index
        return index.table, index.parts, index.method, frozenset(index.include), index.where, index.is_unique
    return type(change).__name__, change.name


def _merged(one: Proposal, other: Proposal) -> Proposal:
    operations = tuple(dict.fromkeys((*one.operations, *other.operations)))
    reason = one.reason if other.reason in one.reason else f"{one.reason}; {other.reason}"
    return replace(one, reason=reason, operations=operations)


def _costs(run: Run) -> dict[str, float]:
    """Seconds each operation takes of the mix: its median times its weight."""
    base = run.engines[-1].variants[0] if run.engines and run.engines[-1].variants else None
    timed = [o for o in base.operations if o.summary] if base else []
    return {o.name: o.weight * o.summary.p50.estimate for o in timed if o.summary}
