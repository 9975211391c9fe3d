"""Fixes as SQLite takes them. It alters little in place; what it does not is said in words.

Source: SQLite's manual, "ALTER TABLE", section 7, "Making Other Kinds Of Table Schema Changes".
"""

from __future__ import annotations

from typing import Any

from postgast import pg_query_pb2 as pb

from lab.audit.fixes.trees import (
    commands,
    constraint,
    expression,
    index_of,
    is_of_enum,
    new_column,
    statement,
    texts,
    transpiled,
    type_name,
)
from lab.model.schema import Schema

_QUOTE = '"'


def spoken(tree: Any, schema: Schema) -> str:
    """One statement."""
    kind = tree.WhichOneof("node")
    node = getattr(tree, kind)
    match kind:
        case "index_stmt":
            return _create_index(node)
        case "alter_table_stmt":
            return _alter(node)
        case "comment_stmt":
            name = ".".join(texts(node.object.list.items))
            return f"write a comment above {name} in the CREATE TABLE: -- …"
    if is_of_enum(tree):
        return "change the CHECK that lists the values: SQLite has no types of one's own"
    return f"{transpiled(statement(tree), 'sqlite')};"


def _create_index(node: Any) -> str:
    made = index_of(node, "sqlite", _QUOTE)
    if made.method not in ("btree", "hash"):
        return f"SQLite has no {made.method} index: FTS5 or an index on an expression may serve"
    unique = "UNIQUE " if made.is_unique else ""
    where = f" WHERE {made.where}" if made.where else ""
    return f'CREATE {unique}INDEX "{made.name}" ON "{made.table}" ({", ".join(made.parts)}){where};'


def _alter(node: Any) -> str:
    name = node.relation.relname
    added = [getattr(c, "def").column_def for c in commands(node) if c.subtype == pb.AT_AddColumn]
    if len(added) == len(node.cmds) and all(map(_is_addable, added)):
        columns = [new_column(column, "sqlite", _QUOTE) for column in added]
        return "\n".join(f'ALTER TABLE "{name}" ADD COLUMN {column};' for column in columns)
    wanted = "; ".join(_wanted(command) for command in commands(node))
    return f"make {name} anew with {wanted}: SQLite cannot alter that; copy the rows, drop the old one, rename"


def _is_addable(node: Any) -> bool:
    """ADD COLUMN takes no key and no default that is worked out."""
    defaults = [i.constraint.raw_expr for i in node.constraints if i.constraint.contype == pb.CONSTR_DEFAULT]
    kinds = {item.constraint.contype for item in node.constraints}
    is_constant = all(default.WhichOneof("node") == "a_const" for default in defaults)
    return (
        is_constant
        and kinds <= {pb.CONSTR_NOTNULL, pb.CONSTR_DEFAULT}
        and (pb.CONSTR_NOTNULL not in kinds or bool(defaults))
    )


def _wanted(command: Any) -> str:
    definition = getattr(command, "def")
    match command.subtype:
        case pb.AT_AddConstraint:
            return constraint(definition.constraint, "sqlite", _QUOTE) or "another constraint"
        case pb.AT_DropConstraint:
            return f"no constraint {command.name}"
        case pb.AT_SetNotNull:
            return f"{command.name} NOT NULL"
        case pb.AT_DropNotNull:
            return f"{command.name} without NOT NULL"
        case pb.AT_AlterColumnType:
            return f"{command.name} {type_name(definition.column_def.type_name, 'sqlite')}"
        case pb.AT_ColumnDefault if definition.WhichOneof("node"):
            return f"{command.name} DEFAULT ({expression(definition, 'sqlite')})"
        case pb.AT_ColumnDefault:
            return f"no default of {command.name}"
        case pb.AT_AddColumn:
            return new_column(definition.column_def, "sqlite", _QUOTE)
        case pb.AT_DropColumn:
            return f"no column {command.name}"
    return f"{command.name or 'this'} changed"
