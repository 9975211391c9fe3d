"""An amount of money has a currency.

Problem: prices and totals, and no column that says in which currency.

Why: the day the second one comes, every stored amount, sum and report is in one that nobody wrote down.

Remedy: a currency code beside the amount, or on what the row belongs to (the order of a line). A currency in the
column's name (`price_usd`) or in its comment, or in the table's, will do. One finding for the whole schema, and only
where no table has a currency at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.money import CURRENCIES, is_money
from lab.audit.naming import listed, rule_name, words
from lab.audit.places import matching, of_schema
from lab.audit.shapes import is_commented
from lab.audit.sql import alter
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"
_SPOKEN = re.compile(r"currenc|\b(usd|eur|euros?|gbp|dollars?|cents)\b", re.IGNORECASE)


def check(schema: Schema) -> Iterator[Finding]:
    found = [(table, columns[0]) for table, columns in matching(schema, is_money)]
    is_said = any(_says_currency(table, column) for table in schema.tables for column in table.columns)
    if found and not is_said and not _SPOKEN.search(schema.comment):
        names = listed([f"{table.name}.{column.name}" for table, column in found], 3)
        why = "the day a second currency comes, nobody knows which one the stored amounts are in"
        tables = [table for table, _ in found]
        fix = alter(tables[0], "ADD COLUMN currency char(3) NOT NULL DEFAULT 'EUR'")
        yield of_schema(
            RULE,
            SEVERITY,
            tables,
            f"nothing says which currency {names} {'are' if len(found) > 1 else 'is'} in",
            why,
            fix,
        )


def _says_currency(table: Table, column: Column) -> bool:
    return bool(set(words(column.name)) & CURRENCIES) or is_commented(table, column, _SPOKEN.pattern)
