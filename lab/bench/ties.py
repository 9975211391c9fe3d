"""Answers that differ though both are right: their rows tie in what the query orders by."""

from __future__ import annotations

from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.advise.queries import DIALECTS
from lab.bench.answers import Row


def tied_order(sql: str, engine: str, ours: Sequence[Row], theirs: Sequence[Row]) -> str:
    """The ORDER BY that both answers keep to, as written; empty where one does not, or its columns are not shown."""
    places, order = _ordered_by(sql, engine)
    if not places or len(ours) != len(theirs):
        return ""
    is_kept = all(one[place] == other[place] for one, other in zip(ours, theirs, strict=True) for place in places)
    return order if is_kept else ""


def _ordered_by(sql: str, engine: str) -> tuple[list[int], str]:
    """Which columns of the answer a query orders by, and its ORDER BY; none where they are not all among them."""
    try:
        tree = sqlglot.parse(sql, read=DIALECTS[engine])[-1] if engine in DIALECTS else None
    except SqlglotError:
        return [], ""
    order = tree.args.get("order") if tree is not None else None
    if not isinstance(tree, exp.Query) or order is None:
        return [], ""
    shown = [column.unalias().sql() for column in tree.selects]
    names = [column.alias_or_name for column in tree.selects]
    places = [_place(ordered.this, shown, names) for ordered in order.expressions]
    found = [place for place in places if place is not None]
    text = ", ".join(ordered.sql(dialect=DIALECTS[engine]) for ordered in order.expressions)
    return (found, text) if len(found) == len(places) else ([], "")


def _place(key: exp.Expr, shown: Sequence[str], names: Sequence[str]) -> int | None:
    if isinstance(key, exp.Literal) and key.is_int:
        return int(key.name) - 1
    if key.sql() in shown:
        return shown.index(key.sql())
    is_alone = isinstance(key, exp.Column) and key.name in names
    return names.index(key.name) if is_alone else None
