"""Indexes of a tenant's rows begin with the tenant.

Problem: in a schema whose tables hold `tenant_id`, an index has it, but not first.

Why: every query asks for one tenant, and an index is looked up by its beginning; the rows of one tenant also stay
together only so.

Remedy: put it first. Said where most tables of the schema, and at least three, hold the column. Indexes of other
methods than B-tree are left alone, and so are those whose other columns lead a foreign key and those that stand beside
one with the tenant first.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.shapes import tenant_column
from lab.audit.sql import drop_index, qualified, quote, quote_all
from lab.model.finding import Finding, Severity
from lab.model.schema import Index, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema) -> Iterator[Finding]:
    tenant = tenant_column(schema)
    for table in schema.tables if tenant else ():
        for index in table.indexes:
            if tenant and tenant in index.columns[1:] and index.method == "btree" and not _is_reference(table, index):
                yield _finding(table, index, tenant)


def _is_reference(table: Table, index: Index) -> bool:
    return any(index.columns[: len(key.columns)] == key.columns for key in table.foreign_keys)


def _finding(table: Table, index: Index, tenant: str) -> Finding:
    parts = [*(part for part in index.parts if part.value == tenant), *(p for p in index.parts if p.value != tenant)]
    is_plain = all(not part.is_expression and not part.is_descending and part.nulls is None for part in parts)
    unique = "UNIQUE " if index.is_unique else ""
    made = f"CREATE {unique}INDEX {quote(index.name)} ON {qualified(table)} ({quote_all(p.value for p in parts)})"
    made += f" INCLUDE ({quote_all(index.include)})" if index.include else ""
    made += f" WHERE {index.where}" if index.where else ""
    return Finding(
        RULE,
        SEVERITY,
        f"{table.name}.{index.name}",
        f"index {index.name} of {table.name} has {tenant}, but does not begin with it",
        "every query asks for one tenant, whose rows it then gathers from the whole index",
        f"{drop_index(table, index)}\n{made};" if is_plain else f"make it anew with {tenant} first",
        index.position or table.position,
    )
