"""What a planner goes by: sizes of relations and statistics of columns, as PostgreSQL keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RelationFacts:
    """What the planner goes by of a table or index. `table` is the one an index belongs to, else its own name."""

    namespace: str
    name: str
    kind: str
    rows: float
    pages: int
    visible_pages: int
    path: str | None
    table: str


ColumnKey = tuple[str, str, str, bool]
"""Namespace, table, column, and whether it is of a whole tree of partitions."""


@dataclass(frozen=True, slots=True)
class PlannerFacts:
    """The statistics of a database; a column's fields are those of the view pg_stats."""

    relations: tuple[RelationFacts, ...]
    columns: Mapping[ColumnKey, Mapping[str, Any]]

    @property
    def rows(self) -> Mapping[tuple[str, str], float]:
        return {(each.namespace, each.name): each.rows for each in self.relations}
