"""Two variants of one run -> pass, regressed, unclear: the CI gate.

Both were built and measured side by side in the same run; nothing is held against a stored time. An operation
regresses when it is shown slower beyond the tolerance, does more work beyond it, loses a target, or no longer gives the
reference's answer. It passes when a slowdown beyond the tolerance can be excluded (a non-inferiority test: the
confidence interval of the ratio lies below it). What is neither shown nor excluded is unclear, never a pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lab.errors import LabError
from lab.model.run import EngineRun, OperationRun
from lab.model.verdict import OperationVerdict, Outcome, Verdict

EXIT_CODE: Mapping[Outcome, int] = {"pass": 0, "regressed": 1, "unclear": 2}
TOLERANCE = 0.10
"""A ratio of latencies or of work up to 1 + this is no regression."""
_FEW = 100.0
"""Work counters below this are compared with it: a plan of three buffers may take four."""
_GRAVITY: tuple[Outcome, ...] = ("pass", "unclear", "regressed")


def gate(engine: EngineRun, reference: str, head: str) -> Verdict:
    """Holds variant `head` of an engine's run against variant `reference`. Raises LabError when one is not there."""
    before, after = engine.variant(reference), engine.variant(head)
    if before is None or after is None:
        raise LabError(f"the run on {engine.server.spec} lacks {reference if before is None else head}")
    spec = engine.server.spec
    if after.status != "measured":
        return Verdict("regressed", (OperationVerdict(spec, "", "regressed", f"{after.status}: {after.reason}"),))
    found = []
    for operation in before.operations:
        outcome, reason = _judge(operation, after.operation(operation.name))
        found.append(OperationVerdict(spec, operation.name, outcome, reason))
    return worst([Verdict(_gravest(each.outcome for each in found), tuple(found))])


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict over several engines."""
    all_ = list(verdicts)
    operations = tuple(operation for verdict in all_ for operation in verdict.operations)
    return Verdict(_gravest(verdict.outcome for verdict in all_), operations)


def _gravest(outcomes: Iterable[Outcome]) -> Outcome:
    """Nothing to judge is no pass."""
    return max(outcomes, key=_GRAVITY.index, default="unclear")


def _judge(before: OperationRun, after: OperationRun | None) -> tuple[Outcome, str]:
    if after is None:
        return "unclear", "was not run"
    if after.answer and not after.answer.is_same:
        return "regressed", f"answers differently: {after.answer.difference}"
    if after.status != "measured":
        if before.status != "measured":
            return "unclear", f"{before.status} before and {after.status} now"
        return "regressed", f"{after.status}: {after.reason}"
    if before.target == "met" and after.target == "missed":
        return "regressed", "misses the target it met"
    if grown := next(_grown(before.work, after.work), None):
        return "regressed", grown
    return _judge_latency(after)


def _grown(before: Mapping[str, float], after: Mapping[str, float]) -> Iterator[str]:
    """Counters that rose beyond the tolerance: free of timing noise, so shown by one execution."""
    for counter, amount in after.items():
        if max(amount, _FEW) > (1 + TOLERANCE) * max(before.get(counter, amount), _FEW):
            yield f"{counter} rose from {before[counter]:,.0f} to {amount:,.0f}"


def _judge_latency(after: OperationRun) -> tuple[Outcome, str]:
    if after.comparison is None:
        return "unclear", "the reference gave no time to compare with"
    ratio, direction = after.comparison.ratio, after.comparison.direction
    shown = f"{ratio.estimate:.3g}x [{ratio.low:.3g}, {ratio.high:.3g}]"
    if direction == "slower" and ratio.low > 1 + TOLERANCE:
        return "regressed", f"slower: {shown}"
    if direction == "slower" and ratio.estimate > 1 + TOLERANCE:
        return "regressed", f"slower, by about the tolerance or more: {shown}"
    if ratio.high <= 1 + TOLERANCE and after.comparison.warnings == ():
        return "pass", shown if direction != "~" else f"~ {shown}"
    return "unclear", f"a slowdown beyond {TOLERANCE:.0%} is not excluded: {shown}"
