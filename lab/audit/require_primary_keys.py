"""Every table has a primary key.

Problem: a table without one has no name for a row.

Why: a row that is there twice can be neither told apart nor deleted alone, nothing can refer to it, and logical
replication refuses to update it (PostgreSQL manual, 29.1 "Publication").

Remedy: make the columns that identify a row its primary key, or add an identity column. A table whose rows are
identified by a unique key without NULLs is worth a warning only. A partitioned table's key must hold the partition
key; where that is an expression there can be none, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import Uniqueness, foreign_key_columns, uniquenesses
from lab.audit.sql import alter, quote, quote_all
from lab.model.finding import Finding, Severity
from lab.model.schema import Index, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "error"
_WHY = "rows cannot be told apart, referred to or replicated"


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        if table.primary_key is None and _partition_columns(table) is not None:
            yield _finding(table, schema)


def _finding(table: Table, schema: Schema) -> Finding:
    identity = next((unique for unique in uniquenesses(table) if _is_whole(unique)), None)
    if identity is None:
        message, fix = f"{table.name} has no primary key", _new_key(table)
        return Finding(RULE, "error", table.name, message, _WHY, fix, table.position)
    columns = ", ".join(identity.columns)
    message = f"{table.name} has no primary key, though ({columns}) identifies its rows"
    why = "references, replication and clients look for the primary key by that name"
    return Finding(RULE, "warning", table.name, message, why, _promotion(identity, schema), table.position)


def _is_whole(unique: Uniqueness) -> bool:
    return not any(unique.table.column(name).is_nullable for name in unique.columns)


def _promotion(unique: Uniqueness, schema: Schema) -> str:
    table = unique.table
    if isinstance(unique.source, Index):
        return alter(table, f"ADD PRIMARY KEY USING INDEX {quote(unique.source.name)}")
    is_referenced = any(
        key.table == table.name and set(key.referenced) == set(unique.columns) for _, key in schema.foreign_keys()
    )
    key = alter(table, f"ADD PRIMARY KEY ({quote_all(unique.columns)})")
    return key if is_referenced else f"{unique.drop_sql}\n{key}"


def _new_key(table: Table) -> str:
    partition_columns = _partition_columns(table) or []
    references = [column.name for column in table.columns if column.name in foreign_key_columns(table)]
    if len(table.foreign_keys) > 1 and len(references) == len(table.columns):
        return alter(table, f"ADD PRIMARY KEY ({quote_all(references)})")
    key = f"ADD PRIMARY KEY ({quote_all(dict.fromkeys(('id', *partition_columns)))})"
    if any(column.name == "id" for column in table.columns):
        return alter(table, key)
    return alter(table, "ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY", key)


def _partition_columns(table: Table) -> list[str] | None:
    """None where the partition key is an expression."""
    names = {quote(column.name): column.name for column in table.columns}
    keys = table.partitioning.keys if table.partitioning else ()
    return [names[key] for key in keys] if all(key in names for key in keys) else None
