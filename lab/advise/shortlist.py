"""Proposals -> the few worth measuring with care, found by trying them on a scratch copy.

Where the database can imagine indexes, all candidates are imagined first, and only those are built that make some
execution's plan cheaper than any as small does. What is built is then chosen from by what its plans really take.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from lab.advise.plans import NONE, Plans, Shown
from lab.advise.search import untried
from lab.advise.select import Bounds, Costs, select, shed
from lab.advise.worth import Worth, WriteCosts
from lab.errors import LabError
from lab.model.change import AddIndex
from lab.model.run import Proposal, Trial, VariantRun
from lab.model.what_if import Built, Ground

_MOST_BUILT = 160
_MOST_SHARED = 24
_MOST_ROUNDS = 16
"""Sets looked at in turn, each foreseen better than those before."""
_EXPLORING, _BUILDING, _SAMPLING = 0.25, 0.45, 0.6
"""Of the time that is left when it begins, what each may take: what is slow leaves some to those that come after."""
_LEAST_FACTOR = 0.1
_SETTLED = 0.03
"""What writes under a set take beside their sum is known when it changes by less."""
_HOPELESS = "not built: no plan that is cheaper than those of as small indexes would use it"
_LATE = "not built: the time budget was spent"
_SAFETY = 0.98
"""Of a bound: what an index takes when it is built again differs a little."""
_WRITE_SAFETY = 0.95
"""Of what writes may take more than the base's: so do times that are taken again."""


@dataclass(slots=True)
class Nursery:
    """Candidates that were built, and what is known of them."""

    proposals: Mapping[str, Proposal]
    built: Mapping[str, Built]
    refused: Mapping[str, str]
    passed_over: Mapping[str, str]
    """Those not built, and why."""
    worth: Worth
    writes: WriteCosts
    ground: Ground
    write_factor: float = field(default=1.0, init=False)
    """What writes take under a whole set, beside the sum of what they take under each member."""

    @property
    def is_too_late(self) -> bool:
        """Whether the time was spent before anything was built."""
        return not self.built and _LATE in self.passed_over.values()

    @property
    def costs(self) -> Costs:
        sizes = {name: built.size_bytes for name, built in self.built.items()}
        return Costs(sizes, lambda name: self.write_factor * self.writes.share(name))

    def choose(self, bounds: Bounds) -> Shown:
        """The best set within bounds whose plans were all executed. A set that was foreseen to be the best is looked
        at, and what is learnt by that is foreseen from then on."""
        if bounds.storage_bytes is not None:
            bounds = replace(bounds, storage_bytes=int(_SAFETY * bounds.storage_bytes))
        if bounds.write_ratio is not None:
            bounds = replace(bounds, write_ratio=1 + _WRITE_SAFETY * (bounds.write_ratio - 1))
            self.writes.learn(self.built.keys())
        best = NONE
        for _ in range(_MOST_ROUNDS):
            foreseen = select(self.worth, self.costs, bounds)
            factor, is_news = self.write_factor, not self.worth.is_verified(foreseen)
            self.worth.verify(foreseen)
            shown = self._without_slowing(self._within_writes(shed(self.worth, foreseen), bounds))
            if self._is_kept(shown, bounds) and self.worth.total(shown) < self.worth.total(best):
                best = shown
            is_settled = abs(self.write_factor / factor - 1) < _SETTLED
            if (not is_news and is_settled) or self.ground.seconds_left() <= 0:
                break
        return best

    def _is_kept(self, shown: Shown, bounds: Bounds) -> bool:
        if self.worth.slows(shown) or not self.costs.fits(shown, Bounds(bounds.storage_bytes)):
            return False
        return bounds.write_ratio is None or self.writes.ratio(shown) <= bounds.write_ratio

    def _without_slowing(self, shown: Shown) -> Shown:
        """The set without the members that mislead the planner to plans slower than the base's."""
        self.worth.verify(shown)
        while slower := self.worth.slows(shown):
            left = {name: self.worth.seconds(shown - {name}) for name in sorted(shown)}
            shown -= {min(left, key=lambda name: sum(left[name][operation] for operation in slower))}
            self.worth.verify(shown)
        return shown

    def _within_writes(self, shown: Shown, bounds: Bounds) -> Shown:
        """The set without the members least missed for what they add to writes, until those are measured to keep to
        their bound; from then on candidates are reckoned with what they add beside others."""
        while shown and bounds.write_ratio is not None:
            ratio, alone = self.writes.ratio(shown), sum(map(self.writes.share, shown))
            self.write_factor = max((ratio - 1) / max(alone, 1e-9), _LEAST_FACTOR)
            if ratio <= bounds.write_ratio:
                break
            while True:  # as many as should do, and one at least
                now = self.worth.total(shown)
                missed = {name: self.worth.total(shown - {name}) - now for name in sorted(shown)}
                shown -= {min(missed, key=lambda name: missed[name] / max(self.writes.share(name), 1e-3))}
                if self.costs.fits(shown, Bounds(write_ratio=bounds.write_ratio)):
                    break
        return shown


def plant(ground: Ground, proposals: Sequence[Proposal], reads: Mapping[str, Set[str]]) -> Nursery:
    """Builds candidate indexes on the scratch copy: the promising, or the first of the list."""
    planted = {proposal.change.name: proposal for proposal in proposals if isinstance(proposal.change, AddIndex)}
    changes = {name: p.change for name, p in planted.items() if isinstance(p.change, AddIndex)}
    tables = {name: change.index.table for name, change in changes.items()}
    worth, writes = Worth(ground, tables, reads), WriteCosts(ground)
    hopes = _hopes(ground, planted, worth, reads, _spent(ground, _EXPLORING))
    wanted = _wanted(hopes, changes)
    built, refused = _build(ground, [changes[name] for name in wanted], _spent(ground, _BUILDING))
    is_over = _spent(ground, _SAMPLING)
    sizes = {name: each.size_bytes for name, each in built.items()}
    unseen = {name: sizes[name] for name in hopes.unseen if name in sizes}
    for number in range(len(ground.reads)):
        for used in hopes.used[number]:
            worth.plans.plan(number, used & sizes.keys())
        worth.plans.plan(number, sizes.keys())
        worth.plans.explore(number, {} if is_over() else unseen, unseen.keys())
        if not is_over():
            worth.sample(number, sizes)
    passed_over = {
        name: _LATE if name in wanted else _HOPELESS for name in changes if name not in built and name not in refused
    }
    return Nursery(planted, built, refused, passed_over, worth, writes, ground)


def _spent(ground: Ground, share: float) -> Callable[[], bool]:
    """Whether a share of the time that is left now has gone."""
    until = (1 - share) * ground.seconds_left()
    return lambda: (left := ground.seconds_left()) <= 0 or left < until


@dataclass(frozen=True, slots=True)
class _Hopes:
    """What was learnt before anything was built."""

    used: Sequence[Sequence[Shown]]
    """By execution, the candidates that plans worth having would use together."""
    promises: Mapping[str, float]
    """The seconds of the mix that a candidate's best plan should gain."""
    unseen: Sequence[str]
    """Candidates of which nothing could be learnt."""


def _hopes(
    ground: Ground,
    proposals: Mapping[str, Proposal],
    worth: Worth,
    reads: Mapping[str, Set[str]],
    is_over: Callable[[], bool],
) -> _Hopes:
    if ground.imagined is None:
        return _Hopes([[] for _ in ground.reads], {}, list(proposals))
    changes = [p.change for p in proposals.values() if isinstance(p.change, AddIndex)]
    sizes = ground.imagined.imagine(changes)
    unseen = [change.name for change in changes if change.name not in sizes]
    sizes = {name: size for name, size in sizes.items() if size}
    plans = Plans(ground.imagined, ground.reads, {c.name: c.index.table for c in changes}, reads)
    promises: dict[str, float] = {}
    shared: dict[str, float] = {}
    used: list[list[Shown]] = []
    for number, execution in enumerate(ground.reads):
        plans.explore(number, {} if is_over() else sizes, _meant_for(execution.operation, proposals))
        base = plans.plan(number, NONE)
        gain = {
            p.used: worth.base[number] * execution.share * (1 - p.cost / max(base.cost, 1e-9))
            for p in plans.options(number)
        }
        front = [plan.used for plan in plans.front(number, sizes)]
        for name in {name for each in front for name in each}:
            promises[name] = max(promises.get(name, 0.0), *(gain[each] for each in front if name in each))
        for each, seconds in gain.items():
            if len(each) == 1:
                (name,) = each
                shared[name] = shared.get(name, 0.0) + seconds
        used.append([*front, *(each for each in gain if len(each) == 1)])
    for name in sorted(shared, key=lambda name: (-shared[name], name))[:_MOST_SHARED]:
        promises[name] = max(promises.get(name, 0.0), shared[name])
    return _Hopes(used, promises, unseen)


def _meant_for(operation: str, proposals: Mapping[str, Proposal]) -> Set[str]:
    """Candidates of all rows, or of the rows an operation asks for."""
    return {
        name
        for name, proposal in proposals.items()
        if operation in proposal.operations
        or (isinstance(proposal.change, AddIndex) and not proposal.change.index.where)
    }


def _wanted(hopes: _Hopes, changes: Mapping[str, AddIndex]) -> list[str]:
    """The candidates worth building, those that promise most first. What cannot be imagined is built before all."""
    ranked = sorted(hopes.promises, key=lambda name: (-hopes.promises[name], name))
    return [*hopes.unseen, *ranked][:_MOST_BUILT]


def _build(
    ground: Ground, changes: Sequence[AddIndex], is_over: Callable[[], bool]
) -> tuple[dict[str, Built], dict[str, str]]:
    built, refused = {}, {}
    for change in changes:
        if is_over():
            break
        try:
            built[change.name] = ground.what_if.build(change)
        except LabError as error:
            refused[change.name] = str(error)
    ground.what_if.settle()
    return built, refused


def in_order(nursery: Nursery, shown: Shown) -> list[Proposal]:
    """The chosen, the most missed first, with what was found of each."""
    worth = nursery.worth
    missed = {name: worth.total(shown - {name}) - worth.total(shown) for name in shown}
    used = worth.used(shown)
    return [
        replace(nursery.proposals[name], operations=tuple(o for o, names in used.items() if name in names))
        for name in sorted(shown, key=lambda name: -missed[name])
    ]


def rejected(nursery: Nursery, shown: Shown) -> list[Trial]:
    """All the others, with the reason."""
    reasons = {name: _why_not(nursery, shown, name) for name in nursery.built if name not in shown}
    tried = [_tried(nursery.proposals[name], reason) for name, reason in reasons.items()]
    not_built = (*nursery.refused.items(), *nursery.passed_over.items())
    return [*tried, *(untried(nursery.proposals[name], reason) for name, reason in not_built)]


def _tried(proposal: Proposal, verdict: str) -> Trial:
    run = VariantRun(proposal.change.name, proposal.reason, "measured", verdict)
    return Trial(proposal, run, False, verdict)


def _why_not(nursery: Nursery, shown: Shown, name: str) -> str:
    worth, size = nursery.worth, f"{nursery.built[name].size_bytes / 1e6:,.1f} MB"
    if all(name not in used for used in worth.used(shown | {name}).values()):
        return f"built ({size}), and no plan uses it beside what is advised"
    share = (worth.total(shown | {name}) - worth.total(shown)) / worth.total(NONE)
    return f"takes {size}; beside what is advised it would change the mix by {share:+.1%}: too little, or too dear"
