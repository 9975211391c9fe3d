"""Money has two decimals, or as many as were chosen.

Problem: `numeric` without a scale, `numeric(10,0)`, or Prisma's default `numeric(65,30)`, for a price.

Why: 9.999 is stored as it comes, so that the lines of an invoice do not add up to its total; with scale 0 the cents are
rounded away.

Remedy: `numeric(12,2)`. Up to 6 decimals (prices by the kilowatt hour, exchange) are taken to be chosen.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.money import is_money
from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_column
from lab.audit.shapes import is_scalar
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_MOST_DECIMALS = 6


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_unscaled):
        for column in columns:
            what = f"holds money as {column.type}"
            why = "amounts are stored with fractions of a cent, or without cents"
            fix = alter(table, f"ALTER COLUMN {quote(column.name)} TYPE numeric(12,2)")
            yield of_column(RULE, SEVERITY, table, column, what, why, fix)


def _is_unscaled(table: Table, column: Column) -> bool:
    if not is_scalar(column, frozenset(("numeric",))) or not is_money(table, column) or column.generated:
        return False
    scale = column.type.arguments[1] if len(column.type.arguments) > 1 else 0
    is_minor = bool({"cents", "minor", "jpy"} & set(words(column.name)))
    return not 0 < scale <= _MOST_DECIMALS and not is_minor
