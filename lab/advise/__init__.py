"""The advisor: rules propose, the lab builds and measures, and only what is shown to help is advised.

`advise` is handed `measure`, and where an engine has one a `Ground` to try candidates on, so it knows no database.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from lab.advise import (
    batch_lookups,
    change_types,
    copy_columns,
    cover_accesses,
    cover_queries,
    drop_redundant_indexes,
    drop_unused_indexes,
    index_blocks,
    index_commands,
    index_documents,
    index_expressions,
    index_hashes,
    index_predicates,
    index_ranges,
    index_scans,
    index_substrings,
    index_words,
    materialize_views,
    narrow_to_rows,
    page_by_key,
    partition_tables,
    replace_not_in,
    require_unique,
    split_alternatives,
    summarize_aggregates,
    widen_to_ranges,
)
from lab.advise.accesses import find_accesses
from lab.advise.confirm import confirm
from lab.advise.judge import Budget, IsLate, Measure
from lab.advise.own_gain import seconds_saved
from lab.advise.search import screen, search, untried
from lab.advise.select import Bounds
from lab.advise.shortlist import in_order, plant, rejected
from lab.advise.whole import ADVICE
from lab.model.change import AddIndex
from lab.model.run import Proposal, Run, Trial
from lab.model.schema import Index, IndexPart, Schema, Table
from lab.model.what_if import Ground

__all__ = ["ADVICE", "RULES", "Budget", "advise", "proposals"]

Rule = Callable[[Run, str], Iterator[Proposal]]
_INNODB = ("mysql", "mariadb")
_KEYS_ONLY = (*_INNODB, "sqlite")
"""Engines whose indexes hold nothing but keys."""

RULES: tuple[Rule, ...] = (
    index_predicates.propose,
    index_scans.propose,
    index_commands.propose,
    narrow_to_rows.propose,
    cover_queries.propose,
    drop_redundant_indexes.propose,
    summarize_aggregates.propose,
    index_expressions.propose,
    index_documents.propose,
    index_words.propose,
    index_substrings.propose,
    index_ranges.propose,
    index_hashes.propose,
    index_blocks.propose,
    require_unique.propose,
    drop_unused_indexes.propose,
    widen_to_ranges.propose,
    replace_not_in.propose,
    split_alternatives.propose,
    page_by_key.propose,
    copy_columns.propose,
    materialize_views.propose,
    partition_tables.propose,
    change_types.propose,
    batch_lookups.propose,
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
    found = proposals(run, engine, RULES if ground is None else RULES + WIDE_RULES)
    refused = [untried(p, f"cannot be had here: {p.obstacle}") for p in found if p.obstacle]
    found = [proposal for proposal in found if not proposal.obstacle]
    in_batches = [proposal for proposal in found if proposal.batch]
    found = [proposal for proposal in found if not proposal.batch]
    indexes = [proposal for proposal in found if isinstance(proposal.change, AddIndex)]
    nursery = plant(ground, indexes, reads(run, engine)) if ground else None
    if nursery is None or nursery.is_too_late:
        batches = screen(in_batches, measure, is_late)
        trials = search(_spread(found)[: budget.proposals], measure, budget, is_late)
        return _ordered([*trials, *batches, *refused], run)
    shown = nursery.choose(Bounds(budget.storage_bytes, budget.write_ratio))

    def is_late_beside_set(variants: int) -> bool:
        """Each of the set has to be measured alone yet, and the whole."""
        return is_late(variants + len(shown) + 2)

    batches = screen(in_batches, measure, is_late_beside_set)
    others = [proposal for proposal in found if not isinstance(proposal.change, AddIndex)]
    tried = one_text_each(screen(_spread(others)[: budget.proposals], measure, is_late_beside_set))
    helpful = [trial.proposal for trial in tried if trial.is_accepted]
    trials = confirm(_rebuilding_first([*in_order(nursery, shown), *helpful]), measure, budget, is_late)
    turned_down = [trial for trial in tried if not trial.is_accepted]
    return _ordered([*trials, *batches, *turned_down, *refused, *rejected(nursery, shown)], run)


def _spread(found: Iterable[Proposal]) -> list[Proposal]:
    """The first of each rule before the second of any: where few can be tried, none is crowded out."""
    seen: Counter[str] = Counter()
    ranked = []
    for proposal in found:
        ranked.append((seen[proposal.rule], proposal))
        seen[proposal.rule] += 1
    return [proposal for _, proposal in sorted(ranked, key=lambda pair: pair[0])]


def one_text_each(tried: Iterable[Trial]) -> list[Trial]:
    """Of changes that would have a query read otherwise, the one that gains most: there is one text of it."""
    texts: dict[str, str] = {}
    found = []
    for trial in tried:
        names = [operation.name for operation in trial.proposal.rewrites]
        taken = next((name for name in names if name in texts), None)
        if trial.is_accepted and taken:
            verdict = f"{trial.verdict}; but `{taken}` is rewritten by {texts[taken]}, which gains more"
            trial = replace(trial, is_accepted=False, verdict=verdict)
        elif trial.is_accepted:
            texts |= dict.fromkeys(names, trial.proposal.change.name)
        found.append(trial)
    return found


def _rebuilding_first(found: Sequence[Proposal]) -> list[Proposal]:
    """What makes a table anew has only the indexes of the schema to give it: others must come after."""
    return sorted(found, key=lambda proposal: proposal.rule != partition_tables.RULE)


def _ordered(trials: Iterable[Trial], run: Run) -> tuple[Trial, ...]:
    """The accepted first, those that spare most before others; the rest as it comes."""
    base = run.engines[-1].variants[0] if run.engines and run.engines[-1].variants else None

    def place(trial: Trial) -> tuple[bool, bool, float]:
        is_first = trial.proposal.rule == partition_tables.RULE
        saved = seconds_saved(trial, base) if base and trial.is_accepted else 0.0
        return not trial.is_accepted, not is_first, -saved

    return tuple(sorted(trials, key=place))


def reads(run: Run, engine: str) -> dict[str, frozenset[str]]:
    """The tables each operation reads, by its text and its plan, of those whose text could be parsed."""
    operations = run.design.workload.for_variant("base")
    found = {o.name: {a.table for a in find_accesses(o, engine, run.design.schema)} for o in operations}
    base = run.engines[-1].variants[0] if run.engines and run.engines[-1].variants else None
    for operation in base.operations if base else ():
        if found.get(operation.name):  # what stands behind a view is in the plan only
            words = set(re.findall(r"[\w$]+", operation.plan))
            found[operation.name] |= {table.name for table in run.design.schema.tables if table.name in words}
    return {name: frozenset(tables) for name, tables in found.items() if tables}


def proposals(run: Run, engine: str, rules: Sequence[Rule] = RULES) -> list[Proposal]:
    """What the rules propose, a change once, those that touch most of the workload's time first."""
    merged: dict[object, Proposal] = {}
    for rule in rules:
        for proposal in rule(run, engine):
            if _is_there(run.design.schema, proposal, engine) or _is_for_others(proposal, engine):
                continue
            key = _identity(proposal, engine)
            merged[key] = _merged(merged[key], proposal) if key in merged else proposal
    costs = _costs(run)
    return sorted(merged.values(), key=lambda proposal: -sum(costs.get(name, 0.0) for name in proposal.operations))


def _is_for_others(proposal: Proposal, engine: str) -> bool:
    """Whether InnoDB would make an index of all rows of one that was to hold some: that is proposed by itself."""
    return engine in _INNODB and isinstance(proposal.change, AddIndex) and bool(proposal.change.index.where)


def _identity(proposal: Proposal, engine: str) -> object:
    """Equal for changes that make the same index, whatever they call it. Where there is no INCLUDE, its columns are
    the last keys."""
    change = proposal.change
    if isinstance(change, AddIndex):
        index = change.index
        parts, beside = index.parts, frozenset(index.include)
        if engine in _KEYS_ONLY and not index.is_unique:
            parts, beside = (*parts, *map(IndexPart, index.include)), frozenset()
        return index.table, parts, index.method, beside, index.where, index.is_unique
    return type(change).__name__, change.name


def _is_there(schema: Schema, proposal: Proposal, engine: str) -> bool:
    """Whether the schema has an index that is made the same way, or the engine makes one of its own."""
    change = proposal.change
    if not isinstance(change, AddIndex):
        return False
    table = schema.table(change.index.table)
    same = (_made(index) == _made(change.index) for index in table.indexes)
    return any(same) or (engine in _INNODB and _is_own_of_key(change.index, table))


def _made(index: Index) -> tuple[object, ...]:
    return index.parts, index.method, index.where, index.include, index.is_unique


def _is_own_of_key(index: Index, table: Table) -> bool:
    """Whether InnoDB has the index for a foreign key (MySQL manual, 15.1.20.5 "FOREIGN KEY Constraints")."""
    plain = [Index(index.name, index.table, tuple(map(IndexPart, key.columns))) for key in table.foreign_keys]
    return any(_made(own) == _made(index) for own in plain)


def _merged(one: Proposal, other: Proposal) -> Proposal:
    operations = tuple(dict.fromkeys((*one.operations, *other.operations)))
    is_told = bool(other.operations) and set(other.operations) <= set(one.operations)
    reason = one.reason if is_told or other.reason in one.reason else f"{one.reason}; {other.reason}"
    rewrites = {operation.name: operation for operation in (*other.rewrites, *one.rewrites)}
    return replace(one, reason=reason, operations=operations, rewrites=tuple(rewrites.values()))


def _costs(run: Run) -> dict[str, float]:
    """Seconds each operation takes of the mix: its median times its weight."""
    base = run.engines[-1].variants[0] if run.engines and run.engines[-1].variants else None
    timed = [o for o in base.operations if o.summary] if base else []
    return {o.name: o.weight * o.summary.p50.estimate for o in timed if o.summary}
