"""The terms of CHECK constraints: columns, constants, and what connects them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from sqlglot import exp

from lab.model.schema import Column

Columns = Mapping[str, Column]
"""Of a table, by name."""


def flattened(tree: exp.Expr, connector: type[exp.Connector]) -> Iterator[exp.Expr]:
    tree = tree.unnest()
    if isinstance(tree, connector):
        yield from flattened(tree.left, connector)
        yield from flattened(tree.right, connector)
    else:
        yield tree


def bare(tree: exp.Expr) -> exp.Expr:
    """Without parentheses and casts, which `pg_dump` writes wherever it can."""
    tree = tree.unnest()
    return bare(tree.this) if isinstance(tree, exp.Cast) else tree


def column_in(tree: exp.Expr, columns: Columns) -> str | None:
    tree = bare(tree)
    if not isinstance(tree, exp.Column) or not isinstance(tree.this, exp.Identifier):
        return None
    name = tree.name if tree.this.quoted else tree.name.lower()
    return name if name in columns else None


def constant_in(tree: exp.Expr) -> str | None:
    tree = bare(tree)
    if isinstance(tree, exp.Neg):
        inner = constant_in(tree.this)
        return None if inner is None else f"-{inner}"
    if isinstance(tree, exp.Boolean):
        return "true" if tree.this else "false"
    return str(tree.this) if isinstance(tree, exp.Literal | exp.ByteString) else None


def number_in(tree: exp.Expr) -> float | None:
    constant = constant_in(tree)
    try:
        return None if constant is None else float(constant)
    except ValueError:
        return None


def moment_in(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000
