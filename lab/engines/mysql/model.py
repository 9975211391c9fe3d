"""Data definition in a script, as sqlglot reads it, in the words of the model: so that a script's tables, columns and
indexes come out as the schema's own do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp
from sqlglot.errors import SqlglotError

from lab.model.schema import Action, Check, Column, ForeignKey, Index, IndexPart, Key, Position, Table, Type

_CANONICAL = {
    "int": "integer",
    "decimal": "numeric",
    "bool": "boolean",
    "double": "double precision",
    "float": "double precision",
    "timestamp with time zone": "timestamptz",
    "time with time zone": "timetz",
    "character varying": "varchar",
    "bpchar": "char",
    "varbinary": "bytea",
}
_SERIAL = {"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}
_ACTION = re.compile(r"(?i)ON (DELETE|UPDATE) (NO ACTION|RESTRICT|CASCADE|SET NULL|SET DEFAULT)")


def index_of(tree: exp.Create, position: Position | None) -> Index:
    """CREATE INDEX."""
    found, parameters = tree.this, tree.this.args.get("params") or exp.IndexParameters()
    table = found.args["table"].name
    parts = tuple(_index_part(part) for part in parameters.args.get("columns") or ())
    using, where = parameters.args.get("using"), parameters.args.get("where")
    include = tuple(column.name for column in parameters.args.get("include") or ())
    columns = "_".join(part.value for part in parts if not part.is_expression)
    return Index(
        found.name or f"{table}_{columns or 'expr'}_idx",
        table,
        parts,
        bool(tree.args.get("unique")),
        using.name.lower() if using else "btree",
        include,
        postgres(where.this) if where else None,
        position,
    )


def _index_part(ordered: exp.Expr) -> IndexPart:
    value = ordered.this.unnest()
    operator_class = None
    if isinstance(value, exp.Opclass):
        value, operator_class = value.this.unnest(), value.expression.name
    is_column = isinstance(value, exp.Column)
    return IndexPart(
        value.name if is_column else postgres(value),
        not is_column,
        bool(ordered.args.get("desc")),
        operator_class=operator_class,
    )


def table_of(tree: exp.Create, position: Position | None) -> Table:
    """CREATE TABLE with columns. Raises SqlglotError for what a model's table has no room for."""
    table = Table(tree.this.this.name, (), position=position)
    for part in tree.this.expressions:
        table = with_part(table, part)
    return table


def with_part(table: Table, part: exp.Expr, name: str | None = None) -> Table:
    """The table with one more column or constraint."""
    match part:
        case exp.ColumnDef():
            return _with_column(table, part)
        case exp.Constraint() if len(part.expressions) == 1:
            return with_part(table, part.expressions[0], part.name)
        case exp.PrimaryKey():
            return replace(table, primary_key=Key(_names(part.expressions), name, table.position))
        case exp.UniqueColumnConstraint() if part.this:
            key = Key(_names(part.this.expressions), name, table.position)
            return replace(table, uniques=(*table.uniques, key))
        case exp.CheckColumnConstraint():
            check = Check(postgres(part.this), name, table.position)
            return replace(table, checks=(*table.checks, check))
        case exp.ForeignKey():
            key_ = _reference(_names(part.expressions), part.args["reference"], name, table.position)
            return replace(table, foreign_keys=(*table.foreign_keys, key_))
    raise SqlglotError(f"{part.sql(dialect='postgres')} in a table")


def _with_column(table: Table, definition: exp.ColumnDef) -> Table:
    name = definition.name
    kind, is_serial = _type(definition)
    column = Column(name, kind, is_nullable=not is_serial, identity="by default" if is_serial else None)
    for constraint in definition.constraints:
        match constraint.kind:
            case exp.PrimaryKeyColumnConstraint():
                column = replace(column, is_nullable=False)
                table = replace(table, primary_key=Key((name,), None, table.position))
            case exp.UniqueColumnConstraint():
                table = replace(table, uniques=(*table.uniques, Key((name,), None, table.position)))
            case exp.Reference() as reference:
                key = _reference((name,), reference, None, table.position)
                table = replace(table, foreign_keys=(*table.foreign_keys, key))
            case exp.CheckColumnConstraint() as check:
                table = with_part(table, check)
            case other:
                column = _with_property(column, other)
    return replace(table, columns=(*table.columns, replace(column, position=table.position)))


def _with_property(column: Column, kind: exp.Expr) -> Column:
    match kind:
        case exp.NotNullColumnConstraint():
            return replace(column, is_nullable=bool(kind.args.get("allow_null")))
        case exp.DefaultColumnConstraint():
            return replace(column, default=postgres(kind.this))
        case exp.GeneratedAsIdentityColumnConstraint():
            return replace(column, identity="always" if kind.this else "by default", is_nullable=False)
        case exp.ComputedColumnConstraint():
            return replace(column, generated=postgres(kind.this.unnest()))
    raise SqlglotError(f"{kind.sql(dialect='postgres')} of a column")


def _type(definition: exp.ColumnDef) -> tuple[Type, bool]:
    """A column's type in the model's spelling, and whether it is a serial."""
    written = definition.args["kind"].sql(dialect="postgres").lower()
    match = re.fullmatch(r"([a-z_0-9 ]+?)(?:\(([\d, ]+)\))?((?:\[\])*)", written)
    if match is None or definition.args["kind"].this == exp.DType.USERDEFINED:
        raise SqlglotError(f"the type {written}, which is the schema's")
    name = _SERIAL.get(match[1], _CANONICAL.get(match[1], match[1]))
    arguments = tuple(int(number) for number in (match[2] or "").split(",") if number.strip())
    return Type(name, arguments, match[3].count("[")), match[1] in _SERIAL


def _reference(
    columns: tuple[str, ...], reference: exp.Reference, name: str | None, position: Position | None
) -> ForeignKey:
    parent = reference.this
    actions: dict[str, Action] = {"DELETE": "no action", "UPDATE": "no action"}
    options = " ".join(str(option) for option in reference.args.get("options") or ())
    for event, action in _ACTION.findall(options):
        actions[event.upper()] = action.lower()
    return ForeignKey(
        columns,
        parent.this.name,
        _names(parent.expressions),
        actions["DELETE"],
        actions["UPDATE"],
        "DEFERRABLE" in options and "NOT DEFERRABLE" not in options,
        name,
        position,
    )


def _names(nodes: Iterable[exp.Expr]) -> tuple[str, ...]:
    return tuple(node.this.name if isinstance(node, exp.Ordered) else node.name for node in nodes)


def postgres(node: exp.Expr) -> str:
    return node.sql(dialect="postgres")
