"""The statistics a running PostgreSQL keeps of its data, taken without reading a row of it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import psycopg

from lab.errors import LabError
from lab.model.schema import Schema, Table
from lab.model.statistics import ColumnStatistics, Statistics, TableStatistics

_ROWS = """
SELECT n.nspname, c.relname,
       CASE WHEN c.relkind = 'p'
            THEN (SELECT sum(greatest(p.reltuples, 0)) FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid
                  WHERE i.inhparent = c.oid)
            ELSE c.reltuples END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
_COLUMNS = """
SELECT schemaname, tablename, attname, null_frac, n_distinct, most_common_vals::text::text[], most_common_freqs,
       histogram_bounds::text::text[], correlation, avg_width
FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
ORDER BY schemaname, tablename, attname, inherited DESC
"""

_Key = tuple[str, str]


def read_statistics(address: str, schema: Schema) -> Statistics:
    """Of the schema's tables. Raises LabError where the server does not answer, or has gathered none."""
    try:
        with psycopg.connect(address, connect_timeout=10, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = on")
            rows = {(space, name): count for space, name, count in connection.execute(_ROWS.encode()).fetchall()}
            columns = _columns(connection)
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()[-1]
        raise LabError(
            f"no statistics from PostgreSQL: {said}",
            "check host, port, user and password: --statistics postgresql://user:password@host:5432/shop",
        ) from error
    except psycopg.ProgrammingError as error:
        raise LabError(f"{address.partition('?')[0]!r} is no address of a PostgreSQL: {error}",
                       "write --statistics postgresql://user:password@host:5432/shop") from error  # fmt: skip
    found = {}
    for table in schema.tables:
        key = _located(table, rows)
        if key is not None and (rows[key] or 0) >= 0:
            found[table.name] = TableStatistics(round(rows[key] or 0), columns.get(key, {}))
    if not any(table.columns for table in found.values()):
        raise LabError(
            "that database has no statistics of any of the schema's tables",
            "run ANALYZE there, as a user who may read the tables; and check that it is the right database",
        )
    return found


def _located(table: Table, rows: dict[_Key, float]) -> _Key | None:
    """In the table's own namespace, else the only one that has a table of that name."""
    if (key := (table.namespace or "public", table.relation)) in rows:
        return key
    others = [key for key in rows if key[1] == table.relation]
    return others[0] if len(others) == 1 else None


def _columns(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[_Key, dict[str, ColumnStatistics]]:
    found: dict[_Key, dict[str, ColumnStatistics]] = defaultdict(dict)
    cursor = connection.execute(_COLUMNS.encode())
    for space, table, column, nulls, distinct, values, shares, bounds, correlation, width in cursor.fetchall():
        common = dict(zip(values or (), map(float, shares or ()), strict=True))
        found[space, table].setdefault(
            column,
            ColumnStatistics(
                float(nulls),
                float(distinct),
                common,
                tuple(bounds or ()),
                None if correlation is None else float(correlation),
                int(width),
            ),
        )
    return found
