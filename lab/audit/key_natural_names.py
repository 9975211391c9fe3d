"""What identifies a row to people is unique.

Problem: `users.email`, `products.sku` or `posts.slug` is not unique.

Why: the code that looks a row up by it takes the first it finds; the second is made by the first race between two
requests, and to sort them out later is a merge by hand.

Remedy: UNIQUE, alone or within an owner. Any unique key or index that holds the column will do. An `email` counts in
tables of people who sign in; a `sku` not on lines of orders, which copy it.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import last_word, rule_name, words
from lab.audit.places import matching, of_column
from lab.audit.shapes import TEXTS, foreign_key_columns, is_journal, is_scalar, names_column
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_NAMES = frozenset("slug sku isbn iban username login".split())
_PEOPLE = frozenset("user users account accounts customer customers member members admin admins".split())
_COPIES = frozenset("item items line lines snapshot history log entry entries event events detail details".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_loose):
        for column in columns:
            why = "the code that looks a row up by it takes the first it finds"
            fix = alter(table, f"ADD UNIQUE ({quote(column.name)})")
            yield of_column(RULE, SEVERITY, table, column, "identifies a row to people, but is not unique", why, fix)


def _is_loose(table: Table, column: Column) -> bool:
    named, is_text = words(column.name), is_scalar(column, TEXTS)
    is_name = named[-1:] and named[-1] in _NAMES and len(named) == 1
    is_address = named == ("email",) and last_word(table.name) in _PEOPLE
    is_copy = is_journal(table) or last_word(table.name) in _COPIES
    is_loose = column.name not in foreign_key_columns(table) and not _is_keyed(table, column.name)
    return is_text and bool(is_name or is_address) and not is_copy and is_loose


def _is_keyed(table: Table, name: str) -> bool:
    parts = [part.value for index in table.indexes if index.is_unique for part in index.parts]
    return any(name in key.columns for key in table.keys) or any(names_column(part, name) for part in parts)
