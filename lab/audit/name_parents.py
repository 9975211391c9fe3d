"""A reference says to which table.

Problem: `commentable_type`, `commentable_id`: the kind of the parent is in the row.

Why: no foreign key can hold, so rows outlive their parents and name kinds that do not exist; a join is a case for each
kind, and the planner knows the spread of none.

Remedy: a nullable foreign key for each kind with CHECK (num_nonnulls(…) = 1), or a table all kinds share. In logs and
audit trails, whose rows are to outlive their parents, it is right and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import rule_name, words
from lab.audit.places import matching, of_column
from lab.audit.shapes import foreign_key_columns, is_commented, is_journal
from lab.model.finding import Finding, Severity
from lab.model.schema import Column, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema) -> Iterator[Finding]:
    for table, columns in matching(schema, _is_polymorphic):
        for column in columns:
            stem = "_".join(words(column.name)[:-1])
            what = f"names rows of several tables, by {stem}_type"
            why = "no foreign key can hold, so that rows outlive what they belong to"
            fix = "a nullable foreign key for each kind, and CHECK (num_nonnulls(…) = 1)"
            yield of_column(RULE, SEVERITY, table, column, what, why, fix)


def _is_polymorphic(table: Table, column: Column) -> bool:
    *stem, last = words(column.name) or ("",)
    if last != "id" or not stem or is_journal(table) or column.name in foreign_key_columns(table):
        return False
    kinds = {(*stem, "type"), (*stem, "kind")}
    return any(words(other.name) in kinds for other in table.columns) and not is_commented(table, column, "foreign key")
