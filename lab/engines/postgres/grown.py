"""A PostgreSQL database that plans as if it held many times the rows it holds.

From version 18 on, statistics can be written (`pg_restore_relation_stats`, `pg_restore_attribute_stats`: manual,
9.28.9 "Statistics Manipulation Functions"). How large a table is the planner does not take from them but from its
file, so files are made longer by holes that take no room on the disk. The database is of no other use afterwards, so
this is done only to a throwaway copy, on a server whose files the lab may write.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from lab.engines.engine import Server
from lab.engines.postgres.database import PostgresDatabase
from lab.engines.postgres.files import extend
from lab.errors import LabError
from lab.model.planner import ColumnKey, PlannerFacts, RelationFacts
from lab.model.workload import Value

FIRST_VERSION = 18
_BLOCK = 8192

_RELATIONS = """
SELECT n.nspname, c.relname, c.relkind::text, c.reltuples::float8, c.relpages, c.relallvisible,
       pg_relation_filepath(c.oid), coalesce(t.relname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_class t ON t.oid = i.indrelid
WHERE c.relkind IN ('r', 'm', 'i', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""
_COLUMNS = """
SELECT schemaname, tablename, attname, inherited, null_frac, avg_width, n_distinct,
       most_common_vals::text, most_common_freqs, histogram_bounds::text, correlation,
       most_common_elems::text, most_common_elem_freqs, elem_count_histogram
FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
"""
_COLUMN_FIELDS = {
    "null_frac": "real",
    "avg_width": "integer",
    "n_distinct": "real",
    "most_common_vals": "text",
    "most_common_freqs": "real[]",
    "histogram_bounds": "text",
    "correlation": "real",
    "most_common_elems": "text",
    "most_common_elem_freqs": "real[]",
    "elem_count_histogram": "real[]",
}
"""The columns of pg_stats that can be written, with their types."""
_MOST_PAGES = 2**31 - 1


def read_facts(database: PostgresDatabase) -> PlannerFacts:
    """As ANALYZE left them."""
    relations = tuple(RelationFacts(*row) for row in database.rows(_RELATIONS, {}))
    columns = {
        (row[0], row[1], row[2], row[3]): dict(zip(_COLUMN_FIELDS, row[4:], strict=True))
        for row in database.rows(_COLUMNS, {})
    }
    return PlannerFacts(relations, columns)


def imagine(database: PostgresDatabase, facts: PlannerFacts) -> None:
    """Lets the planner of a throwaway database believe `facts`, whose relations are known by their names; its files
    grow and are never made shorter. Raises LabError where they cannot be enlarged."""
    folder = Path(database.rows("SHOW data_directory", {})[0][0])
    for relation in facts.relations:
        if relation.kind != "p" and relation.path is not None:
            _extend(folder / _path(database, relation), relation)
        _write_relation(database, relation)
    for key, fields in facts.columns.items():
        _write_column(database, key, fields)


def plan_and_cost(database: PostgresDatabase, sql: str, parameters: Mapping[str, Value]) -> tuple[str, float]:
    """The plan in text, without running anything, and its total cost in the planner's units."""
    lines = database.explain_with("FORMAT TEXT", sql, parameters, is_undone=False)
    root = database.explain_with("FORMAT JSON", sql, parameters, is_undone=False)[0][0][0]["Plan"]
    return "\n".join(line for (line,) in lines), float(root["Total Cost"])


def _extend(path: Path, relation: RelationFacts) -> None:
    try:
        extend(path, max(relation.pages, 1) * _BLOCK)
    except OSError as error:
        message = f"cannot enlarge {relation.name}: {error.strerror}"
        raise LabError(message, "run as the user the server runs as") from error


def _path(database: PostgresDatabase, relation: RelationFacts) -> str:
    found = database.rows(
        "SELECT pg_relation_filepath(format('%I.%I', :space::text, :name::text)::regclass)",
        {"space": relation.namespace, "name": relation.name},
    )
    return str(found[0][0])


def _write_relation(database: PostgresDatabase, relation: RelationFacts) -> None:
    database.rows(
        "SELECT pg_restore_relation_stats('schemaname', :space::text, 'relname', :name::text, "
        "'relpages', :pages::integer, 'reltuples', :rows::real, 'relallvisible', :visible::integer)",
        {
            "space": relation.namespace,
            "name": relation.name,
            "pages": min(relation.pages, _MOST_PAGES),
            "rows": relation.rows,
            "visible": min(relation.visible_pages, _MOST_PAGES),
        },
    )


def _write_column(database: PostgresDatabase, key: ColumnKey, fields: Mapping[str, Any]) -> None:
    said = {name: value for name, value in fields.items() if value is not None}
    arguments = "".join(f", '{name}', :{name}::{_COLUMN_FIELDS[name]}" for name in said)
    values = {name: _array(value) if isinstance(value, list) else value for name, value in said.items()}
    space, relation, column, is_inherited = key
    database.rows(
        "SELECT pg_restore_attribute_stats('schemaname', :space::text, 'relname', :relation::text, "
        f"'attname', :column::text, 'inherited', :inherited::boolean{arguments})",
        {"space": space, "relation": relation, "column": column, "inherited": is_inherited, **values},
    )


def _array(numbers: list[float]) -> str:
    return "{" + ",".join(map(repr, numbers)) + "}"


def why_not(server: Server) -> str:
    """Why plans cannot be imagined on a server; empty where they can."""
    if int(server.version.split(".")[0]) < FIRST_VERSION:
        return f"PostgreSQL {server.version} cannot import statistics; {FIRST_VERSION} can: --engine postgres:18"
    if server.prefix:
        return "the server is not the lab's own; plans are imagined only on one the lab started"
    try:
        with psycopg.connect(server.address, dbname="postgres", autocommit=True) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.Error as error:
        return f"the server does not say where its files are: {error}"
    folder = Path(row[0]) if row else Path()
    return "" if os.access(folder / "PG_VERSION", os.W_OK) else "the server's files are not on this machine"
