"""A foreign key says what becomes of its rows when what they refer to is deleted.

Problem: no ON DELETE, which is NO ACTION.

Why: whether the rows go too, stay without a parent or keep it from being deleted is a decision; left to the default,
nobody can tell whether one was taken, and it is found out in production.

Remedy: ON DELETE CASCADE for parts of a whole, SET NULL where the row lives on, RESTRICT where the parent must stay.
The SQL below states RESTRICT, which is what happens today. Deferrable keys are left alone, since RESTRICT cannot wait,
and so are Prisma's: its own default is another, so there NO ACTION was written on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.audit.naming import column_subject, listed, rule_name
from lab.audit.shapes import is_in_prisma
from lab.audit.sql import with_actions
from lab.model.finding import Finding, Severity
from lab.model.schema import ForeignKey, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        silent = [key for key in table.foreign_keys if key.on_delete == "no action" and not key.is_deferrable]
        if silent and not is_in_prisma(table.position):
            yield _finding(table, silent, schema)


def _finding(table: Table, foreign_keys: Sequence[ForeignKey], schema: Schema) -> Finding:
    subjects = [column_subject(table.name, key.columns) for key in foreign_keys]
    parents = list(dict.fromkeys(key.table for key in foreign_keys))
    is_one = len(subjects) == 1
    return Finding(
        RULE,
        SEVERITY,
        subjects[0] if is_one else table.name,
        f"{listed(subjects)} {'has' if is_one else 'have'} ON DELETE NO ACTION, the default",
        f"nobody can tell whether it was meant that {listed(parents)} cannot be deleted",
        "\n".join(with_actions(table, key, schema, on_delete="restrict") for key in foreign_keys),
        foreign_keys[0].position or table.position,
    )
