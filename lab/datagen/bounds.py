"""What CHECK constraints ask of values, as far as they compare columns with constants or with each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.model.schema import Table


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a column's values must satisfy; `above` names columns of the row that may not exceed it."""

    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    length: int | None = None
    above: tuple[str, ...] = ()
    is_strictly_above: bool = False


def bounds_of(table: Table) -> dict[str, Bounds]:
    """By column; columns no check bounds are missing."""
    found: dict[str, Bounds] = {}
    integers = {c.name for c in table.columns if c.type.name in ("smallint", "integer", "bigint")}
    for check in table.checks:
        try:
            tree = sqlglot.parse_one(check.expression, read="postgres")
        except SqlglotError:
            continue  # a check only the database understands: it will judge the rows itself
        for name, bound in _conditions(tree, integers):
            found[name] = _both(found.get(name, Bounds()), bound)
    return found


def _both(one: Bounds, other: Bounds) -> Bounds:
    lows = [low for low in (one.low, other.low) if low is not None]
    highs = [high for high in (one.high, other.high) if high is not None]
    return Bounds(
        max(lows, default=None),
        min(highs, default=None),
        one.values or other.values,
        one.length or other.length,
        one.above + other.above,
        one.is_strictly_above or other.is_strictly_above,
    )


def _conditions(tree: exp.Expr, integers: set[str]) -> Iterator[tuple[str, Bounds]]:
    """Each conjunct; of `x IS NULL OR …` the second half, since a NULL passes anyway."""
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        yield from _conditions(tree.left, integers)
        yield from _conditions(tree.right, integers)
    elif isinstance(tree, exp.Or):
        sides = [side.unnest() for side in (tree.left, tree.right)]
        rest = [side for side in sides if not (isinstance(side, exp.Is) and isinstance(side.expression, exp.Null))]
        if len(rest) == 1:
            yield from _conditions(rest[0], integers)
    elif isinstance(tree, exp.Between):
        yield from _compared(tree.this, ">=", tree.args["low"], integers)
        yield from _compared(tree.this, "<=", tree.args["high"], integers)
    elif isinstance(tree, exp.In) and isinstance(tree.this, exp.Column):
        yield tree.this.name, Bounds(values=tuple(item.name for item in tree.expressions))
    else:
        for kind, operator in ((exp.GTE, ">="), (exp.GT, ">"), (exp.LTE, "<="), (exp.LT, "<"), (exp.EQ, "=")):
            if type(tree) is kind:
                yield from _compared(tree.this, operator, tree.expression, integers)
                mirrored = operator.translate(str.maketrans("<>", "><"))
                yield from _compared(tree.expression, mirrored, tree.this, integers)


def _compared(left: exp.Expr, operator: str, right: exp.Expr, integers: set[str]) -> Iterator[tuple[str, Bounds]]:
    left, right = left.unnest(), right.unnest()
    number = _number(right)
    if isinstance(left, exp.Length) and operator == "=" and number is not None:
        yield left.this.name, Bounds(length=int(number))
    if not isinstance(left, exp.Column):
        return
    if number is not None:
        step = (1 if left.name in integers else 0.01) if operator in ("<", ">") else 0
        bound = Bounds()
        if operator[0] in ">=":
            bound = replace(bound, low=number + step)
        if operator[0] in "<=":
            bound = replace(bound, high=number - step)
        yield left.name, bound
    elif isinstance(right, exp.Column) and operator[0] == ">":
        yield left.name, Bounds(above=(right.name,), is_strictly_above=operator == ">")


def _number(tree: exp.Expr) -> float | None:
    sign = -1 if isinstance(tree, exp.Neg) else 1
    literal = tree.this if isinstance(tree, exp.Neg) else tree
    return sign * float(literal.name) if isinstance(literal, exp.Literal) and not literal.is_string else None
