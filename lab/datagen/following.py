"""Which times follow which: of one row, or of the row a reference names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from lab.datagen import moments
from lab.datagen.plan import Plans, TablePlan
from lab.errors import LabError
from lab.model.schema import Column


class Source(NamedTuple):
    """What a time follows: a column of the row that foreign key number `reference` names, or of the same row."""

    reference: int | None
    column: str


def sources_of(plan: TablePlan, plans: Plans, names: Collection[str], main: Column | None) -> dict[str, Source]:
    """What each of the columns `names`, all times, follows; `main` says when a row was made. A column that is not
    there follows nothing."""
    asked = {name: _asked(plan, name, names) for name in names}
    found = {name: source for name, source in asked.items() if source is not None}
    if main is None:
        return found
    for name in names:
        if name not in found and name != main.name and not _is_before(name, main.name, found):
            found[name] = Source(None, main.name)
    group = plan.grouped_by
    if main.name not in found and group is not None:
        parent = moments.main_moment(plans[plan.table.foreign_keys[group].table].table)
        if parent is not None:
            found[main.name] = Source(group, parent.name)
    return found


def _asked(plan: TablePlan, name: str, names: Collection[str]) -> Source | None:
    """What the spec says, else what a check does."""
    after = plan.column_spec(name).after
    if after is not None:
        table, _, column = after.rpartition(".")
        if table in ("", plan.table.name):
            return Source(None, column)
        keys = plan.table.foreign_keys
        return next(Source(number, column) for number, key in enumerate(keys) if key.table == table)
    checked = [other for other in plan.column_bounds(name).above if other in names]
    return Source(None, checked[0]) if checked else None


def _is_before(name: str, later: str, found: Mapping[str, Source]) -> bool:
    """Whether `later` follows `name`, through other columns of the row."""
    seen: set[str] = set()
    while later in found and found[later].reference is None and later not in seen:
        seen.add(later)
        later = found[later].column
        if later == name:
            return True
    return False


def check_circles(sources: Mapping[str, Mapping[str, Source]], plans: Plans) -> None:
    """Raises LabError where a time follows itself, through other columns and tables."""
    for table, of_table in sources.items():
        for column in of_table:
            _check_circle(table, column, sources, plans)


def _check_circle(table: str, column: str, sources: Mapping[str, Mapping[str, Source]], plans: Plans) -> None:
    path = [(table, column)]
    while (source := sources[path[-1][0]].get(path[-1][1])) is not None:
        here = path[-1][0]
        there = here if source.reference is None else plans[here].table.foreign_keys[source.reference].table
        if (there, source.column) == (table, column):
            position = plans[table].column_spec(column).position or plans[table].table.position
            steps = ", which follows ".join(".".join(step) for step in (*path[1:], path[0]))
            raise LabError(
                f"{f'{position}: ' if position else ''}{table}.{column} follows itself: it follows {steps}",
                "take out one of the settings `after`",
            )
        if (there, source.column) in path:
            return
        path.append((there, source.column))
