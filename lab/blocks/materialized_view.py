"""A report is kept ready: a materialized view of one operation's query, which then reads it.

--operation names it: a read without parameters. Triggers bring the view up to date after every statement that writes
one of the tables it reads, so that the operation answers as before, whatever that costs: lab compare says what.
Without the triggers, call `refresh_<view>()` from a scheduler, and read what is as old as its last call; it blocks no
reader.

MySQL and SQLite have no materialized views; a summary table kept by triggers is the remedy there (lab advise proposes
them on PostgreSQL).
"""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp

from lab.blocks.block import MYSQL, POSTGRES, SQLITE, Block, Step, Wanted, chosen_operation, free_name
from lab.engines.ddl import qualified
from lab.engines.engine import quote
from lab.errors import LabError
from lab.model.design import Design
from lab.model.schema import Schema, Table
from lab.model.workload import Operation

_GAP = "has no materialized views"


def build(design: Design, wanted: Wanted) -> Block:
    operation = _report(design, wanted)
    query = operation.text(POSTGRES).strip().removesuffix(";")
    view = free_name(design.schema, f"{operation.name}_kept")
    tables = _read_tables(design.schema, query)
    return Block(
        "materialized_view",
        f"{operation.name} reads a materialized view, {view}, refreshed after every statement that writes\n"
        f"{', '.join(table.name for table in tables)}. Without the triggers, refresh_{view}() does when called.",
        {POSTGRES: [_view(view, query), *(_refresh(view, table) for table in tables)]},
        {MYSQL: f"MySQL {_GAP}", SQLITE: f"SQLite {_GAP}"},
        f"-- name: {operation.name}\n-- engine: postgres\n"
        f"SELECT {', '.join(map(quote, _columns(operation, query)))} FROM {quote(view)} ORDER BY place;\n",
        tuple(table.name for table in tables),
    )


def _columns(operation: Operation, query: str) -> list[str]:
    """What the query calls its columns. Raises LabError for one without a name."""
    tree = sqlglot.parse_one(query, read="postgres")
    found = [str(name) for name in tree.named_selects] if isinstance(tree, exp.Query) else []
    if not found or "*" in found or "" in found:
        raise LabError(f"{operation.position}: {operation.name} has a column without a name", "name it: count(*) AS n")
    return found


def _report(design: Design, wanted: Wanted) -> Operation:
    reads = [o for o in design.workload.operations if not o.is_write and not o.parameters and o.text(POSTGRES)]
    if not wanted.operation:
        fitting = ", ".join(operation.name for operation in reads) or "none here"
        raise LabError("which operation's query is to be kept?", f"--operation with one without parameters: {fitting}")
    operation = chosen_operation(design, wanted.operation)
    if operation not in reads:
        reason = "writes" if operation.is_write else "has parameters, and a view has none"
        raise LabError(f"{operation.name} {reason}", "name a read without parameters: --operation")
    return operation


def _read_tables(schema: Schema, query: str) -> list[Table]:
    return [table for table in schema.tables if re.search(rf"\b{re.escape(table.name)}\b", query)]


def _view(view: str, query: str) -> Step:
    """The query's rows and their place in its order."""
    name, refresh = quote(view), quote(f"refresh_{view}")
    return Step(
        f"""
CREATE MATERIALIZED VIEW {name} AS
SELECT kept.*, row_number() OVER () AS place FROM (
{query}
) kept;
CREATE UNIQUE INDEX {quote(f"{view}_place_key")} ON {name} (place);
CREATE FUNCTION {refresh}() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ REFRESH MATERIALIZED VIEW CONCURRENTLY {name} $$;
CREATE FUNCTION {quote(f"{view}_follow")}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM {refresh}();
  RETURN NULL;
END $$;""",
        f"DROP FUNCTION {quote(f'{view}_follow')}();\nDROP FUNCTION {refresh}();\nDROP MATERIALIZED VIEW {name};",
    )


def _refresh(view: str, table: Table) -> Step:
    trigger, name = quote(f"{table.name}_{view}"), qualified(table)
    return Step(
        f"CREATE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {name}\n"
        f"FOR EACH STATEMENT EXECUTE FUNCTION {quote(f'{view}_follow')}();",
        f"DROP TRIGGER {trigger} ON {name};",
    )
