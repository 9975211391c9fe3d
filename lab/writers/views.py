"""Views, and constraints the model keeps verbatim, taken apart by PostgreSQL's own parser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from lab.model.schema import Statement

_EXCLUDE = re.compile(r'ADD\s+(?:CONSTRAINT\s+(?:"((?:[^"]|"")+)"|(\w+))\s+)?EXCLUDE\s+(.*)', re.S | re.I)


@dataclass(frozen=True, slots=True)
class View:
    """`columns` are empty where the query does not name them, as in SELECT *."""

    name: str
    namespace: str | None
    query: str
    columns: tuple[str, ...]
    is_materialized: bool


@dataclass(frozen=True, slots=True)
class Exclusion:
    table: str
    name: str | None
    clause: str
    """What follows EXCLUDE."""


def view_of(statement: Statement) -> View | None:
    """The view a statement makes; None when it makes something else."""
    node = _node(statement, "view", "materialized view")
    if node is None:
        return None
    kind = node.WhichOneof("node")
    if kind == "view_stmt":
        made, relation, query, aliases = (
            node.view_stmt,
            node.view_stmt.view,
            node.view_stmt.query,
            node.view_stmt.aliases,
        )
        if made.options or made.with_check_option not in (0, pb.NO_CHECK_OPTION):
            return None
    elif kind == "create_table_as_stmt":
        into = node.create_table_as_stmt.into
        relation, query, aliases = into.rel, node.create_table_as_stmt.query, into.col_names
    else:
        return None
    names = tuple(item.string.sval for item in aliases) or _names(query)
    text = str(postgast.deparse(pb.ParseResult(stmts=[pb.RawStmt(stmt=query)])))
    space = relation.schemaname if relation.schemaname != "public" else ""
    return View(relation.relname, space or None, text, names, kind != "view_stmt")


def exclusion_of(statement: Statement) -> Exclusion | None:
    """The exclusion constraint a statement adds; None when it does something else."""
    node = _node(statement, "constraint", "exclusion constraint")
    if node is None or node.WhichOneof("node") != "alter_table_stmt":
        return None
    found = re.search(
        r'ADD\s+(?:CONSTRAINT\s+(?:"((?:[^"]|"")+)"|(\w+))\s+)?EXCLUDE\s+(.*)', statement.sql, re.S | re.I
    )
    if found is None:
        return None
    name = found[1].replace('""', '"') if found[1] else found[2]
    return Exclusion(node.alter_table_stmt.relation.relname, name, found[3])


def _node(statement: Statement, *kinds: str) -> Any:
    if not statement.what.startswith(tuple(f"{kind} " for kind in kinds)):
        return None
    try:
        statements = postgast.parse(statement.sql).stmts
    except postgast.PgQueryError:
        return None
    return statements[0].stmt if len(statements) == 1 else None


def _names(query: Any) -> tuple[str, ...]:
    """The columns of a SELECT, where every one has a name."""
    select = query.select_stmt
    while select.op != pb.SETOP_NONE:
        select = select.larg
    names = [_name(item.res_target) for item in select.target_list]
    return tuple(names) if names and all(names) and len(set(names)) == len(names) else ()


def _name(target: Any) -> str:
    if target.name:
        return str(target.name)
    value = target.val
    if value.HasField("column_ref") and value.column_ref.fields[-1].HasField("string"):
        return str(value.column_ref.fields[-1].string.sval)
    if value.HasField("func_call"):
        return str(value.func_call.funcname[-1].string.sval)
    return ""
