"""What PostgreSQL's planner would choose among indexes that were never built.

A copy of the base loses its rows and keeps its statistics. An index costs nothing to make there; then the files of
tables and indexes are extended to the size they have, or would have, as holes that take no room on disk. The planner
asks a file for its length and the catalog for everything else, so its plans and costs are those of the full database.
(HypoPG asks the planner the same by an extension, which has to be there.) It takes a superuser and the server's files.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.engines.engine import Server, StatementError, quote
from lab.engines.postgres.files import extend
from lab.engines.postgres.scripts import change_sql
from lab.engines.postgres.what_if import PostgresWhatIf
from lab.model.change import AddIndex
from lab.model.schema import Index

_SMALL_PAGES = 4
"""A table that is read whole in no time."""
_SAMPLED_ROWS = 100_000
"""Rows looked at for how many of them a condition keeps."""
_ENTRY_BYTES = 12
"""An index entry's header and its line pointer (PostgreSQL manual, 73.6 "Database Page Layout")."""
_POSTING_BYTES = 6
"""One more row of the same key, where keys that repeat are kept once (manual, 67.4.3 "Deduplication")."""
_FILL = 0.9
_RELATIONS = (
    "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpages, c.reltuples, c.relallvisible, "
    "pg_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind IN ('r', 'i') AND c.relpersistence = 'p' AND c.oid >= 16384 AND n.nspname NOT LIKE 'pg\\_%'"
)


@dataclass(frozen=True, slots=True)
class _Size:
    pages: int
    rows: float
    all_visible: int


def imagined(server: Server, database: str) -> PostgresImagined | None:
    """A session on a scratch database, which loses its rows; None when its files are out of reach."""
    session = PostgresImagined(server, database)
    if session.is_possible():
        return session
    session.close()
    return None


class PostgresImagined(PostgresWhatIf):
    """See `lab.model.what_if.Imagined`."""

    def is_possible(self) -> bool:
        if self.rows("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", {}) != [(True,)]:
            return False
        return os.access(self._folder() / "base", os.W_OK)

    def imagine(self, changes: Sequence[AddIndex]) -> dict[str, int]:
        """Bytes of each index as estimated, of those the database does not refuse; 0 on a table so small that none
        helps. Only B-trees: of others nothing is known beforehand. Empties the database's tables."""
        trees = [change for change in changes if change.index.method == "btree"]
        kept = self._kept_rows(trees)
        entries = {change.name: self._entry_bytes(change.index, kept[change.name]) for change in trees}
        sizes: dict[int, _Size] = {}
        small = set()
        block = int(self.rows("SHOW block_size", {})[0][0])
        for oid, _, name, _, _, rows, visible, size in self.rows(_RELATIONS, {}):
            sizes[oid] = _Size(-(-size // block), rows, visible)
            small |= {name} if size <= _SMALL_PAGES * block else set()
        self._empty()
        found = {change.name: 0 for change in trees if change.index.table in small}
        for change in trees:
            if change.name in found:
                continue
            try:
                self.run(change_sql(change).up)
            except StatementError:
                continue
            self._built.add(change.name)
            size = 1 + math.ceil(entries[change.name] / (block * _FILL))
            ((oid,),) = self.rows("SELECT CAST(CAST(:name AS regclass) AS oid)", {"name": quote(change.name)})
            sizes[oid] = _Size(size, kept[change.name], 0)
            found[change.name] = size * block
        self._extend(sizes, block)
        return found

    def _folder(self) -> Path:
        return Path(self.rows("SHOW data_directory", {})[0][0])

    def _kept_rows(self, changes: Sequence[AddIndex]) -> dict[str, float]:
        """Rows of each index: the table's, or as many as its condition keeps of a sample."""
        shares: dict[tuple[str, str], float] = {}
        found = {}
        for change in changes:
            table, where = change.index.table, change.index.where
            ((rows,),) = self.rows(
                "SELECT reltuples FROM pg_class WHERE oid = CAST(:t AS regclass)", {"t": quote(table)}
            )
            if where and (table, where) not in shares:
                shares[table, where] = self._share(table, where, max(rows, 1))
            found[change.name] = max(rows, 0) * (shares[table, where] if where else 1.0)
        return found

    def _share(self, table: str, where: str, rows: float) -> float:
        percent = min(100.0, 100 * _SAMPLED_ROWS / rows)
        sample = f"{quote(table)} TABLESAMPLE SYSTEM ({percent:g}) REPEATABLE (1)"
        try:
            return float(self.rows(f"SELECT avg(CASE WHEN {where} THEN 1.0 ELSE 0.0 END) FROM {sample}", {})[0][0] or 0)
        except StatementError:
            return 1.0  # the index will be refused, too

    def _entry_bytes(self, index: Index, rows: float) -> float:
        """Of all entries. Keys that repeat share one entry, unless the index has a payload."""
        stats = {
            name: (width, rows * -distinct if distinct < 0 else distinct)
            for name, width, distinct in self.rows(
                "SELECT a.attname, s.stawidth, s.stadistinct FROM pg_statistic s JOIN pg_attribute a "
                "ON a.attrelid = s.starelid AND a.attnum = s.staattnum WHERE s.starelid = CAST(:t AS regclass)",
                {"t": quote(index.table)},
            )
        }
        keys = [stats.get(part.value, (16, rows)) for part in index.parts]
        payload = [stats.get(name, (16, rows)) for name in index.include]
        width = _ENTRY_BYTES + _aligned(sum(width for width, _ in (*keys, *payload)))
        distinct = min(rows, float(math.prod(max(distinct, 1) for _, distinct in keys)))
        if index.include or index.is_unique or distinct > rows / 2:
            return rows * width
        return distinct * width + rows * _POSTING_BYTES

    def _empty(self) -> None:
        tables = [(schema, name) for _, schema, name, kind, *_ in self.rows(_RELATIONS, {}) if kind == "r"]
        self._connection.execute(b"SET session_replication_role = replica")  # no trigger notices
        if tables:
            listed = ", ".join(f"{quote(schema)}.{quote(name)}" for schema, name in tables)
            self._connection.execute(f"TRUNCATE {listed}".encode())

    def _extend(self, sizes: Mapping[int, _Size], block: int) -> None:
        folder = self._folder()
        statement = b"UPDATE pg_class SET relpages = $1, reltuples = $2, relallvisible = $3 WHERE oid = $4"
        for oid, size in sizes.items():
            ((path,),) = self._connection.execute(b"SELECT pg_relation_filepath($1::oid)", [oid]).fetchall()
            extend(folder / path, size.pages * block)
            self._connection.execute(statement, [size.pages, size.rows, size.all_visible, oid])


def _aligned(width: float) -> int:
    return -(-math.ceil(width) // 8) * 8
