"""What CHECK constraints ask of values, as far as they compare columns with constants or each other.

A check this module does not understand is left to the database, which judges the rows itself. Of `one OR other` only
one side is enforced: the one that leaves the values most freedom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.datagen import formulas, grid, patterns
from lab.datagen.bounds import Bounds, Conditions
from lab.datagen.presence import conditional
from lab.datagen.terms import Columns, bare, column_in, constant_in, flattened, moment_in, number_in
from lab.errors import LabError
from lab.model.schema import Column

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_OPERATORS: dict[type[exp.Expr], str] = {
    exp.GTE: ">=",
    exp.GT: ">",
    exp.LTE: "<=",
    exp.LT: "<",
    exp.EQ: "=",
    exp.NEQ: "<>",
}


def of_check(expression: str, columns: Columns) -> Iterator[tuple[str, Bounds]]:
    try:
        tree = sqlglot.parse_one(expression, read="postgres")
    except SqlglotError:
        return
    for conjunct in flattened(tree, exp.And):
        yield from conditional(conjunct, columns) or _conditions(conjunct, columns) or []


def _conditions(tree: exp.Expr, columns: Columns) -> Conditions | None:
    """Conditions under which an expression surely holds; None where it is not understood."""
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        parts = [_conditions(side, columns) for side in flattened(tree, exp.And)]
        return None if None in parts else [condition for part in parts for condition in part or []]
    if isinstance(tree, exp.Or):
        return _alternative(list(flattened(tree, exp.Or)), columns)
    if isinstance(tree, exp.Between):
        low = _compared(tree.this, ">=", tree.args["low"], columns)
        high = _compared(tree.this, "<=", tree.args["high"], columns)
        return low + high if low and high else None
    if isinstance(tree, exp.In):
        return _listed(tree.this, tree.expressions, columns)
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        return _present(tree.this, "always" if tree.args.get("negate") else "never", columns)
    if isinstance(tree, exp.Like | exp.ILike | exp.RegexpLike | exp.RegexpILike):
        return _matching(tree, columns)
    if isinstance(tree, exp.Not):
        return _negated(tree.this.unnest(), columns)
    if type(tree) in _OPERATORS:
        return _comparison(tree, _OPERATORS[type(tree)], columns)
    name = column_in(tree, columns)
    return [(name, Bounds(values=("true",)))] if name and columns[name].type.name == "boolean" else None


def _alternative(sides: list[exp.Expr], columns: Columns) -> Conditions | None:
    """The cheapest side; of equalities of one column all."""
    understood = [side for side in (_conditions(side, columns) for side in sides) if side]
    names = {name for side in understood for name, _ in side}
    if len(understood) == len(sides) and len(names) == 1 and all(len(s) == 1 and s[0][1].values for s in understood):
        return [(names.pop(), Bounds(values=tuple(value for side in understood for value in side[0][1].values)))]
    return min(understood, key=lambda side: sum(bounds.cost for _, bounds in side), default=None)


def _matching(tree: exp.Expr, columns: Columns) -> Conditions | None:
    name, pattern = column_in(tree.this, columns), constant_in(tree.expression)
    if name is None or pattern is None:
        return None
    found = patterns.of_like(pattern) if isinstance(tree, exp.Like | exp.ILike) else pattern
    if isinstance(tree, exp.ILike | exp.RegexpILike):
        found = f"(?i){found}"
    return [(name, Bounds(patterns=(found,)))] if patterns.is_regular(found) else None


def _negated(tree: exp.Expr, columns: Columns) -> Conditions | None:
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        return _present(tree.this, "never" if tree.args.get("negate") else "always", columns)
    if isinstance(tree, exp.In):
        listed = _listed(tree.this, tree.expressions, columns)
        return [(name, Bounds(excluded=bounds.values)) for name, bounds in listed] if listed else None
    name = column_in(tree, columns)
    return [(name, Bounds(values=("false",)))] if name and columns[name].type.name == "boolean" else None


def _present(tree: exp.Expr, presence: Literal["always", "never"], columns: Columns) -> Conditions | None:
    name = column_in(tree, columns)
    return [(name, Bounds(presence=presence))] if name else None


def _listed(tree: exp.Expr, items: Iterable[exp.Expr], columns: Columns) -> Conditions | None:
    name, values = column_in(tree, columns), [constant_in(item) for item in items]
    if name is None or not values or None in values:
        return None
    return [(name, Bounds(values=tuple(value for value in values if value is not None)))]


def _comparison(tree: exp.Expr, operator: str, columns: Columns) -> Conditions | None:
    left, right = bare(tree.this), bare(tree.expression)
    if isinstance(right, exp.Any) and operator == "=":
        array = bare(right.this)
        return _listed(left, array.expressions, columns) if isinstance(array, exp.Array) else None
    if isinstance(left, exp.Is) and isinstance(right, exp.Is):
        return _both_or_one(left, right, operator, columns)
    if operator == "=" and (found := _equation(left, right, columns) or _equation(right, left, columns)):
        return found
    return _compared(left, operator, right, columns) or _compared(right, _MIRRORED[operator], left, columns)


def _equation(left: exp.Expr, right: exp.Expr, columns: Columns) -> Conditions | None:
    """`total = quantity * price`: a number worked out from others."""
    name = column_in(left, columns)
    if name is None or not isinstance(right, exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Round):
        return None
    others = [column_in(column, columns) for column in right.find_all(exp.Column)]
    if not others or None in others or name in others or not grid.is_number(columns[name].type):
        return None
    text = right.sql(dialect="postgres")
    try:
        formulas.parse(text)
    except LabError:
        return None
    return [(name, Bounds(expression=text))]


def _both_or_one(left: exp.Is, right: exp.Is, operator: str, columns: Columns) -> Conditions | None:
    """`(a IS NULL) = (b IS NULL)`: both are there. `(a IS NULL) <> (b IS NULL)`: the first is."""
    one, other = _present(left.this, "always", columns), _present(right.this, "always", columns)
    is_same = (left.args.get("negate") == right.args.get("negate")) == (operator == "=")
    if one is None or other is None or operator not in ("=", "<>"):
        return None
    return one + (other if is_same else [(name, Bounds(presence="never")) for name, _ in other])


def _compared(left: exp.Expr, operator: str, right: exp.Expr, columns: Columns) -> Conditions | None:
    left, right = bare(left), bare(right)
    if isinstance(left, exp.Length):
        return _length(left, operator, right, columns)
    name, other = column_in(left, columns), column_in(right, columns)
    if name is None:
        return None
    if isinstance(right, exp.Lower | exp.Upper) and operator == "=" and column_in(right.this, columns) == name:
        return [(name, Bounds(case="lower" if isinstance(right, exp.Lower) else "upper"))]
    if other is not None:
        return _between_columns(name, operator, other)
    return _against_constant(columns[name], operator, right)


def _length(call: exp.Length, operator: str, right: exp.Expr, columns: Columns) -> Conditions | None:
    name, number = column_in(bare(call.this), columns), number_in(right)
    if name is None or number is None or operator == "<>":
        return None
    length = int(number)
    shortest = {">": length + 1, ">=": length, "=": length}.get(operator)
    longest = {"<": length - 1, "<=": length, "=": length}.get(operator)
    return [(name, Bounds(shortest=shortest, longest=longest))]


def _between_columns(name: str, operator: str, other: str) -> Conditions | None:
    if operator == "<>":
        return [(name, Bounds(unlike=(other,))), (other, Bounds(unlike=(name,)))]
    if operator[0] == ">":
        return [(name, Bounds(above=(other,), is_strictly_above=operator == ">"))]
    if operator[0] == "<":
        return [(other, Bounds(above=(name,), is_strictly_above=operator == "<"))]
    return None


def _against_constant(column: Column, operator: str, right: exp.Expr) -> Conditions | None:
    value = constant_in(right)
    if value is None:
        return None
    if operator == "<>":
        return [(column.name, Bounds(excluded=(value,)))]
    number = (
        moment_in(value) if grid.is_moment(column.type) else number_in(right) if grid.is_number(column.type) else None
    )
    if number is None:
        return [(column.name, Bounds(values=(value,)))] if operator == "=" else None
    step = grid.step_of(column.type) if operator in ("<", ">") else 0.0
    low = number + step if operator[0] in ">=" else None
    high = number - step if operator[0] in "<=" else None
    return [(column.name, Bounds(low=low, high=high))]
