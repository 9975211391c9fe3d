"""lab check."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.app import app, out
from lab.cli.options import (
    DesignPath,
    Engines,
    Json,
    Operations,
    Scale,
    Scheduler,
    Seconds,
    Seed,
    Timeout,
    read_options,
    read_share,
)
from lab.cli.printing import observing, print_json, write_file
from lab.errors import LabError, did_you_mean

if TYPE_CHECKING:
    from lab.model.verdict import Verdict
    from lab.pipeline import Recorder


@app.command(epilog="Example: lab check schemas/ecommerce --against origin/main --engine sqlite")
def check(
    design: DesignPath,
    against: Annotated[str, typer.Option(metavar="REF", help="A git revision, a folder, a run, or a variant.")],
    engine: Engines = ["sqlite"],  # noqa: B006
    operation: Operations = [],  # noqa: B006
    scale: Scale = 0.1,
    time_budget: Seconds = 30.0,
    timeout: Timeout = 10.0,
    margin: Annotated[
        float, typer.Option(metavar="SHARE", help="How much slower is a regression: 0.05 is 5 %.")
    ] = 0.05,
    work_margin: Annotated[float, typer.Option(metavar="SHARE", help="How much more work is: 0 is any.")] = 0.05,
    seed: Seed = 1,
    scheduler: Scheduler = "",
    out_folder: Annotated[Path, typer.Option("--out", help="Where the run's folder is made.")] = Path("results"),
    format_: Annotated[str, typer.Option("--format", help="text, md, json or junit: what is printed.")] = "text",
    markdown: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a pull request's comment here.")] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit's XML here.")] = None,
    as_json: Json = False,
) -> None:
    """Gate a change: build the design and its reference, measure them side by side.

    Exits with 0 when it passes, 1 when it regressed, 2 when that could not be told. What operations may cost is said
    in budgets.toml beside the schema. On GitHub the result is added to the job's summary.
    """
    from lab import checking
    from lab.gate import EXIT_CODE
    from lab.model.rule import Rule
    from lab.report import checked

    if format_ not in CHECK_FORMATS:
        raise LabError(f"unknown format '{format_}'", did_you_mean(format_, CHECK_FORMATS, "use --format with one of"))
    rule = Rule(
        margin=read_share("--margin", margin),
        tolerance=margin + 0.05,
        work_margin=read_share("--work-margin", work_margin),
    )
    options = read_options(engine, [], operation, scale, time_budget, timeout, seed, out_folder)
    options = replace(options, scheduler=scheduler)
    for file in (markdown, junit):
        if file is not None:
            write_file(file, "", "--markdown" if file is markdown else "--junit")
    with observing() as observer:
        recorder, verdict = checking.check(design, against, options, rule, observer)
    comment = checked.markdown(recorder.run, recorder.table())
    if markdown is not None:
        write_file(markdown, comment, "--markdown")
    if junit is not None:
        write_file(junit, checked.junit(recorder.run, verdict), "--junit")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        append_to_file(Path(summary), comment)
    _print_check(recorder, verdict, comment, "json" if as_json else format_)
    raise typer.Exit(EXIT_CODE[verdict.outcome])


CHECK_FORMATS = ("text", "md", "json", "junit")


def _print_check(recorder: Recorder, verdict: Verdict, comment: str, format_: str) -> None:
    from lab.report import checked
    from lab.report.terminal import verdict_table

    if format_ == "json":
        print_json(verdict)
    elif format_ == "md":
        typer.echo(comment)
    elif format_ == "junit":
        typer.echo(checked.junit(recorder.run, verdict))
    else:
        out.print(verdict_table(verdict))
        out.print(f"report: {recorder.folder / 'report.html'}", soft_wrap=True)


def append_to_file(file: Path, text: str) -> None:
    try:
        with file.open("a") as stream:
            stream.write(text)
    except OSError as error:
        said = f"cannot add to {file}, which GITHUB_STEP_SUMMARY names: {error.strerror}"
        raise LabError(said, "unset GITHUB_STEP_SUMMARY, or name a file that can be written") from error
