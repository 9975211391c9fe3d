"""Times: what the pairs of the steady rounds say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lab import stats
from lab.gate.part import Pairs, Part
from lab.model.budget import Budgets
from lab.model.doubt import Drift
from lab.model.interval import OPEN_END, Interval
from lab.model.rule import Rule
from lab.model.verdict import Reason

_FEWEST_FOR_A_TAIL = 100
_P99 = 0.99


@dataclass(frozen=True, slots=True)
class Latency:
    """One engine's pairs, without those of rounds set aside."""

    engine: str
    steady: Mapping[str, Pairs]
    """By operation; nothing of an operation that lost too much to drift."""
    drifts: tuple[Drift, ...]

    def evidence(self, operation: str, rule: Rule) -> stats.Evidence:
        pairs = self.steady[operation]
        return stats.weigh(pairs.before, pairs.after, pairs.rounds, rule)

    def tail_ratio(self, operation: str) -> Interval | None:
        """None of too few pairs to speak of a 99th percentile."""
        pairs = self.steady[operation]
        if len(pairs.before) < _FEWEST_FOR_A_TAIL:
            return None
        return stats.quantile_ratio(pairs.before, pairs.after, _P99)


def weighed(part: Part) -> Latency:
    """The pairs to count. An operation is set aside when more than a quarter of its pairs lie in rounds in which the
    machine was not what it was in the others."""
    kept: dict[str, Pairs] = {}
    for name, pairs in part.pairs.items():
        is_steady = stats.steady_pairs(pairs.rounds, part.run.floors)
        if is_steady is not None:
            kept[name] = Pairs(pairs.before[is_steady], pairs.after[is_steady], pairs.rounds[is_steady])
    return Latency(part.run.server.spec, kept, stats.steady_rounds(part.run.floors)[1])


def rule_for(budgets: Budgets, operation: str, rule: Rule) -> Rule:
    """The rule with the operation's own margin."""
    budget = budgets.operations.get(operation)
    if budget is None or budget.max_ratio is None:
        return rule
    margin = budget.max_ratio - 1
    return replace(rule, margin=margin, tolerance=max(margin + rule.tolerance - rule.margin, rule.tolerance))


def judge_latency(latency: Latency, operation: str, is_slower: tuple[bool, bool] | None, rule: Rule) -> list[Reason]:
    """`is_slower` of the median and of the tail, by Holm over all operations; None where there are no steady pairs."""
    if is_slower is None:
        worst = max((drift.factor for drift in latency.drifts), default=1.0)
        why = (
            f"the machine drifted {worst:.2g}x between rounds" if latency.drifts else "there is no time to compare with"
        )
        return [Reason("latency", "unclear", why)]
    evidence = latency.evidence(operation, rule)
    shown = _shown(evidence.ratio)
    found = []
    if is_slower[1]:
        tail = latency.tail_ratio(operation)
        found.append(Reason("tail", "regressed", f"p99 rose: {_shown(tail) if tail else 'a heavier tail'}"))
    if is_slower[0]:
        found.append(Reason("latency", "regressed", f"slower: {shown}"))
    elif evidence.not_slower <= rule.miss:
        found.append(Reason("latency", "pass", shown if evidence.ratio.high < 1 else f"~ {shown}"))
    else:
        excluded = f"a slowdown beyond {rule.tolerance:.0%} is not excluded".replace("%", " %")
        found.append(Reason("latency", "unclear", f"{excluded}: {shown} of {evidence.pairs} pairs"))
    return found


def _shown(ratio: Interval) -> str:
    high = "∞" if ratio.high >= OPEN_END else f"{ratio.high:.3g}"
    return f"{ratio.estimate:.3g}x [{ratio.low:.3g}, {high}]"
