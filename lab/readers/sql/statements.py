"""Every kind of statement an SQL file may hold -> what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from postgast import pg_query_pb2 as pb

from lab.errors import LabError, did_you_mean
from lab.model.schema import Enum
from lab.readers.sql.alterations import alter_table
from lab.readers.sql.drops import drop
from lab.readers.sql.indexes import create_index
from lab.readers.sql.names import strings
from lab.readers.sql.reading import Reading
from lab.readers.sql.renames import rename
from lab.readers.sql.tables import create_table

Handler = Callable[[Any, Reading], None]

# Sessions, transactions, owners: nothing of a schema.
_NOISE = frozenset(
    "transaction_stmt alter_owner_stmt alter_default_privileges_stmt createdb_stmt alter_database_stmt "
    "alter_database_set_stmt sec_label_stmt variable_show_stmt vacuum_stmt lock_stmt check_point_stmt "
    "discard_stmt explain_stmt".split()
)
_NOT_LOADED = frozenset("insert_stmt update_stmt delete_stmt merge_stmt copy_stmt truncate_stmt".split())
_PRIVILEGES = frozenset("grant_stmt grant_role_stmt alter_role_stmt alter_role_set_stmt reassign_owned_stmt".split())
_DEFINED = {
    pb.OBJECT_AGGREGATE: "aggregate",
    pb.OBJECT_OPERATOR: "operator",
    pb.OBJECT_TYPE: "type",
    pb.OBJECT_COLLATION: "collation",
    pb.OBJECT_TSCONFIGURATION: "text search configuration",
    pb.OBJECT_TSDICTIONARY: "text search dictionary",
}
_SILENT_FUNCTIONS = ("set_config", "setval")


def read_statement(stmt: Any, reading: Reading) -> None:
    """Adds one statement (a libpg_query `Node`) to what was read. Raises LabError when it contradicts that."""
    kind = stmt.WhichOneof("node")
    node = getattr(stmt, kind)
    if kind in _HANDLERS:
        _HANDLERS[kind](node, reading)
    elif kind in _NOT_LOADED:
        command = kind.removesuffix("_stmt").upper()
        reading.lose_once(f"{command} statements", "not run: the lab makes its own rows")
    elif kind in _PRIVILEGES:
        reading.lose_once("privileges", "not granted: every query runs as the schema's owner")
    elif kind not in _NOISE:
        reading.keep(_what(kind, node))


def _what(kind: str, node: Any) -> str:
    """What a statement makes, as a person would name it."""
    match kind:
        case "create_trig_stmt":
            return f"trigger {node.trigname} on {node.relation.relname}"
        case "create_policy_stmt":
            return f"policy {node.policy_name} on {node.table.relname}"
        case "create_function_stmt":
            return f"{'procedure' if node.is_procedure else 'function'} {strings(node.funcname)[-1]}"
        case "create_domain_stmt":
            return f"domain {strings(node.domainname)[-1]}"
        case "composite_type_stmt":
            return f"type {node.typevar.relname}"
        case "create_range_stmt":
            return f"type {strings(node.type_name)[-1]}"
        case "define_stmt":
            return f"{_DEFINED.get(node.kind, 'definition of')} {strings(node.defnames)[-1]}"
        case "rule_stmt":
            return f"rule {node.rulename} on {node.relation.relname}"
        case "create_stats_stmt":
            return f"statistics {strings(node.defnames)[-1]}"
        case "create_cast_stmt":
            return "cast"
        case "do_stmt":
            return "anonymous block"
        case "call_stmt":
            return "call of a procedure"
        case "refresh_mat_view_stmt":
            return f"refresh of {node.relation.relname}"
        case "create_event_trig_stmt":
            return f"event trigger {node.trigname}"
    return kind.removesuffix("_stmt").replace("_", " ")


def _create_enum(node: Any, reading: Reading) -> None:
    *spaces, name = strings(node.type_name)
    space = spaces[-1] if spaces else reading.namespace
    space = None if space == "public" else space
    namesakes = [enum for enum in reading.enums.values() if enum.relation == name]
    for enum in namesakes:
        if enum.namespace == space:
            raise LabError(
                f"{reading.position()}: type {name} is defined twice, first at {enum.position}",
                "rename or remove one of them",
            )
    key = f"{space}.{name}" if space and namesakes else name
    if not space and name in reading.enums:
        _give_way(reading.enums[name], reading)
    reading.enums[key] = Enum(key, strings(node.vals), position=reading.position(), namespace=space)


def _give_way(enum: Enum, reading: Reading) -> None:
    """An enum of a namespace leaves its bare name to public's."""
    label = f"{enum.namespace}.{enum.name}"
    reading.enums = {
        label if name == enum.name else name: replace(other, name=label) if other is enum else other
        for name, other in reading.enums.items()
    }


def _alter_enum(node: Any, reading: Reading) -> None:
    name = reading.enum_key(strings(node.type_name))
    enum = reading.enums.get(name)
    if enum is None:
        raise LabError(f"{reading.position()}: there is no enum {name}", did_you_mean(name, reading.enums, "enums"))
    values = list(enum.values)
    for old in (node.old_val, node.new_val_neighbor):
        if old and old not in values:
            raise LabError(
                f"{reading.position()}: enum {name} has no value {old}", did_you_mean(old, values, f"values of {name}")
            )
    if node.old_val:
        values[values.index(node.old_val)] = node.new_val
    elif node.new_val not in values:
        place = len(values)
        if node.new_val_neighbor:
            place = values.index(node.new_val_neighbor) + node.new_val_is_after
        values.insert(place, node.new_val)
    reading.enums[name] = replace(enum, values=tuple(values))


def _comment(node: Any, reading: Reading) -> None:
    parts = strings(node.object.list.items)
    owner = parts[:-1] if node.objtype == pb.OBJECT_COLUMN else parts
    key = reading.key(".".join(part for part in owner[-2:] if part != "public"))
    match node.objtype:
        case pb.OBJECT_TABLE if key in reading.tables:
            reading.tables[key] = replace(reading.tables[key], comment=node.comment)
        case pb.OBJECT_COLUMN if key in reading.tables:
            table = reading.tables[key]
            reading.put_column(table, replace(reading.column(table, parts[-1]), comment=node.comment))
        case pb.OBJECT_TYPE if (name := reading.enum_key(strings(node.object.type_name.names))) in reading.enums:
            reading.enums[name] = replace(reading.enums[name], comment=node.comment)
        case pb.OBJECT_TABLE | pb.OBJECT_COLUMN if not (key in reading.relations or key in reading.partitions):
            raise LabError(
                f"{reading.position()}: there is no table {key}", did_you_mean(key, reading.tables, "tables")
            )
        case pb.OBJECT_EXTENSION | pb.OBJECT_DATABASE | pb.OBJECT_SCHEMA:
            pass
        case _:
            reading.keep("comment")


def _create_sequence(node: Any, reading: Reading) -> None:
    name = reading.label(node.sequence)
    reading.sequences[name] = reading.keep(f"sequence {name}")
    _own_sequence(name, node.options, reading)


def _alter_sequence(node: Any, reading: Reading) -> None:
    name = reading.label(node.sequence)
    if not _own_sequence(name, node.options, reading):
        reading.keep(f"alteration of sequence {name}")


def _own_sequence(name: str, options: Any, reading: Reading) -> bool:
    """Notes OWNED BY; whether it was among the options."""
    for option in options:
        owner = strings(option.def_elem.arg.list.items)
        if option.def_elem.defname == "owned_by":
            if len(owner) > 1:
                table = ".".join(part for part in owner[:-1] if part != "public")
                reading.owners[name] = (reading.key(table), owner[-1])
            return True
    return False


def _set(node: Any, reading: Reading) -> None:
    if node.name == "search_path":
        names = [argument.a_const.sval.sval for argument in node.args]
        _search(names[0] if names else "", reading)


def _search(namespace: str, reading: Reading) -> None:
    """Unqualified names are in this namespace from here on."""
    reading.namespace = namespace if namespace not in ("", "public", "$user") else None


def _select(node: Any, reading: Reading) -> None:
    calls = [item.res_target.val.func_call for item in node.target_list]
    names = [strings(call.funcname)[-1] if call.funcname else "" for call in calls]
    if names == ["set_config"]:
        setting = [argument.a_const.sval.sval for argument in calls[0].args]
        if setting[0] == "search_path":
            _search(setting[1].partition(",")[0].strip(), reading)
    elif not names or any(name not in _SILENT_FUNCTIONS for name in names):
        reading.keep("query")


def _create_view(node: Any, reading: Reading) -> None:
    reading.relations[reading.take(node.view)] = "view"
    reading.keep(f"view {node.view.relname}")


def _create_as(node: Any, reading: Reading) -> None:
    name = node.into.rel.relname
    kind = "materialized view" if node.objtype == pb.OBJECT_MATVIEW else "table"
    reading.relations[reading.take(node.into.rel)] = kind
    reading.keep(f"{kind} {name}")


def _create_foreign_table(node: Any, reading: Reading) -> None:
    name = node.base_stmt.relation.relname
    reading.relations[reading.take(node.base_stmt.relation)] = "foreign table"
    reading.keep(f"foreign table {name}")


def _create_schema(node: Any, reading: Reading) -> None:
    """CREATE SCHEMA, without the role it belongs to."""
    name = node.schemaname or node.authrole.rolename
    if node.schema_elts:
        raise LabError(
            f"{reading.position()}: CREATE SCHEMA {name} holds other statements",
            f"write them after it: CREATE SCHEMA {name}; CREATE TABLE {name}.…",
        )
    if name != "public":
        reading.keep(f"schema {name}", None if not node.HasField("authrole") else f'CREATE SCHEMA "{name}"')


def _create_extension(node: Any, reading: Reading) -> None:
    if node.extname != "plpgsql":
        reading.keep(f"extension {node.extname}")


def _create_role(node: Any, reading: Reading) -> None:
    """A role outlives the database that made it: made unless it is there."""
    body = f"BEGIN {reading.text}; EXCEPTION WHEN duplicate_object THEN NULL; END"
    reading.keep(f"role {node.role}", f"DO $lab$ {body} $lab$")


_HANDLERS: dict[str, Handler] = {
    "create_stmt": create_table,
    "alter_table_stmt": alter_table,
    "index_stmt": create_index,
    "create_enum_stmt": _create_enum,
    "alter_enum_stmt": _alter_enum,
    "comment_stmt": _comment,
    "create_seq_stmt": _create_sequence,
    "alter_seq_stmt": _alter_sequence,
    "variable_set_stmt": _set,
    "select_stmt": _select,
    "view_stmt": _create_view,
    "create_table_as_stmt": _create_as,
    "create_foreign_table_stmt": _create_foreign_table,
    "create_schema_stmt": _create_schema,
    "create_extension_stmt": _create_extension,
    "create_role_stmt": _create_role,
    "drop_stmt": drop,
    "rename_stmt": rename,
}
