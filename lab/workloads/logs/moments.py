"""The present in a logged query: the data's newest moment is not the clock's, so `now()` becomes a parameter."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_DAYS = {
    "second": 1 / 86_400,
    "minute": 1 / 1_440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "mon": 30.0,
    "month": 30.0,
    "year": 365.0,
}


def with_moments(text: str, is_read: bool) -> tuple[str, dict[str, float]]:
    """The text with parameters for now() and now() less an interval, and how many days ago each is. Writes keep
    theirs: what they put has no answer that could differ."""
    tree = sqlglot.parse_one(text, read="postgres")
    found: dict[str, float] = {}
    if not is_read or not tree.find(exp.CurrentTimestamp, exp.CurrentDate):
        return text, found
    for less in list(tree.find_all(exp.Sub)):
        if _is_present(less.this) and (days := _days(less.expression)) is not None:
            less.replace(_moment(less, less.this, days, found))
    for present in list(tree.find_all(exp.CurrentTimestamp, exp.CurrentDate)):
        present.replace(_moment(present, present, 0.0, found))
    return re.sub(r"%\((\w+)\)s", r":\1", tree.sql(dialect="postgres")), found


def _is_present(node: exp.Expr) -> bool:
    return isinstance(node, exp.CurrentTimestamp | exp.CurrentDate)


def _moment(place: exp.Expr, present: exp.Expr, days: float, found: dict[str, float]) -> exp.Expr:
    """Beside a column the parameter needs no type, and other engines are spared a cast they take otherwise."""
    name = f"days_ago_{days:g}".replace(".", "_") if days else "present"
    found[name] = round(days, 4)
    parameter = exp.Placeholder(this=name)
    if isinstance(place.parent, _COMPARISONS) and isinstance(present, exp.CurrentTimestamp):
        return parameter
    kind = "date" if isinstance(present, exp.CurrentDate) else "timestamptz"
    return exp.cast(parameter, kind, dialect="postgres")


def _days(interval: exp.Expr) -> float | None:
    """Of `interval '7 days'`, however it is spelled."""
    text = " ".join(part.name for part in interval.find_all(exp.Literal, exp.Var)).lower()
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]+?)s?", text.strip())
    return float(match[1]) * _DAYS[match[2]] if match and match[2] in _DAYS else None
