"""What a tenant names is unique among its own.

Problem: in a schema whose tables hold `tenant_id`, a `slug`, a `name` or a `code` is unique over all tenants.

Why: the first tenant who takes a name takes it from all the others, and the error tells them that somebody has it.

Remedy: UNIQUE over the tenant and the name. Said where most tables of the schema, and at least three, hold the column.
What is meant to be known everywhere (an address, a host name, a token) is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import column_subject, last_word, rule_name, words
from lab.audit.shapes import Uniqueness, foreign_key_columns, has_column, tenant_column, uniquenesses
from lab.audit.sql import alter, quote_all
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_NAMES = frozenset("name slug code number sku title label key reference identifier".split())
_GLOBAL = frozenset("api public external global stripe subdomain host domain token invite serial".split())


def check(schema: Schema) -> Iterator[Finding]:
    tenant = tenant_column(schema)
    for table in schema.tables if tenant else ():
        for unique in uniquenesses(table) if tenant and has_column(table, tenant) else ():
            if tenant and tenant not in unique.columns and _is_name(unique) and not _is_scoped(unique):
                yield _finding(unique, tenant)


def _is_name(unique: Uniqueness) -> bool:
    named = {word for name in unique.columns for word in words(name)}
    return bool({last_word(name) for name in unique.columns} & _NAMES) and not named & _GLOBAL


def _is_scoped(unique: Uniqueness) -> bool:
    """Whether a reference among its columns belongs to the tenant already."""
    return bool(set(unique.columns) & foreign_key_columns(unique.table))


def _finding(unique: Uniqueness, tenant: str) -> Finding:
    subject = column_subject(unique.table.name, unique.columns)
    added = alter(unique.table, f"ADD UNIQUE ({quote_all((tenant, *unique.columns))})")
    return Finding(
        RULE,
        SEVERITY,
        subject,
        f"{subject} is unique over all tenants, not within {tenant}",
        "the first tenant who takes a name takes it from all the others",
        f"{unique.drop_sql}\n{added}",
        unique.position,
    )
