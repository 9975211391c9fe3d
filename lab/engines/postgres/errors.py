"""The lab's errors for the driver's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import psycopg

from lab.engines.engine import DiskFull, ServerLost, StaleStatement, StatementError, StatementTimeout, UnknownName
from lab.errors import did_you_mean
from lab.model.schema import Position

_UNTYPED = psycopg.errors.AmbiguousParameter, psycopg.errors.IndeterminateDatatype


@contextmanager
def translated(sql: str, position: Position | None = None, names: Any = None) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise_translated(error, sql, position, names)


def raise_translated(
    error: psycopg.Error, sql: str, position: Position | None, names: Any = None, parameters: Sequence[str] = ()
) -> NoReturn:
    """The lab's error for the driver's, with the line in the user's file. `parameters` are the names of $1, $2, …"""
    message = (error.diag.message_primary or str(error)).strip()
    if parameters:
        message = re.sub(r"parameter \$(\d+)", lambda found: f"parameter :{parameters[int(found[1]) - 1]}", message)
    if isinstance(error, psycopg.errors.QueryCanceled):
        raise StatementTimeout(f"a statement was cancelled: {message}") from error
    if isinstance(error, psycopg.errors.DiskFull):
        raise DiskFull(
            f"the disk PostgreSQL writes to is full: {message}", "free some space, or lower --scale"
        ) from error
    if error.sqlstate is None or error.sqlstate.startswith(("57P", "08")):
        raise ServerLost(f"the PostgreSQL server went away: {message}") from error
    where = _locate(error, sql, position)
    hint = error.diag.message_hint or _did_you_mean(error, names) or error.diag.message_detail or ""
    if isinstance(error, _UNTYPED):
        hint = f"cast it to its type, as in `:since::timestamptz`{f' ({hint})' if hint else ''}"
    unknown = isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn)
    is_stale = isinstance(error, psycopg.errors.FeatureNotSupported) and "cached plan" in message
    kind = StaleStatement if is_stale else UnknownName if unknown else StatementError
    raise kind(f"{where}PostgreSQL says: {message}", hint) from error


def _locate(error: psycopg.Error, sql: str, position: Position | None) -> str:
    if position is None:
        return ""
    offset = int(error.diag.statement_position or 1) - 1
    line = position.line + sql[:offset].count("\n")
    return f"{Position(position.file, line)}: "


def _did_you_mean(error: psycopg.Error, names: Any) -> str:
    if names is None or not isinstance(error, psycopg.errors.UndefinedTable):
        return ""
    wanted = re.search(r'relation "([^"]+)"', str(error))
    return did_you_mean(wanted[1], names() if error.sqlstate else (), "") if wanted else ""
