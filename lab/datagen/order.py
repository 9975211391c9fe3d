"""Which of a row's columns follows which, judged by their names: an end its start, a delivery the shipment.

What a check or the user says of a column is not added to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from lab.datagen import grid
from lab.datagen.bounds import Bounds
from lab.datagen.names import snake
from lab.model.data import ColumnSpec
from lab.model.schema import Column, Table

_PAIRS: tuple[tuple[str, str], ...] = (
    # (a word in the earlier or smaller one's name, the word in its place in the other's)
    ("start", "end|finish|stop"),
    ("starts", "ends"),
    ("started", "ended|finished|stopped|completed"),
    ("starting", "ending"),
    ("begin", "end"),
    ("begins", "ends"),
    ("began", "ended"),
    ("from", "to|until|till|thru"),
    ("since", "until"),
    ("first", "last"),
    ("min", "max"),
    ("minimum", "maximum"),
    ("low", "high"),
    ("lowest", "highest"),
    ("lower", "upper"),
    ("open", "close"),
    ("opens", "closes"),
    ("in", "out"),
    ("checkin", "checkout"),
    ("departure", "arrival"),
)
_STAGES: tuple[tuple[str, ...], ...] = (
    # Beginnings of words, each followed by the next ones.
    (
        "request submit order plac book",
        "confirm approv accept authori",
        "paid pay captur charg",
        "pack pick prepar fulfil",
    ),
    ("request submit order plac book", "confirm approv accept authori", "ship dispatch sent depart", "deliver arriv"),
    ("order plac deliver arriv", "return refund"),
    ("open report", "assign acknowledg first respond", "resolv solv", "clos"),
    ("schedul plan", "start began admit", "finish ended complet discharg"),
    ("hired joined enrol employ", "complet graduat terminat left resign retir"),
    ("issu invoic billed", "due"),
    ("issu invoic billed", "paid settl"),
    ("sent queu", "deliver receiv", "opened read seen", "click"),
    ("purchas bought acquir manufactur", "retir dispos scrap sold"),
    ("borrow loan rent lent", "due"),
    ("borrow loan rent lent", "return"),
    ("invit", "accept joined"),
    ("draft", "publish", "archiv"),
    ("collect sampl drawn", "analy test process", "report result"),
)
_SHORT = r"appointment|booking|meeting|visit|lesson|shift|call|session|class"
_QUICK = "confirm approv accept authori paid captur ship dispatch deliver arriv respond first resolv clos report result"


def in_usual_order(table: Table, bounds: Mapping[str, Bounds], specs: Mapping[str, ColumnSpec]) -> dict[str, Bounds]:
    """The bounds, with what follows from names; what is missing where something came before it is missing, too."""
    found = dict(bounds)
    follows = {name: one.above[0] for name, one in bounds.items() if one.above}
    for column in table.columns:
        known = bounds.get(column.name, Bounds())
        if not _is_open(column, known, specs) or column.name in follows:
            continue
        for earlier in _earlier(table, column):
            if _is_open(earlier, bounds.get(earlier.name, Bounds()), specs) and not _leads_to(earlier, column, follows):
                follows[column.name] = earlier.name
                found[column.name] = _after(known, column, earlier, specs)
                break
    return found


@lru_cache(maxsize=1024)
def usual_days(table: str, column: str) -> float | None:
    """How long after what it follows something is at most, where that is known."""
    if re.search(_SHORT, snake(table)) and re.search(r"end|finish|stop|until|(^|_)(to|out)(_|$)", snake(column)):
        return 0.125
    return 10.0 if _is_stage(snake(column), _QUICK) else None


def _is_open(column: Column, bounds: Bounds, specs: Mapping[str, ColumnSpec]) -> bool:
    spec = specs.get(column.name, ColumnSpec())
    is_said = spec != ColumnSpec(nulls=spec.nulls, within_days=spec.within_days, position=spec.position)
    return not (is_said or bounds.above or bounds.expression or bounds.values or column.generated)


def _earlier(table: Table, column: Column) -> Iterator[Column]:
    """What a column may follow, the nearest first."""
    names = {snake(other.name): other for other in table.columns if other.name != column.name}
    name = snake(column.name)
    for before, after in _PAIRS:
        other = names.get(re.sub(rf"(?<![a-z])({after})(?![a-z])", before, name))
        if other is not None and _are_alike(other, column):
            yield other
    if grid.is_moment(column.type):
        for stages in _STAGES:
            place = next((number for number, words in enumerate(stages) if _is_stage(name, words)), 0)
            for words in reversed(stages[:place]):
                yield from (
                    other for said, other in names.items() if _is_stage(said, words) and _are_alike(other, column)
                )


def _is_stage(name: str, words: str) -> bool:
    return re.match(rf"({words.replace(' ', '|')})[a-z]*(_|$)", name) is not None


def _are_alike(one: Column, other: Column) -> bool:
    kinds = (grid.is_moment, grid.is_number)
    return one.generated is None and any(is_kind(one.type) and is_kind(other.type) for is_kind in kinds)


def _leads_to(column: Column, other: Column, follows: Mapping[str, str]) -> bool:
    """Whether a column follows the other already."""
    name: str | None = column.name
    seen: set[str] = set()
    while name is not None and name not in seen:
        if name == other.name:
            return True
        seen.add(name)
        name = follows.get(name)
    return False


def _after(known: Bounds, column: Column, earlier: Column, specs: Mapping[str, ColumnSpec]) -> Bounds:
    is_together = column.is_nullable and earlier.is_nullable and specs.get(column.name, ColumnSpec()).nulls is None
    return replace(known, above=(earlier.name,), missing_with=earlier.name if is_together else None)
