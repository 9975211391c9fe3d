"""Fixes as lines of a Prisma schema, where it has words for them (Prisma's manual, "Prisma schema reference")."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from postgast import pg_query_pb2 as pb

from lab.audit.fixes.trees import table_of, texts
from lab.audit.naming import camel_case, words
from lab.audit.shapes import POSTGRES
from lab.model.schema import Schema, Table

_ACTIONS = {"a": "NoAction", "r": "Restrict", "c": "Cascade", "n": "SetNull", "d": "SetDefault"}
_MAPPED = r"^\s*(\w+)\s.*@map\(\s*(?:name:\s*)?\"{}\""


def spoken(trees: Sequence[Any], schema: Schema, sources: Mapping[str, str]) -> str | None:
    """What to change in the schema; None where a migration has to say it."""
    if len(trees) != 1:
        return None
    kind = trees[0].WhichOneof("node")
    node = getattr(trees[0], kind)
    if kind == "comment_stmt":
        parts = texts(node.object.list.items)
        return f"write /// {node.comment} above {parts[-1]}"
    if kind == "index_stmt" and not node.HasField("where_clause") and not node.index_including_params:
        return _index(node, schema, sources)
    if kind == "alter_table_stmt":
        added = [getattr(item.alter_table_cmd, "def").column_def for item in node.cmds]
        if all(map(_is_moment, added)):
            return _moments(added, table_of(schema, node.relation.relname), schema, sources)
        return _altered([item.alter_table_cmd for item in node.cmds], table_of(schema, node.relation.relname), sources)
    return None


def _index(node: Any, schema: Schema, sources: Mapping[str, str]) -> str | None:
    table = table_of(schema, node.relation.relname)
    elements = [item.index_elem for item in node.index_params]
    if table is None or not all(element.name for element in elements):
        return None
    descending = pb.SORTBY_DESC
    fields = [
        field_of(table, each.name, sources) + ("(sort: Desc)" if each.ordering == descending else "")
        for each in elements
    ]
    kind = "unique" if node.unique else "index"
    method = node.access_method if node.access_method not in ("", "btree") else ""
    type_ = f", type: {method.capitalize()}" if method else ""
    return f"add @@{kind}([{', '.join(fields)}]{type_}) to model {model_of(table, sources)}"


def _is_moment(node: Any) -> bool:
    """Whether it is the definition of a new column for a moment."""
    return bool(node.colname) and texts(node.type_name.names)[-1:] == ("timestamptz",)


def _moments(added: list[Any], table: Table | None, schema: Schema, sources: Mapping[str, str]) -> str | None:
    if table is None:
        return None
    native = " @db.Timestamptz(3)" if schema.provider in POSTGRES else ""
    fields = []
    for node in added:
        name = camel_case(node.colname)
        kept = " @updatedAt" if words(node.colname)[0] == "updated" else ""
        mapped = "" if name == node.colname else f' @map("{node.colname}")'
        fields.append(f"{name} DateTime @default(now()){kept}{native}{mapped}")
    return f"add {' and '.join(fields)} to model {model_of(table, sources)}"


def _altered(commands: list[Any], table: Table | None, sources: Mapping[str, str]) -> str | None:
    if table is None:
        return None
    added = [getattr(c, "def").constraint for c in commands if c.subtype == pb.AT_AddConstraint]
    dropped = [c for c in commands if c.subtype == pb.AT_DropConstraint]
    model = model_of(table, sources)
    if len(added) == 1 and len(added) + len(dropped) == len(commands):
        (constraint,) = added
        fields = ", ".join(field_of(table, name, sources) for name in texts(constraint.keys or constraint.fk_attrs))
        match constraint.contype:
            case pb.CONSTR_FOREIGN:
                action = _ACTIONS.get(constraint.fk_del_action, "NoAction")
                return f"write @relation(fields: [{fields}], …, onDelete: {action}) in model {model}"
            case pb.CONSTR_UNIQUE:
                return f"add @@unique([{fields}]) to model {model}"
            case pb.CONSTR_PRIMARY:
                return f"write @@id([{fields}]) in model {model}"
        return None
    if len(commands) == 1 and commands[0].subtype == pb.AT_SetNotNull:
        return f"remove the ? of {field_of(table, commands[0].name, sources)} in model {model}"
    if len(commands) == 1 and commands[0].subtype == pb.AT_DropNotNull:
        return f"write ? after the type of {field_of(table, commands[0].name, sources)} in model {model}"
    return None


def _block(table: Table, sources: Mapping[str, str]) -> list[str]:
    """The lines of the table's model."""
    if table.position is None or table.position.file not in sources:
        return []
    lines = sources[table.position.file].splitlines()[table.position.line - 1 :]
    end = next((number for number, line in enumerate(lines) if line.strip() == "}"), len(lines))
    return lines[:end]


def model_of(table: Table, sources: Mapping[str, str]) -> str:
    """The model's name, which the table may not have."""
    first = re.match(r"\s*model\s+(\w+)", next(iter(_block(table, sources)), ""))
    return first[1] if first else table.name


def field_of(table: Table, column: str, sources: Mapping[str, str]) -> str:
    """The field's name, which the column may not have."""
    pattern = re.compile(_MAPPED.format(re.escape(column)))
    return next((found[1] for line in _block(table, sources) if (found := pattern.match(line))), column)
