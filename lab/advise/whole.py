"""The whole advice, measured as it is to be adopted: what speaks against it leaves, one change at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lab.advise.judge import Budget, IsLate, Measure, mix_ratio, objections, too_dear_to_write, too_large, writes_ratio
from lab.model.change import Variant
from lab.model.run import Trial, VariantRun

ADVICE = "advice"
_MOST_LATE = 2
"""Changes that may leave when the time is over, before nothing is advised at all."""


def whole_of(trials: Sequence[Trial], description: str = "every change advised") -> Variant:
    return Variant(ADVICE, tuple(trial.proposal.change for trial in trials), description)


def helps(variant: VariantRun) -> bool:
    """Whether it is shown to spare time: of the mix, or of an operation."""
    mix = mix_ratio(variant)
    is_mix_faster = mix is not None and mix.high < 1
    return is_mix_faster or any(o.comparison and o.comparison.direction == "faster" for o in variant.operations)


def settle(
    trials: Sequence[Trial], measure: Measure, budget: Budget, is_late: IsLate = lambda _: False
) -> tuple[list[Trial], list[Trial], VariantRun | None]:
    """(what may be adopted together, what had to leave, what was measured of the first). What speaks against
    the whole costs the change that has most to do with it, and the rest is measured again."""
    kept, late = list(trials), 0
    out: list[Trial] = []
    while kept:
        run = measure([whole_of(kept)])
        base, whole = run.variants[0], run.variant(ADVICE)
        assert whole is not None
        found = _against(base, whole, budget)
        if found is None:
            return kept, out, whole
        late += is_late(2)
        operation, reason = found
        leaving = [_culprit(kept, operation)] if late <= _MOST_LATE else kept
        out += [replace(t, is_accepted=False, verdict=f"together with the others, {reason}") for t in leaving]
        kept = [trial for trial in kept if trial not in leaving]
    return [], out, None


def _against(base: VariantRun, whole: VariantRun, budget: Budget) -> tuple[str, str] | None:
    """(operation, what is wrong), the first thing that speaks against the whole."""
    reason = too_large(base, whole, budget) or too_dear_to_write(whole, budget)
    return next(objections(base, whole), ("", reason) if reason else None)


def _culprit(kept: Sequence[Trial], operation: str) -> Trial:
    """The change that slows an operation most by itself, of those meant for it if there are any; where it is no
    operation, the one that gains least for what its writes take."""

    def blame(trial: Trial) -> tuple[bool, float]:
        run = trial.measurement
        if operation:
            found = run.operation(operation)
            ratio = found.comparison.ratio.estimate if found and found.comparison else 1.0
            return operation in trial.proposal.operations, ratio
        mix, writes = mix_ratio(run), writes_ratio(run)
        return False, (mix.estimate if mix else 1.0) * (writes.estimate if writes else 1.0)

    return max(kept, key=blame)
