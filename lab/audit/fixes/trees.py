"""What the statements of a fix say, out of PostgreSQL's trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import postgast
import sqlglot
from postgast import pg_query_pb2 as pb
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.model.schema import Schema, Table

_ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


@dataclass(frozen=True, slots=True)
class Made:
    """An index a fix makes; its parts are SQL of the dialect asked for."""

    name: str
    table: str
    parts: tuple[str, ...]
    is_unique: bool
    method: str
    where: str


def texts(nodes: Iterable[Any]) -> tuple[str, ...]:
    return tuple(node.string.sval for node in nodes)


def expression(node: Any, dialect: str) -> str:
    """An expression in a dialect; as PostgreSQL has it where there are no other words for it."""
    target = pb.Node(res_target=pb.ResTarget(val=node))
    select = pb.Node(select_stmt=pb.SelectStmt(target_list=[target], op=pb.SETOP_NONE))
    text = str(postgast.deparse(pb.ParseResult(stmts=[pb.RawStmt(stmt=select)]))).removeprefix("SELECT ")
    return transpiled(text, dialect)


def statement(node: Any) -> str:
    return str(postgast.deparse(pb.ParseResult(stmts=[pb.RawStmt(stmt=node)])))


def transpiled(text: str, dialect: str) -> str:
    try:
        return sqlglot.transpile(text, read="postgres", write=dialect)[0]
    except SqlglotError:
        return text


def type_name(node: Any, dialect: str) -> str:
    """A TypeName in a dialect."""
    column = pb.ColumnDef(colname="x", type_name=node)
    table = pb.CreateStmt(
        relation=pb.RangeVar(relname="t", inh=True, relpersistence="p"),
        table_elts=[pb.Node(column_def=column)],
        oncommit=pb.ONCOMMIT_NOOP,
    )
    text = statement(pb.Node(create_stmt=table)).partition("(x ")[2].removesuffix(")")
    return own_type(text, dialect)


def own_type(text: str, dialect: str) -> str:
    """A type of PostgreSQL's in a dialect."""
    if dialect == "sqlite" and text.startswith("timestamp"):
        return "DATETIME"
    try:
        return exp.DataType.build(text, dialect="postgres").sql(dialect=dialect)
    except SqlglotError:
        return text


def new_column(node: Any, dialect: str, quote: str) -> str:
    """A ColumnDef: name, type, NOT NULL and default."""
    parts = [f"{quote}{node.colname}{quote}", type_name(node.type_name, dialect)]
    for item in node.constraints:
        match item.constraint.contype:
            case pb.CONSTR_NOTNULL:
                parts.append("NOT NULL")
            case pb.CONSTR_DEFAULT:
                parts.append(f"DEFAULT ({expression(item.constraint.raw_expr, dialect)})")
    return " ".join(parts)


def constraint(node: Any, dialect: str, quote: str) -> str:
    """A Constraint without its name; empty for one the dialect has not."""

    def listed(names: Iterable[Any]) -> str:
        return ", ".join(f"{quote}{name}{quote}" for name in texts(names))

    match node.contype:
        case pb.CONSTR_CHECK:
            return f"CHECK ({expression(node.raw_expr, dialect)})"
        case pb.CONSTR_PRIMARY:
            return f"PRIMARY KEY ({listed(node.keys)})"
        case pb.CONSTR_UNIQUE:
            return f"UNIQUE ({listed(node.keys)})"
        case pb.CONSTR_FOREIGN:
            clause = f"FOREIGN KEY ({listed(node.fk_attrs)}) REFERENCES {quote}{node.pktable.relname}{quote}"
            clause += f" ({listed(node.pk_attrs)})"
            for event, action in (("DELETE", node.fk_del_action), ("UPDATE", node.fk_upd_action)):
                said = _ACTIONS.get(action, "NO ACTION")
                clause += "" if said == "NO ACTION" else f" ON {event} {said}"
            return clause
    return ""


def index_of(node: Any, dialect: str, quote: str) -> Made:
    elements = [item.index_elem for item in node.index_params]
    included = [quote + item.index_elem.name + quote for item in node.index_including_params]
    parts = []
    for element in elements:
        text = f"{quote}{element.name}{quote}" if element.name else f"({expression(element.expr, dialect)})"
        parts.append(text + (" DESC" if element.ordering == pb.SORTBY_DESC else ""))
    where = expression(node.where_clause, dialect) if node.HasField("where_clause") else ""
    parts += included
    return Made(node.idxname, node.relation.relname, tuple(parts), node.unique, node.access_method or "btree", where)


def table_of(schema: Schema, name: str) -> Table | None:
    return next((table for table in schema.tables if name in (table.name, table.relation)), None)


def commands(node: Any) -> Iterator[Any]:
    """The actions of an ALTER TABLE."""
    return (item.alter_table_cmd for item in node.cmds)


def owner_of_index(schema: Schema, name: str) -> Table | None:
    return next((table for table in schema.tables if any(index.name == name for index in table.indexes)), None)


def is_of_enum(tree: Any) -> bool:
    """Whether a statement makes, changes or drops a type of PostgreSQL's."""
    kind = tree.WhichOneof("node")
    node = getattr(tree, kind)
    if kind in ("create_enum_stmt", "alter_enum_stmt"):
        return True
    spoken = {"drop_stmt": "remove_type", "rename_stmt": "rename_type"}
    return kind in spoken and bool(getattr(node, spoken[kind]) == pb.OBJECT_TYPE)
