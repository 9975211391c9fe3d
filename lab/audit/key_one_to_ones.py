"""What a row has one of, it has one of.

Problem: `user_profiles.user_id` is neither unique nor the primary key.

Why: a second profile is inserted by the first race between two requests, and then every join shows the user twice.

Remedy: UNIQUE, or the reference as the primary key. A table counts when its name is its parent's with `profile`,
`settings`, `preferences` or `details`, and it has nothing that tells several apart (a `name`, a `key`, a second
reference).
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import column_subject, is_same_noun, rule_name, words
from lab.audit.shapes import payload
from lab.audit.sql import alter, quote_all
from lab.model.finding import Finding, Severity
from lab.model.schema import ForeignKey, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_SINGLE = frozenset("profile profiles settings preferences details".split())
_APART = frozenset("key name kind type code version channel category locale language title valid year date".split())


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        keys = table.foreign_keys
        if len(keys) == 1 and _is_single(table, keys[0]) and not _is_keyed(table, keys[0]):
            subject = column_subject(table.name, keys[0].columns)
            yield Finding(
                RULE,
                SEVERITY,
                subject,
                f"a row of {keys[0].table} may have several {table.name}",
                "the first race between two requests makes a second one, and every join then doubles its parent",
                alter(table, f"ADD UNIQUE ({quote_all(keys[0].columns)})"),
                keys[0].position or table.position,
            )


def _is_single(table: Table, key: ForeignKey) -> bool:
    *stem, last = words(table.name) or ("",)
    is_named = last in _SINGLE and is_same_noun("_".join(stem), key.table)
    return is_named and not any(set(words(column.name)) & _APART for column in payload(table))


def _is_keyed(table: Table, key: ForeignKey) -> bool:
    unique = [set(index.columns) for index in table.indexes if index.is_unique]
    return any(columns <= set(key.columns) for columns in [*unique, *(set(each.columns) for each in table.keys)])
