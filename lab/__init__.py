"""Database schema performance lab: build each design, measure it, say which to adopt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.frames import RunFrames

__all__ = ["read_run"]


def read_run(path: str | Path) -> RunFrames:
    """A run as tidy DataFrames, from its folder or its `run.json`. Raises LabError for what holds no run.

    See docs/analysis.md.
    """
    # Where it is used: pandas takes longer to import than `lab audit` to run.
    from lab.frames import read_run

    return read_run(Path(path))
