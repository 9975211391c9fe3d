"""What happened under load, for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lab.model.run import EngineRun, Run
from lab.model.traffic import LoadRun, Percentiles
from lab.model.workload import Target
from lab.report import units
from lab.report.labels import MARKS, engine_labels
from lab.report.terminal import bare_table
from lab.report.under_load import described, doubts_of, limit_words, rate_words


def load_tables(run: Run) -> RenderableType:
    labels = engine_labels(run)
    parts: list[RenderableType] = []
    for engine in run.engines:
        parts += _of_engine(engine, labels[engine.server.spec])
    return Group(*parts)


def _of_engine(engine: EngineRun, label: str) -> Iterator[RenderableType]:
    if engine.loads:
        yield Text(f"\n{label} under load: {described(engine.loads[0])}", "bold")
        yield _loads(engine.loads)
        if engine.loads[0].model == "open":
            yield Text("Response times, from the intended start; service: p99 from when a request was sent.", "dim")
        for load in engine.loads:
            yield from (Text(f"{load.variant}: {doubt}", "yellow") for doubt in doubts_of(load))
    if engine.sweeps:
        yield Text(f"\n{label}: highest rate at which every operation meets its target", "bold")
        yield _sweeps(engine)


def _loads(loads: tuple[LoadRun, ...]) -> Table:
    table = bare_table(2)
    table.add_column("variant", overflow="fold")
    for title in ("answered/s", "targets", "p50", "p95", "p99", "p99.9", "service"):
        table.add_column(title, justify="right", no_wrap=True)
    for load in loads:
        states = [operation.target for operation in load.operations]
        met = _targets(states)
        table.add_row(
            load.variant, units.count(round(load.answered_rate, 1)), met, *_times(load.response, load.service)
        )
    return table


def _targets(states: Sequence[Target]) -> str:
    """How many are met, missed, and not to be told from so few requests: `29 ✓ 1 ✗ 2 ?`."""
    counted = ((states.count(state), MARKS[state]) for state in ("met", "missed", "cannot tell"))
    return " ".join(f"{count} {mark}" for count, mark in counted if count) or units.UNKNOWN


def _times(response: Percentiles | None, service: Percentiles | None) -> list[str]:
    if response is None:
        return [units.UNKNOWN] * 5
    times = (response.p50, response.p95, response.p99, response.p999)
    return [*map(units.seconds, times), units.seconds(service.p99) if service else units.UNKNOWN]


def _sweeps(engine: EngineRun) -> Table:
    table = bare_table(2)
    table.add_column("variant", overflow="fold")
    table.add_column("per second", justify="right", no_wrap=True)
    table.add_column("what gave way")
    for sweep in engine.sweeps:
        unfinished = "" if sweep.is_complete else "; the time was up before the search ended"
        table.add_row(sweep.variant, rate_words(sweep), limit_words(sweep) + unfinished)
    return table
