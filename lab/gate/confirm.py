"""A second build of what time alone calls a regression.

Where a table, a type or a function comes to lie is settled when a database is built, and may cost one side some per
cent of an operation for as long as it stands, however often it is measured (Kalibera & Jones, "Rigorous benchmarking in
reasonable time", ISMM 2013: repeat at the level the variation comes from). So what no counter and no plan bears out has
to be seen in two builds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lab.model.verdict import OperationVerdict, Outcome, Reason, Verdict

_OF_TIME = ("latency", "tail")
_GRAVITY: tuple[Outcome, ...] = ("pass", "unclear", "regressed")


def gravest(outcomes: Iterable[Outcome]) -> Outcome:
    """Nothing to judge is no pass."""
    return max(outcomes, key=_GRAVITY.index, default="unclear")


def to_confirm(verdict: Verdict) -> dict[str, list[str]]:
    """By engine, the operations that regressed by time alone."""
    found: dict[str, list[str]] = {}
    for each in verdict.operations:
        if _is_of_time_alone(each):
            found.setdefault(each.engine, []).append(each.operation)
    return found


def confirmed(verdict: Verdict, again: Verdict) -> Verdict:
    """The verdict, with what the second build says of those operations."""
    second = {(each.engine, each.operation): each for each in again.operations}
    operations = tuple(
        _confirmed(each, second.get((each.engine, each.operation))) if _is_of_time_alone(each) else each
        for each in verdict.operations
    )
    doubts = tuple(dict.fromkeys((*verdict.doubts, *again.doubts)))
    return replace(verdict, outcome=gravest(each.outcome for each in operations), operations=operations, doubts=doubts)


def _is_of_time_alone(each: OperationVerdict) -> bool:
    bad = [reason for reason in each.reasons if reason.outcome == "regressed"]
    is_more_work = any(reason.kind in ("work", "plan") for reason in each.reasons)
    return each.outcome == "regressed" and not is_more_work and all(reason.kind in _OF_TIME for reason in bad)


def _confirmed(first: OperationVerdict, second: OperationVerdict | None) -> OperationVerdict:
    said = _shown(second)
    if second is None or second.outcome == "unclear":
        return _retold(first, "unclear", f"a second build cannot tell{said}")
    if second.outcome == "regressed":
        kept = Reason("latency", "regressed", f"so it is in a second build{said}")
        return replace(first, reasons=(*first.reasons, kept))
    return _retold(first, "pass", f"not so in a second build{said}: where things came to lie, not the design")


def _retold(first: OperationVerdict, outcome: Outcome, said: str) -> OperationVerdict:
    bad = "; ".join(reason.text for reason in first.reasons if reason.outcome == "regressed")
    others = tuple(reason for reason in first.reasons if reason.outcome != "regressed")
    return replace(first, outcome=outcome, reasons=(Reason("build", outcome, f"{bad}; {said}"), *others))


def _shown(second: OperationVerdict | None) -> str:
    return "" if second is None or second.ratio is None else f" ({second.ratio.estimate:.3g}x)"
