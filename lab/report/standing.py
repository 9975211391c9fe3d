"""Where a variant stands beside the base: targets met, time taken, costs, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from lab.model.interval import Interval, geometric_mean
from lab.model.run import EngineRun, OperationRun, VariantRun
from lab.report.labels import is_wrong

State = Literal["met", "missed", "cannot tell", "unanswered", "not run"]
"""Of an operation: `unanswered` when it failed, answered differently or cannot run, `not run` when its turn never came.
An operation that timed out has missed its target."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One variant on one engine. Shares are of the mix: of the operations' summed weights."""

    variant: str
    is_base: bool
    is_measured: bool
    is_for_this_engine: bool
    objections: tuple[str, ...]
    """Why it cannot be adopted, whatever its speed."""
    states: tuple[tuple[str, State], ...]
    """The state of each operation any variant answered on this engine."""
    met_share: float
    unpaired: tuple[str, ...]
    """Operations it answered for which there is no ratio, as the base did not."""
    compared_share: float
    """Of the mix for which a ratio to the base is known."""
    overall: Interval | None
    """Weighted geometric mean of the latency ratios to the base, over reads and writes."""
    reads: Interval | None
    writes: Interval | None
    size_bytes: int | None
    storage_ratio: float | None
    up_seconds: float | None
    down_seconds: float | None
    is_restored: bool | None

    def names(self, *states: State) -> tuple[str, ...]:
        return tuple(name for name, state in self.states if state in states)


def standings(engine: EngineRun) -> tuple[Standing, ...]:
    """Every variant of an engine, the base first."""
    if not engine.variants:
        return ()
    base = engine.variants[0]
    operations = answered_operations(engine)
    return tuple(_standing(variant, base, operations) for variant in engine.variants)


def answered_operations(engine: EngineRun) -> tuple[OperationRun, ...]:
    """The operations, in order, that at least one variant was able to run: what targets are counted over."""
    first: dict[str, OperationRun] = {}
    answered: set[str] = set()
    for operation in (operation for variant in engine.variants for operation in variant.operations):
        first.setdefault(operation.name, operation)
        if operation.status in ("measured", "timed out"):
            answered.add(operation.name)
    return tuple(operation for name, operation in first.items() if name in answered)


def state_of(operation: OperationRun | None) -> State:
    if operation is None:
        return "not run"
    if operation.status == "timed out":
        return "missed"
    if operation.status != "measured" or is_wrong(operation):
        return "unanswered"
    return operation.target


def _standing(variant: VariantRun, base: VariantRun, operations: Sequence[OperationRun]) -> Standing:
    states = tuple((operation.name, state_of(variant.operation(operation.name))) for operation in operations)
    weights = {operation.name: operation.weight for operation in operations}
    total = sum(weights.values()) or 1.0
    compared = [run for run in variant.operations if run.comparison and run.name in weights]
    migration = variant.migration
    return Standing(
        variant=variant.name,
        is_base=variant is base,
        is_measured=any(operation.status == "measured" for operation in variant.operations),
        is_for_this_engine=variant.status != "unsupported",
        objections=() if variant is base else tuple(_objections(variant, base)),
        states=states,
        met_share=sum(weights[name] for name, state in states if state == "met") / total,
        unpaired=tuple(run.name for run in variant.operations if run.status == "measured" and not run.comparison),
        compared_share=sum(weights[run.name] for run in compared) / total,
        overall=_mean_ratio(compared),
        reads=_mean_ratio([run for run in compared if not run.is_write]),
        writes=_mean_ratio([run for run in compared if run.is_write]),
        size_bytes=_size_bytes(variant),
        storage_ratio=_storage_ratio(variant, base),
        up_seconds=migration.up_seconds if migration else None,
        down_seconds=migration.down_seconds if migration else None,
        is_restored=migration.is_restored if migration else None,
    )


def _mean_ratio(operations: Sequence[OperationRun]) -> Interval | None:
    return geometric_mean((run.comparison.ratio, run.weight) for run in operations if run.comparison)


def _size_bytes(variant: VariantRun) -> int | None:
    return variant.table_bytes + variant.index_bytes if variant.relations else None


def _storage_ratio(variant: VariantRun, base: VariantRun) -> float | None:
    size, base_size = _size_bytes(variant), _size_bytes(base)
    return size / base_size if size is not None and base_size else None


def _objections(variant: VariantRun, base: VariantRun) -> Iterable[str]:
    if variant.status != "measured":
        yield _because(
            "it does not apply here" if variant.status == "unsupported" else f"it {variant.status}", variant.reason
        )
    for operation in variant.operations:
        if operation.answer and is_wrong(operation):
            yield _because(f"it answers `{operation.name}` differently", operation.answer.told)
            continue
        reference = base.operation(operation.name)
        if operation.status != "measured" and reference and reference.status == "measured":
            yield _because(f"`{operation.name}` {_failing(operation)}, which the base answers", operation.reason)
    if variant.migration and variant.migration.is_restored is False:
        yield _because("its down does not restore the schema", variant.migration.difference)


def _failing(operation: OperationRun) -> str:
    return "cannot run" if operation.status == "unsupported" else operation.status


def _because(what: str, reason: str) -> str:
    first_line = reason.strip().splitlines()[0] if reason.strip() else ""
    return f"{what}: {first_line}" if first_line else what
