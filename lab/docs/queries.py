"""Each operation: what it is for, how fast it has to be, its text, and, of a run, how fast it was and by which plan."""

from __future__ import annotations

from collections.abc import Sequence

from lab.docs.predicates import tables_read
from lab.model.rule_text import print_rule
from lab.model.run import OperationRun, Run
from lab.model.schema import Schema
from lab.model.workload import Operation
from lab.report import units
from lab.report.blocks import Block, Cell, Code, Column, Details, Heading, Paragraph, Section, Table


def section(schema: Schema, operations: Sequence[Operation], engine: str, run: Run | None) -> Section:
    measured = _measured(run, engine)
    blocks: list[Block] = [Paragraph(_said(run, engine, bool(measured)))]
    rows = tuple(_row(operation, schema, measured.get(operation.name)) for operation in operations)
    heads = tuple(
        Column(title, is_number)
        for title, is_number in (("operation", False), ("target", True), ("p95", True), ("reads", False))
    )
    blocks.append(Table(heads, rows, "Operations"))
    blocks.append(Heading("One by one", 3))
    blocks += [_details(operation, engine, measured.get(operation.name)) for operation in operations]
    return Section("queries", "Query guide", tuple(blocks))


def _measured(run: Run | None, engine: str) -> dict[str, OperationRun]:
    for part in run.engines if run else ():
        if part.server.engine == engine:
            base = next(variant for variant in part.variants if variant.name == "base")
            return {operation.name: operation for operation in base.operations}
    return {}


def _said(run: Run | None, engine: str, is_measured: bool) -> str:
    if run is None:
        return "Nothing here is measured: name a run of `lab compare` with --run, and its times and plans are shown."
    if not is_measured:
        return f"Run {run.id} measured nothing on {engine}."
    return f"Times and plans are those of run {run.id}, at scale {run.scale:g}."


def _row(operation: Operation, schema: Schema, measured: OperationRun | None) -> tuple[Cell, ...]:
    p95 = measured.summary.p95.estimate if measured and measured.summary and measured.summary.p95 else None
    return (
        Cell(operation.name, note=operation.description, link=f"#query-{operation.name}"),
        Cell(units.seconds(operation.target_seconds)),
        Cell(units.seconds(p95) if p95 is not None else "–"),
        Cell(", ".join(tables_read(operation, schema))),
    )


def _details(operation: Operation, engine: str, measured: OperationRun | None) -> Details:
    kind = "write" if operation.is_write else "read"
    blocks: list[Block] = [Paragraph(operation.description)] if operation.description else []
    blocks.append(Code(operation.text(engine), "sql" if operation.sql else "text"))
    if operation.parameters:
        rows = tuple((Cell(f":{p.name}"), Cell(print_rule(p.rule))) for p in operation.parameters)
        blocks.append(Table((Column("parameter"), Column("drawn from")), rows))
    if measured and measured.plan:
        blocks.append(Code(measured.plan, caption="Plan"))
    return Details(f"`{operation.name}`", tuple(blocks), f"query-{operation.name}", f"{operation.target_class} {kind}")
