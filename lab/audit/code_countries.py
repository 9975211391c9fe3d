"""A country is a code.

Problem: `country varchar(100)`.

Why: 'UK', 'GB', 'United Kingdom' and 'Great Britain' are four countries to every count, tax rate and shipping rule.

Remedy: `char(2)` (ISO 3166-1 alpha-2), or a table of countries to refer to. Names of countries for display belong
there, or to the client's language.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_column
from lab.audit.shapes import TEXTS, foreign_key_columns, is_checked, is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_SHORT = ((2,), (3,))


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_free):
        for column in columns:
            name = quote(column.name)
            fix = f"-- once the names were turned into codes: {alter(table, f'ALTER COLUMN {name} TYPE char(2)')}"
            why = "'UK', 'GB' and 'Great Britain' are three countries to every count"
            yield of_column(RULE, SEVERITY, table, column, "takes any text for a country", why, fix)


def _is_free(table: Table, column: Column) -> bool:
    named = words(column.name)
    is_named = named[-1:] == ("country",) or named[-2:] in (("country", "code"), ("country", "iso"))
    is_coded = column.type.arguments in _SHORT or is_checked(table, column.name)
    is_free = is_scalar(column, TEXTS) and not is_coded and column.name not in foreign_key_columns(table)
    return is_named and is_free and not any(column.name in key.columns for key in table.keys)
