"""What speaks for and against a measured variant: gains, operations that got slower, room on disk, cost of writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lab.model.change import Variant
from lab.model.interval import Interval, geometric_mean
from lab.model.run import EngineRun, OperationRun, VariantRun

Measure = Callable[[Sequence[Variant]], EngineRun]
"""Builds variants beside the base and measures them in the same rounds."""
IsLate = Callable[[int], bool]
"""Whether the time that is left does not do for measuring so many variants more."""

MOST_SLOWER = 1.10
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


def objection(base: VariantRun, variant: VariantRun) -> str:
    """Why a variant must not be adopted, whatever it gains; empty when nothing speaks against it."""
    return next((reason for _, reason in objections(base, variant)), "")


def objections(base: VariantRun, variant: VariantRun) -> Iterator[tuple[str, str]]:
    """(operation, what is wrong with it); no operation for what is wrong with the variant as such."""
    if variant.status != "measured":
        yield "", f"{variant.status}: {variant.reason}"
    for operation in variant.operations:
        if wrong := _wrong(base.operation(operation.name), operation):
            yield operation.name, f"`{operation.name}` {wrong}"


def _wrong(before: OperationRun | None, operation: OperationRun) -> str:
    if operation.answer and not operation.answer.is_same:
        return f"answers differently: {operation.answer.told}"
    if before is None:
        return ""
    if before.status == "measured" and operation.status != "measured":
        return f"{operation.status}: {operation.reason}"
    if is_slower(before, operation):
        assert operation.comparison is not None
        return f"gets slower: {ratio_text(operation.comparison.ratio)}"
    return "loses its target" if before.target == "met" and operation.target == "missed" else ""


def is_slower(before: OperationRun, after: OperationRun) -> bool:
    if after.comparison is None or before.summary is None or after.summary is None:
        return False
    more = after.summary.p50.estimate - before.summary.p50.estimate
    return after.comparison.ratio.low > MOST_SLOWER and more > _MOST_SLOWER_SECONDS


def targets_gained(base: VariantRun, variant: VariantRun) -> tuple[str, ...]:
    targets = {operation.name: operation.target for operation in base.operations}
    return tuple(o.name for o in variant.operations if o.target == "met" and targets.get(o.name) == "missed")


def mix_ratio(variant: VariantRun) -> Interval | None:
    """The mix beside the base: weighted geometric mean of the ratios of latency."""
    return geometric_mean((o.comparison.ratio, o.weight) for o in variant.operations if o.comparison)


def writes_ratio(variant: VariantRun) -> Interval | None:
    """Time of the writes beside the base's: weighted geometric mean of the ratios of latency."""
    return geometric_mean((o.comparison.ratio, o.weight) for o in variant.operations if o.is_write and o.comparison)


def too_large(base: VariantRun, whole: VariantRun, budget: Budget) -> str:
    taken = -saved_bytes(base, whole)
    is_over = budget.storage_bytes is not None and taken > budget.storage_bytes
    return f"all take {size_text(taken)}: over the storage budget" if is_over else ""


def too_dear_to_write(variant: VariantRun, budget: Budget) -> str:
    """Empty when the writes keep to their budget, or there is none, or the workload has no write."""
    ratio = writes_ratio(variant)
    if budget.write_ratio is None or ratio is None or ratio.estimate <= budget.write_ratio:
        return ""
    return f"writes take {ratio_text(ratio)} the base's time: over the write budget of {budget.write_ratio:g}x"


def saved_bytes(before: VariantRun, after: VariantRun) -> int:
    return (before.table_bytes + before.index_bytes) - (after.table_bytes + after.index_bytes)


def gain_text(overall: Interval | None, gained: Sequence[str], variant: VariantRun) -> str:
    parts = [f"the mix takes {ratio_text(overall)} the base's time"] if overall else []
    parts += [f"brings {', '.join(f'`{name}`' for name in gained)} within target"] if gained else []
    best = [o for o in variant.operations if o.comparison and o.comparison.direction == "faster"]
    best.sort(key=lambda o: o.comparison.ratio.estimate if o.comparison else 1.0)
    parts += [f"`{o.name}` {ratio_text(o.comparison.ratio)}" for o in best[:3] if o.comparison]
    return "; ".join(parts)


def ratio_text(ratio: Interval | None) -> str:
    return f"{ratio.estimate:.3g}x [{ratio.low:.3g}, {ratio.high:.3g}]" if ratio else "?"


def size_text(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
