"""What the audit says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.model.schema import Position

Severity = Literal["error", "warning", "note"]


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
