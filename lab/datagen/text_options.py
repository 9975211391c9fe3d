"""The texts a column is drawn from."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from lab.datagen import grid, patterns, pools
from lab.datagen.bounds import Bounds
from lab.datagen.options import Options
from lab.datagen.plan import TablePlan
from lab.model.schema import Column

_ENOUGH = 50


def text_options(plan: TablePlan, name: str, locale: str) -> Options:
    """Of the column's kind, words or lengths, in the data's locale unless the column has its own, as checks ask."""
    column, spec, bounds = plan.table.column(name), plan.column_spec(name), plan.column_bounds(name)
    shortest, longest = lengths(column, bounds)
    locale = spec.locale or locale
    kind = spec.kind or pools.kind_of(plan.table.name, name, column.comment)
    if spec.words is not None:
        found = pools.fitted(pools.texts(locale, *spec.words), shortest, longest)
    elif spec.length is not None:
        found = pools.sized(kind, locale, *spec.length)
    else:
        found = pools.pool(kind, locale, shortest, longest)
    for expression in bounds.patterns:
        found = _matching(found, expression, longest)
    if bounds.case is not None:
        found = pc.utf8_lower(found) if bounds.case == "lower" else pc.utf8_upper(found)
    allowed = found.filter(pc.invert(pc.is_in(found, pa.array(bounds.excluded, pa.string()))))
    return Options(allowed if len(allowed) else found)


def _matching(texts: pa.StringArray, expression: str, longest: int | None) -> pa.StringArray:
    """Those of the texts that match, or others that do."""
    found = [text for text in texts.to_pylist() if re.search(expression, text)]
    if len(found) >= _ENOUGH:
        return pa.array(found, pa.string())
    made = patterns.pattern(expression)
    if made is None:
        return pa.array(found, pa.string()) if found else texts
    some = (made.scattered(number) for number in range(min(made.count, pools.SIZE)))
    return pa.array([text for text in some if longest is None or len(text) <= longest] or found, pa.string())


def lengths(column: Column, bounds: Bounds) -> tuple[int, int | None]:
    """The fewest and the most characters of a text."""
    declared = grid.text_length(column.type)
    longest = min((end for end in (declared, bounds.longest) if end is not None), default=None)
    return longest if column.type.name == "char" and longest is not None else bounds.shortest or 0, longest
