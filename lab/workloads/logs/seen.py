"""What a log tells, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lab.model.workload import LeftOut, Value, Workload


@dataclass(frozen=True, slots=True)
class Seen:
    """A statement as a log has it: once, or `calls` times where the log counts for itself."""

    text: str
    calls: int = 1
    values: Mapping[int, Value] = field(default_factory=dict)
    """Of the placeholders in `text`, by number."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """A workload out of a log. `functions` is the text of its mongodb.py, where it came from MongoDB."""

    workload: Workload
    left_out: tuple[LeftOut, ...]
    functions: str = ""
