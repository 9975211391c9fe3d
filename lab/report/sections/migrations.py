"""How to get to each variant, and back: the SQL that was run."""

from __future__ import annotations

import pyarrow as pa

from lab.model.run import EngineRun, Migration, Run, VariantRun
from lab.report import units
from lab.report.blocks import Block, Code, Details, Heading, Paragraph
from lab.report.labels import engine_labels

TITLE = "Migrations"


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    labels = engine_labels(run)
    found: list[Block] = []
    for engine in run.engines:
        found.append(Heading(labels[engine.server.spec], 3))
        found.extend(_of_engine(engine) or [Paragraph("No migration was run on this engine.", "unclear")])
    return found or [Paragraph("No engine was measured.", "unclear")]


def _of_engine(engine: EngineRun) -> list[Block]:
    return [
        _details(variant)
        if variant.migration
        else Paragraph(f"`{variant.name}` was not built: {variant.reason}.", "quiet")
        for variant in engine.variants
        if variant.migration or variant.reason
    ]


def _details(variant: VariantRun) -> Details:
    migration = variant.migration
    assert migration
    body: list[Block] = [Paragraph(variant.description)] if variant.description else []
    if variant.reason:
        body.append(Paragraph(f"{variant.status}: {variant.reason}", "bad"))
    if migration.is_restored is False:
        body.append(Paragraph(f"After down the schema was not the base's: {migration.difference}", "bad"))
    body.append(Code(migration.up_sql, "sql", "Up"))
    body.append(Code(migration.down_sql, "sql", "Down"))
    return Details(f"`{variant.name}`", tuple(body), note=_note(migration))


def _note(migration: Migration) -> str:
    outcome = {True: "restored ✓", False: "not restored ✗", None: "way back not tried ?"}[migration.is_restored]
    return f"up {units.seconds(migration.up_seconds)}, down {units.seconds(migration.down_seconds)}, {outcome}"
