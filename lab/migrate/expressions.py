"""Expressions of a schema: the columns they name, those columns renamed, and whether two say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from lab.readers.expressions import columns_in, deparse, parse_expression


def columns_of(sql: str) -> frozenset[str]:
    """The names of columns in an expression of PostgreSQL."""
    return frozenset(columns_in(parse_expression(sql)))


def renamed(sql: str, names: Mapping[str, str]) -> str:
    """The expression with columns called by other names."""
    if not names or not columns_of(sql) & names.keys():
        return sql
    tree = parse_expression(sql)
    for _, message in list(postgast.walk(tree)):
        if isinstance(message, pb.ColumnRef):
            last: Any = message.fields[-1]
            if last.HasField("string") and last.string.sval in names:
                last.string.sval = names[last.string.sval]
    return deparse(tree)


def qualified_columns(sql: str, owner: str) -> str:
    """The expression with each column named as one of `owner`'s: `a + b` -> `NEW.a + NEW.b`."""
    tree = parse_expression(sql)
    for _, message in list(postgast.walk(tree)):
        if isinstance(message, pb.ColumnRef) and message.fields[-1].HasField("string"):
            name = message.fields[-1].string.sval
            del message.fields[:]
            message.fields.extend(pb.Node(string=pb.String(sval=part)) for part in (owner, name))
    return deparse(tree)


def is_same(one: str | None, other: str | None) -> bool:
    """Whether two expressions say the same, but for casts of constants, which a server adds."""
    if one is None or other is None:
        return one is other
    return one == other or _plain(one) == _plain(other)


def _plain(sql: str) -> str:
    try:
        return deparse(_uncast(parse_expression(sql)))
    except ValueError:
        return sql


def _uncast(node: Any) -> Any:
    """A copy in which constants bear no casts."""
    found: Any = pb.Node()
    found.CopyFrom(node)
    _strip(found)
    return found


def _strip(message: Any) -> None:
    if isinstance(message, pb.Node) and message.HasField("type_cast"):
        constant: Any = pb.Node()
        constant.CopyFrom(message.type_cast.arg)
        if constant.HasField("a_const"):
            message.CopyFrom(constant)
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for each in (value,) if hasattr(value, "ListFields") else value:
                _strip(each)
