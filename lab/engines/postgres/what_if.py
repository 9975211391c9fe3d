"""What PostgreSQL would do with other indexes, asked of real ones.

Every candidate is built once on a scratch copy; a set is tried by hiding the others. The planner passes over an index
whose `pg_index.indisvalid` is false, and an INSERT does not keep one up whose `indisready` is false (PostgreSQL manual,
52.26 "pg_index"). So a set costs two rows of a catalog, not a build, and its plans, sizes and times are real. It takes
a superuser, and a copy nobody else needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import psycopg

from lab.engines.engine import Server, StatementTimeout, Text, quote
from lab.engines.postgres.database import PostgresDatabase
from lab.engines.postgres.scripts import change_sql
from lab.model.change import AddIndex
from lab.model.what_if import Built, Plan
from lab.model.workload import Value

_LEAST_PROBE_SECONDS = 0.005
_MOST_STRETCH = 3.0
"""On a busy machine a statement gets so many times the wall clock's time."""
_PLAN_DETAILS = ("Node Type", "Relation Name", "Index Name", "Join Type", "Strategy", "Index Cond", "Scan Direction")


def what_if(server: Server, database: str) -> PostgresWhatIf | None:
    """A session on a scratch database; None when the user may not hide indexes."""
    session = PostgresWhatIf(server, database)
    if session.rows("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", {}) == [(True,)]:
        return session
    session.close()
    return None


class PostgresWhatIf(PostgresDatabase):
    """See `lab.model.what_if.WhatIf`."""

    hides_from_writes = True

    def __init__(self, server: Server, database: str) -> None:
        super().__init__(server, database)
        self._connection.execute(b"SET synchronous_commit = off")  # a scratch copy need not outlive a crash
        self._clock = _backend_clock(self._connection)
        self._built: set[str] = set()
        self._hidden: set[str] = set()
        self._unknown: set[str] = set()
        self._stretch = 1.0
        self.counts_cpu = self._clock is not None

    def build(self, change: AddIndex) -> Built:
        started = time.monotonic()
        self.run(change_sql(change).up)
        seconds = time.monotonic() - started
        self._built.add(change.name)
        if any(part.is_expression for part in change.index.parts):
            self._unknown.add(change.index.table)
        ((size,),) = self.rows("SELECT pg_relation_size(CAST(:name AS regclass))", {"name": quote(change.name)})
        return Built(int(size), seconds)

    def settle(self) -> None:
        """Of columns the copy knows what the base knew; of expressions, nothing yet."""
        for table in sorted(self._unknown):
            self.run([Text(f"ANALYZE {quote(table)}")])
        self._unknown.clear()

    def show_only(self, names: Set[str]) -> None:
        wanted = self._built - names
        self._mark(wanted - self._hidden, is_shown=False)
        self._mark(self._hidden - wanted, is_shown=True)
        self._hidden = wanted

    def _mark(self, names: Iterable[str], is_shown: bool) -> None:
        listed = sorted(names)
        if not listed:
            return
        statement = (
            b"UPDATE pg_index SET indisvalid = $1, indisready = $1 WHERE indexrelid IN "
            b"(SELECT oid FROM pg_class WHERE relkind = 'i' AND relname = ANY($2))"
        )
        self._connection.execute(statement, [is_shown, listed])

    def plan(self, sql: str, parameters: Mapping[str, Value]) -> Plan:
        root = self.explain_with("FORMAT JSON", sql, parameters, is_undone=False)[0][0][0]["Plan"]
        used = frozenset(node["Index Name"] for node in _nodes(root) if "Index Name" in node)
        return Plan(_shape(root), used & self._built, float(root["Total Cost"]))

    def seconds(self, sql: str, parameters: Mapping[str, Value], timeout_seconds: float) -> float | None:
        self.set_timeout(timeout_seconds * self._stretch)
        started = time.monotonic()
        try:
            seconds = self._timed(lambda: self.rows(sql, parameters))
            if seconds > _LEAST_PROBE_SECONDS:
                self._stretch = min(max(1.0, (time.monotonic() - started) / seconds), _MOST_STRETCH)
            return seconds
        except StatementTimeout:
            return None
        finally:
            self.set_timeout(None)

    def write_seconds(self, statements: Sequence[tuple[str, Mapping[str, Value]]]) -> float:
        prepared = [(self.prepare(sql), parameters) for sql, parameters in statements]
        with self._connection.transaction(force_rollback=True):
            return self._timed(lambda: [p.count(p.execute(p.bind(values))) for p, values in prepared])

    def tidy(self) -> None:
        """VACUUM, which cuts the tables back to their size: what is shown is cleaned of the dead rows, too, and what is
        hidden never heard of them."""
        tables = "SELECT CAST(CAST(oid AS regclass) AS text) FROM pg_class WHERE relkind = 'r' AND oid >= 16384"
        for (table,) in self.rows(tables, {}):
            self._connection.execute(f"VACUUM (INDEX_CLEANUP ON) {table}".encode())
        # To VACUUM a table all of whose indexes are hidden has none, and it says so to the planner.
        self._connection.execute(
            b"UPDATE pg_class SET relhasindex = true WHERE NOT relhasindex AND oid IN (SELECT indrelid FROM pg_index)"
        )

    def _timed(self, work: Callable[[], object]) -> float:
        clock = self._clock or time.perf_counter
        started = clock()
        work()
        return clock() - started


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _shape(node: Mapping[str, Any]) -> str:
    """The plan without its estimates: two executions of one shape do the same work."""
    own = ",".join(str(node[key]) for key in _PLAN_DETAILS if key in node)
    return f"({own}{''.join(_shape(child) for child in node.get('Plans', ()))})"


def _backend_clock(connection: psycopg.Connection[Any]) -> Callable[[], float] | None:
    """The CPU seconds the session's own server process has used, where it runs here and Linux counts them
    (/proc/PID/schedstat): free of what the machine's other work takes. None elsewhere."""
    source = Path(f"/proc/{connection.info.backend_pid}/schedstat")

    def clock() -> float:
        return int(source.read_bytes().split()[0]) / 1e9

    try:
        before = clock()
        connection.execute(b"SELECT count(*) FROM generate_series(1, 100000)").fetchall()
        return clock if clock() - before > _LEAST_PROBE_SECONDS else None
    except (OSError, ValueError, IndexError):
        return None
