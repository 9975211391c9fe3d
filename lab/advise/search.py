"""Proposals -> Trials: each is built and measured alone, then those that help are stacked and measured together.

Alone, a proposal must be shown to make the mix faster, or to bring an operation within its target, and must make no
operation slower by more than 10 % and 5 ms. The helpful ones are then stacked, the most valuable first, and each
stack is measured beside the one below it in the same rounds: what adds nothing to those before it is left out. So two
indexes that do the same job are not both kept. What was rejected alone gets a second chance on top of what was
accepted: it may only help beside another. A set that was chosen as a set (`confirm`) is not stacked: it is measured
whole, and once without each member. What is kept is measured once more as a whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lab.advise.batches import judge_batch
from lab.advise.judge import (
    Budget,
    IsLate,
    Measure,
    gain_text,
    mix_ratio,
    objection,
    ratio_text,
    saved_bytes,
    size_text,
    targets_gained,
    too_dear_to_write,
)
from lab.advise.own_gain import own_gains
from lab.advise.whole import ADVICE, settle
from lab.model.change import DropIndex, Variant
from lab.model.interval import Interval, quotient
from lab.model.run import EngineRun, Proposal, Trial, VariantRun

AT_A_TIME = 8
_NOTHING_SHOWN = "no difference over the mix is shown"


def search(
    proposals: Iterable[Proposal], measure: Measure, budget: Budget, is_late: IsLate = lambda _: False
) -> tuple[Trial, ...]:
    """Every proposal with its measurement: first those accepted, in the order they are to be applied. The last call of
    `measure` is that of the whole advice, where there is one. What `is_late` is not tried."""
    tried = [trial for group in grouped(proposals) for trial in _try_in_time(group, measure, is_late)]
    helpful = sorted((trial for trial in tried if trial.is_accepted), key=_value)
    stacked = _stack(helpful, measure, budget) if helpful else []
    accepted = [trial for trial in stacked if trial.is_accepted]
    unproven = [trial for trial in tried if not trial.is_accepted and not _is_opposed(trial)]
    second = _try_again(unproven, accepted, measure, budget) if accepted and not is_late(len(accepted) + 1) else []
    accepted += [trial for trial in second if trial.is_accepted]
    accepted, opposed, _ = settle(accepted, measure, budget, is_late)
    names = {trial.proposal.change.name for trial in accepted}
    rejected = [t for t in (*opposed, *stacked, *tried) if not t.is_accepted and t.proposal.change.name not in names]
    return (*accepted, *_once(rejected))


def _once(trials: Iterable[Trial]) -> list[Trial]:
    """The last word on each."""
    found: dict[str, Trial] = {}
    for trial in trials:
        found.setdefault(trial.proposal.change.name, trial)
    return list(found.values())


def screen(proposals: Sequence[Proposal], measure: Measure, is_late: IsLate = lambda _: False) -> list[Trial]:
    """Each alone, the most valuable first."""
    return sorted((t for group in grouped(proposals) for t in _try_in_time(group, measure, is_late)), key=_value)


def _is_opposed(trial: Trial) -> bool:
    """Whether a trial was turned down for something it does, not for what it does not."""
    return not trial.verdict.startswith(_NOTHING_SHOWN)


def _try_again(rejected: Sequence[Trial], accepted: Sequence[Trial], measure: Measure, budget: Budget) -> list[Trial]:
    """What showed nothing alone, each on top of all that was accepted."""
    found: list[Trial] = []
    for group in _grouped_trials(rejected):
        changes = tuple(trial.proposal.change for trial in (*accepted, *found))
        below = Variant(ADVICE, changes, "every change advised so far")
        tops = [Variant(f"with {t.proposal.change.name}", (*changes, t.proposal.change), "one more") for t in group]
        run = measure([below, *tops])
        base, under = run.variants[0], run.variant(ADVICE)
        assert under is not None
        spent = -saved_bytes(base, under)
        for trial, top in zip(group, tops, strict=True):
            over = run.variant(top.name)
            size = -saved_bytes(under, over) if over else 0
            fits = budget.storage_bytes is None or spent + size <= budget.storage_bytes
            if over and fits and not objection(base, over) and not _adds_nothing(trial, over, under):
                verdict = f"shows nothing alone; on top of the others {gain_text(mix_ratio(over), (), over)}"
                found.append(replace(trial, is_accepted=True, verdict=verdict))
                break
    return found


def _grouped_trials(trials: Sequence[Trial]) -> Iterable[Sequence[Trial]]:
    for start in range(0, len(trials), AT_A_TIME):
        yield trials[start : start + AT_A_TIME]


def grouped(proposals: Iterable[Proposal]) -> Iterable[tuple[Proposal, ...]]:
    iterator = iter(proposals)
    while group := tuple(itertools.islice(iterator, AT_A_TIME)):
        yield group


def untried(proposal: Proposal, reason: str) -> Trial:
    """A proposal that was not measured, and why."""
    return Trial(proposal, VariantRun(proposal.change.name, proposal.reason, "failed", reason), False, reason)


def _try_in_time(group: Sequence[Proposal], measure: Measure, is_late: IsLate) -> list[Trial]:
    """As many as there is time for, the first of the group."""
    count = next((number for number in range(len(group), 0, -1) if not is_late(number + 1)), 0)
    tried = try_alone(group[:count], measure) if count else []
    return [*tried, *(untried(proposal, "not measured: the time budget was spent") for proposal in group[count:])]


def try_alone(group: Sequence[Proposal], measure: Measure) -> list[Trial]:
    variants = [Variant(proposal.change.name, (proposal.change,), proposal.reason) for proposal in group]
    run = measure(variants)
    return [_judge(proposal, run, variant.name) for proposal, variant in zip(group, variants, strict=True)]


def _judge(proposal: Proposal, run: EngineRun, name: str) -> Trial:
    base, variant = run.variants[0], run.variant(name)
    assert variant is not None
    if proposal.batch:
        return judge_batch(proposal, variant)
    if reason := objection(base, variant):
        return Trial(proposal, variant, False, reason)
    overall = mix_ratio(variant)
    gained = targets_gained(base, variant)
    if isinstance(proposal.change, DropIndex):
        return Trial(proposal, variant, True, f"frees {size_text(saved_bytes(base, variant))}; nothing got slower")
    if gained or (overall is not None and overall.high < 1) or own_gains(proposal, variant, base):
        return Trial(proposal, variant, True, gain_text(overall, gained, variant))
    shown = f": {ratio_text(overall)}" if overall else ""
    return Trial(proposal, variant, False, f"{_NOTHING_SHOWN}{shown}")


def _value(trial: Trial) -> tuple[int, float]:
    """Sorts the most valuable first: what only frees room comes last."""
    overall = mix_ratio(trial.measurement)
    return (isinstance(trial.proposal.change, DropIndex), overall.estimate if overall else 1.0)


def _stack(helpful: Sequence[Trial], measure: Measure, budget: Budget) -> list[Trial]:
    """Stack k holds the first k changes; each is judged by what it adds to the one below."""
    changes = [trial.proposal.change for trial in helpful]
    names = [f"with {change.name}" for change in changes]
    stacks = [Variant(name, tuple(changes[: k + 1]), f"{k + 1} changes") for k, name in enumerate(names)]
    run = measure(stacks)
    below = run.variants[0]
    spent = 0
    trials: list[Trial] = []
    for trial, name in zip(helpful, names, strict=True):
        variant = run.variant(name)
        assert variant is not None
        size = -saved_bytes(below, variant)
        if reason := objection(run.variants[0], variant) or _adds_nothing(trial, variant, below):
            trials.append(replace(trial, is_accepted=False, verdict=reason))
        elif budget.storage_bytes is not None and spent + size > budget.storage_bytes:
            verdict = f"takes {size_text(size)}: more than is left of the storage budget"
            trials.append(replace(trial, is_accepted=False, verdict=verdict))
        elif reason := too_dear_to_write(variant, budget):
            trials.append(replace(trial, is_accepted=False, verdict=f"with it {reason}"))
        else:
            spent += size
            trials.append(trial)
        below = variant
    return trials


def _adds_nothing(trial: Trial, variant: VariantRun, below: VariantRun) -> str:
    if isinstance(trial.proposal.change, DropIndex):
        return ""
    overall, before = mix_ratio(variant), mix_ratio(below) or Interval(1.0, 1.0, 1.0)
    if targets_gained(below, variant) or (overall and quotient(overall, before).high < 1):
        return ""
    if own_gains(trial.proposal, variant, below):
        return ""
    return f"helps alone ({trial.verdict}), but adds nothing to the changes before it"
