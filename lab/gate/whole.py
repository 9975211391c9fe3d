"""The design as a whole: its rows, its size, its load, its integrity."""

from __future__ import annotations

from collections.abc import Iterator

from lab.gate.part import Part
from lab.model.budget import Budgets
from lab.model.rule import Rule
from lab.model.run import Load
from lab.model.verdict import Reason

_SMALL_BYTES = 1_048_576
"""Growth below this says more of page sizes than of the design."""
_SHORT_SECONDS = 1.0
"""A load longer by less than this says more of the machine."""


def judge_whole(part: Part, budgets: Budgets, rule: Rule) -> list[Reason]:
    """Never nothing."""
    rows = [
        Reason("data", "unclear", f"{said}: put data.toml back, or name a newer reference")
        for said in part.differing_rows
    ]
    return [*rows, *_judge_size(part, budgets, rule), *_judge_load(part, budgets, rule)]


def _judge_size(part: Part, budgets: Budgets, rule: Rule) -> Iterator[Reason]:
    before, after = (side.table_bytes + side.index_bytes for side in part.sides())
    most = budgets.size_ratio or 1 + rule.size_margin
    is_larger = after > before * most and after - before > _SMALL_BYTES
    ratio = f"{after / before:.3g}x" if before else "not known before"
    said = f"tables and indexes take {_mebibytes(after)}, before {_mebibytes(before)}: {ratio}"
    yield Reason("size", "regressed" if is_larger else "pass", said)


def _judge_load(part: Part, budgets: Budgets, rule: Rule) -> Iterator[Reason]:
    if part.loads is None:
        return
    before, after = part.loads
    old, new = load_seconds(before), load_seconds(after)
    is_slower = is_slow_load(before, after, budgets, rule)
    said = f"loading took {new:.3g} s, before {old:.3g} s"
    yield Reason("load", "regressed" if is_slower else "pass", said)
    for check in after.foreign_keys:
        if check.orphans:
            where = f"{check.table} ({', '.join(check.columns)})"
            yield Reason("integrity", "regressed", f"{check.orphans:,} rows of {where} refer to nothing")


def is_slow_load(before: Load, after: Load, budgets: Budgets, rule: Rule) -> bool:
    old, new = load_seconds(before), load_seconds(after)
    return new > old * (budgets.load_ratio or 1 + rule.load_margin) and new - old > _SHORT_SECONDS


def load_seconds(load: Load) -> float:
    """Without the making of the rows, which is the lab's."""
    return load.load_seconds + load.index_seconds


def _mebibytes(size: int) -> str:
    return f"{size / 1_048_576:.3g} MiB"
