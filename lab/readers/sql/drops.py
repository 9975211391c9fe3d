"""DROP: what an earlier statement made is gone."""

from __future__ import annotations

from typing import Any

from postgast import pg_query_pb2 as pb

from lab.errors import LabError
from lab.readers.sql.indexes import drop_index
from lab.readers.sql.names import object_name, strings
from lab.readers.sql.reading import Reading

_KEPT = {
    pb.OBJECT_VIEW: "view",
    pb.OBJECT_MATVIEW: "materialized view",
    pb.OBJECT_FOREIGN_TABLE: "foreign table",
    pb.OBJECT_FUNCTION: "function",
    pb.OBJECT_PROCEDURE: "procedure",
    pb.OBJECT_ROUTINE: "function",
    pb.OBJECT_DOMAIN: "domain",
    pb.OBJECT_TYPE: "type",
    pb.OBJECT_SEQUENCE: "sequence",
    pb.OBJECT_EXTENSION: "extension",
    pb.OBJECT_SCHEMA: "schema",
    pb.OBJECT_TRIGGER: "trigger",
    pb.OBJECT_POLICY: "policy",
    pb.OBJECT_RULE: "rule",
}
_OF_TABLES = frozenset((pb.OBJECT_TRIGGER, pb.OBJECT_POLICY, pb.OBJECT_RULE))


def drop(node: Any, reading: Reading) -> None:
    """Raises LabError for what the file did not make, unless IF EXISTS stands there."""
    for item in node.objects:
        names = _names(item)
        key = reading.key(".".join(part for part in names[-2:] if part != "public"))
        match node.remove_type:
            case pb.OBJECT_TABLE if key in reading.tables:
                del reading.tables[key], reading.namespaces[key]
            case pb.OBJECT_TYPE if (enum := reading.enum_key(names)) in reading.enums:
                del reading.enums[enum]
            case pb.OBJECT_INDEX:
                drop_index(names[-1], node.missing_ok, reading)
            case pb.OBJECT_SEQUENCE if _is_of_column(names[-1], reading):
                pass
            case _ if not (_forget(node.remove_type, names, key, reading) or node.missing_ok):
                raise LabError(
                    f"{reading.position()}: DROP of {names[-1]}, which this file does not make",
                    "write the schema as it is in the end: pg_dump --schema-only does",
                )


def _names(item: Any) -> tuple[str, ...]:
    """What names an object: a list, a type, a function with its arguments, or a single word."""
    match item.WhichOneof("node"):
        case "list":
            return strings(item.list.items)
        case "type_name":
            return strings(item.type_name.names)
        case "object_with_args":
            return strings(item.object_with_args.objname)
    return (item.string.sval,)


def _is_of_column(sequence: str, reading: Reading) -> bool:
    """Whether a serial column makes the sequence, or did before it became another."""
    tables = reading.tables.values()
    return any(object_name(t.relation, column.name, "seq") == sequence for t in tables for column in t.columns)


def _forget(kind: int, names: tuple[str, ...], key: str, reading: Reading) -> bool:
    """Takes away the statement that makes it; whether there was one."""
    what = f"{_KEPT.get(kind, '')} {names[-1]}"
    if kind in _OF_TABLES:
        what += f" on {names[-2]}"
    left = [statement for statement in reading.statements if statement.what != what]
    if len(left) == len(reading.statements):
        return False
    reading.statements = left
    if reading.relations.pop(key, None):
        del reading.namespaces[key]
    reading.sequences.pop(key, None)
    return True
