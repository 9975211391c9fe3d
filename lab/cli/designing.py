"""lab init, lab add: verbs that make a design."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lab import blocks
from lab.cli.app import app, out
from lab.cli.options import Dialect, SourcePath
from lab.cli.printing import print_losses


@app.command(epilog="Example: lab init schema.prisma --name shop")
def init(
    source: SourcePath,
    name: Annotated[str, typer.Option(help="The design's name; the source's by default.")] = "",
    statistics: Annotated[
        str | None,
        typer.Option(metavar="DSN", help="A PostgreSQL whose data the generated rows should be like; no row is read."),
    ] = None,
    keeps_values: Annotated[
        bool, typer.Option("--values/--no-values", help="Whether data.toml may hold its most common values.")
    ] = True,
    from_log: Annotated[
        str, typer.Option(metavar="LOG", help="Take the workload from a log file, or a server's address.")
    ] = "",
    dialect: Dialect = "",
) -> None:
    """Scaffold a design from a schema: its folder, a data spec and a workload, derived from it or out of a log."""
    from lab import readers, scaffold
    from lab.report.terminal import left_out_table
    from lab.workloads.logs import read_log

    logged = read_log(from_log, readers.read(source, sql_dialect=dialect)) if from_log else None
    paths, losses = scaffold.scaffold(source, name, Path.cwd(), statistics, keeps_values, logged, dialect)
    print_losses(losses)
    if logged and logged.left_out:
        out.print(left_out_table(logged.left_out))
    for path in paths:
        out.print(f"wrote {path}")
    out.print(f"next: lab compare {paths[0].parent}")


@app.command(epilog="Example: lab add soft_delete schemas/ecommerce --table orders")
def add(
    block: Annotated[str, typer.Argument(metavar="BLOCK", help=f"One of: {', '.join(blocks.BLOCKS)}.")],
    design: Annotated[
        Path | None, typer.Argument(metavar="DESIGN", help="A design's folder; without one, the block is explained.")
    ] = None,
    table: Annotated[list[str], typer.Option("--table", "-t", help="A table to add it to; may be repeated.")] = [],  # noqa: B006
    column: Annotated[
        list[str], typer.Option("--column", "-c", help="The tenant, the time or the texts; may be repeated.")
    ] = [],  # noqa: B006
    operation: Annotated[str, typer.Option("--operation", "-o", help="Whose query a materialized view keeps.")] = "",
    keep: Annotated[int, typer.Option(metavar="MONTHS", help="How long retention keeps rows.")] = 24,
    by_trigger: Annotated[
        bool, typer.Option("--trigger", help="Full text by a trigger, not a generated column.")
    ] = False,
    name: Annotated[str, typer.Option(help="The variant's name; the block's by default.")] = "",
) -> None:
    """Add a building block to a design, as a variant that lab compare measures."""
    if design is None:
        out.print(blocks.page(block), markup=False, soft_wrap=True)
        return
    from lab import scaffold
    from lab.blocks.block import Wanted

    wanted = Wanted(tuple(table), tuple(column), operation, keep, by_trigger)
    built, paths = scaffold.add_block(block, design, wanted, name)
    out.print(f"{block} of {', '.join(built.tables)}", markup=False, soft_wrap=True)
    for engine, reason in built.gaps.items():
        out.print(f"not on {engine}: {reason}", markup=False, soft_wrap=True)
    for path in paths:
        out.print(f"wrote {path}", soft_wrap=True)
    out.print(f"next: lab compare {design} --variant {name or block}", soft_wrap=True)
