"""PostgreSQL's expressions in SQLite's words, asked of SQLite itself."""

from __future__ import annotations

import re
import sqlite3

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from lab.engines.engine import quote, quote_all
from lab.model.schema import Table, Type

_NOW = {
    "timestamptz": "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000+00:00')",
    "timestamp": "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')",
    "date": "CURRENT_DATE",
    "time": "CURRENT_TIME",
}
"""The present moment, spelled as loaded values are."""
_ROUNDED_DIGITS = 9


def default_sql(expression: str, type_: Type) -> str | None:
    """What follows DEFAULT; None when SQLite cannot say it."""
    if re.fullmatch(r"(?i)now\(\)|current_(date|time(stamp)?(\(\d\))?)", expression.strip()):
        return _NOW.get(type_.name, _NOW["timestamptz"])
    if type_.name == "bytea" and (digits := re.match(r"'\\x((?:[0-9a-fA-F]{2})*)'", expression)):
        return f"X'{digits[1]}'"
    translated = translate_expression(expression)
    if translated is None or not _is_accepted(translated, None):
        return None
    return translated if re.fullmatch(r"-?[\d.]+|'(?:[^']|'')*'|NULL|TRUE|FALSE", translated) else f"({translated})"


def translate_expression(expression: str) -> str | None:
    """A PostgreSQL expression in SQLite's words; None when it has none."""
    try:
        tree = sqlglot.parse_one(expression, read="postgres")
        plain = tree.transform(_without_text_cast).transform(_within_rounding)
        return plain.sql(dialect="sqlite", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError:
        return None


def expression_sql(expression: str, table: Table) -> str | None:
    """A PostgreSQL expression over a table's columns in SQLite's words; None when it has none."""
    found = translate_expression(expression)
    return found if found is not None and _is_accepted(found, table) else None


def _within_rounding(node: exp.Expr) -> exp.Expr:
    """`total = net + tax` of decimals, which SQLite keeps as binary floating point: equal but for the last bits."""
    if isinstance(node, exp.EQ) and any(
        side.find(exp.Add, exp.Sub, exp.Mul, exp.Div) for side in (node.left, node.right)
    ):
        digits = exp.Literal.number(_ROUNDED_DIGITS)
        left, right = (exp.Round(this=side.copy(), decimals=digits.copy()) for side in (node.left, node.right))
        return exp.EQ(this=left, expression=right)
    return node


def _without_text_cast(node: exp.Expr) -> exp.Expr:
    """`'x'::order_status` is what PostgreSQL makes of an enum's default; SQLite stores the text."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.is_string:
        return node.this
    return node


def _is_accepted(expression: str, table: Table | None) -> bool:
    """Whether SQLite knows every function and operator: asked of an empty database in memory."""
    columns = ", ".join(f"NULL AS {quote(column.name)}" for column in table.columns) if table else "NULL"
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"SELECT {expression} FROM (SELECT {columns})")
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return True


def is_indexable(expression: str) -> bool:
    """Whether SQLite knows an expression, and knows it to be deterministic: asked of an empty table in memory."""
    text = translate_expression(expression)
    if text is None:
        return False
    columns = {column.name for column in sqlglot.parse_one(expression, read="postgres").find_all(exp.Column)}
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"CREATE TABLE t ({quote_all([*columns, 'rest of it'])})")
        connection.execute(f"CREATE INDEX i ON t ({text})")
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return True
