"""One thing is booked once at a time.

Problem: bookings of a room or a person hold a beginning and an end, and no exclusion constraint.

Why: "is it free?" and the INSERT after it are two statements; two customers who ask at the same time both get the room.

Remedy: EXCLUDE USING gist (room_id WITH =, tstzrange(starts_at, ends_at) WITH &&), with the extension btree_gist.
A table counts when it is named after bookings, reservations, appointments or rentals.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name, words
from lab.audit.places import of_table
from lab.audit.shapes import TEMPORAL, is_scalar, statements_on
from lab.audit.sql import quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
ENGINES = frozenset(("postgres",))
_BOOKINGS = frozenset("booking bookings reservation reservations appointment appointments rental rentals".split())
_BEGINNINGS = frozenset("start starts from begins begin in".split())
_ENDS = frozenset("end ends to until out".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        columns = [column for column in table.columns if is_scalar(column, TEMPORAL)]
        first = next((c for c in columns if set(words(c.name)) & _BEGINNINGS), None)
        last = next((c for c in columns if set(words(c.name)) & _ENDS), None)
        is_booking = last_word(table.name) in _BOOKINGS and first and last and table.foreign_keys
        if first and last and is_booking and not statements_on(schema, "exclusion constraint", table):
            yield _finding(table, first, last)


def _finding(table: Table, first: Column, last: Column) -> Finding:
    kind = {"date": "daterange", "timestamp": "tsrange"}.get(first.type.name, "tstzrange")
    thing = quote(table.foreign_keys[0].columns[0])
    fix = f"EXCLUDE USING gist ({thing} WITH =, {kind}({quote(first.name)}, {quote(last.name)}) WITH &&)"
    why = "two who ask at the same time both get it"
    return of_table(RULE, SEVERITY, table, "may hold two bookings of one thing at one time", why, f"add {fix}")
