"""Expressions of MySQL and SQLite in PostgreSQL's words, by sqlglot."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from lab.readers.dialects import in_postgres, is_foreign

_INTRODUCER = re.compile(r"\b_(?:utf8mb4|utf8mb3|utf8|latin1|ascii|binary)\s*(?=')")


def postgres_expression(text: str, dialect: str) -> str | None:
    """None when PostgreSQL has no such expression."""
    plain = _INTRODUCER.sub("", text) if dialect == "mysql" else text
    known = in_postgres(plain, dialect)
    if known is not None and not re.search(r"[`\[]", plain):
        return known
    try:
        select = sqlglot.parse_one(f"SELECT {plain}", read=dialect)
        return postgres_node(select.expressions[0].transform(_with_arrow)) if len(select.expressions) == 1 else None
    except SqlglotError:
        return None


def _with_arrow(node: exp.Expr) -> exp.Expr:
    """`p ->> 'x'` for JSON_UNQUOTE(JSON_EXTRACT(p, '$.x')), which holds for `jsonb` too."""
    if isinstance(node, exp.Anonymous) and node.name.lower() == "json_unquote":
        (inner,) = node.expressions[:1] or (None,)
        if isinstance(inner, exp.JSONExtract) and not isinstance(inner, exp.JSONExtractScalar):
            node = exp.JSONExtractScalar(this=inner.this, expression=inner.expression)
    if isinstance(node, exp.JSONExtract | exp.JSONExtractScalar) and isinstance(node.expression, exp.JSONPath):
        _, *keys = node.expression.expressions
        if len(keys) == 1 and isinstance(keys[0], exp.JSONPathKey):
            return type(node)(this=node.this, expression=node.expression, only_json_types=True)
    return node


def postgres_node(node: exp.Expr) -> str | None:
    """The same of a tree."""
    try:
        text = node.sql(dialect="postgres", unsupported_level=ErrorLevel.RAISE)
        return None if is_foreign(text) else in_postgres(text, "postgres")
    except SqlglotError:
        return None
