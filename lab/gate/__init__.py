"""Two variants of one run -> pass, regressed, unclear: the CI gate.

Both were built and measured side by side in the same run; nothing is held against a stored time. An operation
regresses when it is shown slower beyond the rule's margin, or its tail heavier; when it does more work, reads a large
table whole for which it used an index, loses a target, breaks its budget, or no longer gives the reference's answer.
It passes when a slowdown beyond the tolerance can be excluded. What is neither shown nor excluded is unclear, never a
pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from lab import stats
from lab.gate.confirm import confirmed, gravest, to_confirm
from lab.gate.latency import Latency, rule_for, weighed
from lab.gate.operation import judge_operation
from lab.gate.part import Pairs, Part
from lab.gate.whole import judge_whole
from lab.model.budget import Budgets, OperationBudget
from lab.model.rule import Rule
from lab.model.run import OperationRun
from lab.model.verdict import OperationVerdict, Outcome, Reason, Verdict

__all__ = ["EXIT_CODE", "Pairs", "Part", "comparisons", "confirmed", "gate", "rule_for", "to_confirm"]

EXIT_CODE: Mapping[Outcome, int] = {"pass": 0, "regressed": 1, "unclear": 2}
GRAVITY: tuple[Outcome, ...] = ("pass", "unclear", "regressed")


def gate(
    parts: Sequence[Part],
    rule: Rule,
    budgets: Budgets,
    today: date,
    reference: str = "",
    notes: tuple[str, ...] = (),
) -> Verdict:
    """Holds each engine's head against its reference. Raises LabError when one of the two is not there."""
    latencies = [weighed(part) for part in parts]
    rule = replace(rule, comparisons=comparisons(sum(len(part.pairs) for part in parts)))
    slower = _slower(latencies, budgets, rule)
    found = []
    for part, of_part, known in zip(parts, latencies, slower, strict=True):
        found += _judge_part(part, of_part, known, budgets, rule, today)
    doubts = tuple(dict.fromkeys(doubt for of_part in latencies for doubt in of_part.drifts))
    return Verdict(gravest(each.outcome for each in found), tuple(found), rule, reference, notes, doubts)


def comparisons(operations: int) -> int:
    """The family that is corrected for: of each operation on each engine the median and the 99th percentile."""
    return max(2 * operations, 1)


def _slower(latencies: Sequence[Latency], budgets: Budgets, rule: Rule) -> list[dict[str, tuple[bool, bool]]]:
    """For each engine, by operation, whether its median and its tail are shown to be slower, by Holm's procedure over
    all of them."""
    keys = [(place, name) for place, of_part in enumerate(latencies) for name in of_part.steady]
    evidence = [latencies[place].evidence(name, rule_for(budgets, name, rule)) for place, name in keys]
    fallen = iter(stats.holm([p for each in evidence for p in (each.slower, each.tail)], rule.level))
    found: list[dict[str, tuple[bool, bool]]] = [{} for _ in latencies]
    for place, name in keys:
        found[place][name] = next(fallen), next(fallen)
    return found


def _judge_part(
    part: Part,
    latency: Latency,
    slower: Mapping[str, tuple[bool, bool]],
    budgets: Budgets,
    rule: Rule,
    today: date,
) -> list[OperationVerdict]:
    before, after = part.sides()
    spec = part.run.server.spec
    if after.status != "measured":
        return [_verdict(spec, "", [Reason("status", "regressed", f"{after.status}: {after.reason}")])]
    found = []
    for operation in after.operations:
        old = before.operation(operation.name)
        budget = budgets.operations.get(operation.name, OperationBudget())
        own = rule_for(budgets, operation.name, rule)
        reasons = judge_operation(part, old, operation, latency, slower.get(operation.name), budget, own)
        verdict = _verdict(spec, operation.name, reasons)
        verdict = _with_figures(verdict, old, operation, latency, own)
        found.append(_excused(verdict, budget, today))
    found += _missing(spec, before.operations, {operation.name for operation in after.operations})
    return [*found, _verdict(spec, "", judge_whole(part, budgets, rule))]


def _missing(spec: str, before: Iterable[OperationRun], known: set[str]) -> list[OperationVerdict]:
    return [
        _verdict(spec, operation.name, [Reason("status", "unclear", "was not run")])
        for operation in before
        if operation.name not in known
    ]


def _verdict(spec: str, operation: str, reasons: Sequence[Reason]) -> OperationVerdict:
    gravest_first = tuple(sorted(reasons, key=lambda reason: -GRAVITY.index(reason.outcome)))
    return OperationVerdict(spec, operation, gravest(reason.outcome for reason in reasons), gravest_first)


def _with_figures(
    verdict: OperationVerdict, before: OperationRun | None, after: OperationRun, latency: Latency, rule: Rule
) -> OperationVerdict:
    if before is None or before.summary is None or after.summary is None or after.name not in latency.steady:
        return verdict
    evidence = latency.evidence(after.name, rule)
    return replace(
        verdict,
        ratio=evidence.ratio,
        tail_ratio=latency.tail_ratio(after.name),
        pairs=evidence.pairs,
        seconds=(before.summary.p50.estimate, after.summary.p50.estimate),
    )


def _excused(verdict: OperationVerdict, budget: OperationBudget, today: date) -> OperationVerdict:
    """What may regress passes, as long as its day has not come."""
    if verdict.outcome != "regressed" or not budget.may_regress or budget.until is None:
        return verdict
    if budget.until < today:
        expired = Reason("budget", "regressed", f"might regress until {budget.until} ({budget.position})")
        return replace(verdict, reasons=(*verdict.reasons, expired))
    return replace(verdict, outcome="pass", excuse=f"may regress until {budget.until}: {budget.may_regress}")
