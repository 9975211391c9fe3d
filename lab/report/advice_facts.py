"""What there is to say of a change that was built and measured: gain, room, time, writes, what it replaces, risk."""

from __future__ import annotations

from collections.abc import Iterator

from lab.model.change import AddIndex, DropIndex, Script
from lab.model.interval import Interval, geometric_mean
from lab.model.run import EngineRun, OperationRun, Trial, VariantRun
from lab.model.schema import Index, Schema
from lab.report import units

ADVICE = "advice"
"""The variant with every change advised."""


def kind(trial: Trial) -> str:
    """What sort of change it is, in a word or two."""
    match trial.proposal.change:
        case AddIndex(index):
            words = ["unique"] * index.is_unique + ["partial"] * bool(index.where) + ["covering"] * bool(index.include)
            words += [index.method] * (index.method != "btree")
            words += ["expression"] * any(part.is_expression for part in index.parts)
            return " ".join((*words, "index"))
        case DropIndex():
            return "drop index"
        case Script():
            return trial.proposal.rule.replace("_", " ")


def reasons(trial: Trial, most: int = 1000) -> list[str]:
    """Why it was proposed, one reason for each operation it is for; the first few, and how many more there are."""
    found = trial.proposal.reason.split("; ")
    return found if len(found) <= most + 1 else [*found[:most], f"… and {len(found) - most} more like these"]


def mix(run: VariantRun) -> Interval | None:
    """Time of the whole mix beside the base's: weighted geometric mean of the ratios of latency."""
    return geometric_mean((o.comparison.ratio, o.weight) for o in run.operations if o.comparison)


def writes(run: VariantRun) -> Interval | None:
    """The same of the writes alone; None when there are none."""
    return geometric_mean((o.comparison.ratio, o.weight) for o in run.operations if o.is_write and o.comparison)


def shown_changes(run: VariantRun) -> list[OperationRun]:
    """Each operation that is shown to be faster or slower, the most gained first."""
    changed = [o for o in run.operations if o.comparison and o.comparison.direction != "~"]
    return sorted(changed, key=lambda o: o.comparison.ratio.estimate if o.comparison else 1.0)


def gains(trial: Trial) -> list[str]:
    changed = shown_changes(trial.measurement)
    return [f"`{o.name}` {units.ratio_interval(o.comparison.ratio)}" for o in changed if o.comparison]


def facts(trial: Trial, engine: EngineRun, schema: Schema) -> Iterator[tuple[str, str]]:
    """(what, how much) pairs, measured; what was not measured is left out."""
    run = trial.measurement
    if changed := gains(trial):
        yield "operations it changes alone, beside the base", ", ".join(changed)
    if room := more_bytes(run, engine):
        yield "room on disk", room
    if run.migration and run.migration.up_seconds:
        back = run.migration.down_seconds
        undone = f", {units.seconds(back)} to undo" if back is not None else ""
        yield "time to build", f"{units.seconds(run.migration.up_seconds)}{undone}"
    yield "cost of writes", _writes(run)
    if redundant := made_redundant(trial, schema):
        yield "makes redundant", ", ".join(f"`{index.name}`" for index in redundant)
    yield "risk", risk(trial)


def more_bytes(run: VariantRun, engine: EngineRun) -> str:
    """Empty when it was not measured."""
    base = engine.variants[0] if engine.variants else None
    if base is None or not run.relations:
        return ""
    if not run.migration or not run.migration.up_sql:
        return "as before"
    more = (run.table_bytes + run.index_bytes) - (base.table_bytes + base.index_bytes)
    return f"{units.size_bytes(abs(more))} {'more' if more >= 0 else 'less'}"


def _writes(run: VariantRun) -> str:
    writes = [o for o in run.operations if o.is_write and o.comparison]
    if not run.operations:
        return "measured with all of the advice only"
    if not writes:
        return "not measured: the workload has no write"
    return ", ".join(_write(o) for o in writes)


def _write(operation: OperationRun) -> str:
    assert operation.comparison is not None
    if operation.comparison.direction == "~":
        return f"`{operation.name}` ~ (no difference is shown)"
    return f"`{operation.name}` {units.ratio_interval(operation.comparison.ratio)}"


def made_redundant(trial: Trial, schema: Schema) -> list[Index]:
    """Plain indexes of the schema that an added one begins with."""
    change = trial.proposal.change
    if not isinstance(change, AddIndex) or change.index.where or change.index.method != "btree":
        return []
    keys = change.index.parts
    return [
        index
        for index in schema.table(change.index.table).indexes
        if not index.is_unique and not index.include and index.where is None and index.method == "btree"
        if index.parts == keys[: len(index.parts)]
    ]


def risk(trial: Trial) -> str:
    if trial.proposal.risk:
        return trial.proposal.risk
    match trial.proposal.change:
        case AddIndex(index) if index.where:
            return "serves only queries that hold its condition; a query that asks for other rows is as slow as before"
        case AddIndex(index) if index.include:
            return "answers without the table only while VACUUM keeps up; every write of a column in it pays"
        case AddIndex():
            return "every insert, and every update of a column in it, pays; its building waits for old transactions"
        case DropIndex():
            return "a query outside the workload may use it: watch the server's own usage counters before dropping"
        case Script():
            return "its queries gain by it once they read as given here, and not before"


def plans(trial: Trial, engine: EngineRun) -> tuple[str, str, str] | None:
    """The operation it helps most, with its plan before and after."""
    base = engine.variants[0] if engine.variants else None
    helped = [o for o in trial.measurement.operations if o.comparison and o.plan and o.comparison.direction == "faster"]
    if base is None or not helped:
        return None
    best = min(helped, key=lambda o: o.comparison.ratio.estimate if o.comparison else 1.0)
    before = base.operation(best.name)
    return (best.name, before.plan, best.plan) if before and before.plan else None
