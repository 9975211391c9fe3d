"""What the audit says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from lab.model.schema import Position

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's verdict on one place: what is wrong, why that matters, and SQL or words that mend it."""

    rule: str
    severity: Severity
    subject: str
    """What it is about: `orders`, `orders.user_id`."""
    message: str
    why: str
    fix: str = ""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule's manual page. `title` says in a sentence what is right, `text` the problem, why, and the remedy."""

    name: str
    severity: Severity
    """The gravest it finds."""
    title: str
    text: str
    engines: tuple[str, ...] = ()
    """Those it speaks of alone; empty for all."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
