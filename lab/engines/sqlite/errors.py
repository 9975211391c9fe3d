"""The lab's errors for SQLite's."""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from lab.engines.engine import DiskFull, StatementError, StatementTimeout, UnknownName
from lab.errors import did_you_mean
from lab.model.schema import Position

_MORE_SPACE = "free some space, or lower --scale"


@contextmanager
def translated(
    sql: str, position: Position | None = None, names: Callable[[], list[str]] | None = None
) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DiskFull("the disk SQLite writes to is full", _MORE_SPACE) from error
    except sqlite3.Error as error:
        _raise(error, sql, position, names)


def _raise(
    error: sqlite3.Error, sql: str, position: Position | None = None, names: Callable[[], list[str]] | None = None
) -> NoReturn:
    message = str(error)
    if message == "interrupted":
        raise StatementTimeout("a statement ran longer than allowed and was interrupted") from error
    if "disk is full" in message:
        raise DiskFull("the disk SQLite writes to is full", _MORE_SPACE) from error
    unknown = re.search(r"no such (?:table|column|index): (?:\w+\.)*(\w+)|has no column named (\w+)", message)
    word = (unknown[1] or unknown[2]) if unknown else ""
    hint = did_you_mean(word, names(), "") if names and word else ""
    where = f"{_locate(sql, word, position)}: " if position else ""
    kind = UnknownName if unknown else StatementError
    raise kind(f"{where}SQLite says: {message}", hint) from error


def _locate(sql: str, word: str, position: Position) -> Position:
    """The line of the offending word, since SQLite gives none."""
    match = re.search(rf"\b{re.escape(word)}\b", sql) if word else None
    return Position(position.file, position.line + sql[: match.start() if match else 0].count("\n"))
