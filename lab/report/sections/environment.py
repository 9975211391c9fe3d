"""What was measured on, with which settings, and how to repeat it."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from lab.model.run import EngineRun, Run
from lab.report import units
from lab.report.blocks import Block, Cell, Code, Column, Details, Table
from lab.report.labels import engine_labels

TITLE = "Environment"


def blocks(run: Run, samples: pa.Table) -> list[Block]:
    found: list[Block] = [_pairs(_run_facts(run), "The run"), Code(run.command, "text", "To repeat it")]
    if run.engines:
        found.append(_servers(run))
    for engine in run.engines:
        if engine.server.settings:
            label = engine_labels(run)[engine.server.spec]
            settings = _pairs(engine.server.settings, f"Settings of {label}")
            found.append(
                Details(
                    f"Settings of {label}", (settings,), note=f"{len(engine.server.settings)} recorded", is_bulky=True
                )
            )
    return found


def _run_facts(run: Run) -> dict[str, str]:
    place, workload = run.environment, run.design.workload
    load = ", ".join(f"{value:.2f}" for value in place.load_average)
    return {
        "run": run.id,
        "started": f"{run.started_at:%Y-%m-%d %H:%M:%S %Z}".strip(),
        "state": "complete" if run.is_complete else "interrupted, or still going",
        "design": f"{run.design.name} ({run.design.source})",
        "workload": f"{len(workload.operations)} operations, {workload.origin or 'of unknown origin'}",
        "scale and seed": f"{run.scale:g}, {run.seed}",
        "commit": place.commit or "none: not in a repository",
        "machine": f"{place.cpu}, {place.cores} cores, {units.size_bytes(place.memory_bytes)} memory",
        "load average": f"{load} (1, 5, 15 min, at the start)",
        "system": place.platform,
        "lab and Python": f"{place.lab_version}, {place.python_version}",
    }


def _pairs(facts: Mapping[str, str], caption: str) -> Table:
    rows = tuple((Cell(name), Cell(value or "–")) for name, value in facts.items())
    return Table((Column(""), Column("")), rows, caption)


def _servers(run: Run) -> Table:
    labels = engine_labels(run)
    titles = ("engine", "version", "asked for", "from", "rounds", "overhead of one execution")
    columns = tuple(Column(title, title in titles[4:]) for title in titles)
    return Table(columns, tuple(_server_row(engine, labels[engine.server.spec]) for engine in run.engines), "Servers")


def _server_row(engine: EngineRun, label: str) -> tuple[Cell, ...]:
    overhead = engine.overhead
    return (
        Cell(label),
        Cell(engine.server.version),
        Cell(engine.server.spec),
        Cell(engine.server.origin),
        Cell(units.count(engine.rounds)),
        Cell(units.seconds(overhead.estimate), units.seconds_interval(overhead)) if overhead else Cell("not measured"),
    )
