"""A limit on a text is one somebody chose.

Problem: most texts are `varchar(255)`.

Why: the number is a habit of old MySQL and limits nothing that was meant to be limited; some day it refuses a value
that was right, and in PostgreSQL it saves no room (manual, 8.3 "Character Types"; wiki, "Don't Do This").

Remedy: `text`, or a limit that says something (a CHECK is easier to change). Said where at least five texts, and two
of three with a limit, have this one. One finding for the whole schema.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import matching, of_schema
from lab.audit.shapes import POSTGRES, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES
_HABIT = (255,)
_FEWEST = 5


def check(schema: Schema) -> Iterator[Finding]:
    limited = [
        (table, column)
        for table, columns in matching(schema, lambda _, column: is_scalar(column, frozenset(("varchar",))))
        for column in columns
        if column.type.arguments
    ]
    found = [(table, column) for table, column in limited if column.type.arguments == _HABIT]
    if len(found) >= _FEWEST and 3 * len(found) >= 2 * len(limited):
        said = f"{len(found)} of {len(limited)} texts with a limit are varchar(255)"
        why = "nobody chose the limit, and it saves no room"
        fix = "\n".join(alter(table, f"ALTER COLUMN {quote(column.name)} TYPE text") for table, column in found[:3])
        yield of_schema(RULE, SEVERITY, [table for table, _ in found], said, why, fix)
