"""Table cells out of measurements: one way of printing a latency, a ratio, a target, wherever they stand."""

from __future__ import annotations

from collections.abc import Sequence

from lab.model.interval import Interval
from lab.model.run import Comparison, OperationRun, Run
from lab.model.workload import TARGET_SECONDS
from lab.report import units
from lab.report.blocks import Cell, Tone
from lab.report.doubts import DOUBT
from lab.report.labels import MARKS, anchor, is_wrong, mark_of
from lab.report.standing import Standing

TONES: dict[str, Tone] = {MARKS["met"]: "good", MARKS["missed"]: "bad", MARKS["cannot tell"]: "unclear", "": "quiet"}
LEVELS = ((0.02, -3), (0.2, -2), (1.0, -1), (2.0, 1), (10.0, 2))
"""Upper bounds of p95 / target, and the tint they stand for; 3 above the last."""

LEGEND = (
    "Each cell is the 95th percentile of latency: ✓ its whole 95 % confidence interval is below the target, "
    "✗ above it, ? the interval holds the target. Below it the ratio of latencies to the base's, "
    f"~ where no difference is shown, {DOUBT} where a verdict hangs on what measuring or decoding costs. Targets: "
    + ", ".join(f"{units.tick(units.seconds(target))} {name}" for name, target in TARGET_SECONDS.items())
    + "."
)


def heat_cell(
    operation: OperationRun | None, engine_label: str, variant: str, found_doubts: Sequence[str] = ()
) -> Cell:
    """p95 with its mark, tinted by distance from the target; below it the ratio to the base, and † where a verdict
    hangs on what measuring costs."""
    if operation is None:
        return Cell(units.UNKNOWN, "not run", tone="quiet", hover="Its turn had not come when the run ended.")
    link = "#" + operation_anchor(engine_label, operation.name, variant)
    mark = mark_of(operation)
    if operation.summary is None:
        level = 3 if operation.status == "timed out" else None
        return Cell(operation.status, "", mark, TONES[mark], level, hover=operation.reason, link=link)
    return Cell(
        units.seconds(operation.summary.p95.estimate),
        "other answers" if is_wrong(operation) else _with_doubt(ratio_words(operation.comparison), found_doubts),
        mark,
        TONES[mark],
        None if is_wrong(operation) else _level(operation),
        hover="\n".join([_hover(operation), *(f"{DOUBT} {doubt}" for doubt in found_doubts)]),
        link=link,
    )


def _with_doubt(words: str, found_doubts: Sequence[str]) -> str:
    return f"{words} {DOUBT}".strip() if found_doubts else words


def latency_cell(interval: Interval | None) -> Cell:
    """An estimate, its confidence interval below."""
    if interval is None:
        return Cell(units.UNKNOWN)
    return Cell(units.seconds(interval.estimate), units.seconds_interval(interval))


def ratio_cell(ratio: Interval | None, is_shown: bool | None = None) -> Cell:
    """A ratio to the base, its interval below; `~` where the difference is not shown."""
    if ratio is None:
        return Cell(units.UNKNOWN)
    shown = ratio.low > 1 or ratio.high < 1 if is_shown is None else is_shown
    tone: Tone = "quiet" if not shown else "good" if ratio.estimate < 1 else "bad"
    return Cell(units.ratio(ratio.estimate) if shown else "~", units.ratio_interval(ratio), tone=tone)


def comparison_cell(comparison: Comparison | None) -> Cell:
    if comparison is None:
        return Cell(units.UNKNOWN)
    return ratio_cell(comparison.ratio, comparison.direction != "~")


def ratio_words(comparison: Comparison | None) -> str:
    """0.041x, or ~."""
    if comparison is None:
        return ""
    return "~" if comparison.direction == "~" else units.ratio(comparison.ratio.estimate)


def targets_cell(place: Standing) -> Cell:
    """How many operations meet their target, and what part of the mix they are."""
    if not place.is_measured:
        return Cell(units.UNKNOWN)
    return Cell(
        f"{len(place.names('met'))} of {len(place.states)}",
        f"{units.percent(place.met_share)} of mix",
        share=place.met_share,
    )


def operation_anchor(engine_label: str, operation: str, variant: str = "") -> str:
    return anchor("op", engine_label, operation, *([variant] if variant else []))


def all_operations(run: Run) -> dict[str, str]:
    """Operation names of the run, in the workload's order, with what the workload says of them."""
    names = {operation.name: operation.description for operation in run.design.workload.operations}
    for engine in run.engines:
        for variant in engine.variants:
            for operation in variant.operations:
                names.setdefault(operation.name, "")
    return names


def _level(operation: OperationRun) -> int:
    assert operation.summary
    if operation.target == "cannot tell":
        return 0
    part = operation.summary.p95.estimate / TARGET_SECONDS[operation.target_class]
    return next((level for bound, level in LEVELS if part <= bound), 3)


def _hover(operation: OperationRun) -> str:
    assert operation.summary
    target = units.tick(units.seconds(TARGET_SECONDS[operation.target_class]))
    lines = [
        f"p95 {units.seconds(operation.summary.p95.estimate)} ({units.seconds_interval(operation.summary.p95)}), "
        f"target {target}: {operation.target}"
    ]
    if operation.comparison:
        comparison = operation.comparison
        shown = "no difference shown, " if comparison.direction == "~" else f"{comparison.direction}, "
        lines.append(
            f"beside the base: {shown}{units.ratio(comparison.ratio.estimate)} "
            f"({units.ratio_interval(comparison.ratio)}) over {comparison.pairs} pairs"
        )
    return "\n".join(lines)
