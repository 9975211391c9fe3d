"""What is about a person's body, papers or money says so.

Problem: `ssn`, `passport_number`, `birth_date` or `iban` without a comment.

Why: who answers a request for deletion or access, or makes a copy for testing, must find every such column; comments
travel with the database, lists on a wiki do not (GDPR, articles 15, 17 and 30).

Remedy: a comment that says what it is for and how long it is kept. Names, addresses and mail addresses, which all
tables of people hold, do not count. One finding for a table.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_columns
from lab.audit.shapes import foreign_key_columns, is_in_prisma
from lab.audit.sql import qualified, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_SENSITIVE = frozenset(
    "ssn passport iban birthdate birthday religion ethnicity disability diagnosis bsn nino "
    "dob diagnoses allergies".split()
)
_PHRASES = (
    ("birth", "date"),
    ("born", "on"),
    ("blood", "type"),
    ("blood", "group"),
    ("date", "of", "birth"),
    ("national", "id"),
    ("tax", "id"),
    ("social", "security", "number"),
)


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_unmarked):
        said = "is sensitive and has no comment", "are sensitive and have no comment"
        why = "who answers a request for deletion, or copies data for a test, will not find it"
        fix = "\n".join(f"COMMENT ON COLUMN {qualified(table)}.{quote(column.name)} IS '…';" for column in columns)
        fix = "write a line /// before each field" if is_in_prisma(table.position) else fix
        yield of_columns(RULE, SEVERITY, table, columns, said, why, fix)


def _is_unmarked(table: Table, column: Column) -> bool:
    named = words(column.name)
    is_sensitive = bool(set(named) & _SENSITIVE) or named in _PHRASES
    return is_sensitive and not column.comment and column.name not in foreign_key_columns(table)
