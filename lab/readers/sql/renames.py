"""ALTER … RENAME, as far as nothing kept verbatim speaks of what is renamed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from postgast import pg_query_pb2 as pb

from lab.errors import LabError
from lab.model.schema import Key, Table
from lab.readers.expressions import quoted
from lab.readers.sql.names import strings
from lab.readers.sql.reading import Reading

_HINT = "write the schema as it is in the end: pg_dump --schema-only does"


def rename(node: Any, reading: Reading) -> None:
    """Raises LabError for a name that is not there, and where an expression or a statement kept verbatim has it."""
    old = node.subname or node.relation.relname
    match node.rename_type:
        case pb.OBJECT_COLUMN:
            _refuse_spoken(old, reading)
            _rename_column(reading.table(node.relation), node.subname, node.newname, reading)
        case pb.OBJECT_TABLE:
            _refuse_spoken(old, reading)
            _rename_table(node.relation, node.newname, reading)
        case pb.OBJECT_TABCONSTRAINT:
            table = reading.table(node.relation)
            reading.tables[table.name] = _with_constraint(table, node.subname, node.newname)
        case pb.OBJECT_INDEX:
            _rename_index(node.relation.relname, node.newname, reading)
        case pb.OBJECT_TYPE if (name := reading.enum_key(strings(node.object.list.items))) in reading.enums:
            _refuse_spoken(name, reading)
            enum = replace(reading.enums.pop(name), name=node.newname)
            reading.enums[node.newname] = enum
            _retype(name, node.newname, reading)
        case _:
            raise LabError(f"{reading.position()}: {old} is renamed: that is not read", _HINT)


def _refuse_spoken(name: str, reading: Reading) -> None:
    """Statements kept verbatim run at the end, when the old name is gone."""
    spoken = re.compile(rf"\b{re.escape(name)}\b")
    for statement in reading.statements:
        if spoken.search(statement.sql):
            raise LabError(
                f"{reading.position()}: {name} is renamed, and {statement.what} at {statement.position} speaks of it",
                _HINT,
            )


def _rename_column(table: Table, old: str, new: str, reading: Reading) -> None:
    reading.column(table, old)

    def own(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in names)

    def key(found: Key) -> Key:
        return replace(found, columns=own(found.columns))

    spoken = [check.expression for check in table.checks] + [c.generated or "" for c in table.columns]
    spoken += [part.value for index in table.indexes for part in index.parts if part.is_expression]
    spoken += [index.where or "" for index in table.indexes]
    spoken += table.partitioning.keys if table.partitioning else ()
    if any(re.search(rf"\b{re.escape(old)}\b", text) for text in spoken):
        raise LabError(f"{reading.position()}: {old} is renamed, and an expression of {table.name} has it", _HINT)
    reading.tables[table.name] = replace(
        table,
        columns=tuple(replace(c, name=new) if c.name == old else c for c in table.columns),
        primary_key=table.primary_key and key(table.primary_key),
        uniques=tuple(map(key, table.uniques)),
        foreign_keys=tuple(replace(k, columns=own(k.columns)) for k in table.foreign_keys),
        indexes=tuple(
            replace(
                index,
                parts=tuple(replace(p, value=new) if p.value == old else p for p in index.parts),
                include=own(index.include),
            )
            for index in table.indexes
        ),
    )
    for other in list(reading.tables.values()):
        kept = tuple(
            replace(k, referenced=own(k.referenced)) if reading.key(k.table) == table.name else k
            for k in other.foreign_keys
        )
        reading.tables[other.name] = replace(reading.tables[other.name], foreign_keys=kept)


def _rename_table(relation: Any, new: str, reading: Reading) -> None:
    table = reading.table(relation)
    referring = [
        (other.name, number)
        for other in reading.tables.values()
        for number, key in enumerate(other.foreign_keys)
        if reading.key(key.table) == table.name
    ]
    space = reading.namespaces.pop(table.name)
    fresh = pb.RangeVar(schemaname=space or "public", relname=new, inh=True, relpersistence="p")
    name = reading.take(fresh)
    indexes = tuple(replace(index, table=name) for index in table.indexes)
    key = table.primary_key and replace(table.primary_key, name=table.primary_key.name or f"{table.relation}_pkey")
    renamed = replace(table, name=name, indexes=indexes, primary_key=key)
    tables = {(name if key == table.name else key): found for key, found in reading.tables.items()}
    reading.tables = tables | {name: renamed}
    for owner, number in referring:
        owner = name if owner == table.name else owner
        keys = list(reading.tables[owner].foreign_keys)
        keys[number] = replace(keys[number], table=name)
        reading.tables[owner] = replace(reading.tables[owner], foreign_keys=tuple(keys))


def _with_constraint(table: Table, old: str, new: str) -> Table:
    key = table.primary_key
    is_key = key is not None and old == (key.name or f"{table.relation}_pkey")
    return replace(
        table,
        primary_key=replace(key, name=new) if key and is_key else key,
        uniques=tuple(replace(k, name=new) if k.name == old else k for k in table.uniques),
        foreign_keys=tuple(replace(k, name=new) if k.name == old else k for k in table.foreign_keys),
        checks=tuple(replace(c, name=new) if c.name == old else c for c in table.checks),
    )


def _rename_index(old: str, new: str, reading: Reading) -> None:
    for table in list(reading.tables.values()):
        indexes = tuple(replace(index, name=new) if index.name == old else index for index in table.indexes)
        reading.tables[table.name] = _with_constraint(replace(table, indexes=indexes), old, new)


def _retype(old: str, new: str, reading: Reading) -> None:
    for table in list(reading.tables.values()):
        columns = tuple(
            replace(c, type=replace(c.type, name=new)) if quoted(c.type.name) == quoted(old) else c
            for c in table.columns
        )
        reading.tables[table.name] = replace(table, columns=columns)
