"""What the clock or chance makes in the writes: no two databases hold the same, and no variant is to blame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from lab.bench.answers import Row, spells_moment
from lab.model.schema import Schema, Table
from lab.model.workload import Operation, Workload

_SKEW = timedelta(minutes=5)
"""How far a server's clock may be from this one's."""
_CHANCE = re.compile(r"(?i)uuid|ulid|random")
_IDENTIFIER = re.compile(r"[0-9A-Za-z_-]{16,}")
CLOCK = "<the clock's>"
ANY = "<by chance>"


@dataclass(frozen=True, slots=True)
class MadeAnew:
    """What to leave out of a comparison after the writes, which began at `since`."""

    since: datetime
    by_chance: bool
    """Whether a write leaves a column to chance: only then may identifiers differ."""

    def leave_out(self, ours: Sequence[Row], theirs: Sequence[Row]) -> tuple[list[Row], list[Row], int]:
        """Both sides with a mark in place of what was made anew, and how many of our values that was: moments
        since the writes began; and identifiers that only one of the sides has."""
        until = datetime.now(UTC) + _SKEW
        known = set(_identifiers(ours)) & set(_identifiers(theirs))

        def marked(value: Any) -> Any:
            if _is_between(value, self.since - _SKEW, until):
                return CLOCK
            return ANY if self.by_chance and _is_identifier(value) and str(value) not in known else value

        mine, others = ([tuple(map(marked, row)) for row in side] for side in (ours, theirs))
        return mine, others, sum(value in (CLOCK, ANY) for row in mine for value in row)


def left_to_chance(schema: Schema, workload: Workload) -> bool:
    """Whether a write makes rows without saying what a column with a random default holds."""
    writes = [operation for operation in workload.operations if operation.is_write]
    return any(_leaves_to_chance(table, operation) for table in schema.tables for operation in writes)


def _leaves_to_chance(table: Table, operation: Operation) -> bool:
    random = [column for column in table.columns if column.default and _CHANCE.search(column.default)]
    into = re.compile(rf'(?i)\binto\s+[\w."`]*(?<!\w){re.escape(table.relation)}(?!\w)')
    return any(
        not re.search(rf"(?<!\w){re.escape(column.name)}(?!\w)", text)
        for text in operation.sql.values()
        if into.search(text)
        for column in random
    )


def _identifiers(rows: Sequence[Row]) -> list[str]:
    return [str(value) for row in rows for value in row if _is_identifier(value)]


def _is_identifier(value: Any) -> bool:
    return isinstance(value, UUID) or (isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None)


def _is_between(value: Any, low: datetime, high: datetime) -> bool:
    """Of a moment, its text, or the seconds or milliseconds since 1970."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return any(low.timestamp() <= float(value) / unit <= high.timestamp() for unit in (1, 1000))
    moment = datetime.fromisoformat(value) if spells_moment(value) else value
    if not isinstance(moment, datetime):
        return False
    return low <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) <= high
