"""What the server itself says a statement took, from the end of its arrival to the end of its answer.

MySQL keeps the last statements of each session, timed in picoseconds (MySQL manual, "The
events_statements_history Table"). MariaDB leaves the performance schema off, and a user may be barred from it: then
the session is profiled for the one statement ("SHOW PROFILE").
"""

from __future__ import annotations

from collections.abc import Callable

from lab.engines.mysql.driver import Connection, err
from lab.engines.mysql.session import ask

_PICOSECONDS = 1e12
_LAST = """
    SELECT h.TIMER_WAIT FROM performance_schema.events_statements_history h
    JOIN performance_schema.threads t ON t.THREAD_ID = h.THREAD_ID
    WHERE t.PROCESSLIST_ID = CONNECTION_ID() AND h.EVENT_NAME = 'statement/com/Execute'
    ORDER BY h.EVENT_ID DESC LIMIT 1
"""


def is_history_kept(connection: Connection) -> bool:
    """Whether this session can read its own past statements' times."""
    if not ask(connection, "SELECT @@performance_schema")[0][0]:
        return False
    try:
        kept = """SELECT count(*) FROM performance_schema.setup_consumers
                  WHERE NAME = 'events_statements_history' AND ENABLED = 'YES'"""
        if not ask(connection, kept)[0][0]:
            return False
        ask(connection, _LAST)
    except err.Error:
        return False
    return True


def time_by_history(connection: Connection, execute: Callable[[], object]) -> float | None:
    """Seconds of the prepared statement that `execute` executes."""
    execute()
    found = ask(connection, _LAST)
    return float(found[0][0]) / _PICOSECONDS if found and found[0][0] is not None else None


def time_by_profile(connection: Connection, execute: Callable[[], object]) -> float | None:
    """The same, to the microsecond."""
    ask(connection, "SET SESSION profiling_history_size = 1")
    ask(connection, "SET SESSION profiling = 1")
    try:
        execute()
    finally:
        ask(connection, "SET SESSION profiling = 0")
    found = ask(connection, "SELECT sum(DURATION) FROM information_schema.PROFILING")
    return float(found[0][0]) if found and found[0][0] is not None else None
