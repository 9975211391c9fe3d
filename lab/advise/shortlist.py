"""Proposals -> the few worth measuring with care, found by trying all of them on a scratch copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from lab.advise.select import Bounds, Costs, select, slows
from lab.advise.worth import NONE, Shown, Worth, WriteCosts
from lab.errors import LabError
from lab.model.change import AddIndex
from lab.model.run import Proposal, Trial, VariantRun
from lab.model.what_if import Built, Ground

_MOST_CANDIDATES = 400


@dataclass(frozen=True, slots=True)
class Nursery:
    """Candidates that were built, and what is known of them."""

    proposals: Mapping[str, Proposal]
    built: Mapping[str, Built]
    refused: Mapping[str, str]
    worth: Worth
    writes: WriteCosts

    @property
    def costs(self) -> Costs:
        return Costs({name: built.size_bytes for name, built in self.built.items()}, self.writes.share)

    def choose(self, bounds: Bounds) -> Shown:
        """The best set within bounds, its plans looked at once more among all that was built."""
        candidates = self.worth.narrow(self.built.keys())
        shown = select(self.worth, self.costs, candidates, bounds)
        self.worth.widen()
        while shown and (slower := slows(self.worth, shown)):
            shown -= self._culprit(shown, slower)
        return self._within_writes(shown, bounds)

    def _culprit(self, shown: Shown, slower: Sequence[str]) -> Shown:
        """The member without which the slowed operations take least."""

        def left(name: str) -> float:
            seconds = self.worth.seconds(shown - {name})
            return sum(seconds[operation] for operation in slower)

        return frozenset({min(sorted(shown), key=left)})

    def _within_writes(self, shown: Shown, bounds: Bounds) -> Shown:
        """Writes measured under the whole set: what each adds alone does not quite add up."""
        while shown and bounds.write_ratio and self.writes.ratio(shown) > bounds.write_ratio:
            values = {n: self.worth.total(shown - {n}) - self.worth.total(shown) for n in shown}
            shown -= {min(sorted(shown), key=lambda name: values[name] / max(self.writes.share(name), 1e-3))}
        return shown


def plant(ground: Ground, proposals: Iterable[Proposal], reads: Mapping[str, Set[str]]) -> Nursery:
    """Builds every candidate index on the scratch copy, the first of the list before the others."""
    planted, built, refused = {}, {}, {}
    for proposal in list(proposals)[:_MOST_CANDIDATES]:
        assert isinstance(proposal.change, AddIndex)
        planted[proposal.change.name] = proposal
        try:
            built[proposal.change.name] = ground.what_if.build(proposal.change)
        except LabError as error:
            refused[proposal.change.name] = str(error)
    ground.what_if.settle()
    tables = {name: proposal.change.index.table for name, proposal in planted.items()}  # type: ignore[union-attr]
    return Nursery(planted, built, refused, Worth(ground, tables, reads), WriteCosts(ground))


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
    trials = [_trial(nursery.proposals[name], "failed", reason) for name, reason in nursery.refused.items()]
    trials += [
        _trial(nursery.proposals[name], "measured", _why_not(nursery, shown, name))
        for name in nursery.built
        if name not in shown
    ]
    return trials


def _trial(proposal: Proposal, status: str, verdict: str) -> Trial:
    run = VariantRun(proposal.change.name, proposal.reason, "failed" if status == "failed" else "measured", verdict)
    return Trial(proposal, run, False, verdict)


def _why_not(nursery: Nursery, shown: Shown, name: str) -> str:
    worth, size = nursery.worth, f"{nursery.built[name].size_bytes / 1e6:,.1f} MB"
    if all(name not in used for used in worth.used(shown | {name}).values()):
        return f"built ({size}), and no plan uses it beside what is advised"
    share = worth.promise(shown, shown | {name}) / worth.total(NONE)
    return f"takes {size}; beside what is advised it would change the mix by {-share:+.1%}: too little, or too dear"
