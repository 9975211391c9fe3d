"""The question whether all rows of a table keep to a dependency, in SQL that every server here takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def refuting_sql(relation: str, left: Iterable[str], right: str, exact: Callable[[str], str]) -> str:
    """Answers with a row if two rows are equal in `left` and differ in `right`, NULL being a value equal to itself.
    `exact` makes a quoted column compare byte by byte, whatever its collation."""
    values = exact(right)
    grouped = ", ".join(map(exact, left))
    has_null = f"CASE WHEN count({right}) < count(*) THEN 1 ELSE 0 END"
    return f"SELECT 1 FROM {relation} GROUP BY {grouped} HAVING count(DISTINCT {values}) + {has_null} > 1 LIMIT 1"
