"""Fixes as MySQL and MariaDB take them (MySQL's manual, "ALTER TABLE Statement")."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from postgast import pg_query_pb2 as pb

from lab.audit.fixes.trees import (
    commands,
    constraint,
    expression,
    index_of,
    is_of_enum,
    new_column,
    own_type,
    owner_of_index,
    statement,
    table_of,
    texts,
    transpiled,
    type_name,
)
from lab.audit.shapes import names_column
from lab.model.schema import Column, Schema, Table, Type

_LONG = frozenset(("text", "citext", "json", "jsonb", "bytea"))
_KEY_TEXT = "VARCHAR(255)"
_PREFIX = 255
_OF_COLUMN = (pb.AT_SetNotNull, pb.AT_DropNotNull, pb.AT_AlterColumnType, pb.AT_ColumnDefault, pb.AT_AddIdentity)


def quote(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def spoken(tree: Any, schema: Schema) -> str:
    """One statement."""
    kind = tree.WhichOneof("node")
    node = getattr(tree, kind)
    match kind:
        case "index_stmt":
            return _create_index(node, schema)
        case "drop_stmt" if node.remove_type == pb.OBJECT_INDEX:
            return "\n".join(_drop_index(texts(item.list.items)[-1], schema) for item in node.objects)
        case "alter_table_stmt":
            return _alter(node, schema)
        case "rename_stmt" if node.rename_type == pb.OBJECT_COLUMN:
            names = quote(node.subname), quote(node.newname)
            return f"ALTER TABLE {quote(node.relation.relname)} RENAME COLUMN {names[0]} TO {names[1]};"
        case "rename_stmt" if node.rename_type == pb.OBJECT_TABLE:
            return f"RENAME TABLE {quote(node.relation.relname)} TO {quote(node.newname)};"
        case "comment_stmt":
            return _comment(node, schema)
    if is_of_enum(tree):
        return "change the list of values where the column is defined: ENUM(…)"
    return f"{transpiled(statement(tree), 'mysql')};"


def _create_index(node: Any, schema: Schema) -> str:
    made = index_of(node, "mysql", "`")
    if made.method not in ("btree", "hash"):
        return f"MySQL has no {made.method} index: FULLTEXT, or a multi-valued index of a JSON, may serve"
    if made.is_unique and made.where:
        return (
            f"MySQL has no partial index: make a generated column of {made.table} that is NULL unless {made.where}, "
            "and a unique index over it"
        )
    unique = "UNIQUE " if made.is_unique else ""
    table = table_of(schema, made.table)
    long = {quote(column.name) for column in table.columns if column.type.name in _LONG} if table else set()
    if made.is_unique and long & set(made.parts):
        return f"make {' and '.join(sorted(long & set(made.parts)))} VARCHAR, and CREATE UNIQUE INDEX over it"
    parts = [f"{part}({_PREFIX})" if part in long else part for part in made.parts]
    made = replace(made, parts=tuple(parts))
    return f"CREATE {unique}INDEX {quote(made.name)} ON {quote(made.table)} ({', '.join(made.parts)});"


def _drop_index(name: str, schema: Schema) -> str:
    owner = owner_of_index(schema, name)
    return f"DROP INDEX {quote(name)} ON {quote(owner.name if owner else '…')};"


def _alter(node: Any, schema: Schema) -> str:
    name = node.relation.relname
    table = table_of(schema, name)
    if table is None:
        return f"{transpiled(statement(pb.Node(alter_table_stmt=node)), 'mysql')};"
    if unheld := next((found for command in commands(node) if (found := _unheld(command, table))), ""):
        return (
            "MySQL checks no AUTO_INCREMENT column, and none a foreign key's action changes: let a trigger BEFORE "
            f"UPDATE of {quote(name)} refuse a row unless {unheld}"
        )
    changed: dict[str, tuple[Column, str]] = {}
    actions = [_action(command, table) for command in commands(node) if not _changes(command, table, changed)]
    actions = [f"MODIFY COLUMN {_whole(column, type_)}" for column, type_ in changed.values()] + actions
    dropped = [action for action in actions if action.startswith("DROP")]
    added = ", ".join(action for action in actions if action not in dropped)
    return "\n".join(f"ALTER TABLE {quote(name)} {action};" for action in (*dropped, added) if action)


def _changes(command: Any, table: Table, changed: dict[str, tuple[Column, str]]) -> bool:
    """Whether a command changes a column that is there, whose new definition is then in `changed`."""
    if command.subtype not in _OF_COLUMN or all(column.name != command.name for column in table.columns):
        return False
    column, type_ = changed.get(command.name, (table.column(command.name), ""))
    definition = getattr(command, "def")
    match command.subtype:
        case pb.AT_SetNotNull | pb.AT_DropNotNull:
            column = replace(column, is_nullable=command.subtype == pb.AT_DropNotNull)
        case pb.AT_AlterColumnType:
            type_ = type_name(definition.column_def.type_name, "mysql")
        case pb.AT_ColumnDefault:
            has_one = definition.WhichOneof("node") is not None
            column = replace(column, default=expression(definition, "postgres") if has_one else None)
        case pb.AT_AddIdentity:
            column = replace(column, identity="by default")
    changed[command.name] = column, type_
    return True


def _action(command: Any, table: Table) -> str:
    definition = getattr(command, "def")
    match command.subtype:
        case pb.AT_AddConstraint:
            return f"{_as_keys(definition.constraint, table)}ADD {_constraint(definition.constraint)}"
        case pb.AT_DropConstraint:
            return _drop_constraint(command.name, table)
        case pb.AT_DropColumn:
            return f"DROP COLUMN {quote(command.name)}"
        case pb.AT_AddColumn:
            return f"ADD COLUMN {new_column(definition.column_def, 'mysql', '`')}"
    return f"/* {command.name} */"


def _unheld(command: Any, table: Table) -> str:
    """The condition of a CHECK that MySQL refuses for the columns it names; empty for every other command."""
    node = getattr(command, "def").constraint
    if command.subtype != pb.AT_AddConstraint or node.contype != pb.CONSTR_CHECK:
        return ""
    refused = {column.name for column in table.columns if column.identity}
    refused |= {name for key in table.foreign_keys if key.writes_columns for name in key.columns}
    condition = expression(node.raw_expr, "mysql")
    return condition if any(names_column(condition, name) for name in refused) else ""


def _as_keys(node: Any, table: Table) -> str:
    """A key holds no TEXT as a whole: such columns are made VARCHAR first."""
    if node.contype not in (pb.CONSTR_PRIMARY, pb.CONSTR_UNIQUE):
        return ""
    long = [column for column in table.columns if column.name in texts(node.keys) and column.type.name in _LONG]
    return "".join(f"MODIFY COLUMN {_whole(column, _KEY_TEXT)}, " for column in long)


def _whole(column: Column, type_: str = "") -> str:
    """MODIFY takes a definition whole: what it leaves out is gone."""
    parts = [quote(column.name), type_ or _own_type(column.type)]
    parts.append("NULL" if column.is_nullable else "NOT NULL")
    if column.identity:
        parts.append("AUTO_INCREMENT")
    elif column.default is not None:
        parts.append(f"DEFAULT ({transpiled(column.default, 'mysql')})")
    if column.comment:
        parts.append(f"COMMENT {_literal(column.comment)}")
    return " ".join(parts)


def _own_type(type_: Type) -> str:
    return own_type(str(type_), "mysql")


def _constraint(node: Any) -> str:
    is_named = node.conname and node.contype != pb.CONSTR_PRIMARY
    name = f"CONSTRAINT {quote(node.conname)} " if is_named else ""
    return name + (constraint(node, "mysql", "`") or "/* one MySQL has not */")


def _drop_constraint(name: str, table: Table) -> str:
    key = table.primary_key
    if key and name in (key.name, f"{table.name}_pkey"):
        return "DROP PRIMARY KEY"
    if any(name in (k.name, "_".join((table.name, *k.columns, "fkey"))) for k in table.foreign_keys):
        return f"DROP FOREIGN KEY {quote(name)}"
    if any(name in (k.name, "_".join((table.name, *k.columns, "key"))) for k in table.uniques):
        return f"DROP INDEX {quote(name)}"
    return f"DROP CHECK {quote(name)}"


def _comment(node: Any, schema: Schema) -> str:
    parts = texts(node.object.list.items)
    if node.objtype == pb.OBJECT_TABLE:
        return f"ALTER TABLE {quote(parts[-1])} COMMENT = {_literal(node.comment)};"
    table = table_of(schema, parts[-2]) if len(parts) > 1 else None
    if table is None or node.objtype != pb.OBJECT_COLUMN:
        return f"write COMMENT {_literal(node.comment)} where {'.'.join(parts)} is defined"
    column = table.column(parts[-1])
    return f"ALTER TABLE {quote(table.name)} MODIFY COLUMN {_whole(column)} COMMENT {_literal(node.comment)};"


def _literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
