"""lab compare, lab advise, lab scale: verbs that measure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.app import app, out
from lab.cli.options import (
    Cache,
    CacheTtl,
    Clients,
    DesignPath,
    Duration,
    Engines,
    InFrontOf,
    Json,
    Operations,
    Rate,
    RateSweep,
    Scale,
    Scheduler,
    Seconds,
    Seed,
    Studies,
    Think,
    Timeout,
    check_above_zero,
    read_options,
    read_size,
    read_write_ratio,
)
from lab.cli.printing import observing, print_json
from lab.errors import LabError

if TYPE_CHECKING:
    from lab.model.run import OperationRun, Run


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
    cache: Cache = "",
    cache_ttl: CacheTtl = "",
    in_front_of: InFrontOf = "",
    study: Studies = [],  # noqa: B006
    advise_too: Annotated[
        bool, typer.Option("--advise", help="Advise on each engine's base as well, in ten times --time-budget.")
    ] = False,
    out_folder: Annotated[Path, typer.Option("--out", help="Where the run's folder is made.")] = Path("results"),
    as_json: Json = False,
) -> None:
    """Measure a design's variants side by side and say which to adopt; under load too, if asked."""
    from lab import advising, pipeline
    from lab.advise import Budget
    from lab.load_options import read_caching, read_study_seconds, read_traffic, refuse_load
    from lab.report.terminal_advice import advice_table

    options = read_options(engine, variant, operation, scale, time_budget, timeout, seed, out_folder)
    options = replace(options, scheduler=scheduler)
    caching = read_caching(cache, cache_ttl, in_front_of, rate, duration)
    if study:
        options = replace(options, studies=tuple(study), study_seconds=read_study_seconds(duration))
    elif caching is None:
        traffic = read_traffic(clients, rate, think, duration, rate_sweep, time_budget)
        options = replace(options, settings=replace(options.settings, traffic=traffic))
    if caching is not None:
        options = replace(options, cache=cache, caching=caching)
    if study or caching:
        refuse_load("--study" if study else "--cache", clients, think, rate_sweep)
    with observing() as observer:
        budget = Budget(seconds=_ADVICE_TIMES * time_budget)
        afterwards = advising.beside_variants(options, budget, observer) if advise_too else None
        recorder = pipeline.compare(design, options, observer, afterwards)
    _print_run(recorder.run, recorder.folder, as_json)
    for advised in () if as_json else recorder.run.advice:
        out.print(f"\nAdvice for the base on {advised.server.spec}:", style="bold")
        out.print(advice_table(advised))
    _fail_for_broken_variants(recorder.run)


_ADVICE_TIMES = 10
"""All that is tried for advice takes so many times the timed rounds of one measurement."""
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
    cache: Annotated[
        str, typer.Option(metavar="E", help="Measure whether to keep reads in a cache, too: redis, redis://host:6379.")
    ] = "",
    cache_ttl: CacheTtl = "",
    most_stale: Annotated[
        str,
        typer.Option(
            metavar="SHARE", help="With --cache: share of a read's answers that may be stale; 5% if left out."
        ),
    ] = "",
    rate: Annotated[
        float | None, typer.Option(metavar="PER_SECOND", help="With --cache: requests a second of the whole mix.")
    ] = None,
    out_folder: Annotated[Path, typer.Option("--out", help="Where the run's folder is made.")] = Path("results"),
    as_json: Json = False,
) -> None:
    """Propose changes, build and measure each, and keep what helps."""
    from lab import advising
    from lab.advise import Budget
    from lab.load_options import read_caching, read_most_stale
    from lab.report.terminal_advice import advice_table
    from lab.report.terminal_caches import cache_advice

    check_above_zero("--time-budget", time_budget)
    options = read_options(
        [engine], [], operation, scale, min(time_budget / _ADVICE_TIMES, 30.0), timeout, seed, out_folder
    )
    options = replace(options, scheduler=scheduler)
    caching = read_caching(cache, cache_ttl, "", rate, "")
    if caching is not None:
        options = replace(options, cache=cache, caching=caching)
    stale = read_most_stale(cache, most_stale, rate)
    budget = Budget(
        read_size(storage_budget) if storage_budget else None,
        read_write_ratio(write_budget) if write_budget else None,
        seconds=time_budget,
    )
    with observing() as observer:
        recorder, trials = advising.advise(design, options, budget, observer, stale)
    advised = recorder.run.engines[-1]
    if as_json:
        print_json({"trials": trials, "cache": advised.cache_advice} if cache else trials)
        return
    out.print(advice_table(advised))
    out.print(cache_advice(advised))
    left = [name for name in _LEFT_BEHIND if (recorder.folder / name).exists()]
    out.print(f"In {recorder.folder}:\n  {', '.join(left)}", soft_wrap=True)


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
    from lab import scaling
    from lab.report.terminal_growth import growth_tables

    options = read_options([engine], variant, operation, scale, time_budget, timeout, seed, out_folder)
    reach = scaling.Reach(scaling.read_sizes(sizes), to, within, read_size(disk_budget) if disk_budget else None, rate)
    with observing() as observer:
        recorder = scaling.scale(design, options, reach, observer)
    if as_json:
        print_json(recorder.run.growth)
        return
    out.print(growth_tables(recorder.run))
    out.print(f"report: {recorder.folder / 'report.html'}", soft_wrap=True)


def _print_run(run: Run, folder: Path, as_json: bool) -> None:
    from lab import report, results
    from lab.report.terminal import summary_table
    from lab.report.terminal_caches import cache_tables
    from lab.report.terminal_load import load_tables

    if as_json:
        typer.echo(report.render(*results.load(folder), "json"))
        return
    out.print(summary_table(run))
    if any(engine.loads or engine.sweeps for engine in run.engines):
        out.print(load_tables(run))
    if any(engine.cache or engine.studies for engine in run.engines):
        out.print(cache_tables(run))
    out.print(f"report: {folder / 'report.html'}", soft_wrap=True)


def _wrong_answer(variant: str, operation: OperationRun, spec: str) -> LabError:
    answer = operation.answer
    difference = answer.difference if answer else ""
    if answer and answer.other_engine:
        message = f"{operation.name} answers differently on {spec} than on {answer.other_engine}: {difference}"
        return LabError(message, "mend its text for one of the two")
    message = f"variant {variant} answers {operation.name} differently on {spec}: {difference}"
    if answer and answer.tied_by:
        return LabError(message, f"both keep to its ORDER BY {answer.tied_by}, in which rows tie: end it with a key")
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
