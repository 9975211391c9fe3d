"""PostgreSQL's conditions in MongoDB's words: a CHECK as a validator, an index's WHERE as a partial filter.

What has no counterpart raises `Unsayable`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import sqlglot
from bson import Decimal128
from sqlglot import exp
from sqlglot.errors import SqlglotError

Place = Callable[[str], str]
"""Where documents hold a column."""


class Unsayable(Exception):
    """MongoDB has no words for it."""


_COMPARISONS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "$eq",
    exp.NEQ: "$ne",
    exp.GT: "$gt",
    exp.GTE: "$gte",
    exp.LT: "$lt",
    exp.LTE: "$lte",
}
_NEGATED = {"$eq": "$ne", "$ne": "$eq", "$gt": "$lte", "$gte": "$lt", "$lt": "$gte", "$lte": "$gt"}
_MIRRORED = {"$eq": "$eq", "$ne": "$ne", "$gt": "$lt", "$gte": "$lte", "$lt": "$gt", "$lte": "$gte"}
_FUNCTIONS: Mapping[type[exp.Expr], str] = {exp.Lower: "$toLower", exp.Upper: "$toUpper", exp.Length: "$strLenCP"}
_ARITHMETIC: Mapping[type[exp.Expr], str] = {
    exp.Add: "$add",
    exp.Sub: "$subtract",
    exp.Mul: "$multiply",
    exp.Div: "$divide",
}
_BOUNDS: Mapping[str, dict[str, Any]] = {
    "$gte": {"minimum": ...},
    "$gt": {"minimum": ..., "exclusiveMinimum": True},
    "$lte": {"maximum": ...},
    "$lt": {"maximum": ..., "exclusiveMaximum": True},
}


def parsed(expression: str) -> exp.Expr:
    try:
        return _bare(sqlglot.parse_one(expression, read="postgres"))
    except SqlglotError as error:
        raise Unsayable(str(error)) from error


def _bare(tree: exp.Expr) -> exp.Expr:
    """Without parentheses, and without the casts PostgreSQL writes to constants (`'x'::order_status`)."""
    bare: exp.Expr = tree.transform(_without_clothes)
    return bare


def _without_clothes(node: exp.Expr) -> exp.Expr:
    if node.args.get("negate"):  # how newer versions of sqlglot keep IS NOT NULL
        plain = node.copy()
        plain.set("negate", False)
        return exp.Not(this=plain)
    is_cast = isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal)
    inner: exp.Expr = node.this if is_cast or isinstance(node, exp.Paren) else node
    return inner


def bounds(tree: exp.Expr) -> tuple[str, dict[str, Any]] | None:
    """A column and what $jsonSchema says of its values, for `column >= number` and its like."""
    if isinstance(tree, exp.Between) and isinstance(tree.this, exp.Column):
        low, high = _constant(tree.args["low"]), _constant(tree.args["high"])
        return (tree.this.name, {"minimum": low, "maximum": high}) if _are_numbers(low, high) else None
    operator = _COMPARISONS.get(type(tree), "")
    if operator in _BOUNDS and isinstance(tree.this, exp.Column) and _is_constant(tree.expression):
        limit = _constant(tree.expression)
        rule = {key: limit if value is ... else value for key, value in _BOUNDS[operator].items()}
        return (tree.this.name, rule) if _are_numbers(limit) else None
    return None


def _are_numbers(*values: Any) -> bool:
    return all(isinstance(value, int | Decimal128) and not isinstance(value, bool) for value in values)


def passes(tree: exp.Expr, place: Place, is_negated: bool = False) -> dict[str, Any]:
    """An aggregation expression that is true unless the condition is false: of NULLs SQL knows nothing, and a CHECK
    lets pass what it does not know."""
    match tree:
        case exp.Not():
            return passes(tree.this, place, not is_negated)
        case exp.And() | exp.Or():
            is_and = isinstance(tree, exp.And) != is_negated
            sides = [passes(side, place, is_negated) for side in (tree.this, tree.expression)]
            return {"$and" if is_and else "$or": sides}
        case exp.Is() if isinstance(tree.expression, exp.Null):
            return {"$gt" if is_negated else "$lte": [_value(tree.this, place), None]}
        case exp.Between():
            low = exp.GTE(this=tree.this, expression=tree.args["low"])
            high = exp.LTE(this=tree.this, expression=tree.args["high"])
            return passes(exp.And(this=low, expression=high), place, is_negated)
        case exp.In() if tree.expressions:
            found = {"$in": [_value(tree.this, place), [_constant(item) for item in tree.expressions]]}
            return _unless_null([tree.this], place, {"$not": [found]} if is_negated else found)
    operator = _COMPARISONS.get(type(tree))
    if operator is None:
        raise Unsayable(tree.sql(dialect="postgres"))
    sides = [_value(side, place) for side in (tree.this, tree.expression)]
    return _unless_null([tree.this, tree.expression], place, {_NEGATED[operator] if is_negated else operator: sides})


def _unless_null(operands: list[exp.Expr], place: Place, condition: dict[str, Any]) -> dict[str, Any]:
    names = dict.fromkeys(column.name for operand in operands for column in operand.find_all(exp.Column))
    unknown = [{"$lte": [f"${place(name)}", None]} for name in names]
    return {"$or": [*unknown, condition]} if unknown else condition


def _value(tree: exp.Expr, place: Place) -> Any:
    if isinstance(tree, exp.Column):
        return f"${place(tree.name)}"
    if _is_constant(tree):
        found = _constant(tree)
        return {"$literal": found} if isinstance(found, str) else found
    if type(tree) in _FUNCTIONS:
        return {_FUNCTIONS[type(tree)]: _value(tree.this, place)}
    if type(tree) in _ARITHMETIC:
        return {_ARITHMETIC[type(tree)]: [_value(tree.this, place), _value(tree.expression, place)]}
    raise Unsayable(tree.sql(dialect="postgres"))


def _is_constant(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Literal | exp.Boolean | exp.Null | exp.Neg)


def _constant(tree: exp.Expr) -> Any:
    match tree:
        case exp.Null():
            return None
        case exp.Boolean():
            return bool(tree.this)
        case exp.Literal() if tree.is_string:
            return tree.this
        case exp.Literal() | exp.Neg():
            return _number(tree.sql())
    raise Unsayable(tree.sql(dialect="postgres"))


def _number(text: str) -> Any:
    return int(text) if text.lstrip("-").isdigit() else Decimal128(Decimal(text))


def partial_filter(tree: exp.Expr, place: Place) -> dict[str, Any]:
    """A partialFilterExpression: equality, order, being null or not, joined by AND."""
    match tree:
        case exp.And():
            return {"$and": [partial_filter(tree.this, place), partial_filter(tree.expression, place)]}
        case exp.Is() if isinstance(tree.expression, exp.Null) and isinstance(tree.this, exp.Column):
            return {place(tree.this.name): None}
        case exp.Column():
            return {place(tree.name): True}
        case exp.Not():
            return _negated_filter(tree.this, place)
    operator = _COMPARISONS.get(type(tree))
    if operator is None or operator == "$ne":
        raise Unsayable(tree.sql(dialect="postgres"))
    left, right = tree.this, tree.expression
    if _is_constant(left):
        left, right, operator = right, left, _MIRRORED[operator]
    if not isinstance(left, exp.Column) or not _is_constant(right):
        raise Unsayable(tree.sql(dialect="postgres"))
    return {place(left.name): {operator: _constant(right)}}


_NOT_NULL = ["double", "string", "object", "array", "binData", "bool", "date", "int", "long", "decimal"]


def _negated_filter(tree: exp.Expr, place: Place) -> dict[str, Any]:
    if isinstance(tree, exp.Column):
        return {place(tree.name): False}
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null) and isinstance(tree.this, exp.Column):
        return {place(tree.this.name): {"$type": _NOT_NULL}}
    raise Unsayable(tree.sql(dialect="postgres"))
