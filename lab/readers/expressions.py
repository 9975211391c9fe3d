"""SQL expressions, read by PostgreSQL's own parser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

_EXPLICIT_ROWS = frozenset(("excluded", "new", "old"))


def deparse(node: Any) -> str:
    """The canonical text of an expression's tree (a libpg_query `Node`), without PostgreSQL's default namespace:
    `'new'::public.status` is `'new'::status`."""
    text = _deparse_expression(node)
    if "public." not in text:
        return text
    bare = pb.Node()
    bare.CopyFrom(node)
    for _, message in list(postgast.walk(bare)):
        names: Any = message.names if isinstance(message, pb.TypeName) else getattr(message, "funcname", ())
        if len(names) > 1 and names[0].string.sval == "public":
            del names[0]
    return _deparse_expression(bare)


def _deparse_expression(node: Any) -> str:
    target = pb.Node(res_target=pb.ResTarget(val=node))
    return _deparse(pb.Node(select_stmt=pb.SelectStmt(target_list=[target], op=pb.SETOP_NONE))).removeprefix("SELECT ")


def deparse_statement(**statement: Any) -> str:
    """The canonical text of one statement: `deparse_statement(create_stmt=…)`."""
    return _deparse(pb.Node(**statement))


def _deparse(node: Any) -> str:
    return str(postgast.deparse(pb.ParseResult(stmts=[pb.RawStmt(stmt=node)])))


def parse_expression(sql: str) -> Any:
    """The tree of one expression. Raises ValueError, with the parser's words, when it is none."""
    try:
        statements = postgast.parse(f"SELECT ({sql}\n)").stmts
    except postgast.PgQueryError as error:
        raise ValueError(error.message) from error
    if len(statements) != 1 or statements[0].stmt.WhichOneof("node") != "select_stmt":
        raise ValueError("more than one statement")
    select = statements[0].stmt.select_stmt
    if len(select.target_list) != 1 or select.from_clause or select.HasField("where_clause"):
        raise ValueError("more than one expression")
    return select.target_list[0].res_target.val


def columns_in(node: Any) -> Iterator[str]:
    """The columns an expression's tree names, in order, a name as often as it occurs."""
    for _, message in postgast.walk(node):
        if isinstance(message, pb.ColumnRef):
            parts = [field.string.sval for field in message.fields if field.HasField("string")]
            if len(parts) == len(message.fields) and parts[0] not in _EXPLICIT_ROWS:
                yield parts[-1]


def quoted(name: str) -> str:
    """A column's name as SQL needs it: in double quotes only where it must be."""
    return deparse(pb.Node(column_ref=pb.ColumnRef(fields=[pb.Node(string=pb.String(sval=name))])))


def literal(value: str) -> str:
    """Text as an SQL literal, by the standard's rules: a backslash stands for itself."""
    return "'" + value.replace("'", "''") + "'"
