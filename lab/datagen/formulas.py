"""Columns worked out from others: `quantity * unit_price`, or a parent's `products.price`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.datagen.seed import Numbers
from lab.errors import LabError


class Row(Protocol):
    """What an expression can ask for, of each row of a batch."""

    def value(self, table: str, column: str) -> pa.Array:
        """Of the row, where `table` is empty, or of the one it refers to."""

    def total(self, tree: exp.Expr) -> Numbers:
        """The sum of an expression over the rows of another table that belong to each."""


_ARITHMETIC: dict[type[exp.Expr], Callable[[Numbers, Numbers], Numbers]] = {
    exp.Add: np.add,
    exp.Sub: np.subtract,
    exp.Mul: np.multiply,
    exp.Div: lambda one, other: np.divide(one, other, out=np.full_like(one, np.nan), where=other != 0),
}
KNOWN = "+, -, *, /, ||, sum(), round(), coalesce(), greatest(), least(), lower(), upper(), numbers, texts and columns"


def parse(text: str) -> exp.Expr:
    """Raises LabError for what is no expression, or is none of what is known here."""
    try:
        tree = sqlglot.parse_one(text, read="postgres")
    except SqlglotError as error:
        raise LabError(f"{text!r} is no expression", 'write expression = "quantity * unit_price"') from error
    _check(tree)
    return tree


def _check(tree: exp.Expr) -> None:
    for node in tree.walk():
        if not isinstance(node, _NODES):
            raise LabError(f"{node.sql(dialect='postgres')!r} is not known in an expression", f"there are: {KNOWN}")


_NODES = (
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Paren, exp.DPipe, exp.Round, exp.Coalesce, exp.Sum),
    *(exp.Greatest, exp.Least, exp.Lower, exp.Upper, exp.Literal, exp.Column, exp.Identifier),
)


def columns(tree: exp.Expr) -> Iterator[tuple[str, str]]:
    """The columns an expression is worked out from: their tables, empty for its own, and their names."""
    for column in tree.find_all(exp.Column):
        yield column.table, column.name


def is_text(tree: exp.Expr) -> bool:
    return isinstance(tree.unnest(), exp.DPipe | exp.Lower | exp.Upper) or (
        isinstance(tree.unnest(), exp.Literal) and bool(tree.unnest().is_string)
    )


def numbers(tree: exp.Expr, row: Row) -> Numbers:
    """NaN where a value it takes is NULL, or it divides by 0."""
    tree = tree.unnest()
    if isinstance(tree, exp.Literal):
        return np.array([float(tree.this)])
    if isinstance(tree, exp.Column):
        return _as_numbers(row.value(tree.table, tree.name))
    if isinstance(tree, exp.Sum):
        return row.total(tree.this)
    if isinstance(tree, exp.Neg):
        return -numbers(tree.this, row)
    if isinstance(tree, exp.Round):
        scale = 10.0 ** int(tree.args["decimals"].name) if tree.args.get("decimals") else 1.0
        return np.rint(numbers(tree.this, row) * scale) / scale
    if isinstance(tree, exp.Coalesce | exp.Greatest | exp.Least):
        return _of_several(tree, [numbers(part, row) for part in (tree.this, *tree.expressions)])
    if not isinstance(tree, exp.Binary):
        raise LabError(f"{tree.sql(dialect='postgres')!r} is no number", f"there are: {KNOWN}")
    one, other = np.broadcast_arrays(numbers(tree.left, row), numbers(tree.right, row))
    return _ARITHMETIC[type(tree)](one, other)


def _of_several(tree: exp.Expr, parts: list[Numbers]) -> Numbers:
    found = parts[0]
    for part in parts[1:]:
        if isinstance(tree, exp.Coalesce):
            found = np.where(np.isnan(found), part, found)
        else:
            found = (np.fmax if isinstance(tree, exp.Greatest) else np.fmin)(found, part)
    return found


def _as_numbers(values: pa.Array) -> Numbers:
    found: Numbers = np.asarray(
        pc.fill_null(values.cast(pa.float64()), float("nan")).to_numpy(zero_copy_only=False), np.float64
    )
    return found


def texts(tree: exp.Expr, row: Row) -> pa.Array:
    """NULL where a value it takes is NULL."""
    tree = tree.unnest()
    if isinstance(tree, exp.Literal):
        return pa.scalar(str(tree.this))
    if isinstance(tree, exp.Column):
        return row.value(tree.table, tree.name).cast(pa.string())
    if isinstance(tree, exp.Lower):
        return pc.utf8_lower(texts(tree.this, row))
    if isinstance(tree, exp.Upper):
        return pc.utf8_upper(texts(tree.this, row))
    if isinstance(tree, exp.DPipe):
        return pc.binary_join_element_wise(texts(tree.left, row), texts(tree.right, row), "")
    if isinstance(tree, exp.Coalesce):
        return pc.coalesce(*(texts(part, row) for part in (tree.this, *tree.expressions)))
    found = numbers(tree, row)
    return pa.array(found, from_pandas=True).cast(pa.string())
