"""A currency is a code.

Problem: `currency text`, with nothing that says what it may hold.

Why: 'EUR', 'eur', 'Euro' and '€' are four currencies to every sum.

Remedy: `char(3)` with a CHECK for capitals (ISO 4217), an enum, or a table of currencies to refer to.
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


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_free):
        for column in columns:
            name = quote(column.name)
            fix = alter(table, f"ALTER COLUMN {name} TYPE char(3)", f"ADD CHECK ({name} = upper({name}))")
            why = "'EUR', 'eur' and 'Euro' are three currencies to every sum"
            yield of_column(RULE, SEVERITY, table, column, "takes any text for a currency", why, fix)


def _is_free(table: Table, column: Column) -> bool:
    named = words(column.name)
    is_named = "currency" in named and named[-1] in ("currency", "code", "iso")
    is_coded = column.type.arguments == (3,) or is_checked(table, column.name)
    is_free = is_scalar(column, TEXTS) and not is_coded and column.name not in foreign_key_columns(table)
    return is_named and is_free and not any(column.name in key.columns for key in table.keys)
