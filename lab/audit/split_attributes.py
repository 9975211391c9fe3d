"""What a thing has is a column.

Problem: a table of `(entity, attribute, value)`.

Why: every value is text, so no type, CHECK or foreign key holds; one row of the thing is a join for each attribute, and
the planner knows the spread of none (Karwin, "SQL Antipatterns", "Entity-Attribute-Value").

Remedy: columns for what most have, `jsonb` for the rest. Where users define the attributes, say so in the table's
comment ("custom", "defined by"), and this rule is silent. Plain settings (`key`, `value`) are no such table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import of_table
from lab.audit.shapes import DOCUMENTS, TEXTS, is_scalar
from lab.model.finding import Finding, Severity
from lab.model.schema import Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "warning"
_ATTRIBUTES = frozenset("attribute attributes property properties meta field eav".split())
_VALUES = (
    {"value"},
    {"value", "text"},
    {"string", "value"},
    {"meta", "value"},
    {"attribute", "value"},
    {"field", "value"},
)


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        if table.foreign_keys and _is_open(table) and not re.search(r"custom|defined by", table.comment, re.IGNORECASE):
            what = "holds attributes as rows (entity, attribute, value)"
            why = "no type, CHECK or foreign key holds for a value, and one thing is a join for each attribute"
            fix = "columns for what most things have, jsonb for the rest"
            yield of_table(RULE, SEVERITY, table, what, why, fix)


def _is_open(table: Table) -> bool:
    has_value = any(set(words(c.name)) in _VALUES and is_scalar(c, TEXTS | DOCUMENTS) for c in table.columns)
    names = [words(column.name) for column in table.columns]
    is_named = any(set(name) & _ATTRIBUTES and name[-1] in (*_ATTRIBUTES, "key", "name", "id") for name in names)
    return has_value and is_named and len(table.columns) <= 10
