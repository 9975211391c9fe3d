"""A run as a page, a comment, data or test results.

To add a chapter: write `sections/<name>.py` with `TITLE` and `blocks(run, samples)`, list it in SECTIONS.
To add a format: write a module with `write(run, sections)`, list it in FORMATS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from lab.errors import LabError, did_you_mean
from lab.model.run import Run
from lab.report import as_html, as_json, as_junit, as_markdown
from lab.report.blocks import Block, Section
from lab.report.guides import guides as guides
from lab.report.sections import (
    advice,
    caches,
    capacity,
    caveats,
    costs,
    distributions,
    environment,
    expiry,
    gate,
    growth,
    integrity,
    load,
    migrations,
    nesting,
    operations,
    overhead,
    sharding,
    studies,
    targets,
    tradeoff,
    verdict,
)

SECTIONS: Mapping[str, tuple[str, Callable[[Run, pa.Table], list[Block]]]] = {
    "gate": (gate.TITLE, gate.blocks),
    "verdict": (verdict.TITLE, verdict.blocks),
    "growth": (growth.TITLE, growth.blocks),
    "capacity": (capacity.TITLE, capacity.blocks),
    "advice": (advice.TITLE, advice.blocks),
    "caches": (caches.TITLE, caches.blocks),
    "studies": (studies.TITLE, studies.blocks),
    "targets": (targets.TITLE, targets.blocks),
    "tradeoff": (tradeoff.TITLE, tradeoff.blocks),
    "distributions": (distributions.TITLE, distributions.blocks),
    "load": (load.TITLE, load.blocks),
    "nesting": (nesting.TITLE, nesting.blocks),
    "expiry": (expiry.TITLE, expiry.blocks),
    "sharding": (sharding.TITLE, sharding.blocks),
    "costs": (costs.TITLE, costs.blocks),
    "operations": (operations.TITLE, operations.blocks),
    "migrations": (migrations.TITLE, migrations.blocks),
    "integrity": (integrity.TITLE, integrity.blocks),
    "overhead": (overhead.TITLE, overhead.blocks),
    "environment": (environment.TITLE, environment.blocks),
    "caveats": (caveats.TITLE, caveats.blocks),
}
"""Name -> title and blocks, in the order they are read."""

FORMATS: Mapping[str, Callable[[Run, Sequence[Section]], str]] = {
    "html": as_html.write,
    "md": as_markdown.write,
    "json": as_json.write,
    "junit": as_junit.write,
}


def render(run: Run, samples: pa.Table, format: str = "html") -> str:
    """The run as text in one of FORMATS. `samples` has the columns of `samples.parquet` (lab.model.run).

    Raises LabError for a format there is not.
    """
    if format not in FORMATS:
        raise LabError(f"unknown report format '{format}'", did_you_mean(format, FORMATS, "use --format with one of"))
    return FORMATS[format](run, sections_of(run, samples))


def sections_of(run: Run, samples: pa.Table) -> list[Section]:
    """Every chapter of the report on a run that has something to say."""
    sections = [Section(name, title, tuple(blocks(run, samples))) for name, (title, blocks) in SECTIONS.items()]
    return [section for section in sections if section.blocks]
