"""Options that several verbs have, and what their words mean."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.errors import LabError

if TYPE_CHECKING:
    from lab.pipeline import Options

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
Cache = Annotated[
    str, typer.Option(metavar="E", help="Compare ways to cache the reads of SQL: redis, redis:7, redis://host:6379.")
]
CacheTtl = Annotated[str, typer.Option(metavar="TIME", help="How long a cached answer lives; 5s by default.")]
InFrontOf = Annotated[str, typer.Option(metavar="VARIANT", help="The variant the cache is put in front of.")]
Studies = Annotated[
    list[str],
    typer.Option(
        "--study", metavar="NAME", help="With redis: layouts, eviction …; with mongodb: transactions …; or all."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]


def read_options(
    engines: list[str],
    variants: list[str],
    operations: list[str],
    scale: float,
    budget_seconds: float,
    timeout_seconds: float,
    seed: int,
    folder: Path,
) -> Options:
    from lab.bench import Settings
    from lab.pipeline import Options

    for option, value in (("--time-budget", budget_seconds), ("--timeout", timeout_seconds)):
        check_above_zero(option, value)
    settings = Settings(budget_seconds, timeout_seconds, seed)
    command = shlex.join(["lab", *sys.argv[1:]])
    return Options(tuple(engines), tuple(variants), tuple(operations), scale, folder, settings, command)


def check_above_zero(option: str, seconds: float) -> None:
    if not seconds > 0:
        raise LabError(f"{option} must be above 0, not {seconds:g}", f"write {option} 30")


def read_size(text: str) -> int:
    units = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
    digits = text.rstrip("BKMGIbkmgi ")
    try:
        size = int(float(digits) * units[text[len(digits) :].strip().upper() or "B"])
    except (ValueError, KeyError, OverflowError):
        raise LabError(f"cannot read the size {text!r}", "write it as 200MB or 1.5GiB") from None
    if size < 0:
        raise LabError(f"a size is not below 0, as {text!r} is", "write it as 200MB or 1.5GiB")
    return size


def read_share(option: str, value: float) -> float:
    if not 0 <= value <= 10:
        raise LabError(f"{option} must be a share from 0 to 10, not {value:g}", f"write {option} 0.05 for 5 %")
    return value


def read_write_ratio(text: str) -> float:
    try:
        ratio = float(text.strip().lower().removesuffix("x"))
    except ValueError:
        ratio = math.nan
    hint = "write it as 2x: at most twice the time writes take now"
    if math.isnan(ratio):
        raise LabError(f"cannot read the write budget {text!r}", hint)
    if ratio < 1:
        raise LabError(f"the write budget must be 1x or more, not {text}", hint)
    return ratio


def check_choice(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise LabError(f"{option} is {value!r}", f"write one of: {', '.join(filter(None, known))}")
