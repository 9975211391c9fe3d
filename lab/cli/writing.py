"""lab convert, lab docs, lab report: verbs that write what is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lab import writers
from lab.cli.app import app, err, out
from lab.cli.options import Dialect, Json, SourcePath
from lab.cli.printing import print_json, print_losses, write_file


@app.command(epilog="Example: lab convert schema.prisma --to sql --engine mysql --out schema.mysql.sql")
def convert(
    source: SourcePath,
    to: Annotated[
        str, typer.Option("--to", metavar="KIND", help=f"What to write: {', '.join(writers.WRITERS)}.")
    ] = "sql",
    engine: Annotated[
        str, typer.Option("--engine", "-e", metavar="E", help="For which database; else the source's own.")
    ] = "",
    output: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The file to write.")] = None,
    dialect: Dialect = "",
    as_json: Json = False,
) -> None:
    """Write a schema as another kind of source, and say on stderr what is lost on the way, and what that changes."""
    from lab import readers

    schema = readers.read(source, sql_dialect=dialect)
    engine = engine or writers.usual_engine(to, schema.provider)
    written = writers.write(schema, to, engine)
    if output is not None:
        write_file(output, written.text, "--out")
    if as_json:
        print_json({"kind": to, "engine": engine, "text": written.text, "losses": written.losses})
        return
    if output is None:
        typer.echo(written.text, nl=False)
    print_losses(written.losses, len(written.losses))


@app.command("docs", epilog="Example: lab docs schemas/ecommerce --out docs/database")
def docs_(
    source: SourcePath,
    out_folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the documents are written.")],
    engine: Annotated[str, typer.Option("--engine", "-e", metavar="E", help="Whose; the source's by default.")] = "",
    run: Annotated[Path | None, typer.Option(metavar="RUN", help="A run whose times and plans are shown.")] = None,
) -> None:
    """Write a schema's documents: diagram, dictionary, indexes, queries, retention, backup; HTML and Markdown."""
    from lab import documenting

    paths, losses = documenting.write_documents(source, out_folder, engine, run)
    print_losses(losses)
    for path in paths:
        out.print(f"wrote {path}", markup=False, soft_wrap=True)


@app.command("report", epilog="Example: lab report results/20260101-120000-ecommerce --format md; lab report results")
def report_(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run's folder; or one that holds several, such as results.")
    ],
    format_: Annotated[
        str, typer.Option("--format", help="html, md, json or junit; of several runs html or md.")
    ] = "html",
    output: Annotated[Path | None, typer.Option("--output", help="The file to write; `-` prints.")] = None,
) -> None:
    """Render a run, also one that was interrupted; or, of a folder with several, how they went over time.

    The history of several runs is shown and never gated: `lab check` is what compares.
    """
    from lab import report, results
    from lab.report import trend

    if results.holds_run(run):
        text, name = report.render(*results.load(run), format_), "report.html"
    else:
        runs, left_out = results.load_history(run)
        text, name = trend.render(runs, left_out, format_), "trend.html"
        for reason in left_out:
            err.print(f"left out: {reason}", markup=False, soft_wrap=True)
    if output is None and format_ == "html":
        output = (run if run.is_dir() else run.parent) / name
    if output is None or str(output) == "-":
        typer.echo(text)
        return
    write_file(output, text, "--output")
    out.print(f"report: {output}")
