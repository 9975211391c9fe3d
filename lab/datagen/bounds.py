"""What CHECK constraints and partitions ask of values, as far as they compare columns with constants or with each other.

A check this module does not understand is left to the database, which judges the rows itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.datagen.grid import MOMENTS, step_of
from lab.model.schema import Column, Table

Case = Literal["lower", "upper"]
Conditions = list[tuple[str, "Bounds"]]

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_OPERATORS: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.GTE, ">="),
    (exp.GT, ">"),
    (exp.LTE, "<="),
    (exp.LT, "<"),
    (exp.EQ, "="),
    (exp.NEQ, "<>"),
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a column's values must satisfy. Times are bounded in microseconds since 1970."""

    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    shortest: int | None = None
    longest: int | None = None
    case: Case | None = None
    above: tuple[str, ...] = ()
    """Columns of the row it may not fall below."""
    is_strictly_above: bool = False
    unlike: tuple[str, ...] = ()
    """Columns of the row it may not equal."""


def bounds_of(table: Table) -> dict[str, Bounds]:
    """By column; columns nothing bounds are missing."""
    columns = {column.name: column for column in table.columns}
    found: dict[str, Bounds] = {}
    for check in table.checks:
        try:
            tree = sqlglot.parse_one(check.expression, read="postgres")
        except SqlglotError:
            continue
        for name, bound in _conditions(tree, columns):
            if name in columns:
                found[name] = _both(found.get(name, Bounds()), bound)
    for name, bound in _of_partitions(table, columns):
        found[name] = _both(found.get(name, Bounds()), bound)
    return _spread(_without_circles(found), columns)


def _both(one: Bounds, other: Bounds) -> Bounds:
    return Bounds(
        _largest(one.low, other.low),
        _smallest(one.high, other.high),
        tuple(value for value in one.values if value in other.values) if one.values and other.values
        else one.values or other.values,
        one.excluded + other.excluded,
        _largest(one.shortest, other.shortest),
        _smallest(one.longest, other.longest),
        one.case or other.case,
        one.above + other.above,
        one.is_strictly_above or other.is_strictly_above,
        one.unlike + other.unlike,
    )  # fmt: skip


def _largest[N: (int, float)](one: N | None, other: N | None) -> N | None:
    return max((number for number in (one, other) if number is not None), default=None)


def _smallest[N: (int, float)](one: N | None, other: N | None) -> N | None:
    return min((number for number in (one, other) if number is not None), default=None)
