"""Whether a change does for the queries it was proposed for what was hoped.

A mix of many operations hides what one of them gains: a page that takes a fifth of its time is worth having, though the
mix as a whole cannot be told from noise. It counts when the difference is shown, and is large enough to be felt.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.model.interval import Interval, quotient
from lab.model.run import OperationRun, Proposal, Trial, VariantRun

_MOST = 0.85
"""Of the time below, what an operation may still take."""
_LEAST_SECONDS = 0.0005


def own_gains(proposal: Proposal, variant: VariantRun, below: VariantRun) -> list[tuple[str, Interval]]:
    """Operations the change was proposed for that it is shown to spare time, beside `below`: the base, or a variant
    measured in the same rounds. The most spared first."""
    meant = dict.fromkeys((*proposal.operations, *(operation.name for operation in proposal.rewrites)))
    pairs = ((below.operation(name), variant.operation(name)) for name in meant)
    return sorted(_spared(pairs), key=lambda found: found[1].estimate)


def _spared(pairs: Iterator[tuple[OperationRun | None, OperationRun | None]]) -> Iterator[tuple[str, Interval]]:
    for before, after in pairs:
        if not (before and after and before.summary and after.summary and after.comparison):
            continue
        ratio = after.comparison.ratio
        ratio = quotient(ratio, before.comparison.ratio) if before.comparison else ratio
        seconds = before.summary.p50.estimate - after.summary.p50.estimate
        if ratio.high < 1 and ratio.estimate <= _MOST and seconds >= _LEAST_SECONDS:
            yield after.name, ratio


def seconds_saved(trial: Trial, base: VariantRun) -> float:
    """Of the mix, by what the change does alone: the base's median times weight, as far as an operation is shown to be
    faster."""
    saved = 0.0
    for operation in trial.measurement.operations:
        before = base.operation(operation.name)
        if before and before.summary and operation.comparison and operation.comparison.direction == "faster":
            saved += before.weight * before.summary.p50.estimate * (1 - operation.comparison.ratio.estimate)
    return saved
