"""SQL of PostgreSQL the plans are made of, and the locks it takes (PostgreSQL manual, "Explicit Locking", and each
command's page)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from lab.engines.ddl import create_index, foreign_key_clause, key_clause, qualified
from lab.engines.engine import literal, quote
from lab.engines.postgres.definitions import column_sql
from lab.migrate.changes import Constraint
from lab.migrate.step import Lock, Way
from lab.model.schema import Check, Column, ForeignKey, Index, Key, Schema, Table

_STEADY = re.compile(
    r"(?i)\b(?!(?:now|current_\w+|localtime\w*|statement_timestamp|transaction_timestamp|coalesce)\b)\w+\("
)


def exclusive(*tables: Table | str, is_brief: bool = True) -> Lock:
    return Lock("ACCESS EXCLUSIVE", _names(tables), "reads and writes", is_brief)


def writes_wait(*tables: Table | str, is_brief: bool = True) -> Lock:
    return Lock("SHARE ROW EXCLUSIVE", _names(tables), "writes", is_brief)


def unhurt(*tables: Table | str) -> Lock:
    """Other changes of the schema wait, readers and writers do not."""
    return Lock("SHARE UPDATE EXCLUSIVE", _names(tables), "other schema changes")


def batches(*tables: Table | str) -> Lock:
    return Lock("ROW EXCLUSIVE", _names(tables), "writes of the same rows, for a batch")


def _names(tables: Iterable[Table | str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(table if isinstance(table, str) else table.name for table in tables))


def alter(table: Table, *clauses: str) -> str:
    return f"ALTER TABLE {qualified(table)} " + ", ".join(clauses)


def add_column(table: Table, column: Column, schema: Schema) -> str:
    return alter(table, f"ADD COLUMN {column_sql(column, schema)}")


def drop_column(table: Table, name: str) -> str:
    return alter(table, f"DROP COLUMN {quote(name)}")


def constraint_clause(constraint: Constraint, table: Table, schema: Schema) -> str:
    """`CONSTRAINT name CHECK (…)` and its like."""
    match constraint:
        case Key():
            is_primary = table.primary_key is not None and constraint.name == table.primary_key.name
            return key_clause("PRIMARY KEY" if is_primary else "UNIQUE", constraint)
        case ForeignKey():
            return foreign_key_clause(constraint, qualified(schema.table(constraint.table)))
    assert isinstance(constraint, Check)
    return f"CONSTRAINT {quote(constraint.name or '')} CHECK ({constraint.expression})"


def drop_constraint(table: Table, name: str | None, if_exists: bool = False) -> str:
    return alter(table, f"DROP CONSTRAINT {'IF EXISTS ' if if_exists else ''}{quote(name or '')}")


def rename_constraint(table: Table, old: str, new: str) -> str:
    return alter(table, f"RENAME CONSTRAINT {quote(old)} TO {quote(new)}")


def index_sql(index: Index, table: Table, is_concurrent: bool) -> str:
    method = index.method if index.method != "btree" else ""
    sql = create_index(index, qualified(table), str, method, index.include)
    return re.sub(r"^CREATE (UNIQUE )?INDEX ", r"CREATE \1INDEX CONCURRENTLY ", sql) if is_concurrent else sql


def in_space(table: Table, name: str) -> str:
    """An index's or a sequence's name: it lies where its table does."""
    return qualified(replace(table, name=name))


def drop_index(table: Table, name: str, is_concurrent: bool = True) -> str:
    return f"DROP INDEX {'CONCURRENTLY IF EXISTS ' if is_concurrent else ''}{in_space(table, name)}"


def unique_index(key: Key, table: Table, name: str) -> str:
    columns = ", ".join(map(quote, key.columns))
    sql = f"CREATE UNIQUE INDEX CONCURRENTLY {quote(name)} ON {qualified(table)} ({columns})"
    if key.include:
        sql += f" INCLUDE ({', '.join(map(quote, key.include))})"
    return sql + ("" if key.has_distinct_nulls else " NULLS NOT DISTINCT")


def using_index(key: Key, kind: str, table: Table, index: str) -> str:
    """The constraint over an index that is there."""
    timing = " DEFERRABLE" if key.is_deferrable else ""
    timing += " INITIALLY DEFERRED" if key.is_initially_deferred else ""
    return alter(table, f"ADD CONSTRAINT {quote(key.name or '')} {kind} USING INDEX {quote(index)}{timing}")


def alone(sql: str, lock: Lock) -> Way:
    """A statement that refuses to run in a transaction."""
    return Way((sql,), lock, is_atomic=False)


def way(lock: Lock, *sql: str) -> Way:
    return Way(tuple(sql), lock)


def is_volatile(default: str | None) -> bool:
    """Whether each row would get a value of its own, so that the table has to be written anew."""
    return default is not None and _STEADY.search(re.sub(r"'(?:[^']|'')*'", "''", default)) is not None


DEFINER = "SECURITY DEFINER SET search_path FROM CURRENT"
"""For a trigger's function that writes to a table the application's role knows nothing of."""


def copy_privileges(source: str, target: str) -> str:
    """Gives a relation the owner and the privileges another has: no schema file holds them."""
    return (
        "DO $lab$\nDECLARE\n  lab_grant record;\nBEGIN\n"
        "  FOR lab_grant IN\n"
        "    SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, "
        f"{literal(target)}, coalesce(quote_ident(r.rolname), 'PUBLIC'),\n"
        "                  CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS said\n"
        "    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee\n"
        f"    WHERE c.oid = {literal(source)}::regclass\n"
        "  LOOP\n    EXECUTE lab_grant.said;\n  END LOOP;\nEND $lab$"
    )
