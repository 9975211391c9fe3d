"""Constraints, of columns and of tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from postgast import pg_query_pb2 as pb

from lab.model.schema import Action, Check, Column, ForeignKey, Key, Table, Type
from lab.readers.expressions import deparse, deparse_statement, literal
from lab.readers.sql.names import column_type, strings
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
            _report_key(table, node, reading)
            return replace(table, primary_key=Key(columns, name, position))
        case pb.CONSTR_UNIQUE:
            _report_key(table, node, reading)
            return replace(table, uniques=(*table.uniques, Key(columns, name, position)))
        case pb.CONSTR_CHECK:
            check = Check(deparse(node.raw_expr), name, position)
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
    key = Key(index.columns, node.conname or index.name, reading.position(node.location))
    table = replace(table, indexes=tuple(other for other in table.indexes if other is not index))
    if node.contype == pb.CONSTR_PRIMARY:
        return replace(table, primary_key=key)
    return replace(table, uniques=(*table.uniques, key))


def _report_key(table: Table, node: Any, reading: Reading) -> None:
    what = f"key {node.conname or ', '.join(strings(node.keys))} of {table.name}".replace("  ", " ")
    if node.including:
        reading.lose(f"INCLUDE of {what}", "the key's index covers its own columns alone")
    if node.deferrable:
        reading.lose(f"DEFERRABLE of {what}", "checked at once")
    if node.nulls_not_distinct:
        reading.lose(f"NULLS NOT DISTINCT of {what}", "two NULLs do not collide")
    if node.without_overlaps:
        reading.lose(f"WITHOUT OVERLAPS of {what}", "equal periods collide, overlapping ones do not")
    if node.options:
        reading.lose(f"storage options of {what}", "the server's defaults are used")


def _foreign_key(table: Table, node: Any, reading: Reading, column: str | None) -> ForeignKey:
    columns = strings(node.fk_attrs) or ((column,) if column else ())
    what = f"foreign key ({', '.join(columns)}) of {table.name}"
    if node.initdeferred:
        reading.lose(f"INITIALLY DEFERRED of {what}", "checked at each statement's end until deferred")
    if node.fk_matchtype == "f":
        reading.lose(f"MATCH FULL of {what}", "a reference with some NULLs is accepted")
    if node.fk_del_set_cols:
        reading.lose(f"the columns ON DELETE sets in {what}", "all of its columns are set")
    if node.fk_with_period:
        reading.lose(f"PERIOD of {what}", "periods must be equal, not covered")
    return ForeignKey(
        columns,
        reading.label(node.pktable),
        strings(node.pk_attrs),
        _ACTIONS.get(node.fk_del_action, "no action"),
        _ACTIONS.get(node.fk_upd_action, "no action"),
        node.deferrable or node.initdeferred,
        node.conname or None,
        reading.position(node.location),
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
    column = Column(node.colname, type_, position=reading.position(node.location))
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
                column = replace(column, generated=deparse(constraint.raw_expr))
                if constraint.generated_kind == "v":
                    reading.lose(f"VIRTUAL of generated column {where}", "stored, as every version can")
    return column


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
    for option in node.options:
        number = option.def_elem.arg.integer.ival
        if option.def_elem.defname in ("start", "increment") and number != 1:
            reading.lose(f"{option.def_elem.defname} {number} of identity {where}", "numbers go 1, 2, 3")
    return replace(
        column, identity="always" if node.generated_when == "a" else "by default", is_nullable=False, default=None
    )
