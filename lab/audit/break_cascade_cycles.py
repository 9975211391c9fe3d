"""Deleting a row does not come back to its own table.

Problem: `users` are deleted with their `teams`, and `teams` with their owner.

Why: one DELETE spreads from row to row round the circle and takes with it what nobody meant; SQL Server refuses such
keys altogether. A table that refers to itself (a tree, whose branches go with it) is no such circle.

Remedy: let one of the keys stop it: SET NULL where its column may be NULL, RESTRICT elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lab.audit.naming import column_subject, rule_name
from lab.audit.sql import with_actions
from lab.model.finding import Finding, Severity
from lab.model.schema import Action, ForeignKey, Schema, Table

RULE = rule_name(__name__)
SEVERITY: Severity = "error"

_Links = Mapping[str, list[tuple[Table, ForeignKey]]]
"""A table -> the foreign keys whose rows are deleted with its own."""


def check(schema: Schema) -> Iterator[Finding]:
    links: dict[str, list[tuple[Table, ForeignKey]]] = {table.name: [] for table in schema.tables}
    for table, foreign_key in schema.foreign_keys():
        if foreign_key.on_delete == "cascade" and foreign_key.table != table.name:
            links[foreign_key.table].append((table, foreign_key))
    seen: set[str] = set()
    for name in links:
        circle = [] if name in seen else _circle(name, links)
        seen.update(table.name for table, _ in circle)
        if circle:
            yield _finding(name, circle, schema)


def _circle(start: str, links: _Links) -> list[tuple[Table, ForeignKey]]:
    """The shortest way from a table back to it; empty when there is none."""
    ways: list[list[tuple[Table, ForeignKey]]] = [[]]
    visited: set[str] = set()
    for way in ways:
        at = way[-1][0].name if way else start
        for table, foreign_key in links[at]:
            longer = [*way, (table, foreign_key)]
            if table.name == start:
                return longer
            if table.name not in visited:
                visited.add(table.name)
                ways.append(longer)
    return []


def _finding(start: str, circle: list[tuple[Table, ForeignKey]], schema: Schema) -> Finding:
    way = " -> ".join((start, *(table.name for table, _ in circle)))
    table, foreign_key = next((link for link in circle if _can_be_null(*link)), circle[-1])
    action: Action = "set null" if _can_be_null(table, foreign_key) else "restrict"
    return Finding(
        RULE,
        SEVERITY,
        column_subject(table.name, foreign_key.columns),
        f"deleting a row of {start} cascades in a circle: {way}",
        "one DELETE spreads from row to row and takes with it what nobody meant",
        with_actions(table, foreign_key, schema, on_delete=action),
        foreign_key.position or table.position,
    )


def _can_be_null(table: Table, foreign_key: ForeignKey) -> bool:
    return all(table.column(name).is_nullable for name in foreign_key.columns)
