"""Scripts in PostgreSQL's dialect, statement by statement, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlglot
from sqlglot.errors import ParseError, SqlglotError

from lab.model.schema import Position


def statements(script: str) -> Iterator[tuple[str, int]]:
    """Each statement and how many lines lie above it."""
    start: int | None = None
    for token in sqlglot.tokenize(script, read="postgres"):
        if token.text == ";":
            if start is not None:
                yield script[start : token.start], script[:start].count("\n")
            start = None
        elif start is None:
            start = token.start
    if start is not None:
        yield script[start:], script[:start].count("\n")


def below(position: Position | None, lines: int) -> Position | None:
    return Position(position.file, position.line + lines) if position else None


def first_line(error: Exception) -> str:
    """Of an error of sqlglot's, which marks the place with terminal codes."""
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()[0]


def error_line(error: SqlglotError) -> int:
    """How many lines lie above the place an error is about."""
    details = error.errors if isinstance(error, ParseError) else []
    return (details[0].get("line") or 1) - 1 if details else 0
