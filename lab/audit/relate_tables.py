"""A table is related to another.

Problem: a table refers to none and none refers to it.

Why: mostly a foreign key was forgotten, or the table itself, long after its use ended.

Remedy: a foreign key, or DROP TABLE. Tables that stand alone by nature (settings, queues, logs, caches) are left alone,
and so are those that name their parent by kind and key (`entity_type`, `entity_id`) and those of which
`declare_references` speaks. Where no table at all refers to another, that is one finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.shapes import has_lost_references, implied_parent, is_journal
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
IS_HABIT = True

_ALONE = frozenset(
    "setting settings config configuration preference preferences flag flags feature cache queue job jobs outbox inbox "
    "lock locks scratch staging temp tmp import imports migrations migration version versions metadata counter "
    "counters log logs audit session sessions bus token tokens healthcheck".split()
)


def check(schema: Schema) -> Iterator[Finding]:
    related = _related(schema)
    alone = [table for table in schema.tables if table.name not in related and not _is_explained(table, schema)]
    if has_lost_references(schema) or len(schema.tables) < 2:
        return
    if not related and len(alone) > 1:
        message = f"none of the {len(schema.tables)} tables refers to another"
        fix = "declare foreign keys, or say in the schema's comments why there are none"
        yield Finding(RULE, SEVERITY, "schema", message, "nothing keeps their rows together", fix, alone[0].position)
        return
    for table in alone:
        message = f"{table.name} refers to no table, and none refers to it"
        why = "a foreign key was forgotten, or the table is no longer used"
        yield Finding(
            RULE, SEVERITY, table.name, message, why, "add the foreign key, or drop the table", table.position
        )


def _related(schema: Schema) -> set[str]:
    """The tables at either end of a foreign key, be it one that was kept verbatim."""
    related = {name for table, key in schema.foreign_keys() for name in (table.name, key.table)}
    for statement in schema.statements:
        if statement.what.startswith("foreign key of "):
            related.update(statement.what.removeprefix("foreign key of ").split(" to "))
    return related


def _is_explained(table: Table, schema: Schema) -> bool:
    is_undeclared = any(implied_parent(table, column, schema) for column in table.columns)
    return is_undeclared or _is_alone_by_nature(table)


def _is_alone_by_nature(table: Table) -> bool:
    named = {words(column.name) for column in table.columns}
    names_parent = any((*name[:-1], "type") in named for name in named if name[-1:] == ("id",) and len(name) > 1)
    return is_journal(table) or bool(set(words(table.name)) & _ALONE) or names_parent
