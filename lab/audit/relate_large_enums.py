"""An enum is short and does not change.

Problem: an enum of more than 20 values.

Why: a list that long changes, and a value cannot be taken out of an enum again; it can have neither a label nor an
order nor a flag "no longer offered" (PostgreSQL manual, 8.7 "Enumerated Types").

Remedy: a table to refer to.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema, most_values: int = 20) -> Iterator[Finding]:
    for enum in schema.enums:
        if len(enum.values) > most_values:
            yield Finding(
                RULE,
                SEVERITY,
                enum.name,
                f"enum {enum.name} has {len(enum.values)} values",
                "a list that long changes, and a value cannot be taken out of an enum again",
                "a table with a row for each value, and a foreign key to it",
                enum.position,
            )
