"""Constraints, of columns and of tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from postgast import pg_query_pb2 as pb

from lab.model.schema import Action, Check, Column, ForeignKey, Key, Table, Type
from lab.readers.expressions import deparse, deparse_statement, literal, quoted
from lab.readers.sql.names import column_type, options_of, strings
from lab.readers.sql.reading import Reading
from lab.readers.types import canonical

_ACTIONS: Mapping[str, Action] = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
_NUMBERS = frozenset(("smallint", "integer", "bigint", "numeric", "real", "double precision"))
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def add_constraint(table: Table, node: Any, reading: Reading, column: str | None = None) -> Table:
    """The table with a constraint more; `column` is the one it stands on. One the model cannot hold is kept
    verbatim."""
    position = reading.position(node.location)
    columns = strings(node.keys) or ((column,) if column else ())
    name = node.conname or None
    match node.contype:
        case pb.CONSTR_PRIMARY | pb.CONSTR_UNIQUE if node.indexname:
            return _promote_index(table, node, reading)
        case pb.CONSTR_PRIMARY:
            return replace(table, primary_key=_key(columns, node, reading))
        case pb.CONSTR_UNIQUE:
            return replace(table, uniques=(*table.uniques, _key(columns, node, reading)))
        case pb.CONSTR_CHECK:
            check = Check(deparse(node.raw_expr), name, position, node.is_no_inherit)
            return replace(table, checks=(*table.checks, check))
        case pb.CONSTR_FOREIGN:
            foreign_key = _foreign_key(table, node, reading, column)
            return replace(table, foreign_keys=(*table.foreign_keys, foreign_key))
        case pb.CONSTR_NOTNULL:
            return _not_null(table, columns)
    command = pb.AlterTableCmd(subtype=pb.AT_AddConstraint, behavior=pb.DROP_RESTRICT)
    getattr(command, "def").CopyFrom(pb.Node(constraint=node))
    what = f"constraint {node.conname}" if node.conname else "exclusion constraint"
    reading.keep(f"{what} of {table.name}", alter_sql(table, [command]))
    return table


def alter_sql(table: Table, commands: Iterable[Any]) -> str:
    """ALTER TABLE with the commands (AlterTableCmd), as text."""
    relation = pb.RangeVar(schemaname=table.namespace or "", relname=table.relation, inh=True, relpersistence="p")
    nodes = [pb.Node(alter_table_cmd=command) for command in commands]
    return deparse_statement(alter_table_stmt=pb.AlterTableStmt(relation=relation, cmds=nodes, objtype=pb.OBJECT_TABLE))


def _promote_index(table: Table, node: Any, reading: Reading) -> Table:
    """ADD CONSTRAINT … USING INDEX: an index becomes a key and takes the constraint's name."""
    index = next((index for index in table.indexes if index.name == node.indexname), None)
    if index is None:
        reading.keep(f"constraint {node.conname} of {table.name}")
        return table
    key = Key(
        index.columns,
        node.conname or index.name,
        reading.position(node.location),
        index.include,
        index.has_distinct_nulls,
        node.deferrable or node.initdeferred,
        node.initdeferred,
        options=index.options,
    )
    table = replace(table, indexes=tuple(other for other in table.indexes if other is not index))
    if node.contype == pb.CONSTR_PRIMARY:
        return replace(table, primary_key=key)
    return replace(table, uniques=(*table.uniques, key))


def _key(columns: tuple[str, ...], node: Any, reading: Reading) -> Key:
    return Key(
        columns,
        node.conname or None,
        reading.position(node.location),
        strings(node.including),
        not node.nulls_not_distinct,
        node.deferrable or node.initdeferred,
        node.initdeferred,
        node.without_overlaps,
        options_of(node.options),
    )


def _foreign_key(table: Table, node: Any, reading: Reading, column: str | None) -> ForeignKey:
    return ForeignKey(
        strings(node.fk_attrs) or ((column,) if column else ()),
        reading.label(node.pktable),
        strings(node.pk_attrs),
        _ACTIONS.get(node.fk_del_action, "no action"),
        _ACTIONS.get(node.fk_upd_action, "no action"),
        node.deferrable or node.initdeferred,
        node.conname or None,
        reading.position(node.location),
        node.initdeferred,
        node.fk_matchtype == "f",
        strings(node.fk_del_set_cols),
        node.fk_with_period,
    )


def _not_null(table: Table, columns: Iterable[str]) -> Table:
    named = set(columns)
    return replace(
        table,
        columns=tuple(
            replace(column, is_nullable=False) if column.name in named else column for column in table.columns
        ),
    )


def read_column(node: Any, table: str, reading: Reading) -> Column:
    """A ColumnDef without its keys, checks and references."""
    type_, is_whole = column_type(node.type_name)
    where = f"{table}.{node.colname}"
    if not is_whole:
        reading.lose(f"the modifiers of {where}'s type", f"kept as {type_}")
    collation = _collation(node.coll_clause) if node.HasField("coll_clause") else None
    column = Column(node.colname, type_, position=reading.position(node.location), collation=collation)
    for item in node.constraints:
        constraint = item.constraint
        match constraint.contype:
            case pb.CONSTR_NOTNULL:
                column = replace(column, is_nullable=False)
            case pb.CONSTR_DEFAULT:
                column = replace(column, default=default_of(constraint.raw_expr, type_))
            case pb.CONSTR_IDENTITY:
                column = with_identity(column, constraint, where, reading)
            case pb.CONSTR_GENERATED:
                column = replace(
                    column, generated=deparse(constraint.raw_expr), is_virtual=constraint.generated_kind == "v"
                )
    return column


def _collation(clause: Any) -> str:
    return ".".join(quoted(name) for name in strings(clause.collname) if name not in ("pg_catalog", "public"))


def default_of(node: Any, type_: Type) -> str | None:
    """A default's expression; without the cast where a text is cast to the column's own type, None for NULL."""
    if node.WhichOneof("node") == "type_cast" and node.type_cast.arg.HasField("a_const"):
        cast, _ = column_type(node.type_cast.type_name)
        constant = node.type_cast.arg
        if constant.a_const.isnull:
            return None
        is_same = (canonical(cast.name), cast.dimensions) == (type_.name, type_.dimensions)
        if is_same and cast.arguments in ((), type_.arguments) and constant.a_const.HasField("sval"):
            text = constant.a_const.sval.sval
            return text if type_.name in _NUMBERS and _NUMBER.fullmatch(text) else literal(text)
    if node.HasField("a_const") and node.a_const.isnull:
        return None
    if node.HasField("a_const") and node.a_const.HasField("sval"):
        return literal(node.a_const.sval.sval)
    text = deparse(node)
    return text.upper() if text.lower() in ("current_timestamp", "current_date", "current_time") else text


def with_identity(column: Column, node: Any, where: str, reading: Reading) -> Column:
    """The column as GENERATED … AS IDENTITY."""
    options = [text for option in node.options if (text := _sequence_option(option.def_elem, column.type.name))]
    return replace(
        column,
        identity="always" if node.generated_when == "a" else "by default",
        is_nullable=False,
        default=None,
        sequence=" ".join(options),
    )


_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
_SEQUENCE_OPTIONS = {
    "start": "START WITH",
    "increment": "INCREMENT BY",
    "minvalue": "MINVALUE",
    "maxvalue": "MAXVALUE",
    "cache": "CACHE",
}


def _sequence_option(option: Any, type_name: str) -> str:
    """One option of an identity's sequence; empty where it is the usual."""
    if option.defname == "cycle":
        return "CYCLE" if option.arg.boolean.boolval else ""
    if option.defname not in _SEQUENCE_OPTIONS or not option.HasField("arg"):
        return ""
    number = int(option.arg.float.fval) if option.arg.HasField("float") else option.arg.integer.ival
    usual = _LARGEST.get(type_name) if option.defname == "maxvalue" else 1
    return "" if number == usual else f"{_SEQUENCE_OPTIONS[option.defname]} {number}"
