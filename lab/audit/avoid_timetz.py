"""A time of day has no zone.

Problem: a column is `time with time zone`.

Why: which offset a zone has depends on the date, so that a time alone with an offset means nothing half of the year;
the type is there for the standard's sake (PostgreSQL manual, 8.5; wiki, "Don't Do This").

Remedy: `timestamptz` for a moment; `time` with the zone's name beside it for opening hours.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name
from lab.audit.places import matching, of_columns
from lab.audit.shapes import POSTGRES, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = POSTGRES


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, lambda _, column: is_scalar(column, frozenset(("timetz",)))):
        said = "is a time with time zone", "are times with time zone"
        fix = alter(table, *(f"ALTER COLUMN {quote(column.name)} TYPE time" for column in columns))
        yield of_columns(
            RULE, SEVERITY, table, columns, said, "an offset without a date is right half of the year", fix
        )
