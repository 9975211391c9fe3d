"""A unique key over several columns holds for every row.

Problem: `UNIQUE (user_id, parent_id, name)` where `parent_id` may be NULL; `UNIQUE (email, deleted_at)`.

Why: NULLs do not collide, so two rows that agree in every column but are NULL in one are both accepted, and the key
does not hold exactly where it was wanted (PostgreSQL manual, 5.5.3 "Unique Constraints").

Remedy: NOT NULL, or `NULLS NOT DISTINCT` (PostgreSQL 15), or, for `deleted_at`, a unique index `WHERE deleted_at IS
NULL`. Left alone is what says "at most once, if at all": a unique column on its own, a key whose columns may all be
NULL, and one that is optional within what it refers to (`tenant_id, barcode`). So are the keys of rows that belong to
one of two kinds of owner (`user_id, slug` and `team_id, slug`).
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import column_subject, last_word, listed, rule_name
from lab.audit.shapes import TEMPORAL, Uniqueness, deletion_mark, foreign_key_columns, is_scalar, uniquenesses
from lab.audit.sql import alter, constraint_name, qualified, quote, quote_all
from lab.model.finding import Finding, Severity
from lab.model.schema import Index, Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        for unique in uniquenesses(table):
            nullable = [name for name in unique.columns if table.column(name).is_nullable]
            is_partly = 0 < len(nullable) < len(unique.columns)
            is_meant = _is_optional(unique, nullable) or _has_other_owner(unique, nullable)
            if is_partly and not is_meant and unique.source.has_distinct_nulls:
                yield _finding(unique, nullable)


def _is_optional(unique: Uniqueness, nullable: list[str]) -> bool:
    """Whether the NULL says that a row has none of what the key numbers: `barcode` of `(tenant_id, barcode)`."""
    table = unique.table
    references = foreign_key_columns(table) | {name for name in unique.columns if last_word(name) == "id"}
    is_state = any(is_scalar(table.column(name), TEMPORAL) or name in references for name in nullable)
    return not is_state and all(name in references for name in unique.columns if name not in nullable)


def _has_other_owner(unique: Uniqueness, nullable: list[str]) -> bool:
    """Whether another key takes over where this one's column is NULL: `(user_id, slug)` and `(team_id, slug)`."""
    table, rest = unique.table, set(unique.columns) - set(nullable)
    others = [set(other.columns) - rest for other in uniquenesses(table) if rest < set(other.columns)]
    optional = {column.name for column in table.columns if column.is_nullable}
    return any(owner <= optional - set(nullable) for owner in others)


def _finding(unique: Uniqueness, nullable: list[str]) -> Finding:
    subject = column_subject(unique.table.name, unique.columns)
    return Finding(
        RULE,
        SEVERITY,
        subject,
        f"unique key {subject} does not hold where {listed(nullable)} is NULL",
        "NULLs do not collide, so the same values are accepted again and again",
        _fix(unique, nullable),
        unique.position,
    )


def _fix(unique: Uniqueness, nullable: list[str]) -> str:
    table, source = unique.table, unique.source
    name = quote(source.name if isinstance(source, Index) else constraint_name(table, source))
    mark = deletion_mark(table)
    if mark and nullable == [mark.name]:
        columns = quote_all(column for column in unique.columns if column != mark.name)
        index = f"CREATE UNIQUE INDEX {name} ON {qualified(table)} ({columns}) WHERE {quote(mark.name)} IS NULL;"
    elif isinstance(source, Index):
        index = f"CREATE UNIQUE INDEX {name} ON {qualified(table)} ({quote_all(unique.columns)}) NULLS NOT DISTINCT;"
    else:
        index = alter(table, f"ADD CONSTRAINT {name} UNIQUE NULLS NOT DISTINCT ({quote_all(unique.columns)})")
    return f"{unique.drop_sql}\n{index}"
