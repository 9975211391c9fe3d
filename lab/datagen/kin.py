"""Columns of a row that belong together: a person's name and address, a thing's name and slug, a city and its country.

They are put together from the same parts, or are fields of one place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from lab.datagen import composed, grid, places, pools, vocabulary
from lab.datagen.bounds import Bounds
from lab.datagen.composed import Composed, Form, Named
from lab.datagen.names import snake
from lab.datagen.places import Countries, Placed
from lab.datagen.plan import TablePlan
from lab.datagen.seed import Rows, stream
from lab.datagen.ways import Made
from lab.model.data import ColumnSpec, DataSpec
from lab.model.schema import Column

_PERSON: Mapping[str, Form] = {
    "first_name": composed.FIRST,
    "last_name": composed.LAST,
    "name": composed.WHOLE,
    "email": composed.ADDRESS,
    "user_name": composed.ACCOUNT,
    "slug": composed.SLUG,
}
_THING: Mapping[str, Form] = {
    "title": composed.WHOLE,
    "company": composed.WHOLE,
    "email": composed.INFO,
    "user_name": composed.ACCOUNT,
    "slug": composed.SLUG,
    "domain_name": composed.DOMAIN,
    "url": composed.WEBSITE,
}
_KINDS = _PERSON.keys() | _THING.keys()
_CALLED = r"name|title|subject|headline|label"
_NAMING = re.compile(
    rf"((first|given|last|family|full|display|user|nick|legal|trade)_?name|{_CALLED}|surname|login|handle|e_?mail|slug|"
    r"domain|website|homepage|home_?page|url)(_?address)?$"
)
_PLACING = re.compile(
    r"(city|town|zip|post|postal|state|province|region|county|country|locale|time_?zone|tz|name)(_?(code|name|iso))?$"
)
_OF_ROW = frozenset(("", "user", "primary", "work", "home"))
"""What may stand before a name that is the row's own."""


class Kin(NamedTuple):
    """How a column's values are made, and what its NULLs follow from: a row's place has a state, or it has none."""

    made: Made
    origin: Callable[[Rows], Rows] | None = None


_FEWEST = 50
_APART = 9973
"""Numbers so far apart make texts of the first and of later rounds."""
_CODE = 3


class _Candidate(NamedTuple):
    column: Column
    kind: str
    longest: int | None
    patterns: tuple[str, ...]


def kin_of(
    plan: TablePlan, data: DataSpec, seed: int, is_free: Callable[[str], bool], said: Made | None
) -> dict[str, Kin]:
    """The columns that belong together with others, or are put together as those are. `is_free` says whether nothing
    else decides a column; `said` gives what says where a row belongs: a country, or a locale."""
    candidates = list(_candidates(plan, is_free))
    found: dict[str, Kin] = {}
    for prefix in dict.fromkeys(_prefix(plan, each, _NAMING) for each in candidates if each.kind in _KINDS):
        group = [each for each in candidates if each.kind in _KINDS and _prefix(plan, each, _NAMING) == prefix]
        found |= _named(plan, data, seed, prefix, group)
    placed = [
        each for each in candidates if each.kind in places.KINDS and each.column.name not in found and _are_codes(each)
    ]
    for prefix in dict.fromkeys(_prefix(plan, each, _PLACING) for each in placed):
        group = [each for each in placed if _prefix(plan, each, _PLACING) == prefix]
        found |= _placed(plan, data, seed, prefix, group, said)
    return found


def says_country(column: str) -> bool:
    """Whether a column says where its row belongs."""
    return re.search(r"(^|_)(country|locale)(_?(code|name|iso))?$", snake(column)) is not None


def _candidates(plan: TablePlan, is_free: Callable[[str], bool]) -> Iterator[_Candidate]:
    """Texts of which no more is said than their kind."""
    for column in plan.table.columns:
        spec, bounds = plan.column_spec(column.name), plan.column_bounds(column.name)
        is_plain = spec == ColumnSpec(kind=spec.kind, nulls=spec.nulls, position=spec.position)
        rest = replace(
            bounds, presence=None, required=(), absent=(), longest=None, shortest=None, case=None, patterns=()
        )
        if not (grid.is_text(column.type) and is_free(column.name) and is_plain and rest == Bounds()):
            continue
        kind = spec.kind or pools.kind_of(plan.table.name, column.name, column.comment)
        if kind == "title" and not re.search(rf"({_CALLED})$", snake(column.name)):
            continue
        ends = [end for end in (grid.text_length(column.type), bounds.longest) if end is not None]
        if _has_case(kind, bounds.case) and (bounds.shortest or 0) <= (2 if kind == "country_code" else 1):
            yield _Candidate(column, kind, min(ends, default=None), bounds.patterns)


def _are_codes(candidate: _Candidate) -> bool:
    """Whether a place's field matches what a check asks for: nothing, or what country codes do."""
    are_matched = all(re.search(pattern, code) for pattern in candidate.patterns for code in ("US", "DE"))
    return not candidate.patterns or (candidate.kind == "country_code" and are_matched)


def _has_case(kind: str, case: str | None) -> bool:
    """Whether texts of that kind are spelled in the case a check asks for."""
    form = _THING.get(kind) or _PERSON.get(kind) or composed.WHOLE
    return case is None or (case == "lower" and form.is_spelled) or (case == "upper" and kind == "country_code")


def _prefix(plan: TablePlan, candidate: _Candidate, ending: re.Pattern[str]) -> str:
    """Whose name it is: nothing for the row's own."""
    name = snake(candidate.column.name)
    before = ending.sub("", name).strip("_") if ending.search(name) else name
    is_own = before in _OF_ROW or (
        snake(plan.table.name).startswith(before) and len(before) + 3 >= len(plan.table.name)
    )
    return "" if is_own else before


# Names


def _named(plan: TablePlan, data: DataSpec, seed: int, prefix: str, group: list[_Candidate]) -> dict[str, Kin]:
    kinds = [each.kind for each in group]
    called = next((kind for kind in kinds if kind in ("title", "company")), None)
    is_person = called is None and not {"name", "first_name", "last_name", "email", "user_name"}.isdisjoint(kinds)
    forms = _PERSON if is_person else _THING
    parts = _people(data.locale) if is_person else _things(called or "title", prefix or plan.table.name)
    counted = plan.uniqueness.counted
    fit = {
        each.column.name: form
        for each in group
        if (form := forms.get(each.kind)) is not None
        and (each.longest is None or parts.longest(form) <= each.longest)
        and (each.column.name not in counted or form.again)
        and _match(parts, form, each.patterns)
    }
    is_unique = any(each.column.name in counted for each in group)
    if parts.count < _FEWEST or (is_unique and counted.isdisjoint(fit)):
        return {}
    named = Named(parts, stream(seed, plan.table.name, prefix, "named"), is_unique)
    return {name: Kin(partial(named.texts, form)) for name, form in fit.items()}


def _match(parts: Composed, form: Form, patterns: tuple[str, ...]) -> bool:
    some = parts.texts(form, np.arange(_FEWEST) * _APART).to_pylist() if patterns else []
    return all(re.search(pattern, text) for text in some for pattern in patterns)


@lru_cache(maxsize=16)
def _people(locale: str) -> Composed:
    return Composed(pools.pool(kind, locale).to_pylist() for kind in ("first_name", "last_name"))


@lru_cache(maxsize=256)
def _things(kind: str, named: str) -> Composed:
    return Composed(vocabulary.COMPANY if kind == "company" else vocabulary.parts_of(named))


# Places


def _placed(
    plan: TablePlan, data: DataSpec, seed: int, prefix: str, group: list[_Candidate], said: Made | None
) -> dict[str, Kin]:
    fields = {each.column.name: _field(each) for each in group}
    key = stream(seed, plan.table.name, prefix, "placed")
    if plan.uniqueness.counted.isdisjoint(fields):
        is_mixed = said is None and any(each.kind in places.MIXED for each in group)
        placed = Placed(data.locale, key, said, is_mixed)
        return {
            each.column.name: Kin(
                partial(placed.values, fields[each.column.name], each.longest),
                placed.origins if each.kind in places.OF_CITY else None,
            )
            for each in group
        }
    countries = Countries(data.locale)
    fits = {name: field for name, field in fields.items() if field in ("country", "country_code")}
    if plan.count > countries.count or plan.uniqueness.counted.isdisjoint(fits):
        return {}
    return {name: Kin(partial(countries.values, field)) for name, field in fits.items()}


def _field(candidate: _Candidate) -> str:
    """A code where there is room for no more."""
    is_short = candidate.longest is not None and candidate.longest <= _CODE
    return f"{candidate.kind}_code" if is_short and candidate.kind in ("country", "state") else candidate.kind
