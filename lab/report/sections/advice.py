"""What the advisor proposed, built and measured: what to adopt, with its SQL, and why the rest was rejected."""

from __future__ import annotations

import pyarrow as pa

from lab.model.run import EngineRun, Run, Trial
from lab.report.advice_facts import facts, plans
from lab.report.blocks import Block, Bullets, Code, Details, Heading, Paragraph
from lab.report.labels import engine_labels

TITLE = "Advice"


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    labels = engine_labels(run)
    found: list[Block] = []
    for engine in run.engines:
        if engine.trials:
            found += [Heading(labels[engine.server.spec], 3), *_of_engine(run, engine)]
    return found


def _of_engine(run: Run, engine: EngineRun) -> list[Block]:
    accepted = [trial for trial in engine.trials if trial.is_accepted]
    rejected = [trial for trial in engine.trials if not trial.is_accepted]
    if not accepted:
        headline = Paragraph(f"Do nothing: none of the {len(rejected)} changes tried is shown to help.")
    else:
        headline = Paragraph(f"Adopt {len(accepted)} of {len(engine.trials)} changes tried, in this order.", "good")
    folded = Details(
        "What was tried and rejected",
        (Bullets(tuple(f"`{trial.proposal.change.name}`: {trial.verdict}" for trial in rejected)),),
        note=str(len(rejected)),
    )
    details = [_details(trial, run, engine) for trial in accepted]
    return [headline, *details, *([folded] if rejected else [])]


def _details(trial: Trial, run: Run, engine: EngineRun) -> Details:
    body: list[Block] = [Paragraph(trial.proposal.reason), Paragraph(f"Beside the base: {trial.verdict}.")]
    body.append(Bullets(tuple(f"{what}: {text}" for what, text in facts(trial, engine, run.design.schema))))
    if migration := trial.measurement.migration:
        body += [Code(migration.up_sql, "sql", "Up"), Code(migration.down_sql, "sql", "Down")]
    for operation in trial.proposal.rewrites:
        body.append(Code(operation.text(engine.server.engine), "sql", f"{operation.name}, as it must read then"))
    if shown := plans(trial, engine):
        name, before, after = shown
        body += [Code(before, "text", f"Plan of {name} before"), Code(after, "text", f"Plan of {name} after")]
    return Details(f"`{trial.proposal.change.name}`", tuple(body))
