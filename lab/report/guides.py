"""What the advice leaves behind for those who keep the database: an index strategy, a guide to each query, and the
queries that must read otherwise, as a workload file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from lab.model.change import AddIndex, DropIndex, Script
from lab.model.run import EngineRun, OperationRun, Run, Trial, VariantRun
from lab.model.schema import Index, Table
from lab.model.workload import Operation
from lab.report import units
from lab.report.advice_facts import ADVICE, facts, kind, mix, plans, reasons, shown_changes
from lab.report.cache_advice import strategy_lines

_MOST_REASONS = 6


def guides(run: Run) -> Mapping[str, str]:
    """Markdown and SQL by file name, of a run that holds advice for one engine."""
    engine = run.engines[-1]
    found = {
        "index-strategy.md": "\n".join(_strategy(run, engine)) + "\n",
        "query-guide.md": "\n".join(_queries(engine)) + "\n",
    }
    if texts := list(_rewritten(engine)):
        found["queries.sql"] = "\n".join(texts)
    return found


def _strategy(run: Run, engine: EngineRun) -> Iterator[str]:
    accepted = [trial for trial in engine.trials if trial.is_accepted]
    rejected = [trial for trial in engine.trials if not trial.is_accepted]
    yield f"# Index strategy of {run.design.name} on {engine.server.engine} {engine.server.version}"
    yield f"\nMeasured at scale {run.scale:g}, seed {run.seed}. Everything listed as advised was built and measured."
    if accepted:
        yield from _summary(accepted, engine)
    else:
        yield f"\n**Do nothing.** None of the {len(engine.trials)} changes tried is shown to help."
    for number, trial in enumerate(accepted, 1):
        yield from _chapter(number, trial, run, engine)
    for table in run.design.schema.tables:
        yield f"\n## Table `{table.name}`\n"
        yield from _table_lines(table, accepted)
    if engine.cache_advice:
        yield from strategy_lines(engine.cache_advice)
    if rejected:
        yield "\n## Tried, and not advised\n"
        yield from _turned_down(rejected)


def _summary(accepted: Sequence[Trial], engine: EngineRun) -> Iterator[str]:
    advised = engine.variant(ADVICE)
    overall = mix(advised) if advised else None
    if advised and overall:
        yield f"\nWith all of it the mix takes {units.ratio_interval(overall)} the base's time.\n"
        yield "| operation | beside the base |\n| --- | ---: |"
        for operation in shown_changes(advised):
            assert operation.comparison is not None
            yield f"| `{operation.name}` | {units.ratio_interval(operation.comparison.ratio)} |"
    if any(isinstance(trial.proposal.change, Script) for trial in accepted):
        yield "\nWhere a query must read otherwise, `query-guide.md` says how, and `queries.sql` holds its text."


def _chapter(number: int, trial: Trial, run: Run, engine: EngineRun) -> Iterator[str]:
    yield f"\n## {number}. `{trial.proposal.change.name}` ({kind(trial)})\n"
    yield f"Why: {'; '.join(reasons(trial, _MOST_REASONS))}.\n"
    yield f"Beside the base: {trial.verdict}.\n"
    yield from (f"- {what}: {text}" for what, text in facts(trial, engine, run.design.schema))
    if trial.measurement.migration and trial.measurement.migration.up_sql:
        yield f"\n```sql\n{trial.measurement.migration.up_sql}\n```"
        yield f"\nAnd back:\n\n```sql\n{trial.measurement.migration.down_sql}\n```"


def _rewritten(engine: EngineRun) -> Iterator[str]:
    """The texts as a variant's workload has them: `workloads/<design>/<variant>.sql`."""
    for trial in engine.trials:
        if trial.is_accepted:
            batch = (trial.proposal.batch,) if trial.proposal.batch else ()
            for operation in (*trial.proposal.rewrites, *batch):
                yield _as_workload(trial, operation, engine.server.engine)


def _as_workload(trial: Trial, operation: Operation, engine: str) -> str:
    lines = [f"-- name: {operation.name}", f"-- {trial.proposal.change.name}: {trial.proposal.reason}."]
    if operation.held:
        names = ", ".join(f":{name}" for name in operation.held.names)
        lines.append(f"-- {names}: of the last row of the page before; NULL for the first page.")
    return "\n".join([*lines, f"{operation.text(engine).strip().removesuffix(';')};", ""])


def _table_lines(table: Table, accepted: Sequence[Trial]) -> Iterator[str]:
    changes = [trial.proposal.change for trial in accepted]
    dropped = {change.index.name for change in changes if isinstance(change, DropIndex)}
    added = [c.index for c in changes if isinstance(c, AddIndex) and c.index.table == table.name]
    lines = [f"- key ({', '.join(key.columns)})" for key in table.keys]
    lines += [f"- {'drop' if index.name in dropped else 'keep'} {_spelled(index)}" for index in table.indexes]
    lines += [f"- add {_spelled(index)}" for index in added]
    yield from lines or ["- no key, no index"]
    served = [tuple(key.columns) for key in table.keys] + [index.columns for index in (*table.indexes, *added)]
    for key in table.foreign_keys:
        if not any(columns[: len(key.columns)] == key.columns for columns in served):
            yield f"- reference ({', '.join(key.columns)}) to `{key.table}` has no index: deleting there reads it all"


def _spelled(index: Index) -> str:
    parts = ", ".join(f"{part.value}{' DESC' if part.is_descending else ''}" for part in index.parts)
    text = f"`{index.name}` {index.method} ({parts})"
    text += f" include ({', '.join(index.include)})" if index.include else ""
    return f"{text} where {index.where}" if index.where else text


def _queries(engine: EngineRun) -> Iterator[str]:
    base, advised = engine.variants[0], engine.variant(ADVICE)
    accepted = [trial for trial in engine.trials if trial.is_accepted]
    rejected = [trial for trial in engine.trials if not trial.is_accepted]
    yield f"# Query guide for {engine.server.engine} {engine.server.version}"
    yield "\nTimes are medians with 95 % intervals; the target is that of the 95th percentile."
    for operation in base.operations:
        yield f"\n## `{operation.name}`\n"
        yield f"{operation.target_class}, weight {operation.weight:g}, {'write' if operation.is_write else 'read'}\n"
        yield from _standing(operation, advised)
        yield from _helped_by(operation, accepted, engine)
        yield from _in_vain(operation, rejected)


def _standing(operation: OperationRun, advised: VariantRun | None) -> Iterator[str]:
    yield f"- before: {_told(operation)}"
    after = advised.operation(operation.name) if advised else None
    if after:
        yield f"- with the advice: {_told(after)}"
        if after.comparison:
            yield f"- ratio: {units.ratio_interval(after.comparison.ratio)} ({after.comparison.direction})"
        if after.sql != operation.sql:
            yield f"\nMust then read:\n\n```sql\n{after.sql}\n```"


def _told(operation: OperationRun) -> str:
    if operation.summary is None:
        return f"{operation.status}: {operation.reason}" if operation.reason else operation.status
    p50 = operation.summary.p50
    return f"{units.seconds(p50.estimate)} ({units.seconds_interval(p50)}), target {operation.target}"


def _helped_by(operation: OperationRun, accepted: Sequence[Trial], engine: EngineRun) -> Iterator[str]:
    for trial in accepted:
        if operation.name in trial.proposal.operations:
            own = [reason for reason in reasons(trial) if f"`{operation.name}`" in reason]
            yield f"- helped by `{trial.proposal.change.name}`" + (f": {own[0]}" if own else "")
        if (shown := plans(trial, engine)) and shown[0] == operation.name:
            yield f"\nPlan before:\n\n```\n{shown[1]}\n```"
            yield f"\nPlan with `{trial.proposal.change.name}`:\n\n```\n{shown[2]}\n```"


def _in_vain(operation: OperationRun, rejected: Sequence[Trial]) -> Iterator[str]:
    """What was tried for it and is not advised, so that nobody has to try again."""
    found = [trial for trial in rejected if operation.name in trial.proposal.operations]
    if found:
        yield "\nTried for it, and not advised:\n"
        yield from _turned_down(found)


def _turned_down(trials: Sequence[Trial]) -> Iterator[str]:
    """A line for what was measured by itself; candidates of a set together, by what became of them."""
    together: dict[str, list[str]] = {}
    for trial in trials:
        name = f"`{trial.proposal.change.name}`"
        if trial.measurement.operations or not isinstance(trial.proposal.change, AddIndex):
            yield f"- {name} ({kind(trial)}): {trial.verdict}"
        else:
            together.setdefault(re.sub(r"[+-]?\d[\d.,]*", "…", trial.verdict), []).append(name)
    yield from (f"- {len(names)} of a set, {verdict}: {', '.join(names)}" for verdict, names in together.items())
