"""What each design costs: filling it, storing it, getting there and back."""

from __future__ import annotations

import pyarrow as pa

from lab.model.run import EngineRun, Load, Migration, Relation, Run, VariantRun
from lab.report import units
from lab.report.blocks import Block, Cell, Column, Details, Heading, Paragraph, Table
from lab.report.labels import engine_labels

TITLE = "Costs"


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    labels = engine_labels(run)
    found: list[Block] = []
    for engine in run.engines:
        label = labels[engine.server.spec]
        found += [Heading(label, 3), Paragraph(_load_words(engine.load) if engine.load else "The base was not loaded.")]
        if engine.variants:
            found += [_table(engine, label), _relations(engine, label)]
        else:
            found.append(Paragraph("No variant was built on this engine.", "unclear"))
    return found or [Paragraph("No engine was measured.", "unclear")]


def _load_words(load: Load) -> str:
    return (
        f"Loading the base: {units.count(load.rows)} rows at {units.significant(load.rows_per_second)} rows/s: "
        f"{units.seconds(load.generate_seconds)} making them, {units.seconds(load.load_seconds)} loading, "
        f"{units.seconds(load.index_seconds)} for constraints, indexes and statistics."
    )


def _table(engine: EngineRun, label: str) -> Table:
    titles = ("tables", "indexes", "storage", "beside base", "migration up", "down", "restored")
    columns = (Column("variant"), *(Column(title, title != "restored") for title in titles))
    largest = max((variant.table_bytes + variant.index_bytes for variant in engine.variants), default=0)
    rows = tuple(_row(variant, engine.variants[0], largest) for variant in engine.variants)
    return Table(columns, rows, f"Storage and migration on {label}")


def _row(variant: VariantRun, base: VariantRun, largest: int) -> tuple[Cell, ...]:
    size = variant.table_bytes + variant.index_bytes
    base_size = base.table_bytes + base.index_bytes
    known = bool(variant.relations)
    note = variant.reason if variant.status != "measured" else variant.description
    return (
        Cell(variant.name, note),
        Cell(units.size_bytes(variant.table_bytes if known else None)),
        Cell(units.size_bytes(variant.index_bytes if known else None)),
        Cell(units.size_bytes(size if known else None), share=size / largest if largest else None),
        Cell(units.ratio(size / base_size if known and base_size else None)),
        *_migration_cells(variant.migration),
    )


def _migration_cells(migration: Migration | None) -> tuple[Cell, Cell, Cell]:
    if migration is None:
        return Cell(units.UNKNOWN), Cell(units.UNKNOWN), Cell(units.UNKNOWN)
    up, down = units.seconds(migration.up_seconds), units.seconds(migration.down_seconds)
    return Cell(up), Cell(down), restored_cell(migration)


def restored_cell(migration: Migration) -> Cell:
    """Whether the schema was the base's again after `down`."""
    if migration.is_restored is None:
        return Cell("not tried", tone="unclear", mark="?")
    if migration.is_restored:
        return Cell("yes", tone="good", mark="✓")
    return Cell("no", migration.difference, tone="bad", mark="✗")


def _relations(engine: EngineRun, label: str) -> Details:
    """Bytes of every table under every variant: tables, then their indexes below."""
    names = list(dict.fromkeys(found.name for variant in engine.variants for found in variant.relations))
    measured = [variant for variant in engine.variants if variant.relations]
    columns = (Column("table"), Column("rows", True), *(Column(variant.name, True) for variant in measured))
    rows = tuple(_relation_row(name, measured) for name in names)
    table = Table(columns, rows, f"Size of each table on {label}; below it the size of its indexes")
    return Details(f"Size of each table on {label}", (table,), is_bulky=True)


def _relation_row(name: str, variants: list[VariantRun]) -> tuple[Cell, ...]:
    found = [next((r for r in variant.relations if r.name == name), None) for variant in variants]
    rows = next((relation.rows for relation in found if relation), 0)
    return (Cell(name), Cell(units.count(rows)), *(_relation_cell(relation) for relation in found))


def _relation_cell(relation: Relation | None) -> Cell:
    if relation is None:
        return Cell(units.UNKNOWN)
    return Cell(units.size_bytes(relation.table_bytes), f"+ {units.size_bytes(relation.index_bytes)}")
