"""What the advisor proposed, built and measured: what to adopt, with its SQL, and why the rest was rejected."""

from __future__ import annotations

import pyarrow as pa

from lab.model.change import Script
from lab.model.run import EngineRun, Run, Trial
from lab.report import units
from lab.report.advice_facts import ADVICE, facts, kind, mix, more_bytes, plans, reasons, shown_changes, writes
from lab.report.blocks import Block, Bullets, Cell, Code, Column, Details, Heading, Paragraph, Table
from lab.report.cache_advice import advice_blocks
from lab.report.cells import comparison_cell, latency_cell, ratio_cell
from lab.report.labels import engine_labels

TITLE = "Advice"
_AS_MEASURED = ", as it was measured; the migration file holds it as a database in service takes it"


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    labels = engine_labels(run)
    found: list[Block] = []
    for engine in (*run.engines, *run.advice):
        if engine.trials or engine.cache_advice:
            found.append(Heading(labels[engine.server.spec], 3))
        if engine.trials:
            found += _of_engine(run, engine)
        if engine.cache_advice:
            found += advice_blocks(engine.cache_advice)
    return found


def _of_engine(run: Run, engine: EngineRun) -> list[Block]:
    accepted = [trial for trial in engine.trials if trial.is_accepted]
    rejected = [trial for trial in engine.trials if not trial.is_accepted]
    if not accepted:
        nothing = f"Do nothing: none of the {len(rejected)} changes tried is shown to help."
        return [Paragraph(nothing), _turned_down(rejected)]
    parts: list[Block] = [
        Paragraph(f"Adopt {len(accepted)} of {len(engine.trials)} changes tried, in this order.", "good"),
        _overview(accepted, engine),
    ]
    parts += [table] if (table := _whole(engine)) else []
    parts += [_details(number, trial, run, engine) for number, trial in enumerate(accepted, 1)]
    return [*parts, *([_turned_down(rejected)] if rejected else [])]


def _overview(accepted: list[Trial], engine: EngineRun) -> Table:
    columns = (
        Column("Change"),
        Column("The mix", is_number=True, hover="Weighted geometric mean of the ratios of latency, with it alone"),
        Column("Writes", is_number=True, hover="The same of the workload's writes"),
        Column("Room", is_number=True),
        Column("To build", is_number=True),
    )
    caption = "Each change alone, beside the base: time of the mix and of its writes, room on disk, time to build."
    return Table(columns, tuple(_row(trial, engine) for trial in accepted), caption)


def _row(trial: Trial, engine: EngineRun) -> tuple[Cell, ...]:
    run, migration = trial.measurement, trial.measurement.migration
    seconds = migration.up_seconds if migration else None
    return (
        Cell(trial.proposal.change.name, kind(trial)),
        ratio_cell(mix(run)),
        ratio_cell(writes(run)),
        Cell(more_bytes(run, engine) or units.UNKNOWN),
        Cell(units.seconds(seconds) if seconds else units.UNKNOWN),
    )


def _whole(engine: EngineRun) -> Table | None:
    """What all of it does together, by operation."""
    advised = engine.variant(ADVICE)
    changed = shown_changes(advised) if advised else []
    if advised is None or not changed:
        return None
    rows = []
    for operation in changed:
        before = engine.variants[0].operation(operation.name)
        cells = [latency_cell(o.summary.p50 if o and o.summary else None) for o in (before, operation)]
        rows.append((Cell(operation.name), *cells, comparison_cell(operation.comparison)))
    others = sum(o.comparison is not None for o in advised.operations) - len(changed)
    rest = f" {others} more {'shows' if others == 1 else 'show'} no difference." if others else ""
    caption = f"All of it together: median latency, and its ratio to the base's.{rest}"
    columns = (Column("Operation"), *(Column(text, is_number=True) for text in ("Base", "Advised", "Ratio")))
    footer = (Cell("the whole mix"), Cell(""), Cell(""), ratio_cell(mix(advised)))
    return Table(columns, tuple(rows), caption, (footer,))


def _details(number: int, trial: Trial, run: Run, engine: EngineRun) -> Details:
    why = reasons(trial)
    body: list[Block] = [Paragraph(f"Why: {why[0]}.") if len(why) == 1 else Bullets(tuple(why))]
    body.append(Paragraph(f"Beside the base: {trial.verdict}."))
    body.append(Bullets(tuple(f"{what}: {text}" for what, text in facts(trial, engine, run.design.schema))))
    migration = trial.measurement.migration
    if migration and migration.up_sql:
        as_measured = "" if isinstance(trial.proposal.change, Script) else _AS_MEASURED
        body += [Code(migration.up_sql, "sql", f"Up{as_measured}"), Code(migration.down_sql, "sql", "Down")]
    for operation in trial.proposal.rewrites:
        body.append(Code(operation.text(engine.server.engine), "sql", f"{operation.name}, as it must read then"))
    if batch := trial.proposal.batch:
        body.append(Code(batch.text(engine.server.engine), "sql", f"In place of {trial.proposal.batch_size} lookups"))
    if shown := plans(trial, engine):
        name, before, after = shown
        body += [Code(before, "text", f"Plan of {name} before"), Code(after, "text", f"Plan of {name} after")]
    return Details(f"{number}. `{trial.proposal.change.name}`", tuple(body), note=kind(trial))


def _turned_down(rejected: list[Trial]) -> Details:
    rows = tuple((Cell(t.proposal.change.name, kind(t)), Cell(t.verdict.replace("`", ""))) for t in rejected)
    table = Table((Column("Change"), Column("Why not")), rows)
    return Details("What was tried and rejected", (table,), note=str(len(rejected)))
