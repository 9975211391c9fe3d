"""What may be there several times is rows.

Problem: `phone1`, `phone2`, `phone3`.

Why: to find a number is to ask three columns, a fourth is a migration, and NULL in the second says nothing of the third
(first normal form; Codd 1970).

Remedy: a child table with a number or a kind. Lines of an address are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import of_columns
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_NUMBERED = re.compile(r"(.+?)_?([1-9])")
_EXEMPT = frozenset("line address street md sha base level hash tier".split())


def check(schema: Schema, most_repeated: int = 2) -> Iterator[Finding]:
    for table in schema.tables:
        for stem, columns in _repeated(table).items():
            if len(columns) > most_repeated:
                said = f"repeat {stem}"
                why = "to find one is to ask all of them, and one more is a migration"
                fix = f"a child table with a row for each {stem}"
                yield of_columns(RULE, SEVERITY, table, columns, said, why, fix)


def _repeated(table: Table) -> dict[str, list[Column]]:
    found: dict[str, list[Column]] = {}
    for column in table.columns:
        match = _NUMBERED.fullmatch(column.name)
        if match and not set(words(match[1])) & _EXEMPT:
            found.setdefault(match[1], []).append(column)
    return found
