"""Conditions of CHECK constraints, held against rows: `status = 'paid'` for each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from lab.datagen.seed import Mask

Find = Callable[[str], pa.Array]
_COMPARED: dict[type[exp.Expr], Callable[[pa.Array, pa.Scalar], pa.Array]] = {
    exp.EQ: pc.equal,
    exp.NEQ: pc.not_equal,
    exp.GT: pc.greater,
    exp.GTE: pc.greater_equal,
    exp.LT: pc.less,
    exp.LTE: pc.less_equal,
}


def bare(tree: exp.Expr) -> exp.Expr:
    """Without parentheses and casts, which `pg_dump` writes wherever it can."""
    tree = tree.unnest()
    return bare(tree.this) if isinstance(tree, exp.Cast) else tree


def is_known(tree: exp.Expr) -> bool:
    """Whether it can be held against rows."""
    tree = bare(tree)
    if isinstance(tree, exp.And | exp.Or):
        return is_known(tree.left) and is_known(tree.right)
    if isinstance(tree, exp.Not):
        return is_known(tree.this)
    if isinstance(tree, exp.In):
        return isinstance(bare(tree.this), exp.Column) and all(
            isinstance(bare(e), exp.Literal) for e in tree.expressions
        )
    if type(tree) in _COMPARED:
        return isinstance(bare(tree.this), exp.Column) and _is_constant(bare(tree.expression))
    return isinstance(tree, exp.Column)


def _is_constant(tree: exp.Expr) -> bool:
    if isinstance(tree, exp.Any):
        array = bare(tree.this)
        return isinstance(array, exp.Array) and all(isinstance(bare(e), exp.Literal) for e in array.expressions)
    return isinstance(tree, exp.Literal | exp.Boolean)


def holds(tree: exp.Expr, find: Find) -> Mask:
    """In which rows it is true; not where it is NULL."""
    return np.asarray(pc.fill_null(_held(tree, find), False).to_numpy(zero_copy_only=False), np.bool_)


def _held(tree: exp.Expr, find: Find) -> pa.Array:
    tree = bare(tree)
    if isinstance(tree, exp.And):
        return pc.and_kleene(_held(tree.left, find), _held(tree.right, find))
    if isinstance(tree, exp.Or):
        return pc.or_kleene(_held(tree.left, find), _held(tree.right, find))
    if isinstance(tree, exp.Not):
        return pc.invert(_held(tree.this, find))
    if isinstance(tree, exp.Column):
        return find(tree.name)
    values = find(bare(tree.this).name)
    if isinstance(tree, exp.In):
        return _among(values, tree.expressions)
    right = bare(tree.expression)
    if isinstance(right, exp.Any):
        return _among(values, bare(right.this).expressions)
    if isinstance(right, exp.Boolean):
        return _COMPARED[type(tree)](values, pa.scalar(bool(right.this)))
    if pa.types.is_string(values.type):
        return _COMPARED[type(tree)](values, pa.scalar(str(right.this)))
    return _COMPARED[type(tree)](values.cast(pa.float64()), pa.scalar(float(right.this)))


def _among(values: pa.Array, items: list[exp.Expr]) -> pa.Array:
    listed = pa.array([str(bare(item).this) for item in items])
    return pc.if_else(pc.is_null(values), None, pc.is_in(values.cast(pa.string()), listed))
