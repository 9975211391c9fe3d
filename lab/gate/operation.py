"""One operation, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lab.gate.latency import Latency, judge_latency
from lab.gate.part import Part
from lab.gate.plans import lost_indexes, nodes, shape
from lab.model.budget import OperationBudget
from lab.model.rule import Rule
from lab.model.run import OperationRun
from lab.model.verdict import Outcome, Reason

_LARGE_ROWS = 5_000
"""Below it a planner reads a table whole with good reason."""
_A_FEW = 5.0
"""Reads may count so many more than before, whatever the margin: a B-tree's root more is no regression."""
_A_FEW_WRITTEN = 100.0
"""Writes below this are compared with it: an index more is written to, and that is its price."""


def judge_operation(
    part: Part,
    before: OperationRun | None,
    after: OperationRun,
    latency: Latency,
    is_slower: tuple[bool, bool] | None,
    budget: OperationBudget,
    rule: Rule,
) -> list[Reason]:
    """Everything there is to say of it; never nothing."""
    if before is None or before.status == "unsupported":
        return list(_judge_new(after, budget))
    for answer in (after.answer, before.answer):
        if answer and not answer.is_same and not answer.other_engine:
            return [Reason("answer", "regressed", f"answers differently: {answer.told}")]
    if after.status != "measured":
        return [_judge_status(before, after)]
    if before.status != "measured":
        return [Reason("status", "pass", f"{before.status} before, and runs now"), *judge_budget(after, budget)]
    found = judge_latency(latency, after.name, is_slower, rule)
    if before.target == "met" and after.target == "missed":
        found.append(Reason("target", "regressed", "misses the target it met"))
    found += _judge_work(before, after, rule.work_margin)
    found += _judge_plan(part, before, after)
    return [*found, *judge_budget(after, budget)]


def _judge_new(after: OperationRun, budget: OperationBudget) -> Iterator[Reason]:
    if after.status == "unsupported":
        yield Reason("status", "pass", f"cannot be said here, nor could it before: {after.reason}")
    elif after.status != "measured":
        yield Reason("status", "regressed", f"new, and {after.status}: {after.reason}")
    elif after.target == "missed":
        yield Reason("target", "regressed", "new, and misses its target")
    else:
        yield Reason("status", "pass", "new: there is nothing to hold it against")
    yield from judge_budget(after, budget)


def _judge_status(before: OperationRun, after: OperationRun) -> Reason:
    if before.status != "measured":
        return Reason("status", "unclear", f"{before.status} before and {after.status} now")
    return Reason("status", "regressed", f"{after.status}: {after.reason}")


def _judge_work(before: OperationRun, after: OperationRun, margin: float) -> Iterator[Reason]:
    """Counters are free of the noise of time: one execution with the same parameters on rows of the same seed shows
    what changed."""
    for counter, amount in after.work.items():
        old = before.work.get(counter)
        if old is None or amount <= old:
            continue
        least = max(old, _A_FEW_WRITTEN) if after.is_write else old + (_A_FEW if margin else 0.0)
        outcome: Outcome = "regressed" if amount > max(old * (1 + margin), least) else "pass"
        yield Reason("work", outcome, f"{counter} rose from {old:,.0f} to {amount:,.0f}")


def _judge_plan(part: Part, before: OperationRun, after: OperationRun) -> Iterator[Reason]:
    """A change is shown; it gates when a large table is read whole in place of an index, and that is no less work."""
    engine = part.run.server.engine
    old, new = nodes(before.plan, engine, before.sql), nodes(after.plan, engine, after.sql)
    if not before.plan or not after.plan or old == new:
        return
    rows = {relation.name: relation.rows for relation in part.sides()[1].relations}
    lost = {t: i for t, i in lost_indexes(old, new).items() if rows.get(t, 0) >= _LARGE_ROWS}
    if lost and not _is_less_work(before.work, after.work):
        named = ", ".join(f"{table} ({rows[table]:,} rows) is read whole, not by {i}" for table, i in lost.items())
        yield Reason("plan", "regressed", named)
    elif shape(old) != shape(new):
        yield Reason("plan", "pass", f"the plan was {shape(old)}; it is {shape(new)}")


def _is_less_work(before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    return bool(after) and all(amount <= before.get(counter, amount) for counter, amount in after.items())


def judge_budget(after: OperationRun, budget: OperationBudget) -> Iterator[Reason]:
    if budget.p95_seconds is not None and after.summary is not None:
        p95, limit = after.summary.p95, budget.p95_seconds
        shown = f"p95 is {p95.estimate * 1e3:.3g} ms [{p95.low * 1e3:.3g}, {p95.high * 1e3:.3g}]"
        outcome: Outcome = "pass" if p95.high < limit else "regressed" if p95.low > limit else "unclear"
        yield Reason("budget", outcome, f"{shown}, its budget {limit * 1e3:g} ms ({budget.position})")
    for counter, limit in budget.work.items():
        if after.work.get(counter, 0.0) > limit:
            counted = f"{counter} are {after.work[counter]:,.0f}, their budget {limit:,.0f}"
            yield Reason("budget", "regressed", f"{counted} ({budget.position})")
