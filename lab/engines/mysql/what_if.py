"""What MySQL and MariaDB would do with other indexes, asked of real ones.

Every candidate is built once on a scratch copy; a set is tried by making the others invisible (MySQL manual, 10.3.12
"Invisible Indexes") or ignored (MariaDB manual, "Ignored Indexes"), which changes the dictionary and no row. Both keep
a hidden index up to date, so what a set costs writes cannot be learnt this way.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from lab.engines.engine import Server, StatementError, StatementTimeout, Text
from lab.engines.mysql.changes import change_sql
from lab.engines.mysql.database import MysqlDatabase
from lab.engines.mysql.dialect import Dialect, quote
from lab.engines.mysql.errors import translated
from lab.engines.mysql.own_indexes import drop_and_make_own
from lab.engines.mysql.session import ask
from lab.model.change import AddIndex
from lab.model.what_if import Built, Plan
from lab.model.workload import Value

_DETAILS = ("table_name", "alias", "access_type", "operation", "key", "index_name", "used_key_parts", "using_index")
_SIZE = (
    "SELECT stat_value * @@innodb_page_size FROM mysql.innodb_index_stats WHERE database_name = database() "
    "AND table_name = :table AND index_name = :name AND stat_name = 'size'"
)


def opener(dialect: Dialect, server: Server, database: str) -> MysqlWhatIf | None:
    """A session on a scratch database; None where plans have no cost (MariaDB before 11), or sizes cannot be read."""
    session = MysqlWhatIf(dialect, server, database)
    try:
        session.rows(_SIZE, {"table": "", "name": ""})
        (table, *_) = [name for (name,) in session.rows("SHOW TABLES", {})]
        if session.plan(f"SELECT * FROM {quote(table)}", {}).cost > 0:
            session.hold_own_indexes()
            return session
    except StatementError:
        pass  # of somebody else's server
    session.close()
    return None


class MysqlWhatIf(MysqlDatabase):
    """See `lab.model.what_if.WhatIf`."""

    counts_cpu = False
    hides_from_writes = False

    def __init__(self, dialect: Dialect, server: Server, database: str) -> None:
        super().__init__(dialect, server, database)
        self._tables: dict[str, str] = {}
        self._hidden: frozenset[str] = frozenset()

    def hold_own_indexes(self) -> None:
        """Makes each foreign key's own index again by name: the base has it, and the server gives up what it made
        unasked as soon as a candidate serves as well."""
        keys = (
            "SELECT table_name, constraint_name FROM information_schema.referential_constraints "
            "WHERE constraint_schema = database()"
        )
        for table, key in self.rows(keys, {}):
            with translated(self._dialect.title):
                drop_and_make_own(self._connection, table, key)

    def build(self, change: AddIndex) -> Built:
        """Past `run`, which gives up a foreign key's own index as the server does."""
        started = time.monotonic()
        for text in change_sql(self._dialect, change).up:
            with translated(self._dialect.title, text, self._names):
                ask(self._connection, text.sql)
        seconds = time.monotonic() - started
        self._tables[change.name] = change.index.table
        found = self.rows(_SIZE, {"table": change.index.table, "name": change.name})
        return Built(int(found[0][0]) if found else 0, seconds)

    def settle(self) -> None:
        for table in sorted(set(self._tables.values())):
            self.rows(f"ANALYZE TABLE {quote(table)}", {})

    def show_only(self, names: Set[str]) -> None:
        wanted = frozenset(self._tables.keys() - names)
        words = dict.fromkeys(wanted - self._hidden, self._dialect.hidden)
        words |= dict.fromkeys(self._hidden - wanted, self._dialect.shown)
        for table in sorted({self._tables[name] for name in words}):
            own = sorted(name for name in words if self._tables[name] == table)
            changes = ", ".join(f"ALTER INDEX {quote(name)} {words[name]}" for name in own)
            with translated(self._dialect.title, Text(changes)):
                ask(self._connection, f"ALTER TABLE {quote(table)} {changes}")
        self._hidden = wanted

    def plan(self, sql: str, parameters: Mapping[str, Value]) -> Plan:
        tree = json.loads(self.rows(f"EXPLAIN FORMAT=JSON {sql}", parameters)[0][0])
        steps = list(_steps(tree))
        used = {str(step.get(key)) for step in steps for key in ("key", "index_name")}
        shape = json.dumps([{key: step[key] for key in _DETAILS if key in step} for step in steps])
        return Plan(shape, frozenset(used & self._tables.keys()), _cost(tree))

    def seconds(self, sql: str, parameters: Mapping[str, Value], timeout_seconds: float) -> float | None:
        self.set_timeout(timeout_seconds)
        started = time.perf_counter()
        try:
            self.rows(sql, parameters)
            return time.perf_counter() - started
        except StatementTimeout:
            return None
        finally:
            self.set_timeout(None)

    def write_seconds(self, statements: Sequence[tuple[str, Mapping[str, Value]]]) -> float:
        started = time.perf_counter()
        with self._transaction("ROLLBACK"):
            for sql, parameters in statements:
                self.rows(sql, parameters)
        return time.perf_counter() - started

    def tidy(self) -> None:
        """What is taken back is purged by the server itself."""


def _steps(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Every node of a plan, from the top."""
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _steps(child)


def _cost(tree: Any) -> float:
    """Of the whole: a step's cost holds that of those below, but not of its subqueries."""
    if isinstance(tree, list):
        return sum(map(_cost, tree))
    if not isinstance(tree, dict):
        return 0.0
    own = tree.get("estimated_total_cost", tree.get("cost", tree.get("cost_info", {}).get("query_cost")))
    within = {key: child for key, child in tree.items() if own is None or "subquer" in key or "inputs_from" in key}
    return float(own or 0.0) + sum(map(_cost, within.values()))
