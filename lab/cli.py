"""The command line: one short function per verb, which parses, calls, prints and returns an exit code."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from pydantic_core import to_json
from rich.console import Console

from lab import (
    blocks,
    checking,
    documenting,
    normalizing,
    pipeline,
    readers,
    report,
    results,
    scaffold,
    scaling,
    writers,
)
from lab.advise import Budget
from lab.audit.manual import explain as explain_rule
from lab.audit.manual import page_text, pages
from lab.audit.settings import SEVERITIES
from lab.bench import Settings
from lab.errors import Interrupted, LabError, did_you_mean
from lab.gate import EXIT_CODE
from lab.load_options import read_traffic
from lab.migrating import command as migration
from lab.model.finding import Finding
from lab.model.rule import Rule
from lab.model.run import OperationRun, Run
from lab.model.schema import Loss
from lab.model.verdict import Verdict
from lab.progress import Bars, Lines
from lab.provision.inventory import Here, Missing, obtain, take_inventory
from lab.report import checked, normal_forms, trend
from lab.report.sarif import sarif_log
from lab.report.terminal import findings_table, left_out_table, summary_table, verdict_table
from lab.report.terminal_advice import advice_table
from lab.report.terminal_growth import growth_tables
from lab.report.terminal_load import load_tables
from lab.workloads.logs import read_log

app = typer.Typer(
    help="Builds each design of a database schema in real databases, measures every query, and says which to adopt.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
engines_app = typer.Typer(invoke_without_command=True)
app.add_typer(engines_app, name="engines")
out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)

DesignPath = Annotated[Path, typer.Argument(metavar="DESIGN", help="A design's folder, such as schemas/ecommerce.")]
SOURCE_HELP = "A schema: .prisma, .sql, .ts, a folder, or postgres://… of a server."
Dialect = Annotated[
    str, typer.Option(metavar="D", help="What an SQL file is written in: postgres, mysql or sqlite; its text tells.")
]
SourcePath = Annotated[str, typer.Argument(metavar="SOURCE", help=SOURCE_HELP)]
Engines = Annotated[
    list[str], typer.Option("--engine", "-e", metavar="E", help="sqlite, postgres or postgres:18; may be repeated.")
]
Scale = Annotated[float, typer.Option(help="Rows, as a multiple of what data.toml says.")]
Out = Annotated[Path, typer.Option(help="Where the run's folder is made.")]
Seed = Annotated[int, typer.Option(help="The same seed makes the same data and parameters.")]
Operations = Annotated[list[str], typer.Option("--operation", "-o", help="Only this operation; may be repeated.")]
Seconds = Annotated[float, typer.Option("--time-budget", metavar="SECONDS", help="Time for timed rounds, per engine.")]
Timeout = Annotated[float, typer.Option(metavar="SECONDS", help="A statement running longer is cancelled.")]
Scheduler = Annotated[
    str, typer.Option(metavar="ADDRESS", help="A Dask cluster that makes and loads the rows: tcp://host:8786.")
]
Clients = Annotated[int | None, typer.Option(metavar="N", help="Put each variant under load from N client processes.")]
Rate = Annotated[
    float | None,
    typer.Option(metavar="PER_SECOND", help="Under load, start requests at this mean rate, whatever becomes of them."),
]
Think = Annotated[str, typer.Option(metavar="TIME", help="Mean pause before each client's next request: 10ms.")]
Duration = Annotated[str, typer.Option(metavar="TIME", help="How long each variant is under load; 10s by default.")]
RateSweep = Annotated[
    bool,
    typer.Option("--rate-sweep", help="Find the highest rate that meets all targets, in the time of --time-budget."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]


@app.command(epilog="Example: lab compare schemas/ecommerce --engine sqlite --engine postgres --scale 0.1")
def compare(
    design: DesignPath,
    engine: Engines = ["sqlite", "postgres"],  # noqa: B006
    variant: Annotated[list[str], typer.Option("--variant", "-v", help="Only this variant; may be repeated.")] = [],  # noqa: B006
    operation: Operations = [],  # noqa: B006
    scale: Scale = 0.1,
    time_budget: Seconds = 30.0,
    timeout: Timeout = 10.0,
    seed: Seed = 1,
    scheduler: Scheduler = "",
    clients: Clients = None,
    rate: Rate = None,
    think: Think = "",
    duration: Duration = "",
    rate_sweep: RateSweep = False,
    out_folder: Annotated[Path, typer.Option("--out", help="Where the run's folder is made.")] = Path("results"),
    as_json: Json = False,
) -> None:
    """Measure a design's variants side by side and say which to adopt; under load too, if asked."""
    options = _options(engine, variant, operation, scale, time_budget, timeout, seed, out_folder)
    options = replace(options, scheduler=scheduler)
    traffic = read_traffic(clients, rate, think, duration, rate_sweep, time_budget)
    options = replace(options, settings=replace(options.settings, traffic=traffic))
    with _progress() as observer:
        recorder = pipeline.compare(design, options, observer)
    _print_run(recorder.run, recorder.folder, as_json)
    _fail_for_broken_variants(recorder.run)


_LEFT_BEHIND = ("report.html", "index-strategy.md", "query-guide.md", "queries.sql", "migrations")


@app.command(epilog="Example: lab advise schemas/ecommerce --engine postgres --storage-budget 200MB")
def advise(
    design: DesignPath,
    engine: Annotated[
        str, typer.Option("--engine", "-e", metavar="E", help="sqlite, postgres or postgres:18.")
    ] = "sqlite",
    storage_budget: Annotated[str, typer.Option(metavar="SIZE", help="What new indexes may take: 200MB.")] = "",
    write_budget: Annotated[
        str, typer.Option(metavar="RATIO", help="What the workload's writes may take, beside now: 2x.")
    ] = "",
    operation: Operations = [],  # noqa: B006
    scale: Scale = 0.1,
    time_budget: Annotated[
        float, typer.Option(metavar="SECONDS", help="Time for all that is tried, once the base is loaded.")
    ] = 300.0,
    timeout: Timeout = 10.0,
    seed: Seed = 1,
    scheduler: Scheduler = "",
    out_folder: Annotated[Path, typer.Option("--out", help="Where the run's folder is made.")] = Path("results"),
    as_json: Json = False,
) -> None:
    """Propose changes, build and measure each, and keep what helps."""
    options = _options([engine], [], operation, scale, min(time_budget / 10, 30.0), timeout, seed, out_folder)
    options = replace(options, scheduler=scheduler)
    budget = Budget(
        _size_bytes(storage_budget) if storage_budget else None,
        _write_ratio(write_budget) if write_budget else None,
        seconds=time_budget,
    )
    with _progress() as observer:
        recorder, trials = pipeline.advise(design, options, budget, observer)
    if as_json:
        _print_json(trials)
        return
    out.print(advice_table(recorder.run.engines[-1]))
    left = [name for name in _LEFT_BEHIND if (recorder.folder / name).exists()]
    out.print(f"In {recorder.folder}:\n  {', '.join(left)}", soft_wrap=True)


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
    if format_ not in CHECK_FORMATS:
        raise LabError(f"unknown format '{format_}'", did_you_mean(format_, CHECK_FORMATS, "use --format with one of"))
    rule = Rule(
        margin=_share("--margin", margin), tolerance=margin + 0.05, work_margin=_share("--work-margin", work_margin)
    )
    options = _options(engine, [], operation, scale, time_budget, timeout, seed, out_folder)
    options = replace(options, scheduler=scheduler)
    for file in (markdown, junit):
        if file is not None:
            _write(file, "", "--markdown" if file is markdown else "--junit")
    with _progress() as observer:
        recorder, verdict = checking.check(design, against, options, rule, observer)
    comment = checked.markdown(recorder.run, recorder.table())
    if markdown is not None:
        _write(markdown, comment, "--markdown")
    if junit is not None:
        _write(junit, checked.junit(recorder.run, verdict), "--junit")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        _append(Path(summary), comment)
    _print_check(recorder, verdict, comment, "json" if as_json else format_)
    raise typer.Exit(EXIT_CODE[verdict.outcome])


CHECK_FORMATS = ("text", "md", "json", "junit")


def _print_check(recorder: pipeline.Recorder, verdict: Verdict, comment: str, format_: str) -> None:
    if format_ == "json":
        _print_json(verdict)
    elif format_ == "md":
        typer.echo(comment)
    elif format_ == "junit":
        typer.echo(checked.junit(recorder.run, verdict))
    else:
        out.print(verdict_table(verdict))
        out.print(f"report: {recorder.folder / 'report.html'}", soft_wrap=True)


@app.command(epilog="Example: lab scale schemas/ecommerce --engine postgres --scale 0.02 --to 1000")
def scale(
    design: DesignPath,
    engine: Annotated[str, typer.Option("--engine", "-e", metavar="E", help="One: sqlite, postgres …")] = "postgres",
    variant: Annotated[list[str], typer.Option("--variant", "-v", help="Beside the base; may be repeated.")] = [],  # noqa: B006
    operation: Operations = [],  # noqa: B006
    scale: Scale = 0.1,
    sizes: Annotated[
        str, typer.Option(metavar="FACTORS", help="Measured sizes, in multiples of --scale.")
    ] = "1,2,5,10",
    to: Annotated[float, typer.Option(metavar="FACTOR", help="The largest size that is predicted.")] = 1000.0,
    within: Annotated[float, typer.Option(metavar="SECONDS", help="For all that is loaded and measured.")] = 900.0,
    disk_budget: Annotated[str, typer.Option(metavar="SIZE", help="What one size may take on disk: 20GB.")] = "",
    rate: Annotated[float, typer.Option(metavar="N", help="Requests a second at 1x, growing with it.")] = 0.0,
    time_budget: Annotated[float, typer.Option(metavar="SECONDS", help="Time for timed rounds, per size.")] = 15.0,
    timeout: Timeout = 10.0,
    seed: Seed = 1,
    out_folder: Annotated[Path, typer.Option("--out", help="Where the run's folder is made.")] = Path("results"),
    as_json: Json = False,
) -> None:
    """Measure a design as its tables grow, and say what breaks first; on PostgreSQL 18 also far beyond."""
    options = _options([engine], variant, operation, scale, time_budget, timeout, seed, out_folder)
    reach = scaling.Reach(
        scaling.read_sizes(sizes), to, within, _size_bytes(disk_budget) if disk_budget else None, rate
    )
    with _progress() as observer:
        recorder = scaling.scale(design, options, reach, observer)
    if as_json:
        _print_json(recorder.run.growth)
        return
    out.print(growth_tables(recorder.run))
    out.print(f"report: {recorder.folder / 'report.html'}", soft_wrap=True)


@app.command("audit", epilog="Example: lab audit schemas/ecommerce/schema.prisma")
def audit(
    source: Annotated[str | None, typer.Argument(metavar="SOURCE", help=SOURCE_HELP)] = None,
    explain: Annotated[str, typer.Option(metavar="RULE", help="Print a rule's manual page, and do no more.")] = "",
    engine: Annotated[str, typer.Option("--engine", "-e", metavar="E", help="Judge for this engine.")] = "",
    config: Annotated[Path | None, typer.Option(help="Settings; audit.toml beside SOURCE by default.")] = None,
    dialect: Dialect = "",
    format_: Annotated[str, typer.Option("--format", help="text, json or sarif.")] = "text",
    fail_on: Annotated[str, typer.Option(metavar="SEVERITY", help="Exit with 1 from error, warning or note on.")] = "",
    as_json: Json = False,
) -> None:
    """Judge a schema by the quality checklist; exits with 1 when it finds errors."""
    if explain:
        out.print(page_text(explain_rule(explain)), markup=False, soft_wrap=True)
        return
    if source is None:
        raise LabError("no schema to judge", "name one: lab audit schema.prisma")
    _check_choice("--format", format_, ("text", "json", "sarif"))
    _check_choice("--fail-on", fail_on, ("", *SEVERITIES))
    findings, settings, losses = pipeline.audit(source, engine, config, dialect)
    _print_findings(findings, "json" if as_json else format_)
    _print_losses(losses)
    grave = SEVERITIES[: SEVERITIES.index(fail_on or settings.fail_on or "error") + 1]
    if any(finding.severity in grave for finding in findings):
        raise typer.Exit(1)


@app.command(epilog="Example: lab normalize schemas/shop --data ./exports --write-variant; lab normalize people.csv")
def normalize(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A schema, a design's folder, a server, or files of CSV or Parquet.")
    ],
    data: Annotated[
        str,
        typer.Option(metavar="WHERE", help="Rows: a folder of <table>.csv or .parquet, postgres://…, or generated."),
    ] = "",
    table: Annotated[list[str], typer.Option("--table", "-t", help="Only this table; may be repeated.")] = [],  # noqa: B006
    to: Annotated[str, typer.Option("--to", metavar="FORM", help="3nf or bcnf.")] = "3nf",
    most_rows: Annotated[int, typer.Option("--rows", min=1, help="Look at so many rows of a table at most.")] = (
        normalizing.MOST_ROWS
    ),
    writes: Annotated[
        bool, typer.Option("--write-variant", help="Write the split as a variant of the design.")
    ] = False,
    variant: Annotated[str, typer.Option(metavar="NAME", help="What the variant is called.")] = "normalized",
    as_json: Json = False,
) -> None:
    """Judge the normal form of each table by its keys, declared dependencies and rows, and split what is not in it.

    A dependency is declared in a comment of the table, `fd: postal_code -> city`, or by depends_on in data.toml.
    """
    _check_choice("--to", to, ("3nf", "bcnf"))
    judged = normalizing.normal_forms(source, data, table, "bcnf" if to == "bcnf" else "3nf", most_rows)
    if as_json:
        _print_json({"rows": judged.origin, "tables": normal_forms.plain(judged.tables)})
    else:
        _print_losses(judged.schema.losses)
        out.print(normal_forms.normal_forms_table(judged.tables, judged.origin))
    if writes:
        paths = normalizing.write_variant(Path(source), judged, variant)
        for path in paths if not as_json else ():
            out.print(f"wrote {path}", soft_wrap=True)
        for line in normalizing.unsaid(Path(source), judged) if not as_json else ():
            out.print(f"data.toml does not say it yet: {line}", markup=False, soft_wrap=True)
        if not as_json:
            out.print(f"next: lab compare {source} --variant {variant}", soft_wrap=True)


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
    logged = read_log(from_log, readers.read(source, sql_dialect=dialect)) if from_log else None
    paths, losses = scaffold.scaffold(source, name, Path.cwd(), statistics, keeps_values, logged, dialect)
    _print_losses(losses)
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
    wanted = blocks.Wanted(tuple(table), tuple(column), operation, keep, by_trigger)
    built, paths = scaffold.add_block(block, design, wanted, name)
    out.print(f"{block} of {', '.join(built.tables)}", markup=False, soft_wrap=True)
    for engine, reason in built.gaps.items():
        out.print(f"not on {engine}: {reason}", markup=False, soft_wrap=True)
    for path in paths:
        out.print(f"wrote {path}", soft_wrap=True)
    out.print(f"next: lab compare {design} --variant {name or block}", soft_wrap=True)


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
    schema = readers.read(source, sql_dialect=dialect)
    engine = engine or writers.usual_engine(to, schema.provider)
    written = writers.write(schema, to, engine)
    if output is not None:
        _write(output, written.text, "--out")
    if as_json:
        _print_json({"kind": to, "engine": engine, "text": written.text, "losses": written.losses})
        return
    if output is None:
        typer.echo(written.text, nl=False)
    _print_losses(written.losses, len(written.losses))


@app.command("docs", epilog="Example: lab docs schemas/ecommerce --out docs/database")
def docs_(
    source: SourcePath,
    out_folder: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the documents are written.")],
    engine: Annotated[str, typer.Option("--engine", "-e", metavar="E", help="Whose; the source's by default.")] = "",
    run: Annotated[Path | None, typer.Option(metavar="RUN", help="A run whose times and plans are shown.")] = None,
) -> None:
    """Write a schema's documents: diagram, dictionary, indexes, queries, retention, backup; HTML and Markdown."""
    paths, losses = documenting.write_documents(source, out_folder, engine, run)
    _print_losses(losses)
    for path in paths:
        out.print(f"wrote {path}", markup=False, soft_wrap=True)


app.command("migrate", epilog=migration.EXAMPLE)(migration.migrate)


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
    _write(output, text, "--output")
    out.print(f"report: {output}")


@engines_app.callback(epilog="Example: lab engines")
def engines(context: typer.Context, as_json: Json = False) -> None:
    """List the servers that run here and where from, and what to type for the rest."""
    if context.invoked_subcommand:
        return
    here, missing = take_inventory()
    if as_json:
        _print_json({"here": here, "missing": missing})
        return
    _print_inventory(here, missing)


@engines_app.command("install", epilog="Example: lab engines install postgres:13 mysql")
def install_engines(
    engine: Annotated[list[str], typer.Argument(metavar="ENGINE...", help="Such as postgres:13, mysql or mongodb:6.")],
    as_json: Json = False,
) -> None:
    """Install servers for the lab alone, without Docker: fetched, started once, and then kept."""
    obtained = obtain(engine, lambda line: err.print(line, markup=False, soft_wrap=True))
    if as_json:
        _print_json(obtained)
        return
    for server in obtained:
        where = f"in {server.folder}" if server.is_new else f"already: {server.folder or server.origin}"
        out.print(f"{server.engine} {server.version} is here {where}", markup=False, soft_wrap=True)


def main() -> NoReturn:
    """Runs the command line. Exit codes: 0 done, 1 found something, 2 a mistake to mend, 128+n signal n."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        app()
    except LabError as error:
        _print_error(error)
        sys.exit(2)
    except Interrupted:
        (number,) = _received
        err.print(f"\nstopped by {number.name}; what was measured is kept: lab report RUN renders it", markup=False)
        sys.exit(128 + number)
    sys.exit(0)


_received: list[signal.Signals] = []


def _interrupt(number: int, frame: FrameType | None) -> None:
    """The first signal stops the work; what follows waits for the cleaning up."""
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    _received.append(signal.Signals(number))
    raise Interrupted


def _print_error(error: LabError) -> None:
    err.print(f"error: {error.message}", style="red", markup=False, soft_wrap=True)
    if error.hint:
        err.print(f"hint: {error.hint}", markup=False, soft_wrap=True)


def _progress() -> Bars | Lines:
    return Bars(err) if err.is_terminal else Lines(err)


def _options(
    engines: list[str],
    variants: list[str],
    operations: list[str],
    scale: float,
    budget_seconds: float,
    timeout_seconds: float,
    seed: int,
    folder: Path,
) -> pipeline.Options:
    for option, value in (("--time-budget", budget_seconds), ("--timeout", timeout_seconds)):
        if not value > 0:
            raise LabError(f"{option} must be above 0, not {value:g}", f"write {option} 30")
    settings = Settings(budget_seconds, timeout_seconds, seed)
    command = shlex.join(["lab", *sys.argv[1:]])
    return pipeline.Options(tuple(engines), tuple(variants), tuple(operations), scale, folder, settings, command)


def _size_bytes(text: str) -> int:
    units = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
    digits = text.rstrip("BKMGIbkmgi ")
    try:
        return int(float(digits) * units[text[len(digits) :].strip().upper() or "B"])
    except (ValueError, KeyError):
        raise LabError(f"cannot read the size {text!r}", "write it as 200MB or 1.5GiB") from None


def _print_losses(losses: Sequence[Loss], most: int = 20) -> None:
    """What of a source could not be kept: read on, but not silently."""
    for loss in losses[:most]:
        where = f"{loss.position}: " if loss.position else ""
        err.print(f"{where}{loss.what}: {loss.consequence}", markup=False, soft_wrap=True)
    if len(losses) > most:
        err.print(f"and {len(losses) - most} more", markup=False)


def _share(option: str, value: float) -> float:
    if not 0 <= value <= 10:
        raise LabError(f"{option} must be a share from 0 to 10, not {value:g}", f"write {option} 0.05 for 5 %")
    return value


def _write(file: Path, text: str, option: str) -> None:
    try:
        file.write_text(text)
    except OSError as error:
        raise LabError(f"cannot write {file}: {error.strerror}", f"name another file with {option}") from error


def _append(file: Path, text: str) -> None:
    try:
        with file.open("a") as stream:
            stream.write(text)
    except OSError as error:
        said = f"cannot add to {file}, which GITHUB_STEP_SUMMARY names: {error.strerror}"
        raise LabError(said, "unset GITHUB_STEP_SUMMARY, or name a file that can be written") from error


def _write_ratio(text: str) -> float:
    try:
        ratio = float(text.strip().lower().removesuffix("x"))
    except ValueError:
        ratio = 0.0
    if ratio < 1:
        raise LabError(
            f"cannot read the write budget {text!r}", "write it as 2x: at most twice the time writes take now"
        )
    return ratio


def _print_json(value: object) -> None:
    typer.echo(to_json(value, indent=1).decode())


def _check_choice(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise LabError(f"{option} is {value!r}", f"write one of: {', '.join(filter(None, known))}")


def _print_findings(findings: Sequence[Finding], format_: str) -> None:
    if format_ == "json":
        _print_json(findings)
    elif format_ == "sarif":
        _print_json(sarif_log(findings, pages(), version("schema-performance-lab")))
    else:
        out.print(findings_table(findings))


def _print_run(run: Run, folder: Path, as_json: bool) -> None:
    if as_json:
        typer.echo(report.render(*results.load(folder), "json"))
        return
    out.print(summary_table(run))
    if any(engine.loads or engine.sweeps for engine in run.engines):
        out.print(load_tables(run))
    out.print(f"report: {folder / 'report.html'}", soft_wrap=True)


def _print_inventory(here: Sequence[Here], missing: Sequence[Missing]) -> None:
    versions: dict[tuple[str, str], list[str]] = {}
    for server in here:
        origin = f"{server.origin}; first `{server.needs}`" if server.needs else server.origin
        versions.setdefault((server.engine, origin), []).append(server.version)
    for (engine, origin), found in versions.items():
        out.print(f"{engine:<9} {', '.join(found):<10} {origin}", markup=False, soft_wrap=True)
    if missing:
        out.print("\nnot here:")
    for other in missing:
        name = f"{other.engine}:{other.version}"
        out.print(f"{name:<14} {'; or '.join(other.ways)}", markup=False, soft_wrap=True)
    out.print("\nA server that runs already is named by its address: lab compare DESIGN -e postgresql://…")


def _wrong_answer(variant: str, operation: OperationRun, spec: str) -> LabError:
    answer = operation.answer
    difference = answer.difference if answer else ""
    if answer and answer.other_engine:
        message = f"{operation.name} answers differently on {spec} than on {answer.other_engine}: {difference}"
        return LabError(message, "mend its text for one of the two")
    message = f"variant {variant} answers {operation.name} differently on {spec}: {difference}"
    return LabError(message, "mend its migration or its rewritten query")


def _fail_for_broken_variants(run: Run) -> None:
    """A variant that fails or answers differently is a mistake to mend, though the rest was measured."""
    for engine in run.engines:
        for variant in engine.variants:
            wrong = [o for o in variant.operations if o.answer and not o.answer.is_same]
            if variant.status == "failed":
                raise LabError(f"variant {variant.name} failed on {engine.server.spec}: {variant.reason}")
            if wrong:
                raise _wrong_answer(variant.name, wrong[0], engine.server.spec)
            if variant.migration and variant.migration.is_restored is False:
                raise LabError(
                    f"variant {variant.name} was not undone on {engine.server.spec}: {variant.migration.difference}",
                    "mend its migrate:down",
                )


if __name__ == "__main__":
    main()
