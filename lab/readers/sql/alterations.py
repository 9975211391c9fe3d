"""ALTER TABLE, as people and pg_dump write it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from postgast import pg_query_pb2 as pb

from lab.errors import LabError, did_you_mean
from lab.model.schema import Check, ForeignKey, Key, Table
from lab.readers.constraint_names import with_constraint_names
from lab.readers.sql.constraints import add_constraint, alter_sql, default_of, with_identity
from lab.readers.sql.names import column_type
from lab.readers.sql.reading import Reading
from lab.readers.sql.tables import add_column, attach_partition, bounds_clause

_Command = Callable[[Table, Any, Reading], None]

_IGNORED = frozenset((pb.AT_ChangeOwner, pb.AT_ValidateConstraint, pb.AT_SetLogged))
# On a partition these only repeat what its parent says.
_INHERITED = frozenset(
    (pb.AT_ColumnDefault, pb.AT_SetNotNull, pb.AT_DropNotNull, pb.AT_AddIdentity, pb.AT_AddColumn, *_IGNORED)
)


def alter_table(node: Any, reading: Reading) -> None:
    """Applies what the model can hold, keeps the rest verbatim. Raises LabError for unknown tables and columns."""
    name = reading.key_of(node.relation)
    commands = [item.alter_table_cmd for item in node.cmds]
    if all(command.subtype in _IGNORED for command in commands):
        return
    if node.objtype == pb.OBJECT_INDEX and commands[0].subtype == pb.AT_AttachPartition:
        _attach_index(getattr(commands[0], "def").partition_cmd.name.relname, reading)
    elif name in reading.partitions:
        _alter_partition(name, commands, reading)
    elif node.objtype != pb.OBJECT_TABLE or name in reading.relations:
        reading.keep(f"alteration of {name}")
    elif not (node.missing_ok and name not in reading.tables):
        _alter(node, commands, reading)


def _alter(node: Any, commands: list[Any], reading: Reading) -> None:
    rest: list[Any] = []
    for command in commands:
        table = reading.table(node.relation)
        if command.subtype in _COMMANDS:
            _COMMANDS[command.subtype](table, command, reading)
        elif command.subtype not in _IGNORED:
            rest.append(command)
    if rest:
        table = reading.table(node.relation)
        reading.keep(f"{_what(rest[0])} {table.name}", alter_sql(table, rest))


def _what(command: Any) -> str:
    is_row_security = command.subtype in (pb.AT_EnableRowSecurity, pb.AT_ForceRowSecurity)
    return "row level security of" if is_row_security else "alteration of"


def _alter_partition(name: str, commands: list[Any], reading: Reading) -> None:
    for command in commands:
        if command.subtype == pb.AT_AddConstraint:
            constraint = getattr(command, "def").constraint
            if constraint.contype in (pb.CONSTR_PRIMARY, pb.CONSTR_UNIQUE, pb.CONSTR_EXCLUSION):
                reading.keep(f"index {constraint.conname}")
            elif constraint.contype != pb.CONSTR_NOTNULL:
                reading.keep(f"constraint {constraint.conname} of {name}")
        elif command.subtype == pb.AT_AttachPartition:
            _attach(reading.tables[reading.partitions[name]], name, command, reading)
        elif command.subtype not in _INHERITED:
            reading.keep(f"alteration of {name}")


def _attach_index(name: str, reading: Reading) -> None:
    """An index of a partition belongs to its parent's, which makes it."""
    reading.statements = [statement for statement in reading.statements if statement.what != f"index {name}"]


def _attach_partition(table: Table, command: Any, reading: Reading) -> None:
    _attach(table, table.name, command, reading)


def _attach(table: Table, parent: str, command: Any, reading: Reading) -> None:
    attached = getattr(command, "def").partition_cmd
    child = reading.table(attached.name)
    own = [index.name for index in child.indexes] + [key.name or "a key" for key in child.keys]
    if own or child.checks or child.foreign_keys:
        reading.lose(f"indexes and constraints of partition {child.name}'s own", f"it has those of {table.name}")
    del reading.tables[child.name]
    for name, root in reading.partitions.items():
        reading.partitions[name] = table.name if root == child.name else root
    attach_partition(table, parent, child.name, bounds_clause(attached.bound), child.partitioning, reading)


def _add_column(table: Table, command: Any, reading: Reading) -> None:
    definition = getattr(command, "def").column_def
    is_there = any(column.name == definition.colname for column in table.columns)
    if not (command.missing_ok and is_there):
        reading.tables[table.name] = add_column(table, definition, reading)


def _add_constraint(table: Table, command: Any, reading: Reading) -> None:
    reading.tables[table.name] = add_constraint(table, getattr(command, "def").constraint, reading)


def _set_default(table: Table, command: Any, reading: Reading) -> None:
    column = reading.column(table, command.name)
    definition = getattr(command, "def")
    default = default_of(definition, column.type) if definition.WhichOneof("node") else None
    if column.is_serial:
        column = replace(column, identity=None, is_serial=False)
    reading.put_column(table, replace(column, default=default))


def _set_nullable(table: Table, command: Any, reading: Reading) -> None:
    is_nullable = command.subtype == pb.AT_DropNotNull
    reading.put_column(table, replace(reading.column(table, command.name), is_nullable=is_nullable))


def _add_identity(table: Table, command: Any, reading: Reading) -> None:
    column = reading.column(table, command.name)
    where = f"{table.name}.{command.name}"
    reading.put_column(table, with_identity(column, getattr(command, "def").constraint, where, reading))


def _drop_identity(table: Table, command: Any, reading: Reading) -> None:
    reading.put_column(table, replace(reading.column(table, command.name), identity=None))


def _drop_expression(table: Table, command: Any, reading: Reading) -> None:
    reading.put_column(table, replace(reading.column(table, command.name), generated=None))


def _set_type(table: Table, command: Any, reading: Reading) -> None:
    column = reading.column(table, command.name)
    type_, is_whole = column_type(getattr(command, "def").column_def.type_name)
    if not is_whole:
        reading.lose(f"the modifiers of {table.name}.{column.name}'s type", f"kept as {type_}")
    reading.put_column(table, replace(column, type=type_))


def _drop_column(table: Table, command: Any, reading: Reading) -> None:
    """The column with every key, reference and index over it, as the server does."""
    name = command.name
    if command.missing_ok and all(column.name != name for column in table.columns):
        return
    column = reading.column(table, name)
    key = table.primary_key
    reading.tables[table.name] = replace(
        table,
        columns=tuple(other for other in table.columns if other is not column),
        primary_key=None if key and name in key.columns else key,
        uniques=tuple(unique for unique in table.uniques if name not in unique.columns),
        foreign_keys=tuple(own for own in table.foreign_keys if name not in own.columns),
        indexes=tuple(index for index in table.indexes if name not in (*index.columns, *index.include)),
    )


def _drop_constraint(table: Table, command: Any, reading: Reading) -> None:
    name = command.name
    named = map(_constraints, (table, with_constraint_names(table)))
    names = {id(own): known.name or "" for own, known in zip(*named, strict=True)}
    left = replace(
        table,
        primary_key=None if names.get(id(table.primary_key)) == name else table.primary_key,
        uniques=tuple(unique for unique in table.uniques if names[id(unique)] != name),
        foreign_keys=tuple(key for key in table.foreign_keys if names[id(key)] != name),
        checks=tuple(check for check in table.checks if names[id(check)] != name),
    )
    if left == table and not command.missing_ok:
        raise LabError(
            f"{reading.position()}: table {table.name} has no constraint {name}",
            did_you_mean(name, names.values(), f"constraints of {table.name}"),
        )
    reading.tables[table.name] = left


def _constraints(table: Table) -> tuple[Key | ForeignKey | Check, ...]:
    return (*table.keys, *table.foreign_keys, *table.checks)


_COMMANDS: dict[int, _Command] = {
    pb.AT_AddColumn: _add_column,
    pb.AT_AddConstraint: _add_constraint,
    pb.AT_AddIdentity: _add_identity,
    pb.AT_AlterColumnType: _set_type,
    pb.AT_AttachPartition: _attach_partition,
    pb.AT_ColumnDefault: _set_default,
    pb.AT_DropColumn: _drop_column,
    pb.AT_DropConstraint: _drop_constraint,
    pb.AT_DropExpression: _drop_expression,
    pb.AT_DropIdentity: _drop_identity,
    pb.AT_DropNotNull: _set_nullable,
    pb.AT_SetNotNull: _set_nullable,
}
