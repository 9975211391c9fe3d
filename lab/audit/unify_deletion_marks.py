"""Rows are marked as deleted in one way.

Problem: `users.deleted_at`, but `posts.is_deleted`.

Why: each query must know which table says it how; the one that forgets shows what was deleted.

Remedy: one name and one type everywhere; a nullable `deleted_at` says when as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lab.audit.naming import rule_name, snake_case
from lab.audit.shapes import deletion_mark
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema) -> Iterator[Finding]:
    marked = [(table, mark) for table in schema.tables if (mark := deletion_mark(table))]
    forms = Counter(_form(mark) for _, mark in marked)
    if len(forms) < 2:
        return
    usual, count = forms.most_common(1)[0]
    for table, mark in marked:
        if _form(mark) != usual:
            message = f"{table.name} marks deleted rows by {_form(mark)}, {count} other"
            message += f" {'tables' if count > 1 else 'table'} by {usual}"
            why = "a query that takes the wrong one for granted shows what was deleted"
            fix = f"mark them by {usual} here, too"
            yield Finding(
                RULE, SEVERITY, f"{table.name}.{mark.name}", message, why, fix, mark.position or table.position
            )


def _form(mark: Column) -> str:
    return f"{snake_case(mark.name)} ({mark.type.name})"
