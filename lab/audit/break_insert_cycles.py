"""A first row can be inserted.

Problem: `users.team_id` is NOT NULL and refers to `teams`, whose `owner_id` is NOT NULL and refers to `users`.

Why: neither can be there before the other, so that both tables stay empty, or are filled by switching constraints off.

Remedy: let one of the columns be NULL, or one of the keys be DEFERRABLE. A table that refers to itself, NOT NULL, can
begin with a row that refers to itself, which is worth no error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lab.audit.naming import column_subject, rule_name
from lab.audit.sql import alter, quote
from lab.model.finding import Finding, Severity
from lab.model.schema import ForeignKey, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "error"


def check(schema: Schema) -> Iterator[Finding]:
    needs: dict[str, list[tuple[Table, ForeignKey]]] = {table.name: [] for table in schema.tables}
    for table, key in schema.foreign_keys():
        if key.table != table.name and not key.is_deferrable and not _is_optional(table, key):
            needs[table.name].append((table, key))
    seen: set[str] = set()
    for name in needs:
        circle = [] if name in seen else _circle(name, needs)
        seen.update(table.name for table, _ in circle)
        if circle:
            yield _finding(circle, schema)


def _is_optional(table: Table, key: ForeignKey) -> bool:
    return any(table.column(name).is_nullable for name in key.columns)


def _circle(start: str, needs: Mapping[str, list[tuple[Table, ForeignKey]]]) -> list[tuple[Table, ForeignKey]]:
    """The shortest way from a table back to it; empty when there is none."""
    ways: list[list[tuple[Table, ForeignKey]]] = [[]]
    visited: set[str] = set()
    for way in ways:
        for table, key in needs[way[-1][1].table if way else start]:
            if key.table == start:
                return [*way, (table, key)]
            if key.table not in visited:
                visited.add(key.table)
                ways.append([*way, (table, key)])
    return []


def _finding(circle: Sequence[tuple[Table, ForeignKey]], schema: Schema) -> Finding:
    table, key = circle[-1]
    way = " -> ".join((circle[0][0].name, *(key.table for _, key in circle)))
    return Finding(
        RULE,
        SEVERITY,
        column_subject(table.name, key.columns),
        f"no first row can be inserted: {way} require each other",
        "neither can be there before the other",
        alter(table, *(f"ALTER COLUMN {quote(name)} DROP NOT NULL" for name in key.columns)),
        key.position or table.position,
    )
