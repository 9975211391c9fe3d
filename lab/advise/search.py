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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from lab.advise.batches import judge_batch
from lab.advise.own_gain import own_gains
from lab.model.change import DropIndex, Variant
from lab.model.interval import Interval, geometric_mean, quotient
from lab.model.run import EngineRun, OperationRun, Proposal, Trial, VariantRun

Measure = Callable[[Sequence[Variant]], EngineRun]
"""Builds variants beside the base and measures them in the same rounds."""
IsLate = Callable[[int], bool]
"""Whether the time that is left does not do for measuring so many variants more."""

ADVICE = "advice"
AT_A_TIME = 8
_NOTHING_SHOWN = "no difference over the mix is shown"
_MOST_SLOWER = 1.10
_MOST_SLOWER_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Budget:
    """What the advice may cost. None for no bound."""

    storage_bytes: int | None = None
    """Room on disk that all accepted changes may take together."""
    write_ratio: float | None = None
    """Time the workload's writes may take, beside the base's."""
    proposals: int = 24
    """How many are built and measured, the most promising first."""
    seconds: float | None = None
    """All the trying together: candidates, sets and what is measured of them."""


def search(
    proposals: Iterable[Proposal], measure: Measure, budget: Budget, is_late: IsLate = lambda _: False
) -> tuple[Trial, ...]:
    """Every proposal with its measurement: first those accepted, in the order they are to be applied. The last call of
    `measure` is that of the whole advice, where there is one. What `is_late` is not tried."""
    tried = [trial for group in _grouped(proposals) for trial in _try_in_time(group, measure, is_late)]
    helpful = sorted((trial for trial in tried if trial.is_accepted), key=_value)
    stacked = _stack(helpful, measure, budget) if helpful else []
    accepted = [trial for trial in stacked if trial.is_accepted]
    unproven = [trial for trial in tried if not trial.is_accepted and not _is_opposed(trial)]
    second = _try_again(unproven, accepted, measure, budget) if accepted and not is_late(len(accepted) + 1) else []
    accepted += [trial for trial in second if trial.is_accepted]
    if accepted:
        measure([_advice(accepted)])
    names = {trial.proposal.change.name for trial in accepted}
    rejected = [t for t in (*stacked, *tried) if not t.is_accepted and t.proposal.change.name not in names]
    return (*accepted, *rejected)


def confirm(
    proposals: Sequence[Proposal], measure: Measure, budget: Budget, is_late: IsLate = lambda _: False
) -> tuple[Trial, ...]:
    """Judges a set that was chosen as one: measured alone, together, and without each. A member that is not missed
    leaves, and so does what slows an operation, until the set is as it should be, or there is no time for another look.
    Otherwise as `search`."""
    if not proposals:
        return ()
    if is_late(len(proposals) + 1):
        return _at_once(proposals, measure, budget)
    alone = [_alone(trial) for group in _grouped(proposals) for trial in _try_alone(group, measure)]
    out = [trial for trial in alone if trial.measurement.status != "measured"]
    kept = [trial for trial in alone if trial.measurement.status == "measured"]
    while kept and not is_late(len(kept) + 2):
        leaves = _first_to_leave(kept, measure, budget)
        if leaves is None:
            break
        out.append(leaves)
        kept = [trial for trial in kept if trial.proposal.change.name != leaves.proposal.change.name]
    if kept and (reason := _unfit(measure([_advice(kept)]), budget)):
        out += [replace(trial, verdict=f"together with the others, {reason}") for trial in kept]
        kept = []
    return (*kept, *(replace(trial, is_accepted=False) for trial in out))


def _at_once(proposals: Sequence[Proposal], measure: Measure, budget: Budget) -> tuple[Trial, ...]:
    """A set as a whole, when there is no time for more."""
    run = measure([Variant(ADVICE, tuple(proposal.change for proposal in proposals), "every change advised")])
    whole, reason = run.variant(ADVICE), _unfit(run, budget)
    assert whole is not None
    verdict = (
        f"together with the others, {reason or _gain(_overall(whole), (), whole)}; no time was left to measure it alone"
    )
    return tuple(Trial(proposal, whole, not reason, verdict) for proposal in proposals)


def screen(proposals: Sequence[Proposal], measure: Measure, is_late: IsLate = lambda _: False) -> list[Trial]:
    """Each alone, the most valuable first."""
    return sorted((t for group in _grouped(proposals) for t in _try_in_time(group, measure, is_late)), key=_value)


def _advice(trials: Sequence[Trial]) -> Variant:
    return Variant(ADVICE, tuple(trial.proposal.change for trial in trials), "every change advised")


def _unfit(run: EngineRun, budget: Budget) -> str:
    """What speaks against the whole advice; empty when it may be adopted."""
    base, whole = run.variants[0], run.variant(ADVICE)
    assert whole is not None
    return _objection(base, whole) or _too_large(base, whole, budget) or _too_dear_to_write(whole, budget)


def _too_large(base: VariantRun, whole: VariantRun, budget: Budget) -> str:
    taken = -_saved(base, whole)
    is_over = budget.storage_bytes is not None and taken > budget.storage_bytes
    return f"all take {_size(taken)}: over the storage budget" if is_over else ""


def _alone(trial: Trial) -> Trial:
    """A member of a set is not judged by what it does alone, but that is told."""
    overall = _overall(trial.measurement)
    is_told = overall is not None and not isinstance(trial.proposal.change, DropIndex)
    gained = f"alone, {_gain(overall, (), trial.measurement)}" if is_told else trial.verdict
    return replace(trial, is_accepted=True, verdict=gained)


def _first_to_leave(kept: Sequence[Trial], measure: Measure, budget: Budget) -> Trial | None:
    """The member the set is best without, with the reason; None when each is missed. Without it the set must be
    measured again: what it did, another may do now."""
    without = {f"without {trial.proposal.change.name}": trial for trial in kept}
    changes = {name: [t.proposal.change for t in kept if t is not trial] for name, trial in without.items()}
    variants = [_advice(kept), *(Variant(name, tuple(rest), "one left out") for name, rest in changes.items() if rest)]
    run = measure(variants)
    base, whole = run.variants[0], run.variant(ADVICE)
    assert whole is not None
    rests = {name: rest for name in without if (rest := run.variant(name)) is not None} or {next(iter(without)): base}
    by_need = sorted(rests, key=lambda name: _need(whole, rests[name], base))
    if reason := _objection(base, whole):
        better = [name for name in by_need if rests[name] is base or not _objection(base, rests[name])]
        return replace(without[(better or by_need)[0]], verdict=f"together with the others, {reason}")
    if reason := _too_large(base, whole, budget):
        return replace(without[by_need[0]], verdict=reason)
    if reason := _too_dear_to_write(whole, budget):
        return replace(without[by_need[0]], verdict=f"with all of them {reason}")
    gaining = [name for name in by_need if not isinstance(without[name].proposal.change, DropIndex)]
    name = next((name for name in gaining if not _is_missed(whole, rests[name], base)), None)
    if name and rests[name] is base and _helps(without[name].measurement):
        return None  # the only one left, shown to help already: doubt this time is the machine's
    return replace(without[name], verdict=f"nothing gets slower without it ({without[name].verdict})") if name else None


def _too_dear_to_write(variant: VariantRun, budget: Budget) -> str:
    """Empty when the writes keep to their budget, or there is none, or the workload has no write."""
    ratio = geometric_mean((o.comparison.ratio, o.weight) for o in variant.operations if o.is_write and o.comparison)
    if budget.write_ratio is None or ratio is None or ratio.estimate <= budget.write_ratio:
        return ""
    return f"writes take {_shown(ratio)} the base's time: over the write budget of {budget.write_ratio:g}x"


def _helps(variant: VariantRun) -> bool:
    overall = _overall(variant)
    return overall is not None and overall.high < 1


def _need(whole: VariantRun, rest: VariantRun, base: VariantRun) -> float:
    """How much longer the mix takes without a member: 1 for no longer."""
    ours, theirs = _overall(whole), (_overall(rest) if rest is not base else Interval(1.0, 1.0, 1.0))
    return theirs.estimate / ours.estimate if ours and theirs else 1.0


def _is_missed(whole: VariantRun, rest: VariantRun, base: VariantRun) -> bool:
    """Whether leaving a member out is shown to slow the mix, costs a target, or seems to lose more than a tenth of what
    the set is shown to gain for an operation: on a noisy machine a doubt must not cost a good index."""
    even = Interval(1.0, 1.0, 1.0)
    if _targets_gained(rest, whole):
        return True
    ours, theirs = _overall(whole), (_overall(rest) if rest is not base else even)
    if ours and theirs and quotient(theirs, ours).low > 1:
        return True
    for operation in whole.operations:
        left = rest.operation(operation.name)
        ratio = left.comparison.ratio if left and left.comparison else even
        is_gained = operation.comparison is not None and operation.comparison.direction == "faster"
        if operation.comparison and is_gained and ratio.estimate > _MOST_SLOWER * operation.comparison.ratio.estimate:
            return True
    return False


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
        spent = -_saved(base, under)
        for trial, top in zip(group, tops, strict=True):
            over = run.variant(top.name)
            size = -_saved(under, over) if over else 0
            fits = budget.storage_bytes is None or spent + size <= budget.storage_bytes
            if over and fits and not _objection(base, over) and not _adds_nothing(trial, over, under):
                verdict = f"shows nothing alone; on top of the others {_gain(_overall(over), (), over)}"
                found.append(replace(trial, is_accepted=True, verdict=verdict))
                break
    return found


def _grouped_trials(trials: Sequence[Trial]) -> Iterable[Sequence[Trial]]:
    for start in range(0, len(trials), AT_A_TIME):
        yield trials[start : start + AT_A_TIME]


def _grouped(proposals: Iterable[Proposal]) -> Iterable[tuple[Proposal, ...]]:
    iterator = iter(proposals)
    while group := tuple(itertools.islice(iterator, AT_A_TIME)):
        yield group


def untried(proposal: Proposal, reason: str) -> Trial:
    """A proposal that was not measured, and why."""
    return Trial(proposal, VariantRun(proposal.change.name, proposal.reason, "failed", reason), False, reason)


def _try_in_time(group: Sequence[Proposal], measure: Measure, is_late: IsLate) -> list[Trial]:
    if is_late(len(group) + 1):
        return [untried(proposal, "not measured: the time budget was spent") for proposal in group]
    return _try_alone(group, measure)


def _try_alone(group: Sequence[Proposal], measure: Measure) -> list[Trial]:
    variants = [Variant(proposal.change.name, (proposal.change,), proposal.reason) for proposal in group]
    run = measure(variants)
    return [_judge(proposal, run, variant.name) for proposal, variant in zip(group, variants, strict=True)]


def _judge(proposal: Proposal, run: EngineRun, name: str) -> Trial:
    base, variant = run.variants[0], run.variant(name)
    assert variant is not None
    if proposal.batch:
        return judge_batch(proposal, variant)
    if reason := _objection(base, variant):
        return Trial(proposal, variant, False, reason)
    overall = _overall(variant)
    gained = _targets_gained(base, variant)
    if isinstance(proposal.change, DropIndex):
        return Trial(proposal, variant, True, f"frees {_size(_saved(base, variant))}; nothing got slower")
    if gained or (overall is not None and overall.high < 1) or own_gains(proposal, variant, base):
        return Trial(proposal, variant, True, _gain(overall, gained, variant))
    shown = f": {_shown(overall)}" if overall else ""
    return Trial(proposal, variant, False, f"{_NOTHING_SHOWN}{shown}")


def _objection(base: VariantRun, variant: VariantRun) -> str:
    """Why a variant must not be adopted, whatever it gains; empty when nothing speaks against it."""
    if variant.status != "measured":
        return f"{variant.status}: {variant.reason}"
    for operation in variant.operations:
        before = base.operation(operation.name)
        if operation.answer and not operation.answer.is_same:
            return f"`{operation.name}` answers differently: {operation.answer.difference}"
        if before and before.status == "measured" and operation.status != "measured":
            return f"`{operation.name}` {operation.status}: {operation.reason}"
        if before and _is_slower(before, operation):
            assert operation.comparison is not None
            return f"`{operation.name}` gets slower: {_shown(operation.comparison.ratio)}"
        if before and before.target == "met" and operation.target == "missed":
            return f"`{operation.name}` loses its target"
    return ""


def _is_slower(before: OperationRun, after: OperationRun) -> bool:
    if after.comparison is None or before.summary is None or after.summary is None:
        return False
    more = after.summary.p50.estimate - before.summary.p50.estimate
    return after.comparison.ratio.low > _MOST_SLOWER and more > _MOST_SLOWER_SECONDS


def _targets_gained(base: VariantRun, variant: VariantRun) -> tuple[str, ...]:
    targets = {operation.name: operation.target for operation in base.operations}
    return tuple(o.name for o in variant.operations if o.target == "met" and targets.get(o.name) == "missed")


def _overall(variant: VariantRun) -> Interval | None:
    """The mix beside the base: weighted geometric mean of the ratios of latency."""
    return geometric_mean((o.comparison.ratio, o.weight) for o in variant.operations if o.comparison)


def _value(trial: Trial) -> tuple[int, float]:
    """Sorts the most valuable first: what only frees room comes last."""
    overall = _overall(trial.measurement)
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
        size = -_saved(below, variant)
        if reason := _objection(run.variants[0], variant) or _adds_nothing(trial, variant, below):
            trials.append(replace(trial, is_accepted=False, verdict=reason))
        elif budget.storage_bytes is not None and spent + size > budget.storage_bytes:
            verdict = f"takes {_size(size)}: more than is left of the storage budget"
            trials.append(replace(trial, is_accepted=False, verdict=verdict))
        elif reason := _too_dear_to_write(variant, budget):
            trials.append(replace(trial, is_accepted=False, verdict=f"with it {reason}"))
        else:
            spent += size
            trials.append(trial)
        below = variant
    return trials


def _adds_nothing(trial: Trial, variant: VariantRun, below: VariantRun) -> str:
    if isinstance(trial.proposal.change, DropIndex):
        return ""
    overall, before = _overall(variant), _overall(below) or Interval(1.0, 1.0, 1.0)
    if _targets_gained(below, variant) or (overall and quotient(overall, before).high < 1):
        return ""
    if own_gains(trial.proposal, variant, below):
        return ""
    return f"helps alone ({trial.verdict}), but adds nothing to the changes before it"


def _saved(before: VariantRun, after: VariantRun) -> int:
    return (before.table_bytes + before.index_bytes) - (after.table_bytes + after.index_bytes)


def _gain(overall: Interval | None, gained: Sequence[str], variant: VariantRun) -> str:
    parts = [f"the mix takes {_shown(overall)} the base's time"] if overall else []
    parts += [f"brings {', '.join(f'`{name}`' for name in gained)} within target"] if gained else []
    best = [o for o in variant.operations if o.comparison and o.comparison.direction == "faster"]
    best.sort(key=lambda o: o.comparison.ratio.estimate if o.comparison else 1.0)
    parts += [f"`{o.name}` {_shown(o.comparison.ratio)}" for o in best[:3] if o.comparison]
    return "; ".join(parts)


def _shown(ratio: Interval | None) -> str:
    return f"{ratio.estimate:.3g}x [{ratio.low:.3g}, {ratio.high:.3g}]" if ratio else "?"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
