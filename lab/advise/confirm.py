"""Judges a set that was chosen as one: each change alone, all of them together, and the set without each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from lab.advise.judge import (
    MOST_SLOWER,
    Budget,
    IsLate,
    Measure,
    gain_text,
    mix_ratio,
    objection,
    ratio_text,
    targets_gained,
    too_dear_to_write,
    too_large,
)
from lab.advise.search import grouped, try_alone, untried
from lab.advise.whole import ADVICE, helps, settle, whole_of
from lab.model.change import DropIndex, Variant
from lab.model.interval import Interval, quotient
from lab.model.run import Proposal, Trial, VariantRun


def confirm(
    proposals: Sequence[Proposal], measure: Measure, budget: Budget, is_late: IsLate = lambda _: False
) -> tuple[Trial, ...]:
    """Judges a set that was chosen as one: measured alone, together, and without each. A member that is not missed
    leaves, and so does what slows an operation, until the set is as it should be, or there is no time for another look:
    then what was neither shown to help alone nor seen to be missed leaves, too. Otherwise as `search`."""
    if not proposals:
        return ()
    if is_late(len(proposals) + 1):
        return _at_once(proposals, measure, budget, is_late)
    alone = [_alone(trial) for group in grouped(proposals) for trial in try_alone(group, measure)]
    out = [trial for trial in alone if trial.measurement.status != "measured"]
    kept = [trial for trial in alone if trial.measurement.status == "measured"]
    missed: Collection[str] = ()
    is_settled = False
    while kept and not is_settled and not is_late(len(kept) + 2):
        leaves, missed = _first_to_leave(kept, measure, budget)
        if leaves is None:
            is_settled = True
        else:
            out.append(leaves)
            kept = [trial for trial in kept if trial.proposal.change.name != leaves.proposal.change.name]
    if not is_settled:
        idle = [trial for trial in kept if not _is_good_alone(trial) and trial.proposal.change.name not in missed]
        why = "no time was left to see whether the set misses it"
        out += [replace(trial, verdict=f"{trial.verdict}: no gain is shown, and {why}") for trial in idle]
        kept = [trial for trial in kept if trial not in idle]
    kept, opposed, _ = settle(kept, measure, budget, is_late)
    return (*kept, *opposed, *(replace(trial, is_accepted=False) for trial in out))


def _at_once(proposals: Sequence[Proposal], measure: Measure, budget: Budget, is_late: IsLate) -> tuple[Trial, ...]:
    """A set as a whole, when there is no time for more."""
    kept, opposed, whole = settle([untried(proposal, "") for proposal in proposals], measure, budget, is_late)
    is_gain = whole is not None and helps(whole)
    told = f"one of {len(kept)} that take the mix to {ratio_text(mix_ratio(whole))} the base's time" if whole else ""
    told += f"{'' if is_gain else ': no gain is shown'}; no time was left to measure it alone"
    as_one = [replace(trial, measurement=replace(trial.measurement, status="measured")) for trial in kept]
    return (*(replace(trial, is_accepted=is_gain, verdict=told) for trial in as_one), *opposed)


def _alone(trial: Trial) -> Trial:
    """A member of a set is not judged by what it does alone, but that is told."""
    overall = mix_ratio(trial.measurement)
    is_told = overall is not None and not isinstance(trial.proposal.change, DropIndex)
    gained = f"alone, {gain_text(overall, (), trial.measurement)}" if is_told else trial.verdict
    return replace(trial, is_accepted=True, verdict=gained)


def _first_to_leave(kept: Sequence[Trial], measure: Measure, budget: Budget) -> tuple[Trial | None, Collection[str]]:
    """The member the set is best without, with the reason, none when each is missed; and the names of those that are.
    Without it the set must be measured again: what it did, another may do now."""
    without = {f"without {trial.proposal.change.name}": trial for trial in kept}
    changes = {name: [t.proposal.change for t in kept if t is not trial] for name, trial in without.items()}
    variants = [whole_of(kept), *(Variant(name, tuple(rest), "one left out") for name, rest in changes.items() if rest)]
    run = measure(variants)
    base, whole = run.variants[0], run.variant(ADVICE)
    assert whole is not None
    rests = {name: rest for name in without if (rest := run.variant(name)) is not None} or {next(iter(without)): base}
    by_need = sorted(rests, key=lambda name: _need(whole, rests[name], base))
    gaining = [name for name in by_need if not isinstance(without[name].proposal.change, DropIndex)]
    unmissed = [name for name in gaining if not _is_missed(whole, rests[name], base)]
    missed = {without[name].proposal.change.name for name in gaining if name not in unmissed}
    if reason := objection(base, whole):
        better = [name for name in by_need if rests[name] is base or not objection(base, rests[name])]
        return replace(without[(better or by_need)[0]], verdict=f"together with the others, {reason}"), missed
    if reason := too_large(base, whole, budget):
        return replace(without[by_need[0]], verdict=reason), missed
    if reason := too_dear_to_write(whole, budget):
        return replace(without[by_need[0]], verdict=f"with all of them {reason}"), missed
    if not unmissed:
        return None, missed
    leaves = without[unmissed[0]]
    if rests[unmissed[0]] is base and helps(leaves.measurement):
        return None, missed  # the only one left, shown to help already: doubt this time is the machine's
    return replace(leaves, verdict=f"nothing gets slower without it ({leaves.verdict})"), missed


def _is_good_alone(trial: Trial) -> bool:
    return helps(trial.measurement) or isinstance(trial.proposal.change, DropIndex)


def _need(whole: VariantRun, rest: VariantRun, base: VariantRun) -> float:
    """How much longer the mix takes without a member: 1 for no longer."""
    ours, theirs = mix_ratio(whole), (mix_ratio(rest) if rest is not base else Interval(1.0, 1.0, 1.0))
    return theirs.estimate / ours.estimate if ours and theirs else 1.0


def _is_missed(whole: VariantRun, rest: VariantRun, base: VariantRun) -> bool:
    """Whether leaving a member out is shown to slow the mix, costs a target, or seems to lose more than a tenth of what
    the set is shown to gain for an operation: on a noisy machine a doubt must not cost a good index."""
    even = Interval(1.0, 1.0, 1.0)
    if targets_gained(rest, whole):
        return True
    ours, theirs = mix_ratio(whole), (mix_ratio(rest) if rest is not base else even)
    if ours and theirs and quotient(theirs, ours).low > 1:
        return True
    for operation in whole.operations:
        left = rest.operation(operation.name)
        ratio = left.comparison.ratio if left and left.comparison else even
        is_gained = operation.comparison is not None and operation.comparison.direction == "faster"
        if operation.comparison and is_gained and ratio.estimate > MOST_SLOWER * operation.comparison.ratio.estimate:
            return True
    return False
