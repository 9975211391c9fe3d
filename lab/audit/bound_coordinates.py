"""A place lies on the Earth.

Problem: nothing keeps `latitude` from being 190.

Why: latitude and longitude are written in the wrong order sooner or later, and a CHECK is what notices.

Remedy: CHECK (latitude BETWEEN -90 AND 90), CHECK (longitude BETWEEN -180 AND 180); or PostGIS. Tracks, which are
written fast and often, are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name
from lab.audit.places import matching, of_columns
from lab.audit.shapes import NUMBERS, is_checked, is_journal, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_LIMITS = {"latitude": 90, "lat": 90, "longitude": 180, "lng": 180, "lon": 180}


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_unbounded):
        fix = alter(table, *map(_check, columns))
        why = "the two are written in the wrong order sooner or later"
        yield of_columns(RULE, SEVERITY, table, columns, "may lie off the Earth", why, fix)


def _is_unbounded(table: Table, column: Column) -> bool:
    is_place = last_word(column.name) in _LIMITS and is_scalar(column, NUMBERS)
    return is_place and not is_checked(table, column.name) and not is_journal(table)


def _check(column: Column) -> str:
    limit = _LIMITS[last_word(column.name)]
    return f"ADD CHECK ({quote(column.name)} BETWEEN -{limit} AND {limit})"
