"""A composite key begins with what rows are looked up by.

Problem: `PRIMARY KEY (recorded_at, sensor_id)`.

Why: an index is looked up by its beginning: the readings of one sensor are spread over the whole key, and so are they
in the table itself where the database keeps it in the order of its key (InnoDB).

Remedy: the identifier first, the moment last. Left alone where another index begins with the identifier.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab.audit.naming import column_subject, last_word, rule_name
from lab.audit.shapes import TEMPORAL, is_scalar
from lab.audit.sql import alter, drop_constraint, quote_all
from lab.model.finding import Finding, Severity
from lab.model.schema import Key, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "note"


def check(schema: Schema) -> Iterator[Finding]:
    for table in schema.tables:
        key = table.primary_key
        if key and len(key.columns) > 1 and _is_by_time(table, key) and not _is_led(table, key.columns[1]):
            yield _finding(table, key)


def _is_by_time(table: Table, key: Key) -> bool:
    return is_scalar(table.column(key.columns[0]), TEMPORAL) and last_word(key.columns[1]) in ("id", "uuid", "code")


def _is_led(table: Table, name: str) -> bool:
    return any(index.columns[:1] == (name,) for index in table.indexes) or any(
        other.columns[0] == name for other in table.uniques
    )


def _finding(table: Table, key: Key) -> Finding:
    turned = (*key.columns[1:], key.columns[0])
    fix = alter(table, drop_constraint(table, key), f"ADD PRIMARY KEY ({quote_all(turned)})")
    return Finding(
        RULE,
        SEVERITY,
        column_subject(table.name, key.columns),
        f"the primary key of {table.name} begins with {key.columns[0]}, not with {key.columns[1]}",
        f"the rows of one {key.columns[1]} are spread over the whole index",
        fix,
        key.position or table.position,
    )
