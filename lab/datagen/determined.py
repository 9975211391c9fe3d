"""Which columns of a row determine which."""

from __future__ import annotations

from collections.abc import Container, Sequence

from lab.datagen import grid
from lab.datagen.names import has_word
from lab.datagen.plan import TablePlan
from lab.errors import LabError

_BY_CITY = r"postal|postal_?code|postcode|zip|zip_?code|state|province|region"


def determiners(plan: TablePlan, able: Sequence[str], decided: Container[str]) -> dict[str, tuple[str, ...]]:
    """By column: those that together determine it, as the spec says, else a city its postal code and state. `able` are
    the columns that can be determined, `decided` those something else decides. Raises LabError for columns that
    determine each other."""
    found = {name: by for name in able if (by := plan.column_spec(name).depends_on)}
    for name in found:
        if name in _followed(name, found):
            position = plan.column_spec(name).position
            raise LabError(
                f"{f'{position}: ' if position else ''}{plan.table.name}.{name} depends on itself, by way of "
                f"{', '.join(found[name])}",
                "take out one of the settings `depends_on`",
            )
    has_city = any(column.name == "city" and column.generated is None for column in plan.table.columns)
    for name in able if has_city else ():
        is_free = name not in found and name not in decided and not plan.choices[name]
        if is_free and grid.is_text(plan.table.column(name).type) and has_word(name, _BY_CITY):
            found[name] = ("city",)
            if name in _followed(name, found):
                del found[name]
    return found


def _followed(name: str, determined: dict[str, tuple[str, ...]]) -> set[str]:
    """All that determine a column, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for by in determined.get(waiting.pop(), ()):
            if by not in found:
                found.add(by)
                waiting.append(by)
    return found
